// Without any ill will: repositories that are laid out otherwise, and agents that use git as it may be used. Work arrives
// whole, a person's files stay theirs, and what cannot be delivered is told before it is paid for twice.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { changesSince, pictureOf } from '../support/untouched.ts';
import { openYard, type Told, type Yard, type YardOptions } from '../support/yard.ts';

const must = (run: string): Action => ({ run, must: true });
const quick = { worker: { backoffSeconds: 0.1 } };
const one = '- [ ] t1 Work #auto-dispatch\n';
const origin = (yard: Yard): string => join(yard.root, 'origin.git');

/** In the stage's folder, as the person. */
const gitAt = (yard: Yard, ...args: string[]): string =>
  execFileSync('git', args, { cwd: yard.root, env: yard.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();

/** Paths of a branch at the remote, with their modes, as git tells them. */
const treeAt = (yard: Yard, branch: string | null | undefined): string[] =>
  gitAt(yard, '--git-dir', origin(yard), 'ls-tree', '-r', '--format=%(objectmode) %(path)', `refs/heads/${branch}`).split('\n');

async function only(yard: Yard): Promise<Told> {
  return (await yard.json<Told[]>('ls'))[0]!;
}

describe('6. a checkout that the repository’s own configuration names', () => {
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

  test('core.worktree with extensions.worktreeConfig', async () => {
    const yard = await openYard(work);
    yard.git('config', 'core.worktree', yard.repo);
    yard.git('config', 'extensions.worktreeConfig', 'true');
    await delivered(yard);
  });

  test('a submodule’s checkout', async () => {
    const yard = await openYard(work);
    gitAt(yard, 'init', '--quiet', 'super');
    gitAt(yard, '-C', 'super', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin(yard), 'repo');
    renameSync(yard.repo, join(yard.root, 'first'));
    symlinkSync(join(yard.root, 'super', 'repo'), yard.repo);
    yard.git('config', 'extensions.worktreeConfig', 'true');
    await delivered(yard);
  });
});

describe('7. submodules', () => {
  const addSub = (yard: Yard): string => {
    gitAt(yard, 'config', '--global', 'protocol.file.allow', 'always');
    gitAt(yard, 'init', '--quiet', '--bare', 'sub.git');
    gitAt(yard, 'clone', '--quiet', 'sub.git', 'sub-work');
    yard.write(join(yard.root, 'sub-work', 'lib.txt'), 'one\n');
    gitAt(yard, '-C', 'sub-work', 'add', '.');
    gitAt(yard, '-C', 'sub-work', 'commit', '--quiet', '--message', 'lib');
    gitAt(yard, '-C', 'sub-work', 'push', '--quiet', 'origin', 'main');
    yard.git('submodule', '--quiet', 'add', join(yard.root, 'sub.git'), 'sub');
    yard.git('commit', '--quiet', '--message', 'a submodule');
    yard.git('push', '--quiet', 'origin', 'main');
    return join(yard.root, 'sub.git');
  };
  const inside = [
    must('git submodule --quiet update --init sub; cd sub; git switch -qC topic; echo two >>lib.txt; git commit -qam inside'),
    must('git add sub; git commit -qm "the pointer"'),
  ];

  test('a pointer to a commit that its remote does not have: the worker is told, and then the task is blocked or the pointer delivered', async () => {
    const yard = await openYard({
      todo: `${one}- [ ] t2 Work #auto-dispatch\n`,
      config: quick,
      actions: { t1: [inside, [{ say: 'Done.' }]], t2: [inside, [must('cd sub; git push -q origin topic'), { say: 'Pushed.' }]] },
    });
    const sub = addSub(yard);
    await yard.run('run', '--until', 'idle', '--concurrency', '1');
    const told = await yard.json<Told[]>('ls');
    const prompts = (task: string): string[] =>
      yard
        .attempts()
        .filter((attempt) => attempt.task === task)
        .map(({ prompt }) => prompt);
    const fresh = (branch: string | null): boolean => {
      try {
        gitAt(yard, 'clone', '--quiet', '--recurse-submodules', '--branch', branch ?? '', 'origin.git', `fresh-${branch?.slice(5, 7)}`);
        return true;
      } catch {
        return false;
      }
    };
    expect.soft(told.map(({ id, state }) => `${id} ${state}`)).toEqual(['t1 blocked', 't2 done']);
    expect.soft(prompts('t1')[1] ?? 'there was no second attempt').toMatch(/\bsub\b/);
    expect.soft(prompts('t1').length).toBeLessThan(4);
    expect.soft(told[0]?.reason).toMatch(/\bsub\b/);
    expect.soft(gitAt(yard, '--git-dir', origin(yard), 'branch', '--list', told[0]?.branch ?? '-')).toBe('');
    expect.soft(gitAt(yard, '--git-dir', sub, 'branch', '--list', '--format=%(refname:short)')).toBe('main\ntopic');
    expect(fresh(told[1]?.branch ?? null)).toBe(true);
  });
});

describe('8. a repository inside the checkout, left uncommitted', () => {
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

describe('9. a sparse checkout of the person’s', () => {
  test.for(['--cone', '--no-cone'])(
    '%s: files outside of it are committed, by the agent and as leftovers, and none is deleted',
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
      expect(reaped.stdout).not.toMatch(/taken away/);
    },
  );
});

describe('10. repositories and remotes that are laid out otherwise', () => {
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

  test.for(['main', 'topic'])('.bare with sibling worktrees, in the one called %s', async (at) => {
    const yard = await openYard(work);
    spread(yard, at);
    await arrives(yard);
  });

  test('.bare with sibling worktrees, in the folder around them: said as it is, without harmful advice', async () => {
    const yard = await openYard(work);
    spread(yard, '.');
    const { code, stdout, stderr } = await yard.run('add', 'Something');
    expect.soft(stdout + stderr).not.toMatch(/git init/);
    expect(code === 0 || /worktree|checkout/.test(stderr), stdout + stderr).toBe(true);
  });

  test.for(['../origin.git', './../origin.git', 'file'])('a remote as a relative path: %s', async (url) => {
    const yard = await openYard(work);
    if (url === 'file') symlinkSync(origin(yard), join(yard.repo, '.git', 'mirror.git'));
    yard.git('config', 'remote.origin.url', url === 'file' ? '.git/mirror.git' : url);
    yard.git('fetch', '--quiet', 'origin');
    await arrives(yard);
    expect(yard.git('config', 'remote.origin.url')).toBe(url === 'file' ? '.git/mirror.git' : url);
  });

  test('attributes that name a filter which is not configured (a locked git-crypt): blocked by name, nothing committed in clear', async () => {
    const yard = await openYard({
      todo: one,
      config: quick,
      files: { '.gitattributes': 'secret.txt filter=git-crypt diff=git-crypt\n', 'secret.txt': 'encrypted\n' },
      actions: { t1: [[{ edit: { file: 'secret.txt', content: 'in clear\n' } }], [{ say: 'Done.' }]] },
    });
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(told).toMatchObject({ state: 'blocked', reason: expect.stringContaining('git-crypt') });
    expect.soft(told.attempts).toBeLessThan(2);
    const clear = execFileSync('git', ['hash-object', '--stdin'], { input: 'in clear\n', env: yard.env, encoding: 'utf8' }).trim();
    for (const place of [join(yard.repo, '.git'), origin(yard)])
      expect.soft(gitAt(yard, '--git-dir', place, 'rev-list', '--objects', '--branches', '--remotes')).not.toContain(clear);
  });

  test('the same in attributes that the worker commits itself: blocked by name, nothing pushed, its checkout kept', async () => {
    const commit = must(`echo 'secret* filter=git-crypt' >.gitattributes; echo clear >secret.txt; git add .; git commit -qm "the work"`);
    const yard = await openYard({ todo: one, config: quick, actions: { t1: [[commit, { say: 'Done.' }]] } });
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(told).toMatchObject({ state: 'blocked', reason: expect.stringContaining('git-crypt') });
    expect.soft(told.attempts).toBe(1);
    const clear = execFileSync('git', ['hash-object', '--stdin'], { input: 'clear\n', env: yard.env, encoding: 'utf8' }).trim();
    for (const place of [join(yard.repo, '.git'), origin(yard)])
      expect.soft(gitAt(yard, '--git-dir', place, 'rev-list', '--objects', '--all')).not.toContain(clear);
  });
});

describe('11. where a branch starts, and in whose name', () => {
  const work: YardOptions = {
    todo: one,
    config: quick,
    actions: { t1: [[{ edit: { file: 'agent.txt', content: 'agent\n' } }], [{ say: 'Done.' }]] },
  };

  function branchAtRemote(yard: Yard, name: string): string {
    yard.git('switch', '--quiet', '--create', name);
    yard.write(join(yard.repo, `${name}.txt`), `${name}\n`);
    yard.git('add', `${name}.txt`);
    yard.git('commit', '--quiet', '--message', name);
    yard.git('push', '--quiet', 'origin', name);
    const commit = yard.git('rev-parse', 'HEAD');
    yard.git('switch', '--quiet', 'main');
    return commit;
  }

  test('delivery.base: the branch that is named, and not the default one', async () => {
    const yard = await openYard({ ...work, config: { ...quick, delivery: { base: 'develop' } } });
    const base = branchAtRemote(yard, 'develop');
    const { stderr } = await yard.run('run', '--until', 'idle');
    expect.soft(stderr).not.toContain('delivery.base');
    const told = await only(yard);
    expect(told).toMatchObject({ state: 'done', attempts: 1 });
    expect(gitAt(yard, '--git-dir', origin(yard), 'rev-parse', `refs/heads/${told.branch}~1`)).toBe(base);
  });

  test('what the remote says today goes before an outdated origin/HEAD', async () => {
    const yard = await openYard(work);
    branchAtRemote(yard, 'old');
    yard.git('fetch', '--quiet', 'origin');
    yard.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/old');
    await yard.run('run', '--until', 'idle');
    const told = await only(yard);
    expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
    expect(gitAt(yard, '--git-dir', origin(yard), 'rev-parse', `refs/heads/${told.branch}~1`)).toBe(
      gitAt(yard, '--git-dir', origin(yard), 'rev-parse', 'main'),
    );
  });

  test.for(['auto', 'off'])(
    'commits are signed where the person’s are, also those of leftovers; delivery.sign: %s',
    async (sign, { skip }) => {
      const keygen = '/usr/bin/ssh-keygen';
      if (!existsSync(keygen)) skip(`there is no ${keygen}`);
      const yard = await openYard({ ...work, config: { ...quick, delivery: { sign } } });
      const key = join(yard.root, 'person', 'signing');
      execFileSync(keygen, ['-q', '-t', 'ed25519', '-N', '', '-f', key], { env: yard.env });
      for (const [name, value] of [['gpg.format', 'ssh'], ['user.signingKey', key], ['commit.gpgSign', 'true']] as const) yard.git('config', '--global', name, value); // prettier-ignore
      await yard.run('run', '--until', 'idle');
      const told = await only(yard);
      expect.soft(told).toMatchObject({ state: 'done', attempts: 1 });
      const commit = gitAt(yard, '--git-dir', origin(yard), 'cat-file', 'commit', `refs/heads/${told.branch}`);
      expect(commit.includes('\ngpgsig ')).toBe(sign === 'auto');
    },
  );

  test('the person’s GIT_LFS_SKIP_SMUDGE reaches git of ours', async () => {
    const yard = await openYard({
      ...work,
      files: { '.gitattributes': 'big.bin filter=lfs\n', 'big.bin': 'a pointer\n' },
      env: { GIT_LFS_SKIP_SMUDGE: '1' },
    });
    const seen = join(yard.root, 'person', 'seen');
    yard.git('config', '--global', 'filter.lfs.clean', 'cat');
    yard.git('config', '--global', 'filter.lfs.smudge', `echo "skip=$GIT_LFS_SKIP_SMUDGE" >>${seen}; cat`);
    await yard.run('run', '--until', 'idle');
    expect.soft(await only(yard)).toMatchObject({ state: 'done', attempts: 1 });
    expect([...new Set(readFileSync(seen, 'utf8').trim().split('\n'))]).toEqual(['skip=1']);
  });
});
