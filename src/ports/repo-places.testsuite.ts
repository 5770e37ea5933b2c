// The contract of `Repo` about what a repository is: layouts, remotes, the branch to start from, submodules, filters.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

export function repoPlacesContract(create: () => Repo): void {
  let fx: GitFixture;
  let repo: Repo;

  beforeEach(() => {
    fx = createGitFixture();
    repo = create();
  });
  afterEach(() => fx.dispose());

  const origin = { remote: 'origin' };
  /** A new `Repo` that has cached nothing yet. */
  const rootOf = async (dir: string): Promise<string> => (await create().find(dir, origin)).root;
  /**
   * Does everything that a task needs of a repository: a worktree from the remote's branch, a push, and the removal with
   * proof.
   */
  const carryThrough = async (root: string): Promise<void> => {
    const { remote, defaultBranch } = await repo.describe(root, origin);
    const path = join(fx.worktrees, 't1');
    const { branch } = await repo.makeSite({ root, path, branch: () => 'yard/t1', remote, defaultBranch });
    const commit = fx.commit(path, { 'new.txt': 'new\n' });
    expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
    expect(await repo.push({ worktree: path, remote: 'origin', commit, accept: false, sign: 'auto' })).toMatchObject({
      pushed: true,
      commit,
    });
    expect(fx.git(fx.remote, 'rev-parse', 'yard/t1')).toBe(commit);
    // A new process, which knows nothing of what the remote has received.
    const removed = await create().removeSite({ root, path, branch, attempt: 'a1', remote, keepBranch: false });
    expect(removed).toEqual({ preserved: null });
    expect(readdirSync(fx.worktrees)).toEqual([]);
  };
  /** Runs a command from a hint. */
  const shell = (command: string): unknown => execFileSync('/bin/sh', ['-c', command], { stdio: 'ignore' });

  describe('a bare repository with worktrees beside it', () => {
    let around: string;
    beforeEach(() => {
      around = join(fx.folder, 'project');
      mkdirSync(around);
      fx.git(around, 'clone', '--quiet', '--bare', fx.remote, '.bare');
      writeFileSync(join(around, '.git'), 'gitdir: ./.bare\n');
    });
    const worktree = (name: string, ...args: string[]): string => {
      fx.git(around, 'worktree', 'add', '--quiet', join(around, name), ...args);
      return join(around, name);
    };

    test('the worktree of the default branch stands for it, wherever one looks from', async () => {
      const main = worktree('main', 'main');
      const feature = worktree('feature', '-b', 'feature');
      for (const dir of [around, main, join(main, 'src'), feature, join(feature, 'src'), join(around, '.bare')]) {
        expect(await create().describe(dir, origin), dir).toMatchObject({
          root: main,
          common: join(around, '.bare'),
          remote: 'origin',
          defaultBranch: 'main',
        });
      }
    });

    test('also while another branch is checked out there, and in a folder of another name', async () => {
      const main = worktree('main', 'main');
      fx.git(main, 'checkout', '--quiet', '-b', 'hotfix');
      expect(await rootOf(around)).toBe(main);
      fx.git(around, 'worktree', 'remove', main);
      const trunk = worktree('trunk', 'main');
      expect(await rootOf(around)).toBe(trunk);
    });

    test('the folder around it stands for it, where it holds a file of ours or there is no such worktree', async () => {
      const feature = worktree('feature', '-b', 'feature');
      expect(await rootOf(feature)).toBe(around);
      const main = worktree('main', 'main');
      expect(await rootOf(feature)).toBe(main);
      writeFileSync(join(around, 'TODO.md'), '');
      for (const dir of [around, feature, main]) expect(await rootOf(dir)).toBe(around);
    });

    test('a worktree that was deleted behind git’s back does not', async () => {
      rmSync(worktree('main', 'main'), { recursive: true });
      expect(await rootOf(around)).toBe(around);
    });

    test('work goes through, from either folder', async () => {
      await carryThrough(around);
      const main = worktree('main', 'main');
      fx.git(fx.remote, 'branch', '-D', 'yard/t1');
      await carryThrough(main);
    });

    test('its git folder may be called .git', async () => {
      rmSync(join(around, '.git'));
      renameSync(join(around, '.bare'), join(around, '.git'));
      const main = worktree('main', 'main');
      expect(await rootOf(around)).toBe(main);
      expect(await rootOf(main)).toBe(main);
    });
  });

  describe('a bare repository alone', () => {
    test('is refused, and what the hint says makes it usable', async () => {
      for (const look of [() => repo.find(fx.remote, origin), () => repo.describe(fx.remote, origin)]) {
        await expect(look()).rejects.toMatchObject({
          code: 'unusable-repository',
          message: `${fx.remote} is a bare repository: it has no files to work on`,
          hint: expect.stringContaining('clone it'),
        });
      }
      const fault: unknown = await repo.find(fx.remote, origin).catch((error: unknown) => error);
      const { hint } = fault as { hint: string };
      expect(hint).not.toContain('git init');
      shell(hint.slice(hint.indexOf('git -C')));
      expect(await rootOf(join(fx.folder, 'main'))).toBe(join(fx.folder, 'main'));
      expect(await rootOf(fx.remote)).toBe(join(fx.folder, 'main'));
    });
  });

  describe('a worktree that is not around its git folder', () => {
    test('a submodule’s checkout is a repository of its own', async () => {
      const above = fx.clone('above');
      fx.git(above, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', fx.remote, 'part');
      const part = join(above, 'part');
      for (const dir of [part, join(part, 'src'), join(above, '.git/modules/part')]) {
        expect(await create().find(dir, origin)).toEqual({
          root: part,
          common: join(above, '.git/modules/part'),
          remote: 'origin',
          otherRemotes: [],
        });
      }
      await carryThrough(part);
    });

    test.each(['config', 'config.worktree'])('core.worktree in %s that says what is so anyway', async (file) => {
      fx.git(fx.root, 'config', 'extensions.worktreeConfig', 'true');
      fx.git(fx.root, 'config', '--file', join(fx.root, '.git', file), 'core.worktree', fx.root);
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'side', join(fx.folder, 'side'));
      for (const dir of [fx.root, join(fx.root, 'src'), join(fx.folder, 'side')]) expect(await rootOf(dir)).toBe(fx.root);
    });

    test('core.bare that git moved into the main worktree’s own file', async () => {
      fx.git(fx.root, 'config', 'extensions.worktreeConfig', 'true');
      fx.git(fx.root, 'config', '--unset', 'core.bare');
      fx.git(fx.root, 'config', '--file', join(fx.root, '.git/config.worktree'), 'core.bare', 'true');
      const side = join(fx.folder, 'side');
      fx.git(fx.root, 'worktree', 'add', '--quiet', side, '-b', 'side');
      // The folder whose `.git` leads to the repository, because no worktree has main checked out.
      expect(await rootOf(side)).toBe(fx.root);
      const main = join(fx.folder, 'main');
      fx.git(fx.root, 'worktree', 'add', '--quiet', main, 'main');
      expect(await rootOf(side)).toBe(main);
    });

    test('core.worktree that leads nowhere, or where git does not find the way back, is refused until it is mended', async () => {
      fx.git(fx.root, 'config', 'core.worktree', join(fx.folder, 'nowhere'));
      await expect(rootOf(join(fx.root, 'src'))).rejects.toMatchObject({
        code: 'unusable-repository',
        message: expect.stringContaining('which does not exist'),
      });
      fx.git(fx.root, 'config', 'core.worktree', fx.worktrees);
      const fault: unknown = await rootOf(fx.root).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'unusable-repository', message: expect.stringContaining(fx.worktrees) });
      const { hint } = fault as { hint: string };
      const [, link = '', unset = ''] = hint.split(/(?:^to use that folder|; or, to remove the setting), run: /);
      shell(link);
      expect(await rootOf(fx.root)).toBe(fx.worktrees);
      expect(await rootOf(fx.worktrees)).toBe(fx.worktrees);
      shell(unset);
      expect(await rootOf(fx.root)).toBe(fx.root);
    });
  });

  test('another user’s repository is refused with git’s own command, which helps', async ({ skip }) => {
    if (process.geteuid?.() !== 0) skip('only root can give a folder to another user');
    const odd = join(fx.folder, "it's odd");
    renameSync(fx.root, odd);
    for (const path of [odd, join(odd, '.git')]) chownSync(path, 54_321, 54_321);
    const fault: unknown = await rootOf(odd).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'unusable-repository', message: expect.stringContaining('belongs to another user') });
    const { hint } = fault as { hint: string };
    shell(hint.slice(hint.indexOf('git config')));
    expect(await rootOf(odd)).toBe(odd);
  });

  test('what is no repository is one thing, and one that cannot be read another', async () => {
    await expect(repo.find(fx.folder, origin)).rejects.toMatchObject({ code: 'not-a-repository' });
    const broken = join(fx.folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, '.git'), `gitdir: ${join(fx.folder, 'gone')}\n`);
    await expect(repo.find(broken, origin)).rejects.toMatchObject({
      code: 'unusable-repository',
      message: expect.stringContaining('gone'),
    });
  });

  test('a repository without the remote that is configured, and with others', async () => {
    fx.git(fx.root, 'remote', 'rename', 'origin', 'gh');
    expect(await repo.describe(fx.root, origin)).toMatchObject({ remote: null, otherRemotes: ['gh'] });
    expect(await repo.describe(fx.root, { ...origin, remote: 'gh' })).toMatchObject({ remote: 'gh', otherRemotes: [] });
  });

  describe('a remote at a relative path', () => {
    test('is taken from the top folder, wherever git runs', async () => {
      fx.git(fx.root, 'remote', 'set-url', 'origin', '../remote.git');
      fx.git(fx.root, 'remote', 'set-head', 'origin', '--delete');
      fx.git(fx.root, 'checkout', '--quiet', '-b', 'topic');
      expect(await repo.describe(join(fx.root, 'src'), origin)).toMatchObject({ defaultBranch: 'main', unreachable: null });
      await carryThrough(fx.root);
      expect(readFileSync(join(fx.root, '.git/config'), 'utf8')).toContain('url = ../remote.git\n');
    });

    test('also below a folder with odd letters in its name, by way of insteadOf, and where only pushes go there', async () => {
      const odd = join(fx.folder, 'a=b c');
      mkdirSync(odd);
      renameSync(fx.root, join(odd, 'repo'));
      const root = join(odd, 'repo');
      fx.git(root, 'remote', 'set-url', 'origin', '../../remote.git');
      await carryThrough(root);
      fx.git(fx.remote, 'branch', '-D', 'yard/t1');
      fx.git(root, 'remote', 'set-url', 'origin', join(fx.folder, 'remote.git'));
      fx.git(root, 'remote', 'set-url', '--push', 'origin', './../../remote.git');
      await carryThrough(root);
      fx.git(fx.remote, 'branch', '-D', 'yard/t1');
      fx.git(root, 'config', '--unset', 'remote.origin.pushurl');
      fx.git(root, 'config', `url.${fx.folder}/.insteadOf`, 'my:');
      fx.git(root, 'remote', 'set-url', 'origin', 'my:remote.git');
      await carryThrough(root);
    });
  });

  /** Counts the requests to the remote, with a program that replaces git's own at the other end. */
  const countAsked = (): (() => number) => {
    const [program, log] = [join(fx.folder, 'upload-pack'), join(fx.folder, 'asked')];
    writeFileSync(program, `#!/bin/sh\necho asked >> '${log}'\nexec git-upload-pack "$@"\n`);
    chmodSync(program, 0o755);
    fx.git(fx.root, 'config', 'remote.origin.uploadpack', program);
    return () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0);
  };
  const renameDefault = (): void => {
    fx.git(fx.remote, 'branch', 'trunk', 'main');
    fx.git(fx.remote, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
  };

  describe('the branch that work starts from', () => {
    test('is the remote’s of today; a record of another one is told', async () => {
      expect(await repo.describe(fx.root, origin)).toMatchObject({ defaultBranch: 'main', outdated: null, unreachable: null });
      renameDefault();
      expect(await create().describe(fx.root, origin)).toMatchObject({ defaultBranch: 'trunk', outdated: 'main' });
      fx.git(fx.root, 'fetch', '--quiet', 'origin');
      fx.git(fx.root, 'remote', 'set-head', 'origin', '--auto');
      expect(await create().describe(fx.root, origin)).toMatchObject({ defaultBranch: 'trunk', outdated: null });
    });

    test('is the recorded one while the remote cannot be asked, with the reason', async () => {
      renameDefault();
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      const facts = await repo.describe(fx.root, origin);
      expect(facts).toMatchObject({ defaultBranch: 'main', outdated: null, unreachable: expect.stringContaining('nowhere.git') });
      // The failure is not remembered.
      fx.git(fx.root, 'remote', 'set-url', 'origin', fx.remote);
      expect(await repo.describe(fx.root, origin)).toMatchObject({ defaultBranch: 'trunk', unreachable: null });
    });

    test('is asked for once, whoever asks from wherever; to find a repository asks nobody', async () => {
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'side', join(fx.folder, 'side'));
      const asked = countAsked();
      const dirs = [fx.root, join(fx.root, 'src'), join(fx.folder, 'side')];
      await Promise.all(dirs.map((dir) => repo.find(dir, origin)));
      expect(asked()).toBe(0);
      await Promise.all(dirs.map((dir) => repo.describe(dir, origin)));
      await repo.describe(fx.root, origin);
      expect(asked()).toBe(1);
    });

    test('is the named one, and nothing else then matters', async () => {
      renameDefault();
      fx.git(fx.remote, 'branch', 'release/1', 'main');
      const base = 'release/1';
      expect(await repo.describe(fx.root, { ...origin, base })).toMatchObject({ defaultBranch: base, outdated: null });
      fx.git(fx.root, 'checkout', '--quiet', '--detach');
      fx.git(fx.root, 'remote', 'set-head', 'origin', '--delete');
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await repo.describe(fx.root, { ...origin, base })).toMatchObject({ defaultBranch: base, unreachable: expect.any(String) });
    });

    test('must be there where it is named: at the remote, or without one here', async () => {
      fx.git(fx.root, 'branch', 'local');
      const missing = (base: string) => create().describe(fx.root, { ...origin, base });
      await expect(missing('local')).rejects.toMatchObject({
        code: 'base-missing',
        hint: expect.stringContaining('git push origin local'),
      });
      await expect(missing('origin/main')).rejects.toMatchObject({
        code: 'base-missing',
        hint: expect.stringMatching(/delivery\.base: main$/),
      });
      fx.git(fx.root, 'remote', 'remove', 'origin');
      expect(await missing('local')).toMatchObject({ defaultBranch: 'local', remote: null });
      await expect(missing('gone')).rejects.toMatchObject({ code: 'base-missing', hint: expect.stringContaining('git branch gone') });
    });
  });

  test('submodules: none, there, fetched and not checked out, empty', async () => {
    expect((await repo.describe(fx.root, origin)).submodules).toEqual({ empty: [] });
    const part = realpathSync(fx.clone('part'));
    for (const path of ['one', 'deep/two']) fx.git(fx.root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', part, path);
    fx.commit(fx.root, {});
    fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
    expect((await create().describe(fx.root, origin)).submodules).toEqual({ empty: [] });
    fx.git(fx.root, 'submodule', '--quiet', 'deinit', 'one');
    expect((await create().describe(fx.root, origin)).submodules).toEqual({ empty: [] });
    expect((await create().describe(fx.clone('fresh'), origin)).submodules).toEqual({ empty: ['one', 'deep/two'] });
  });

  describe('filters that attributes name and nobody configured', () => {
    const unconfigured = (commit: string) => repo.unconfiguredFilters({ root: fx.root, commit });

    test('of every folder, in all forms of a line, and of the repository’s own attributes', async () => {
      const none = fx.git(fx.root, 'rev-parse', 'HEAD');
      const some = fx.commit(fx.root, {
        '.gitattributes': '# *.x filter=comment\n*.psd filter=lfs diff=lfs -text\n"a b" filter=quoted\n*.y -filter\n*.z filter\n',
        'src/.gitattributes': '[attr]secret filter=git-crypt diff=git-crypt\nfilter=pattern text\n*.w filter=lfs\n',
        'src/notes.txt': '*.v filter=prose\n',
      });
      expect(await unconfigured(none)).toEqual([]);
      expect(await unconfigured(some)).toEqual(['git-crypt', 'lfs', 'quoted']);
      fx.git(fx.root, 'config', 'filter.lfs.process', 'git-lfs filter-process');
      fx.git(fx.root, 'config', 'filter.git-crypt.smudge', 'cat');
      fx.git(fx.root, 'config', 'filter.quoted.clean', '');
      expect(await unconfigured(some)).toEqual(['git-crypt', 'quoted']);
      fx.git(fx.root, 'config', 'filter.git-crypt.clean', 'cat');
      fx.git(fx.root, 'config', 'filter.quoted.clean', 'cat');
      expect(await unconfigured(some)).toEqual([]);
      fx.write(fx.root, { '.git/info/attributes': '*.q filter=own\n' });
      expect(await unconfigured(none)).toEqual(['own']);
    });

    test('whatever a person set for their own searches', async () => {
      const some = fx.commit(fx.root, { '.gitattributes': '*.psd filter=lfs\n.gitattributes -text -diff\n' });
      const settings = { 'color.grep': 'always', 'grep.lineNumber': 'true', 'grep.column': 'true', 'grep.patternType': 'perl' };
      for (const [key, value] of Object.entries(settings)) fx.git(fx.root, 'config', key, value);
      expect(await unconfigured(some)).toEqual(['lfs']);
    });

    test('a commit is looked at once; what cannot be read is a fault', async () => {
      const some = fx.commit(fx.root, { '.gitattributes': '*.psd filter=lfs\n' });
      expect(await unconfigured(some)).toEqual(['lfs']);
      const object = fx.git(fx.root, 'rev-parse', `${some}^{tree}`);
      rmSync(join(fx.root, '.git/objects', object.slice(0, 2), object.slice(2)));
      expect(await unconfigured(some)).toEqual(['lfs']);
      await expect(unconfigured('HEAD')).rejects.toMatchObject({ code: 'git-failed' });
    });
  });
}
