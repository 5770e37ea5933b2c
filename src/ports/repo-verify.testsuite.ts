// The contract of `Repo.verifyCheckout`: what was merged, in a folder of its own, of which nothing is left afterwards.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { Repo } from './repo.ts';

export function repoVerifyContract(create: () => Repo): void {
  const { now, users, add } = repoStage(create);
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  let path: string;
  beforeEach(() => {
    ({ fx, repo } = now());
    other = fx.clone('other');
    path = join(fx.worktrees, 't1-verify');
  });

  const merged = (files: Record<string, string>): string => {
    const commit = fx.commit(other, files);
    fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
    return commit;
  };
  const given = { root: '', remote: 'origin', branch: 'main', folder: '', name: 't1-verify' };
  const make = (commit: string, more: { remote?: null; name?: string } = {}) =>
    repo.verifyCheckout({ ...given, root: fx.root, folder: fx.worktrees, commit, ...more });
  const remove = () => repo.removeVerifyCheckout({ root: fx.root, path });
  const nothingLeft = (): void => {
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(fx.folder, 'readers'))).toEqual([]);
    expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip', 'refs/yardmaster/preserved')).toBe('');
  };

  describe('verifyCheckout', () => {
    test('has the files of that commit, also after the branch moved on; nothing of it is saved', async () => {
      // A task that began a moment ago has fetched the branch as it was before.
      await add('t2');
      const commit = merged({ 'src/app.txt': 'merged\n' });
      merged({ 'src/app.txt': 'later\n' });
      const before = users();
      expect(await make(commit)).toBe(path);
      expect(readFileSync(join(path, 'src/app.txt'), 'utf8')).toBe('merged\n');
      expect(fx.git(path, 'rev-parse', 'HEAD', 'origin/main')).toBe(`${commit}\n${commit}`);
      expect(fx.git(path, 'status', '--porcelain')).toBe('');
      fx.write(path, { 'coverage/report.txt': 'left by a test', 'src/app.txt': 'formatted' });
      fx.commit(path, { 'own.txt': 'a commit' });
      await repo.removeSite({
        root: fx.root,
        path: join(fx.worktrees, 't2'),
        branch: 'yard/t2',
        attempt: 'a',
        remote: 'origin',
        keepBranch: false,
      });
      await remove();
      nothingLeft();
      expect(users()).toEqual(before);
    });

    test('nothing can be pushed from it, and its branch is nobody’s', async () => {
      const commit = merged({ 'a.txt': 'a' });
      await make(commit);
      const made = await repo.describeSite(path);
      expect(made).toEqual({ common: join(fx.root, '.git'), branch: 'yardmaster-verify/t1-verify' });
      const own = fx.commit(path, { 'own.txt': 'a commit' });
      const pushed = await repo.push({ worktree: path, remote: 'origin', commit: own, accept: false, sign: 'off' });
      expect(pushed).toMatchObject({ pushed: false, why: 'refused' });
      expect(fx.git(fx.remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
      // As everything is removed that no record names.
      const left = { root: fx.root, path, branch: made?.branch ?? null, attempt: 'a1', remote: 'origin', keepBranch: false };
      expect(await repo.removeSite(left)).toEqual({ preserved: null });
      nothingLeft();
    });

    test('whatever its commands left there, it is removed', async () => {
      const commit = merged({ 'a.txt': 'a' });
      await make(commit);
      fx.git(path, 'init', '--quiet', 'nested');
      fx.commit(join(path, 'nested'), { 'n.txt': 'n' });
      fx.write(path, { '.git/HEAD': 'nonsense', '.git/objects/info/alternates': '/elsewhere\n', '.git/commondir': '/elsewhere\n' });
      await remove();
      nothingLeft();
    });

    test('one that a process left there is replaced; what is not one is left alone', async () => {
      const first = merged({ 'a.txt': 'first' });
      await make(first);
      fx.write(path, { 'left.txt': 'l' });
      await make(merged({ 'a.txt': 'second' }));
      expect([readFileSync(join(path, 'a.txt'), 'utf8'), existsSync(join(path, 'left.txt'))]).toEqual(['second', false]);
      await remove();
      await remove();
      nothingLeft();
      const site = await add('t2');
      fx.write(fx.worktrees, { 'full/file.txt': 'somebody’s' });
      for (const other of [site.path, join(fx.worktrees, 'full')]) {
        const removed = repo.removeVerifyCheckout({ root: fx.root, path: other });
        await expect(removed).rejects.toMatchObject({ code: 'not-a-worktree', message: expect.stringContaining(other) });
      }
      await expect(make(first, { name: 't2' })).rejects.toMatchObject({ code: 'worktree-failed' });
      expect(await repo.hasSite(site)).toBe(true);
    });

    test('without a remote, of a commit that is here', async () => {
      fx.git(fx.root, 'remote', 'remove', 'origin');
      const commit = fx.commit(fx.root, { 'local.txt': 'l' });
      await make(commit, { remote: null });
      expect(readFileSync(join(path, 'local.txt'), 'utf8')).toBe('l');
      await remove();
      nothingLeft();
      await expect(make('1'.repeat(40), { remote: null })).rejects.toMatchObject({
        code: 'fetch-failed',
        message: expect.stringContaining('not in the repository'),
      });
    });

    test('a commit that the branch does not have, a place that is taken, and a second one of the same name are refused', async () => {
      const commit = merged({ 'a.txt': 'a' });
      await expect(make('1'.repeat(40))).rejects.toMatchObject({
        code: 'fetch-failed',
        message: expect.stringContaining('main of origin'),
      });
      fx.write(fx.worktrees, { 'full/file.txt': 'somebody’s' });
      await expect(make(commit, { name: 'full' })).rejects.toMatchObject({ code: 'worktree-failed' });
      await make(commit);
      await expect(make(commit, { name: 't1.verify' })).rejects.toMatchObject({ code: 'worktree-failed' });
      expect(readdirSync(fx.worktrees).toSorted()).toEqual(['full', 't1-verify']);
    });

    test('the person’s hooks do not run, and a filter that is not configured refuses it', async () => {
      for (const name of ['post-checkout', 'reference-transaction']) fx.hook(join(fx.root, '.git'), name, `touch ${fx.folder}/ran`);
      await make(merged({ 'a.txt': 'a' }));
      await remove();
      expect(existsSync(join(fx.folder, 'ran'))).toBe(false);
      await expect(make(merged({ '.gitattributes': '*.secret filter=git-crypt\n' }))).rejects.toMatchObject({ code: 'filter-missing' });
      nothingLeft();
    });

    test('stopped: nothing is made', async () => {
      const commit = merged({ 'a.txt': 'a' });
      const ended = new AbortController();
      ended.abort();
      const stopped = repo.within(ended.signal).verifyCheckout({ ...given, root: fx.root, folder: fx.worktrees, commit });
      await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
      expect(existsSync(path)).toBe(false);
    });
  });
}
