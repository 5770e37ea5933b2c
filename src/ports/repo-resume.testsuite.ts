// The contract of `Repo.siteFrom`, and of sites that start from another task's delivered branch: what is checked out, where
// later work goes, and what stays of the person's.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { Repo } from './repo.ts';

export function repoResumeContract(create: () => Repo): void {
  const stage = repoStage(create);
  const { add, push, users, remoteTip } = stage;
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  beforeEach(() => {
    ({ fx, repo } = stage.now());
    other = fx.clone('other');
  });

  const branch = 'yard/t1';
  const path = () => join(fx.worktrees, 't1');
  /** A delivered branch whose site was removed. */
  const delivered = async (remote: string | null = 'origin'): Promise<{ commit: string; base: string }> => {
    const at = await add('t1', { remote });
    const commit = fx.commit(at.path, { 'ours.txt': 'ours\n' });
    if (remote === null) await repo.take({ worktree: at.path });
    else await push(at);
    expect(await remove(remote)).toEqual({ preserved: null });
    return { commit, base: at.base };
  };
  const remove = (remote: string | null = 'origin') =>
    repo.removeSite({ root: fx.root, path: path(), branch, attempt: 'a1', remote, keepBranch: true });
  const theirs = (name: string, files: Record<string, string>, ...more: string[]): string => {
    fx.git(other, 'fetch', '--quiet', 'origin');
    fx.git(other, 'checkout', '--quiet', '--detach', `origin/${name}`);
    const commit = fx.commit(other, files);
    fx.git(other, 'push', '--quiet', ...more, 'origin', `HEAD:${name}`);
    return commit;
  };
  const fetched = () => repo.fetchBranch({ root: fx.root, remote: 'origin', branch });
  const from = (commit: string, remote: string | null = 'origin') =>
    repo.siteFrom({ root: fx.root, path: path(), branch, commit, remote, defaultBranch: 'main' });
  const nothingMade = (): void => {
    expect(existsSync(path())).toBe(false);
    expect(readdirSync(join(fx.folder, 'readers'))).toEqual([]);
    expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip')).toBe('');
  };

  describe('siteFrom', () => {
    test('goes on with what a person pushed to the branch, and delivers to that branch', async () => {
      const { base } = await delivered();
      const head = theirs(branch, { 'theirs.txt': 'theirs\n' });
      const main = theirs('main', { 'main.txt': 'moved on\n' });
      const before = users();
      expect(await fetched()).toBe(head);
      expect(await from(head)).toEqual({ base, branch });
      expect(fx.git(path(), 'rev-parse', 'HEAD', 'origin/main')).toBe(`${head}\n${base}`);
      expect(fx.git(path(), 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
      expect(fx.git(path(), 'status', '--porcelain')).toBe('');
      expect(fx.git(path(), 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
      expect(readFileSync(join(path(), 'theirs.txt'), 'utf8')).toBe('theirs\n');
      expect(await repo.hasSite({ path: path(), branch })).toBe(true);
      expect(await repo.facts({ worktree: path(), base })).toEqual({ head, commits: 2, dirty: [] });
      const commit = fx.commit(path(), { 'more.txt': 'more\n' });
      expect(await repo.take({ worktree: path() })).toEqual({ commit, kept: null });
      expect(await push({ path: path() })).toEqual({ pushed: true, commit, ref: `refs/heads/${branch}` });
      expect(fx.git(fx.remote, 'rev-parse', `${branch}~1`, 'main')).toBe(`${head}\n${main}`);
      expect(fx.git(fx.root, 'rev-parse', branch)).toBe(commit);
      expect(users()).toEqual(before);
      expect(await remove()).toEqual({ preserved: null });
      nothingMade();
    });

    test('without new work, the commit itself is what there is to take, and nothing has to be saved', async () => {
      const { commit } = await delivered();
      await fetched();
      await from(commit);
      expect(await repo.take({ worktree: path() })).toEqual({ commit, kept: null });
      fx.write(path(), { 'left.txt': 'left' });
      const more = await repo.commitAll({ worktree: path(), message: 'left', sign: 'off' });
      expect(await repo.take({ worktree: path() })).toEqual({ commit: more, kept: null });
    });

    test('stays whole when the fetched branch is forgotten and the person’s repository collected', async () => {
      const { base } = await delivered();
      const head = theirs(branch, { 'theirs.txt': 'theirs\n' });
      await fetched();
      await from(head);
      await repo.forgetBranch({ root: fx.root, remote: 'origin', branch });
      fx.git(fx.root, 'branch', '-D', branch);
      fx.git(fx.root, 'gc', '--quiet', '--prune=now');
      expect(fx.git(path(), 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
      expect(await repo.facts({ worktree: path(), base })).toMatchObject({ head, commits: 2 });
    });

    test('after a forced push, the person’s branch of that name stays where it was', async () => {
      const { commit } = await delivered();
      const head = theirs('main', { 'rewritten.txt': 'r\n' }, '--force');
      fx.git(fx.remote, 'update-ref', `refs/heads/${branch}`, head);
      fx.git(fx.remote, 'update-ref', 'refs/heads/main', `${head}~1`);
      await fetched();
      await from(head);
      const more = fx.commit(path(), { 'more.txt': 'more\n' });
      expect(await repo.take({ worktree: path() })).toEqual({ commit: more, kept: expect.stringContaining(branch) });
      expect(fx.git(fx.root, 'rev-parse', branch)).toBe(commit);
      expect(await push({ path: path() })).toMatchObject({ pushed: true, commit: more });
      expect(remoteTip(branch)).toBe(more);
    });

    test('what a person pushes while it is worked on is built upon', async () => {
      const { commit } = await delivered();
      await fetched();
      await from(commit);
      const head = theirs(branch, { 'theirs.txt': 'theirs\n' });
      fx.commit(path(), { 'more.txt': 'more\n' });
      expect(await push({ path: path() })).toMatchObject({ pushed: true });
      expect(fx.git(fx.remote, 'rev-parse', `${branch}~1`)).toBe(head);
    });

    test('without a remote, it goes on from the local branch', async () => {
      fx.git(fx.root, 'remote', 'remove', 'origin');
      const { commit, base } = await delivered(null);
      expect(await from(commit, null)).toEqual({ base, branch });
      const more = fx.commit(path(), { 'more.txt': 'more\n' });
      expect(await repo.take({ worktree: path() })).toEqual({ commit: more, kept: null });
      expect(fx.git(fx.root, 'rev-parse', branch)).toBe(more);
    });

    test('a second site of the branch, a missing commit and a foreign history are refused, and leave nothing', async () => {
      const { commit } = await delivered();
      fx.git(other, 'checkout', '--quiet', '--orphan', 'foreign');
      const foreign = fx.commit(other, { 'f.txt': 'f' });
      fx.git(other, 'push', '--quiet', 'origin', 'foreign');
      for (const [what, words] of [
        ['1'.repeat(40), 'is not in the repository'],
        [foreign, 'have no commit in common'],
      ] as const) {
        await repo.fetchBranch({ root: fx.root, remote: 'origin', branch: 'foreign' });
        await expect(from(what)).rejects.toMatchObject({ code: 'worktree-failed', message: expect.stringContaining(words) });
        nothingMade();
      }
      await from(commit);
      const again = { root: fx.root, path: join(fx.worktrees, 'second'), branch, commit, remote: 'origin', defaultBranch: 'main' };
      await expect(repo.siteFrom(again)).rejects.toMatchObject({
        code: 'worktree-failed',
        message: expect.stringContaining('there is a checkout of it already'),
      });
      expect(readdirSync(fx.worktrees)).toEqual(['t1']);
      expect(await repo.hasSite({ path: path(), branch })).toBe(true);
    });

    test('a head that needs a filter which is not configured is not checked out', async () => {
      await delivered();
      const head = theirs(branch, { '.gitattributes': '*.secret filter=git-crypt\n' });
      await fetched();
      await expect(from(head)).rejects.toMatchObject({ code: 'filter-missing' });
      nothingMade();
    });

    test('stopped: nothing is made', async () => {
      const { commit } = await delivered();
      const ended = new AbortController();
      ended.abort();
      const given = { root: fx.root, path: path(), branch, commit, remote: 'origin', defaultBranch: 'main' };
      await expect(repo.within(ended.signal).siteFrom(given)).rejects.toMatchObject({ code: 'stopped' });
      nothingMade();
    });
  });

  describe('a site on another task’s delivered branch', () => {
    const stacked = (remote: string | null) =>
      repo.makeSite({ root: fx.root, path: join(fx.worktrees, 't2'), branch: () => 'yard/t2', remote, defaultBranch: branch });

    test('with a remote, it starts from the branch as it is there now', async () => {
      await delivered();
      const head = theirs(branch, { 'reviewed.txt': 'after the review\n' });
      expect(await stacked('origin')).toEqual({ base: head, branch: 'yard/t2' });
      const at = { path: join(fx.worktrees, 't2') };
      expect(fx.git(at.path, 'rev-parse', 'HEAD', `origin/${branch}`)).toBe(`${head}\n${head}`);
      const commit = fx.commit(at.path, { 'upper.txt': 'upper\n' });
      expect(await repo.facts({ worktree: at.path, base: head })).toEqual({ head: commit, commits: 1, dirty: [] });
      expect(await push(at)).toMatchObject({ pushed: true, commit });
      expect(fx.git(fx.remote, 'rev-parse', 'yard/t2~1')).toBe(head);
    });

    test('without a remote, it starts from the local branch', async () => {
      fx.git(fx.root, 'remote', 'remove', 'origin');
      const { commit } = await delivered(null);
      expect(await stacked(null)).toEqual({ base: commit, branch: 'yard/t2' });
      const upper = fx.commit(join(fx.worktrees, 't2'), { 'upper.txt': 'upper\n' });
      expect(await repo.take({ worktree: join(fx.worktrees, 't2') })).toEqual({ commit: upper, kept: null });
      expect(fx.git(fx.root, 'log', '--format=%H', `main..yard/t2`)).toBe(`${upper}\n${commit}`);
    });

    test('it stays whole when the branch below is merged by a squash and deleted', async () => {
      const { commit } = await delivered();
      await stacked('origin');
      fx.git(fx.remote, 'update-ref', '-d', `refs/heads/${branch}`);
      fx.git(fx.root, 'branch', '-D', branch);
      await repo.forgetBranch({ root: fx.root, remote: 'origin', branch });
      fx.git(fx.root, 'gc', '--quiet', '--prune=now');
      const at = { path: join(fx.worktrees, 't2') };
      const upper = fx.commit(at.path, { 'upper.txt': 'upper\n' });
      expect(fx.git(at.path, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
      expect(await repo.facts({ worktree: at.path, base: commit })).toEqual({ head: upper, commits: 1, dirty: [] });
      expect(await push(at)).toMatchObject({ pushed: true, commit: upper });
    });
  });
}
