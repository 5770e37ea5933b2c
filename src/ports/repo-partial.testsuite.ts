// The contract of `Repo` if a worker fetched from the remote and built its work on top of that, in particular if it fetched
// only part of a history: the delivery contains all of it; an incomplete history is refused, and saved as far as it exists
// here.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

const branch = 'yard/t1';
const preserved = 'refs/yardmaster/preserved/a1';
const depth = ['--depth=1'];
const filter = ['--filter=blob:none'];
const ways = { 'with a depth': depth, 'with a filter': filter, 'in full': [] };
const puts = {
  rebased: (base: string) => ['rebase', '--quiet', '--onto', 'FETCH_HEAD', base],
  merged: () => ['merge', '--quiet', '--allow-unrelated-histories', '-m', 'merge', 'FETCH_HEAD'],
};

export function repoPartialContract(create: () => Repo): void {
  let fx: GitFixture;
  let repo: Repo;
  let root: string;
  let path: string;
  let base: string;
  let other: string;

  beforeEach(() => {
    fx = createGitFixture();
    repo = create();
    root = fx.root;
    path = join(fx.worktrees, 't1');
    other = fx.clone('other');
    fx.git(fx.remote, 'config', 'uploadpack.allowFilter', 'true');
  });
  afterEach(() => fx.dispose());

  const make = async (remote: string | null = 'origin'): Promise<void> => {
    ({ base } = await repo.makeSite({ root, path, branch: () => branch, remote, defaultBranch: 'main' }));
    fx.commit(path, { 'own.txt': 'own\n' });
  };
  /** Adds two commits and returns the first, which has a file that the second one changed. */
  const moveOn = (name = 'main'): string => {
    fx.git(other, 'checkout', '--quiet', '-B', name);
    const first = fx.commit(other, { 'theirs.txt': 'one\n' });
    fx.commit(other, { 'theirs.txt': 'two\n' });
    fx.git(other, 'push', '--quiet', 'origin', name);
    return first;
  };
  const work = (options: readonly string[], { name = 'main', put = puts.rebased } = {}): string => {
    fx.git(path, 'fetch', '--quiet', ...options, 'origin', name);
    fx.git(path, ...put(base));
    return fx.commit(path, { 'more.txt': 'more\n' });
  };
  const take = () => repo.take({ worktree: path });
  const remove = () => repo.removeSite({ root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: false });
  const users = (): string =>
    [
      readFileSync(join(root, '.git/config'), 'utf8'),
      fx.git(root, 'for-each-ref', 'refs/heads/main', 'refs/remotes', 'refs/tags'),
      `shallow: ${existsSync(join(root, '.git/shallow'))}`,
    ].join('\n');

  /** The commit is taken, pushed and removed; a clone of the branch contains all of it, and everything below it. */
  async function delivered(commit: string, first: string): Promise<void> {
    const before = users();
    expect(await repo.facts({ worktree: path, base })).toMatchObject({ head: commit, dirty: [] });
    expect(await take()).toEqual({ commit, kept: null });
    expect(await take()).toEqual({ commit, kept: null });
    expect(fx.git(root, 'fsck', '--no-dangling')).toBe('');
    expect(await repo.push({ worktree: path, remote: 'origin', commit, accept: false, sign: 'auto' })).toMatchObject({ pushed: true });
    expect(await create().removeSite({ root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: false })).toEqual({
      preserved: null,
    });
    expect(users()).toBe(before);
    expect(fx.git(root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip', 'refs/yardmaster/taken')).toBe('');
    fx.git(fx.folder, 'clone', '--quiet', '--branch', branch, `file://${fx.remote}`, 'fresh');
    const fresh = join(fx.folder, 'fresh');
    expect(fx.git(fresh, 'fsck', '--no-dangling')).toBe('');
    expect(existsSync(join(fresh, '.git/shallow'))).toBe(false);
    expect(fx.git(fresh, 'rev-parse', 'HEAD')).toBe(commit);
    for (const one of [base, first]) expect(fx.succeeds(fresh, 'merge-base', '--is-ancestor', one, 'HEAD')).toBe(true);
    expect(['own.txt', 'more.txt', 'theirs.txt'].map((name) => readFileSync(join(fresh, name), 'utf8'))).toEqual([
      'own\n',
      'more\n',
      'two\n',
    ]);
  }

  /** Counts the fetches of our git from the remote from now on. */
  const fetches = (): (() => number) => {
    const [program, log] = ['upload', 'uploads'].map((name) => join(fx.folder, name)) as [string, string];
    writeFileSync(program, `#!/bin/sh\necho x >>'${log}'\nexec git-upload-pack "$@"\n`);
    chmodSync(program, 0o755);
    fx.git(root, 'config', 'remote.origin.uploadpack', program);
    return () => (existsSync(log) ? readFileSync(log, 'utf8').length / 2 : 0);
  };

  describe('work on top of what was fetched', () => {
    const cases = Object.entries(ways).flatMap(([how, options]) =>
      Object.entries(puts).map(([what, put]) => ({ how, options, what, put })),
    );
    test.for(cases)('$how, and $what', async ({ options, put }) => {
      await make();
      const first = moveOn();
      await delivered(work(options, { put }), first);
    });

    test('from another branch than where work starts', async () => {
      await make();
      const first = moveOn('side');
      await delivered(work(filter, { name: 'side' }), first);
    });

    test('while the branch where work starts was deleted', async () => {
      await make();
      const first = moveOn('side');
      fx.git(fx.remote, 'symbolic-ref', 'HEAD', 'refs/heads/side');
      fx.git(fx.remote, 'branch', '-D', 'main');
      await delivered(work(depth, { name: 'side' }), first);
    });

    test.for([
      ['--depth=1', depth],
      ['--filter=blob:none', filter],
      ['--filter=blob:none --sparse', [...depth, ...filter]],
    ] as const)('a repository that was cloned by %s itself, %s', async ([clone, options]) => {
      fx.commit(other, { 'old.txt': 'old\n' });
      fx.commit(other, { 'old.txt': 'new\n' });
      fx.git(other, 'push', '--quiet', 'origin', 'main');
      fx.git(fx.folder, 'clone', '--quiet', ...clone.split(' '), `file://${fx.remote}`, 'persons');
      root = join(fx.folder, 'persons');
      await make();
      const first = moveOn();
      await delivered(work(options), first);
    });
  });

  describe('what a worker’s repository says of itself', () => {
    test('a `shallow` file and a promisor’s mark where nothing is missing: nobody is asked, and the history is what it is', async () => {
      await make();
      const tip = fx.commit(path, { 'more.txt': 'more\n' });
      fx.git(path, 'gc', '--quiet');
      writeFileSync(join(path, '.git/shallow'), `${tip}\n${base}\n`);
      writeFileSync(join(path, '.git/objects/pack/pack-x.promisor'), '');
      const asked = fetches();
      expect(await repo.facts({ worktree: path, base })).toMatchObject({ head: tip, commits: 2 });
      expect(await take()).toEqual({ commit: tip, kept: null });
      expect(fx.git(root, 'rev-list', '--count', `${base}..${branch}`)).toBe('2');
      expect(asked()).toBe(0);
    });

    test('commits that no branch of the remote has are refused after two fetches at most, and their files are saved', async () => {
      await make();
      moveOn();
      const tip = work(depth);
      fx.git(other, 'push', '--quiet', '--force', 'origin', `${base}:main`);
      const asked = fetches();
      for (const ask of [() => repo.facts({ worktree: path, base }), take]) {
        const before = asked();
        await expect(ask()).rejects.toMatchObject({
          code: 'not-taken',
          message: `the history of what was committed in ${path} is incomplete: a part of it was never fetched there (git fetch --depth or --filter), and no branch of origin has it`,
          hint: 'push a branch that has it to origin, or rebase the work onto one that exists there',
        });
        expect(asked() - before, 'two fetches and a question').toBe(3);
      }
      expect(await repo.log({ worktree: path, base })).toEqual([]);
      expect(fx.succeeds(root, 'rev-parse', '--verify', branch)).toBe(false);
      fx.write(path, { 'left.txt': 'left\n' });
      expect(await remove()).toEqual({ preserved });
      expect(existsSync(path)).toBe(false);
      expect(fx.git(root, 'fsck', '--no-dangling')).toBe('');
      const files = fx.git(root, 'ls-tree', '--name-only', '-r', preserved).split('\n');
      expect(files).toEqual(expect.arrayContaining(['own.txt', 'more.txt', 'theirs.txt', 'left.txt']));
      const [, ...parents] = fx.git(root, 'rev-list', '--parents', '--max-count=1', preserved).split(' ');
      expect(fx.git(root, 'log', '-1', '--format=%P %s', parents[0] ?? '')).toBe(
        `${base} The files of ${tip}, whose history is incomplete`,
      );
      expect(fx.succeeds(root, 'diff', '--quiet', `${parents[0]}`, `${preserved}~0`, '--', 'own.txt', 'more.txt')).toBe(true);
    });

    test('files that were never fetched and that the remote has no longer: the site stays', async () => {
      await make();
      moveOn();
      fx.git(path, 'fetch', '--quiet', ...filter, 'origin', 'main');
      fx.git(path, 'update-ref', `refs/heads/${branch}`, 'FETCH_HEAD');
      fx.git(other, 'push', '--quiet', '--force', 'origin', `${base}:main`);
      await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
      await expect(remove()).rejects.toMatchObject({ code: 'not-preserved', message: expect.stringContaining('were never fetched there') });
      expect(existsSync(join(path, 'own.txt'))).toBe(true);
    });

    test('a remote that has no branch any more is asked for nothing else', async () => {
      await make();
      moveOn();
      work(depth);
      fx.git(fx.remote, 'update-ref', '-d', 'refs/heads/main');
      const before = users();
      await expect(take()).rejects.toMatchObject({ code: 'not-taken', message: expect.stringContaining('no branch of origin has it') });
      expect(users()).toBe(before);
    });

    test('what was merely fetched in part, and the remote has no longer, does not hold up the removal', async () => {
      await make();
      moveOn('side');
      fx.git(path, 'fetch', '--quiet', ...filter, 'origin', 'side:refs/remotes/origin/side');
      fx.git(fx.remote, 'branch', '-D', 'side');
      const commit = fx.git(path, 'rev-parse', 'HEAD');
      expect(await take()).toEqual({ commit, kept: null });
      expect(await remove()).toEqual({ preserved });
      expect(fx.git(root, 'rev-parse', preserved)).toBe(commit);
    });
  });

  test('a remote that cannot be asked: refused and kept, and delivered when it is back', async () => {
    await make();
    const first = moveOn();
    const commit = work(depth);
    fx.git(root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
    const told = { code: 'not-taken', message: expect.stringContaining('cannot be fetched now'), hint: 'check the network and the remote' };
    await expect(repo.facts({ worktree: path, base })).rejects.toMatchObject(told);
    await expect(take()).rejects.toMatchObject(told);
    await expect(remove()).rejects.toMatchObject({ code: 'not-preserved', message: expect.stringContaining('cannot be fetched now') });
    fx.git(root, 'remote', 'set-url', 'origin', fx.remote);
    await delivered(commit, first);
  });

  test('a repository without a remote, whose worker fetched a part from somewhere: refused, and its files are saved', async () => {
    fx.git(root, 'remote', 'remove', 'origin');
    await make(null);
    moveOn();
    fx.git(path, 'remote', 'add', 'origin', fx.remote);
    work(depth);
    await expect(take()).rejects.toMatchObject({ code: 'not-taken', message: expect.stringContaining('there is no remote') });
    expect(await repo.removeSite({ root, path, branch, attempt: 'a1', remote: null, keepBranch: false })).toEqual({ preserved });
    expect(fx.git(root, 'show', `${preserved}:more.txt`)).toBe('more');
    expect(fx.git(root, 'fsck', '--no-dangling')).toBe('');
    rmSync(fx.remote, { recursive: true });
  });
}
