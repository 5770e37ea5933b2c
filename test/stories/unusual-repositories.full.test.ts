// Checkouts that are laid out otherwise, with a task from beginning to end in each of them.
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gitAt, must, one, only, origin, quick, treeAt } from '../support/odd-yard.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { openYard, type Told, type Yard, type YardOptions } from '../support/yard.ts';

describe('a checkout that the repository’s own configuration names', () => {
  const work: YardOptions = {
    todo: one,
    config: quick,
    files: { 'notes.txt': 'committed\n' },
    actions: {
      t1: [[must('echo agent >agent.txt; git add --all; git commit -qm "the work"'), { edit: { file: 'left.txt', content: 'left\n' } }]],
    },
  };

  async function delivered(yard: Yard): Promise<void> {
    yard.write(join(yard.repo, 'notes.txt'), 'changed and not committed\n');
    yard.write(join(yard.repo, 'mine.txt'), 'untracked\n');
    const files = (): string[] =>
      ['notes.txt', 'mine.txt'].map((name) => (existsSync(join(yard.repo, name)) ? readFileSync(join(yard.repo, name), 'utf8') : 'gone'));
    const status = yard.git('status', '--porcelain', '--', ':!TODO.md');
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(files()).toEqual(['changed and not committed\n', 'untracked\n']);
    expect.soft(yard.git('status', '--porcelain', '--', ':!TODO.md')).toBe(status);
    expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
    expect(treeAt(yard, told.branch).map((line) => line.slice(7))).toEqual([
      'README.md',
      'TODO.md',
      'agent.txt',
      'left.txt',
      'notes.txt',
      'yardmaster.yaml',
    ]);
  }

  test('a task is delivered beside core.worktree with extensions.worktreeConfig', async () => {
    const yard = await openYard(work);
    yard.git('config', 'core.worktree', yard.repo);
    yard.git('config', 'extensions.worktreeConfig', 'true');
    await delivered(yard);
  });

  test('a task is delivered in a submodule’s checkout', async () => {
    const yard = await openYard(work);
    gitAt(yard, 'init', '--quiet', 'super');
    gitAt(yard, '-C', 'super', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin(yard), 'repo');
    renameSync(yard.repo, join(yard.root, 'first'));
    symlinkSync(join(yard.root, 'super', 'repo'), yard.repo);
    yard.git('config', 'extensions.worktreeConfig', 'true');
    await delivered(yard);
  });
});

describe('a repository inside the checkout, left uncommitted', () => {
  test.for([
    ['nest', 'nest'],
    ['n\\351st', 'a name that is not UTF-8'],
  ])('%s', async ([name]) => {
    const yard = await openYard({
      todo: one,
      config: quick,
      actions: {
        t1: [
          [
            { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } },
            { edit: { file: 'left.txt', content: 'left\n' } },
            must(
              `nest=$(printf '${name}'); git init -q "$nest"; cd "$nest"; echo x >inner.txt; git add .; git commit -qm inner; git rev-parse HEAD >"${'$'}HOME/nested"`,
            ),
          ],
        ],
      },
    });
    await yard.run('run', '--until', 'idle');
    await yard.run('reap');
    const told = await only(yard);
    const nested = readFileSync(join(yard.env['HOME'] ?? '', 'nested'), 'utf8').trim();
    expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
    expect
      .soft(treeAt(yard, told.branch))
      .toEqual(['100644 README.md', '100644 TODO.md', '100644 left.txt', '100644 work.txt', '100644 yardmaster.yaml']);
    expect(yard.git('rev-list', '--glob=refs/yardmaster').split('\n')).toContain(nested);
  });
});

