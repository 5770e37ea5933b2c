// The contract of `Repo` but for removal, against real repositories with a bare remote.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

export function repoContract(create: () => Repo): void {
  let fx: GitFixture;
  let repo: Repo;

  beforeEach(() => {
    fx = createGitFixture();
    repo = create();
  });
  afterEach(() => fx.dispose());

  const add = async (
    name: string,
    options: { remote?: string | null; branch?: string } = {},
  ): Promise<{ path: string; branch: string; base: string }> => {
    const path = join(fx.worktrees, name);
    const branch = options.branch ?? `yard/${name}`;
    const remote = options.remote === undefined ? 'origin' : options.remote;
    const made = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote, defaultBranch: 'main' });
    return { path, ...made };
  };
  /** All that is the user's and must stay as it is. */
  const users = (): unknown => ({
    config: readFileSync(join(fx.root, '.git/config'), 'utf8'),
    head: readFileSync(join(fx.root, '.git/HEAD'), 'utf8'),
    index: readFileSync(join(fx.root, '.git/index')).toString('base64'),
    refs: fx.git(fx.root, 'for-each-ref', 'refs/heads/main', 'refs/remotes', 'refs/tags', 'refs/stash'),
    status: fx.git(fx.root, '--no-optional-locks', 'status', '--porcelain'),
    fetchHead: readFileSync(join(fx.root, '.git/FETCH_HEAD'), 'utf8'),
  });

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

  describe('commitAll', () => {
    test('commits all but the ignored under the user’s name, with the message as it is', async () => {
      const { path, base } = await add('t1');
      fx.git(path, 'rm', '--quiet', '--cached', 'README.md');
      fx.write(path, { 'src/app.txt': 'changed', 'new/n.txt': 'n', 'x.log': 'ignored', '-odd': 'o' });
      const message = '-t1: work\n\n# not a comment\n"quoted" $(x)';
      const commit = await repo.commitAll({ worktree: path, message, sign: 'off' });
      expect(commit).toBe(fx.git(path, 'rev-parse', 'HEAD'));
      expect(fx.git(path, 'log', '-1', '--format=%an <%ae>|%cn <%ce>|%P')).toBe(
        `Somebody <somebody@example.org>|Somebody <somebody@example.org>|${base}`,
      );
      expect(fx.git(path, 'log', '-1', '--format=%B').trimEnd()).toBe(message);
      expect(fx.git(path, 'diff', '--name-only', base, 'HEAD').split('\n')).toEqual(['-odd', 'new/n.txt', 'src/app.txt']);
      expect(await repo.commitAll({ worktree: path, message, sign: 'off' })).toBeNull();
    });

    test('a file that became a folder, a folder that became a file or a link, and a file that became a link', async () => {
      const { path, base } = await add('t1');
      fx.commit(path, { 'a/b.txt': 'b', 'c/d.txt': 'd', 'e.txt': 'e' });
      for (const name of ['README.md', 'a', 'c', 'e.txt']) rmSync(join(path, name), { recursive: true });
      fx.write(path, { 'README.md/inside.txt': 'inside', a: 'a file now' });
      symlinkSync('src', join(path, 'c'));
      symlinkSync('/nowhere', join(path, 'e.txt'));
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).not.toBeNull();
      expect((await repo.facts({ worktree: path, base })).dirty).toEqual([]);
      expect(fx.git(path, 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual(
        expect.arrayContaining(['README.md/inside.txt', 'a', 'c', 'e.txt']),
      );
    });

    test('neither hooks, nor signing, nor a missing name stop it', async () => {
      writeFileSync(fx.globalConfig, '[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n');
      for (const name of ['pre-commit', 'commit-msg', 'prepare-commit-msg']) fx.hook(join(fx.root, '.git'), name, 'exit 1');
      const { path } = await add('t1');
      fx.write(path, { 'a.txt': 'a' });
      await repo.commitAll({ worktree: path, message: 'a', sign: 'off' });
      expect(fx.git(path, 'log', '-1', '--format=%an <%ae>|%cn <%ce>')).toBe(
        'Yardmaster <yardmaster@localhost>|Yardmaster <yardmaster@localhost>',
      );
    });

    test('a merge that only lacks its commit is concluded; unresolved conflicts are refused', async () => {
      const { path } = await add('t1');
      fx.commit(path, { 'src/app.txt': 'ours\n' });
      const theirs = fx.commit(fx.root, { 'src/app.txt': 'theirs\n' });
      expect(fx.succeeds(path, 'merge', theirs)).toBe(false);
      await expect(repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).rejects.toMatchObject({
        code: 'not-committed',
        message: expect.stringContaining('src/app.txt'),
      });
      fx.git(path, 'checkout', '--quiet', '--ours', 'src/app.txt');
      fx.git(path, 'add', 'src/app.txt');
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).not.toBeNull();
      expect(fx.git(path, 'log', '-1', '--format=%P').split(' ')).toHaveLength(2);
    });

    test('repositories inside the worktree are not committed as links to nowhere', async () => {
      const { path } = await add('t1');
      mkdirSync(join(path, 'deep'));
      fx.git(path, 'init', '--quiet', 'empty');
      fx.git(path, 'init', '--quiet', 'deep/in[ner]');
      fx.commit(join(path, 'deep/in[ner]'), { 'i.txt': 'i' });
      fx.write(path, { 'empty/e.txt': 'e' });
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).toBeNull();
      fx.write(path, { 'deep/own.txt': 'o' });
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).not.toBeNull();
      expect(fx.git(path, 'show', '--name-only', '--format=')).toBe('deep/own.txt');
      expect(readFileSync(join(path, 'deep/in[ner]/i.txt'), 'utf8')).toBe('i');
    });
  });

  describe('push', () => {
    const push = async (at: { path: string }, remote = 'origin', sign: 'auto' | 'off' = 'auto') => {
      const taken = await repo.take({ worktree: at.path });
      return repo.push({ worktree: at.path, remote, commit: taken?.commit ?? 'nothing was taken', accept: false, sign });
    };
    const remoteTip = (branch: string): string => fx.git(fx.remote, 'rev-parse', `refs/heads/${branch}`);

    test('the branch arrives at the remote, and no upstream or tag is set', async () => {
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      fx.git(at.path, 'tag', '-a', '-m', 'x', 'mine');
      fx.git(fx.root, 'config', 'push.followTags', 'true');
      fx.git(fx.root, 'config', 'push.autoSetupRemote', 'true');
      const config = readFileSync(join(fx.root, '.git/config'), 'utf8');
      expect(await push(at)).toEqual({ pushed: true, commit, ref: 'refs/heads/yard/t1' });
      expect(remoteTip('yard/t1')).toBe(commit);
      expect(fx.git(fx.remote, 'tag')).toBe('');
      expect(readFileSync(join(fx.root, '.git/config'), 'utf8')).toBe(config);
      expect(await push(at)).toEqual({ pushed: true, commit, ref: 'refs/heads/yard/t1' });
    });

    test('the named branch is pushed, whatever is checked out', async () => {
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      fx.git(at.path, 'checkout', '--quiet', '-b', 'aside');
      fx.commit(at.path, { 'b.txt': 'b' });
      expect(await push(at)).toMatchObject({ pushed: true, commit });
      expect(remoteTip('yard/t1')).toBe(commit);
    });

    const diverge = async (theirs: Record<string, string>, ours: Record<string, string>) => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      await push(at);
      const other = fx.clone('other');
      fx.git(other, 'checkout', '--quiet', 'yard/t1');
      const theirCommit = fx.commit(other, theirs);
      fx.git(other, 'push', '--quiet', 'origin', 'yard/t1');
      const ourCommit = fx.commit(at.path, ours);
      return { at, theirCommit, ourCommit };
    };

    test('outdated: rebased on what is there and pushed, nothing of theirs is lost', async () => {
      const { at, theirCommit } = await diverge({ 'theirs.txt': 't' }, { 'ours.txt': 'o' });
      fx.hook(join(fx.root, '.git'), 'pre-rebase', 'exit 1');
      fx.write(at.path, { 'untracked.txt': 'stays' });
      const result = await push(at);
      expect(result).toEqual({ pushed: true, commit: fx.git(at.path, 'rev-parse', 'HEAD'), ref: 'refs/heads/yard/t1' });
      expect(fx.git(fx.remote, 'rev-parse', 'yard/t1~1')).toBe(theirCommit);
      expect(readFileSync(join(at.path, 'theirs.txt'), 'utf8')).toBe('t');
      expect(readFileSync(join(at.path, 'untracked.txt'), 'utf8')).toBe('stays');
      expect(fx.git(at.path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/yard/t1');
      expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/remotes/origin/yard')).toBe('');
    });

    test('on what arrived before somebody has built: ours stays what is told, and the checkout as it is', async () => {
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      await push(at);
      const other = fx.clone('other');
      fx.git(other, 'checkout', '--quiet', 'yard/t1');
      const theirCommit = fx.commit(other, { 'theirs.txt': 't' });
      fx.git(other, 'push', '--quiet', 'origin', 'yard/t1');
      expect(await push(at)).toEqual({ pushed: true, commit, ref: 'refs/heads/yard/t1' });
      expect(remoteTip('yard/t1')).toBe(theirCommit);
      expect(fx.git(at.path, 'rev-parse', 'HEAD')).toBe(commit);
      expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/remotes/origin/yard')).toBe('');
    });

    test('what has arrived at one place has not arrived at another, where somebody else has other commits', async () => {
      const second = join(fx.folder, 'second.git');
      fx.git(fx.folder, 'clone', '--quiet', '--bare', fx.remote, second);
      for (const address of [fx.remote, second]) fx.git(fx.root, 'config', '--add', 'remote.origin.pushurl', address);
      const at = await add('t1');
      fx.git(
        second,
        'update-ref',
        'refs/heads/yard/t1',
        fx.git(second, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', 'theirs', 'main^{tree}'),
      );
      fx.commit(at.path, { 'a.txt': 'a' });
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused' });
    });

    /** The person's git signs all that it commits. */
    const signing = (): void => {
      const program = join(fx.folder, 'signs');
      const words = ['-----BEGIN PGP SIGNATURE-----', 'made', '-----END PGP SIGNATURE-----'].map((line) => `echo '${line}'\n`).join('');
      writeFileSync(program, `#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n${words}`);
      chmodSync(program, 0o755);
      fx.git(fx.root, 'config', '--global', 'commit.gpgSign', 'true');
      fx.git(fx.root, 'config', '--global', 'gpg.program', program);
    };
    /** The commits since, oldest first: who wrote each, which words it has, and whether it is signed. */
    const written = (since: string, to: string): string[] =>
      fx.git(fx.remote, 'rev-list', '--reverse', '--topo-order', to, `^${since}`).split('\n').map((commit) => {
        const signed = fx.git(fx.remote, 'cat-file', 'commit', commit).includes('\ngpgsig -----BEGIN PGP SIGNATURE-----\n made\n');
        return `${fx.git(fx.remote, 'log', '-1', '--format=%an <%ae> %ad, %cn, %B', '--date=raw', commit).trim()}: ${signed ? 'signed' : 'not'}`;
      }); // prettier-ignore
    /** Of the worker without a signature, of the worker's with the person's key, left over and signed by us, and one more without. */
    const partlySigned = async () => {
      const { at, theirCommit } = await diverge({ 'theirs.txt': 't' }, { 'ours.txt': 'o' });
      signing();
      const author = ['-c', 'user.name=Jörg Ö', '-c', 'user.email=j@example.org'];
      fx.git(at.path, ...author, 'commit', '--quiet', '--allow-empty', '--date=@1700000000 +0530', '-m', 'by its own\n\n# größer "$(x)"');
      fx.write(at.path, { 'left.txt': 'left' });
      await repo.commitAll({ worktree: at.path, message: 'left', sign: 'auto' });
      fx.git(at.path, 'commit', '--quiet', '--allow-empty', '--no-gpg-sign', '-m', 'last');
      return { at, theirCommit };
    };
    const own = 'Jörg Ö <j@example.org> 1700000000 +0530, Somebody, by its own\n\n# größer "$(x)"';

    test('outdated: what was signed before it was rebased is signed again, and nothing else is', async () => {
      const { at, theirCommit } = await partlySigned();
      const result = await push(at);
      expect(result).toMatchObject({ pushed: true, commit: remoteTip('yard/t1') });
      expect(written(theirCommit, 'yard/t1')).toEqual([
        expect.stringMatching(/, work: not$/),
        `${own}: signed`,
        expect.stringMatching(/, left: signed$/),
        expect.stringMatching(/, last: not$/),
      ]);
      expect(fx.git(at.path, 'rev-parse', 'HEAD')).toBe(remoteTip('yard/t1'));
      expect(fx.git(at.path, 'status', '--porcelain')).toBe('');
    });

    test('outdated: where signing is off nothing that is rebased is signed', async () => {
      const { at, theirCommit } = await partlySigned();
      expect(await push(at, 'origin', 'off')).toMatchObject({ pushed: true });
      expect(written(theirCommit, 'yard/t1').filter((line) => line.endsWith('signed'))).toEqual([]);
    });

    test('outdated: what cannot be signed again is not pushed, and the checkout is as before', async () => {
      const { at, theirCommit } = await partlySigned();
      const before = fx.git(at.path, 'rev-parse', 'HEAD');
      fx.git(fx.root, 'config', '--global', 'gpg.program', 'false');
      await expect(push(at)).rejects.toMatchObject({ code: 'not-signed', hint: expect.stringContaining('delivery.sign: off') });
      expect(remoteTip('yard/t1')).toBe(theirCommit);
      expect(fx.git(at.path, 'rev-parse', 'HEAD')).toBe(before);
      expect(fx.git(at.path, 'status', '--porcelain')).toBe('');
      expect(existsSync(join(at.path, 'theirs.txt'))).toBe(false);
      signing();
      expect(await push(at)).toMatchObject({ pushed: true });
    });

    test('outdated with conflicts: refused, and the worktree is as before', async () => {
      const { at, theirCommit, ourCommit } = await diverge({ 'a.txt': 'theirs' }, { 'a.txt': 'ours' });
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('a.txt') });
      expect(fx.git(at.path, 'rev-parse', 'refs/heads/yard/t1')).toBe(ourCommit);
      expect(fx.git(at.path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/yard/t1');
      expect(fx.git(at.path, 'status')).toContain('nothing to commit, working tree clean');
      expect(remoteTip('yard/t1')).toBe(theirCommit);
    });

    test('outdated with uncommitted changes: refused, and they stay', async () => {
      const { at, theirCommit } = await diverge({ 'theirs.txt': 't' }, { 'ours.txt': 'o' });
      fx.write(at.path, { 'src/app.txt': 'uncommitted' });
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('uncommitted') });
      expect(readFileSync(join(at.path, 'src/app.txt'), 'utf8')).toBe('uncommitted');
      expect(remoteTip('yard/t1')).toBe(theirCommit);
    });

    test('a refusal by the remote says why; the person’s hook is the caller’s to run', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      fx.hook(fx.remote, 'pre-receive', 'echo "branch names must begin with a ticket" >&2; exit 1');
      expect(await push(at)).toMatchObject({
        pushed: false,
        why: 'refused',
        message: expect.stringMatching(/must begin with a ticket.*pre-receive hook declined/),
      });
      fx.hook(fx.remote, 'pre-receive', 'exit 0');
      expect(await repo.pushHooks({ worktree: at.path, remote: 'origin', commit: 'abc' })).toEqual([]);
      fx.hook(join(fx.root, '.git'), 'pre-push', `touch ${fx.folder}/ran; exit 1`);
      const called = { args: ['origin', fx.remote], input: 'refs/heads/yard/t1 abc refs/heads/yard/t1 000\n' };
      const file = { ...called, file: join(fx.root, '.git/hooks/pre-push') };
      expect(await repo.pushHooks({ worktree: at.path, remote: 'origin', commit: 'abc' })).toEqual([file]);
      fx.git(fx.root, 'config', 'hook.own.command', `touch ${fx.folder}/ran; false`);
      fx.git(fx.root, 'config', 'hook.own.event', 'pre-push');
      const command = `touch ${fx.folder}/ran; false`;
      expect(await repo.pushHooks({ worktree: at.path, remote: 'origin', commit: 'abc' })).toEqual([
        { ...called, file: '/bin/sh', args: ['-c', `${command} "$@"`, command, ...called.args] },
        file,
      ]);
      expect(await push(at)).toMatchObject({ pushed: true });
      expect(existsSync(join(fx.folder, 'ran'))).toBe(false);
    });

    test('hooks of a folder that the configuration names are found from the person’s checkout', async () => {
      const at = await add('t1');
      fx.git(fx.root, 'config', 'core.hooksPath', '.husky');
      fx.write(fx.root, { '.husky/pre-push': '#!/bin/sh\n' });
      chmodSync(join(fx.root, '.husky/pre-push'), 0o755);
      const [hook] = await repo.pushHooks({ worktree: at.path, remote: 'origin', commit: 'abc' });
      expect(hook?.file).toBe(join(fx.root, '.husky/pre-push'));
    });

    test('hooks below the person’s home, and those that only the task’s checkout has', async () => {
      const at = await add('t1');
      const found = async () => (await repo.pushHooks({ worktree: at.path, remote: 'origin', commit: 'abc' }))[0]?.file;
      const hook = (folder: string): string => {
        fx.write(folder, { 'pre-push': '#!/bin/sh\n' });
        chmodSync(join(folder, 'pre-push'), 0o755);
        return join(folder, 'pre-push');
      };
      const home = hook(join(fx.folder, 'home/hooks'));
      fx.git(fx.root, 'config', 'core.hooksPath', '~/hooks');
      expect(await found()).toBe(home);
      const committed = hook(join(at.path, 'team/hooks'));
      fx.git(fx.root, 'config', 'core.hooksPath', 'team/hooks');
      expect(await found()).toBe(committed);
      const own = hook(join(fx.root, 'team/hooks'));
      expect(await found()).toBe(own);
    });

    test('an address that changed since the task began is not pushed to, unless a person wants it', async () => {
      fx.git(fx.folder, 'init', '--quiet', '--bare', 'elsewhere.git');
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'elsewhere.git'));
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('elsewhere.git now') });
      expect(await repo.push({ worktree: at.path, remote: 'origin', commit, accept: true, sign: 'auto' })).toMatchObject({ pushed: true });
      expect(fx.git(join(fx.folder, 'elsewhere.git'), 'rev-parse', 'yard/t1')).toBe(commit);
    });

    test('another remote than the task began with is another address, unless a person wants it', async () => {
      const elsewhere = join(fx.folder, 'elsewhere.git');
      fx.git(fx.folder, 'init', '--quiet', '--bare', 'elsewhere.git');
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      const without = await add('t2', { remote: null });
      fx.commit(without.path, { 'b.txt': 'b' });
      fx.git(fx.root, 'remote', 'add', 'upstream', elsewhere);
      const why = (words: string) => ({ pushed: false, why: 'refused', message: expect.stringContaining(words) });
      expect(await push(at, 'upstream')).toMatchObject(why(`began with origin at ${fx.remote}`));
      expect(await push(without, 'upstream')).toMatchObject(why('there was no remote when the task began'));
      expect(fx.git(elsewhere, 'for-each-ref')).toBe('');
      const given = { worktree: at.path, remote: 'upstream', commit, accept: true, sign: 'auto' } as const;
      expect(await repo.push(given)).toMatchObject({ pushed: true });
      expect(fx.git(elsewhere, 'rev-parse', 'yard/t1')).toBe(commit);
    });

    test('another name for the same address is the same place', async () => {
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      fx.git(fx.root, 'remote', 'rename', 'origin', 'upstream');
      expect(await push(at, 'upstream')).toMatchObject({ pushed: true, commit });
    });

    test('a missing or unreachable remote', async () => {
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      expect(await push(at, 'upstream')).toMatchObject({ pushed: false, why: 'unreachable' });
      const accepted = () => repo.push({ worktree: at.path, remote: 'origin', commit, accept: true, sign: 'auto' });
      renameSync(fx.remote, `${fx.remote}-away`);
      expect(await push(at)).toMatchObject({ pushed: false, why: 'unreachable', message: expect.stringContaining('remote.git') });
      fx.git(fx.root, 'remote', 'set-url', 'origin', 'http://user:secret@127.0.0.1:1/x.git');
      const result = await accepted();
      expect(result).toMatchObject({ pushed: false, why: 'unreachable' });
      expect(JSON.stringify(result)).not.toContain('secret');
    });

    test('where pushes go elsewhere than fetches come from, they are checked there', async () => {
      fx.git(fx.folder, 'init', '--quiet', '--bare', 'fork.git');
      fx.git(fx.root, 'remote', 'set-url', '--push', 'origin', join(fx.folder, 'fork.git'));
      const at = await add('t1');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      expect(await push(at)).toMatchObject({ pushed: true, commit });
      expect(fx.git(join(fx.folder, 'fork.git'), 'rev-parse', 'yard/t1')).toBe(commit);
    });
  });
}
