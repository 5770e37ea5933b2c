// The contract of `Repo` except for removal: what a repository is, how a site is made of it, what is in it, and how its
// work is committed and pushed.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';
import { repoCommits } from './repo-commit.testsuite.ts';
import { repoPushes } from './repo-push.testsuite.ts';
import { repoRebases } from './repo-rebase.testsuite.ts';
import { repoStage } from './repo.samples.ts';

export function repoContract(create: () => Repo): void {
  const stage = repoStage(create);
  const { add, users } = stage;
  let fx: GitFixture;
  let repo: Repo;
  beforeEach(() => void ({ fx, repo } = stage.now()));

  describe('what a repository is', () => {
    test('a repository with a remote, from its top, a subfolder, a linked worktree and its git folder', async () => {
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'side', join(fx.worktrees, 'side'));
      for (const dir of [
        fx.root,
        join(fx.root, 'src'),
        join(fx.worktrees, 'side'),
        join(fx.worktrees, 'side/src'),
        join(fx.root, '.git'),
      ]) {
        expect(await repo.describe(dir, { remote: 'origin' })).toMatchObject({ root: fx.root, remote: 'origin', defaultBranch: 'main' });
      }
    });

    test('the remote is null when there is none of that name; then the checked-out branch is the default', async () => {
      fx.git(fx.root, 'checkout', '--quiet', '-b', 'topic/x');
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'side', join(fx.worktrees, 'side'));
      for (const dir of [fx.root, join(fx.worktrees, 'side')]) {
        expect(await repo.describe(dir, { remote: 'upstream' })).toMatchObject({ root: fx.root, remote: null, defaultBranch: 'topic/x' });
      }
    });

    test('the remote is asked for its default branch when no reference tells it or the reference dangles', async () => {
      const other = fx.clone('other');
      fx.git(other, 'push', '--quiet', 'origin', 'main:trunk');
      fx.git(fx.remote, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
      fx.git(fx.root, 'remote', 'set-head', 'origin', '--delete');
      expect(await repo.describe(fx.root, { remote: 'origin' })).toMatchObject({ defaultBranch: 'trunk' });
      fx.git(fx.root, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/gone');
      expect(await repo.describe(fx.root, { remote: 'origin' })).toMatchObject({ defaultBranch: 'trunk' });
    });

    test('an unreachable remote does not matter while there is a local answer', async () => {
      fx.git(fx.root, 'remote', 'set-head', 'origin', '--delete');
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await repo.describe(fx.root, { remote: 'origin' })).toMatchObject({ root: fx.root, remote: 'origin', defaultBranch: 'main' });
      fx.git(fx.root, 'checkout', '--quiet', '--detach');
      await expect(repo.describe(fx.root, { remote: 'origin' })).rejects.toMatchObject({ code: 'detached-head' });
    });

    test('what is no usable repository is refused by name', async () => {
      const empty = join(fx.folder, 'empty');
      fx.git(fx.folder, 'init', '--quiet', 'empty');
      await expect(repo.describe(empty, { remote: 'origin' })).rejects.toMatchObject({ code: 'empty-repository' });
      await expect(repo.describe(fx.folder, { remote: 'origin' })).rejects.toMatchObject({ code: 'not-a-repository' });
      await expect(repo.describe(fx.remote, { remote: 'origin' })).rejects.toMatchObject({
        code: 'unusable-repository',
        message: expect.stringContaining('bare'),
        hint: expect.stringContaining('worktree add'),
      });
      await expect(repo.describe(join(fx.folder, 'missing'), { remote: 'origin' })).rejects.toMatchObject({ code: 'not-a-repository' });
    });
  });

  describe('makeSite', () => {
    test('starts from what the remote has now, and changes nothing of the user’s', async () => {
      const other = fx.clone('other');
      const fresh = fx.commit(other, { 'new.txt': 'new\n' });
      fx.git(other, 'tag', 'v1');
      fx.git(other, 'push', '--quiet', 'origin', 'main', 'v1');
      fx.git(fx.root, 'config', 'branch.autoSetupMerge', 'always');
      fx.write(fx.root, { 'src/app.txt': 'the user works here\n' });
      const before = users();
      const { path, base } = await add('t1');
      expect(base).toBe(fresh);
      expect(readFileSync(join(path, 'new.txt'), 'utf8')).toBe('new\n');
      expect(fx.git(path, 'rev-parse', 'HEAD')).toBe(fresh);
      expect(fx.git(path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/yard/t1');
      expect(fx.git(path, 'status', '--porcelain')).toBe('');
      expect(fx.git(path, 'fsck', '--connectivity-only')).toBe('');
      expect(users()).toEqual(before);
    });

    test('without a remote it starts from the local default branch', async () => {
      fx.git(fx.root, 'remote', 'remove', 'origin');
      const local = fx.commit(fx.root, { 'local.txt': 'x' });
      expect(await add('t1', { remote: null })).toMatchObject({ base: local });
      await expect(
        repo.makeSite({ root: fx.root, path: join(fx.worktrees, 'x'), branch: () => 'yard/x', remote: null, defaultBranch: 'gone' }),
      ).rejects.toMatchObject({ code: 'worktree-failed' });
    });

    test('fifty asked for at once are all made', async () => {
      const before = users();
      const names = Array.from({ length: 50 }, (_, at) => `t${at}`);
      const made = await Promise.allSettled(names.map((name) => add(name)));
      expect(made.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([]);
      expect(readdirSync(join(fx.folder, 'readers'))).toHaveLength(50);
      expect(new Set(names.map((name) => fx.git(join(fx.worktrees, name), 'symbolic-ref', 'HEAD')))).toHaveLength(50);
      expect(users()).toEqual(before);
    });

    test('the user’s hooks do not run', async () => {
      for (const name of ['post-checkout', 'reference-transaction', 'post-index-change'])
        fx.hook(join(fx.root, '.git'), name, `touch ${fx.folder}/ran; exit 1`);
      const { path } = await add('t1');
      fx.write(path, { 'a.txt': 'a' });
      await repo.commitAll({ worktree: path, message: 'a', sign: 'off' });
      expect(existsSync(join(fx.folder, 'ran'))).toBe(false);
    });

    test('a failed checkout leaves no folder, registration or branch', async () => {
      fx.commit(fx.root, { '.gitattributes': 'bad.txt filter=bad\n', 'bad.txt': 'x\n', 'zzz.txt': 'x' });
      fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
      fx.git(fx.root, 'config', 'filter.bad.smudge', 'false');
      fx.git(fx.root, 'config', 'filter.bad.clean', 'cat');
      fx.git(fx.root, 'config', 'filter.bad.required', 'true');
      const before = users();
      await expect(add('t1')).rejects.toMatchObject({ code: 'worktree-failed', message: expect.stringContaining('bad.txt') });
      expect(readdirSync(fx.worktrees)).toEqual([]);
      expect(fx.git(fx.root, 'worktree', 'list').split('\n')).toHaveLength(1);
      expect(fx.succeeds(fx.root, 'rev-parse', '--verify', 'refs/heads/yard/t1')).toBe(false);
      expect(users()).toEqual(before);
    });

    test('an existing branch or folder is refused and stays', async () => {
      fx.git(fx.root, 'branch', 'yard/taken');
      await expect(add('taken')).rejects.toMatchObject({ code: 'worktree-failed' });
      expect(fx.succeeds(fx.root, 'rev-parse', '--verify', 'refs/heads/yard/taken')).toBe(true);
      fx.write(fx.worktrees, { 'full/file.txt': 'somebody’s' });
      await expect(add('full')).rejects.toMatchObject({ code: 'worktree-failed' });
      expect(readFileSync(join(fx.worktrees, 'full/file.txt'), 'utf8')).toBe('somebody’s');
      expect(fx.succeeds(fx.root, 'rev-parse', '--verify', 'refs/heads/yard/full')).toBe(false);
      for (const branch of ['--force', 'a..b']) {
        await expect(add('bad', { branch })).rejects.toMatchObject({
          code: 'worktree-failed',
          message: expect.stringContaining('not a valid'),
        });
      }
      expect(readdirSync(fx.worktrees)).toEqual(['full']);
      expect(fx.git(fx.root, 'worktree', 'list').split('\n')).toHaveLength(1);
    });

    test('a folder that was deleted by somebody can be used again once what is left of its site is removed', async () => {
      const { path } = await add('t1');
      rmSync(path, { recursive: true });
      await expect(add('t1', { branch: 'yard/again' })).rejects.toMatchObject({ message: expect.stringContaining('readers/t1') });
      await repo.removeSite({ root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: false });
      await expect(add('t1', { branch: 'yard/again' })).resolves.toMatchObject({ branch: 'yard/again' });
      expect(await repo.hasSite({ path, branch: 'yard/again' })).toBe(true);
    });

    test('a remote without the branch, or none that answers, is a failed fetch and leaves nothing', async () => {
      const options = { root: fx.root, path: join(fx.worktrees, 'a'), branch: () => 'yard/a', remote: 'origin' };
      await expect(repo.makeSite({ ...options, defaultBranch: 'gone' })).rejects.toMatchObject({
        code: 'fetch-failed',
        message: expect.stringContaining('gone'),
      });
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      await expect(repo.makeSite({ ...options, defaultBranch: 'main' })).rejects.toMatchObject({ code: 'fetch-failed' });
      expect(existsSync(options.path)).toBe(false);
      expect(fx.git(fx.root, 'branch', '--list', 'yard/*')).toBe('');
    });
  });

  test('hasSite: only the checkout that was made, on that branch', async () => {
    const { path, branch } = await add('t1');
    expect(await repo.hasSite({ path, branch })).toBe(true);
    expect(await repo.hasSite({ path, branch: 'yard/other' })).toBe(false);
    expect(await repo.hasSite({ path: join(path, 'src'), branch })).toBe(false);
    expect(await repo.hasSite({ path: join(fx.worktrees, 'none'), branch })).toBe(false);
    expect(await repo.hasSite({ path: fx.worktrees, branch })).toBe(false);
    expect(await repo.hasSite({ path: fx.root, branch: 'main' })).toBe(false);
    symlinkSync(fx.worktrees, join(fx.folder, 'link'));
    expect(await repo.hasSite({ path: join(fx.folder, 'link/t1'), branch })).toBe(true);
    fx.git(path, 'checkout', '--quiet', '--detach');
    expect(await repo.hasSite({ path, branch })).toBe(false);
  });

  test('facts and log: commits since the base, and every uncommitted path but the ignored', async () => {
    const { path, base } = await add('t1');
    fx.git(fx.root, 'config', 'status.showUntrackedFiles', 'no');
    expect(await repo.facts({ worktree: path, base })).toEqual({ head: base, commits: 0, dirty: [] });
    fx.commit(path, { 'a.txt': 'a' }, 'first thing');
    const head = fx.commit(path, { 'b.txt': 'b' }, 'second thing');
    fx.git(path, 'mv', 'a.txt', 'moved.txt');
    fx.git(path, 'rm', '--quiet', 'README.md');
    fx.write(path, { 'src/app.txt': 'changed', 'new/ö file.txt': 'n', 'x.log': 'ignored', 'ignored/y': 'ignored' });
    const facts = await repo.facts({ worktree: path, base });
    expect({ ...facts, dirty: [...facts.dirty].sort() }).toEqual({
      head,
      commits: 2,
      dirty: ['README.md', 'a.txt', 'moved.txt', 'new/ö file.txt', 'src/app.txt'],
    });
    const log = await repo.log({ worktree: path, base });
    expect(log.map((line) => line.replace(/^[0-9a-f]{7,} /, ''))).toEqual(['second thing', 'first thing']);
    await expect(repo.facts({ worktree: join(fx.worktrees, 'none'), base })).rejects.toMatchObject({ code: 'worktree-failed' });
  });

  test('locks that a killed worker left: those of its own repository, and of its own time', async () => {
    const { path, branch } = await add('t1');
    const gitFolder = join(path, '.git');
    const [index, own] = [join(gitFolder, 'index.lock'), join(gitFolder, 'refs/heads', `${branch}.lock`)];
    const others = ['index.lock', 'config.lock', 'refs/heads/main.lock'].map((name) => join(fx.root, '.git', name));
    mkdirSync(dirname(own), { recursive: true });
    for (const lock of [index, own, ...others]) writeFileSync(lock, '');
    const later = Date.now() + 10_000;
    expect(await repo.takeLeftLocks({ worktree: path, since: later })).toEqual([]);
    expect(await repo.takeLeftLocks({ worktree: path, since: later - 10_000 })).toEqual([index, own]);
    expect([index, own, ...others].map((lock) => existsSync(lock))).toEqual([false, false, true, true, true]);
    expect(await repo.takeLeftLocks({ worktree: join(fx.worktrees, 'none'), since: 0 })).toEqual([]);
  });

  test('commits are counted as git counts them: packed, merged, many, taken back', async () => {
    const { path, base } = await add('t1');
    const counted = async (): Promise<number> => (await repo.facts({ worktree: path, base })).commits;
    const one = fx.commit(path, { 'a.txt': 'a' }, 'one');
    fx.commit(path, { 'a.txt': 'b' }, 'two');
    fx.git(path, 'repack', '-a', '-d', '-l', '--quiet');
    expect(await counted()).toBe(2);
    fx.commit(path, { 'a.txt': 'c' }, 'three, upon packed ones');
    expect(await counted()).toBe(3);
    fx.git(path, 'checkout', '--quiet', '-b', 'side', one);
    fx.commit(path, { 'b.txt': 'b' }, 'beside');
    fx.git(path, 'checkout', '--quiet', 'yard/t1');
    fx.git(path, 'merge', '--quiet', '--no-edit', 'side');
    expect(await counted()).toBe(Number(fx.git(path, 'rev-list', '--count', `${base}..HEAD`)));
    fx.git(path, 'reset', '--hard', '--quiet', base);
    for (let at = 0; at < 60; at += 1) fx.git(path, 'commit', '--quiet', '--allow-empty', '--message', 'more');
    expect(await counted()).toBe(60);
    fx.git(path, 'reset', '--hard', '--quiet', base);
    expect(await counted()).toBe(0);
    const before = fx.commit(fx.root, { 'old.txt': 'o' }, 'a later base');
    expect((await repo.facts({ worktree: path, base: before })).commits).toBe(0);
  });

  repoCommits(stage);
  repoPushes(stage);
  repoRebases(stage);
}