describe('a sparse checkout of the person’s', () => {
  test.for(['--cone', '--no-cone'])(
    '%s: files outside of the cone are committed, by the agent and as leftovers, and none is deleted',
    async (kind) => {
      const yard = await openYard({
        todo: one,
        config: quick,
        files: { 'src/app.txt': 'app\n', 'docs/old.txt': 'old\n' },
        actions: {
          t1: [
            [
              must('mkdir -p docs tools; echo new >docs/new.txt; git add --sparse docs/new.txt; git commit -qm "the work"'),
              { edit: { file: 'docs/left.txt', content: 'left\n' } },
              { edit: { file: 'tools/left.txt', content: 'left\n' } },
              { edit: { file: 'src/left.txt', content: 'left\n' } },
            ],
            [{ say: 'Done.' }],
          ],
        },
      });
      yard.git(
        'sparse-checkout',
        'set',
        kind,
        kind === '--cone' ? 'src' : '/src/',
        ...(kind === '--cone' ? [] : ['/*.md', '/yardmaster.yaml']),
      );
      const before = pictureOf(yard);
      await yard.run('run', '--until', 'idle');
      const sites = (): string[] =>
        ['worktrees', 'readers'].flatMap((name) => (existsSync(join(yard.home, name)) ? readdirSync(join(yard.home, name)) : []));
      const reaped = await yard.run('reap');
      // All of its work has arrived, so its site is gone, with or without this reap, and nothing had to be saved.
      expect.soft(sites()).toEqual([]);
      expect.soft(yard.git('for-each-ref', '--format=%(refname)', 'refs/yardmaster/preserved')).toBe('');
      const told = await only(yard);
      expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
      expect
        .soft(treeAt(yard, told.branch).map((line) => line.slice(7)))
        .toEqual([
          'README.md',
          'TODO.md',
          'docs/left.txt',
          'docs/new.txt',
          'docs/old.txt',
          'src/app.txt',
          'src/left.txt',
          'tools/left.txt',
          'yardmaster.yaml',
        ]);
      expect.soft(changesSince(before, yard)).toEqual([]);
      expect(reaped.stdout).not.toMatch(/was removed/);
    },
  );
});

describe('repositories and remotes with unusual layouts', () => {
  const work: YardOptions = {
    todo: one,
    config: quick,
    actions: {
      t1: [
        [{ commit: { file: 'agent.txt', content: 'agent\n', message: 'the work' } }, { edit: { file: 'left.txt', content: 'l\n' } }],
        [{ say: 'Done.' }],
      ],
    },
  };

  async function arrives(yard: Yard): Promise<void> {
    const { stderr, stdout } = await yard.run('run', '--until', 'idle');
    const told = await yard.json<Told[]>('ls');
    expect.soft(told[0], stdout + stderr).toMatchObject({ state: 'done', attempts: 1 });
    expect(treeAt(yard, told[0]?.branch).map((line) => line.slice(7))).toEqual([
      'README.md',
      'TODO.md',
      'agent.txt',
      'left.txt',
      'yardmaster.yaml',
    ]);
  }

  /** `.bare` with two worktrees beside it; the story goes on in the one that is named. */
  function spread(yard: Yard, at: string): void {
    gitAt(yard, 'clone', '--quiet', '--bare', 'origin.git', 'project/.bare');
    yard.write(join(yard.root, 'project', '.git'), 'gitdir: ./.bare\n');
    gitAt(yard, '-C', 'project', 'config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*');
    gitAt(yard, '-C', 'project', 'fetch', '--quiet', 'origin');
    gitAt(yard, '-C', 'project', 'worktree', 'add', '--quiet', 'main', 'main');
    gitAt(yard, '-C', 'project', 'worktree', 'add', '--quiet', '-b', 'topic', 'topic', 'main');
    rmSync(yard.repo, { recursive: true });
    symlinkSync(join(yard.root, 'project', at), yard.repo);
  }

  test.for(['main', 'topic'])('a task is delivered from a .bare repository’s worktree called %s', async (at) => {
    const yard = await openYard(work);
    spread(yard, at);
    await arrives(yard);
  });

  test('the folder around a .bare repository and its worktrees is described correctly, without harmful advice', async () => {
    const yard = await openYard(work);
    spread(yard, '.');
    const { code, stdout, stderr } = await yard.run('add', 'Something');
    expect.soft(stdout + stderr).not.toMatch(/git init/);
    expect(code === 0 || /worktree|checkout/.test(stderr), stdout + stderr).toBe(true);
  });

  test.for(['../origin.git', './../origin.git', 'file'])('a task is delivered to a remote given as a relative path: %s', async (url) => {
    const yard = await openYard(work);
    if (url === 'file') symlinkSync(origin(yard), join(yard.repo, '.git', 'mirror.git'));
    yard.git('config', 'remote.origin.url', url === 'file' ? '.git/mirror.git' : url);
    yard.git('fetch', '--quiet', 'origin');
    await arrives(yard);
    expect(yard.git('config', 'remote.origin.url')).toBe(url === 'file' ? '.git/mirror.git' : url);
  });
});
