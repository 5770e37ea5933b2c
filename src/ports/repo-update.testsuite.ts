// The contract of `Repo.updateSite`: work is rebased onto, or merged with, the branch that it is to be merged into, as that is
// now. Whatever cannot be done leaves the checkout exactly as it was.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { SiteUpdate } from './repo-updates.ts';
import type { Repo } from './repo.ts';

export function repoUpdateContract(create: () => Repo): void {
  const stage = repoStage(create);
  const { add, push, users } = stage;
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  beforeEach(() => {
    ({ fx, repo } = stage.now());
    other = fx.clone('other');
  });

  /** Another person's commit on a branch of the remote. */
  const theirs = (files: Record<string, string>, branch = 'main'): string => {
    fx.git(other, 'fetch', '--quiet', 'origin');
    fx.git(other, 'checkout', '--quiet', '--detach', `origin/${branch}`);
    const commit = fx.commit(other, files, 'their work');
    fx.git(other, 'push', '--quiet', 'origin', `HEAD:${branch}`);
    return commit;
  };
  const main = { remote: 'origin', branch: 'main' };
  type Options = Partial<Parameters<Repo['updateSite']>[0]>;
  const update = (at: { path: string }, options: Options = {}): Promise<SiteUpdate> =>
    repo.updateSite({ worktree: at.path, onto: main, how: 'rebase', sign: 'off', ...options });
  /** Everything of a checkout that a refused update must not change. */
  const picture = ({ path }: { path: string }): unknown => ({
    head: fx.git(path, 'rev-parse', 'HEAD'),
    branch: fx.git(path, 'symbolic-ref', 'HEAD'),
    status: fx.git(path, 'status', '--porcelain', '--untracked-files=all'),
    diff: fx.git(path, 'diff', 'HEAD'),
    files: fx.git(path, 'ls-files', '--stage'),
  });
  const isClean = ({ path }: { path: string }): boolean => fx.git(path, 'status', '--porcelain') === '';

  describe('updateSite', () => {
    test('rebase: the commits follow on the base, the checkout is moved, and the delivery is theirs alone', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' }, 'first');
      fx.commit(at.path, { 'b.txt': 'b' }, 'second');
      await push(at);
      fx.write(at.path, { 'untracked.txt': 'stays' });
      const base = theirs({ 'src/app.txt': 'one\ntwo\nthree\nfour\n', 'new.txt': 'n' });
      const before = users();
      const result = await update(at);
      const commit = fx.git(at.path, 'rev-parse', 'HEAD');
      expect(result).toEqual({ updated: true, by: 'rebase', commit, base });
      expect(fx.git(at.path, 'log', '--format=%s', 'HEAD~3..')).toBe('second\nfirst\ntheir work');
      expect(fx.git(at.path, 'rev-parse', 'HEAD~2', 'origin/main')).toBe(`${base}\n${base}`);
      expect(readFileSync(join(at.path, 'new.txt'), 'utf8')).toBe('n');
      expect(fx.git(at.path, 'status', '--porcelain')).toBe('?? untracked.txt');
      expect(await repo.facts({ worktree: at.path, base })).toEqual({ head: commit, commits: 2, dirty: ['untracked.txt'] });
      expect(await repo.take({ worktree: at.path })).toEqual({ commit, kept: null });
      expect(fx.git(fx.root, 'rev-parse', at.branch)).toBe(commit);
      expect(users()).toEqual(before);
      expect(await update(at)).toEqual({ updated: false, why: 'current', commit, base });
    });

    test('merge: one commit with both parents, which an ordinary push delivers', async () => {
      const at = await add('t1');
      const ours = fx.commit(at.path, { 'a.txt': 'a' });
      await push(at);
      const base = theirs({ 'new.txt': 'n' });
      const result = await update(at, { how: 'merge' });
      const commit = fx.git(at.path, 'rev-parse', 'HEAD');
      expect(result).toEqual({ updated: true, by: 'merge', commit, base });
      expect(fx.git(at.path, 'log', '-1', '--format=%P%n%s')).toBe(
        `${ours} ${base}\nMerge remote-tracking branch 'origin/main' into yard/t1`,
      );
      expect([isClean(at), existsSync(join(at.path, 'new.txt'))]).toEqual([true, true]);
      expect(await push(at)).toEqual({ pushed: true, commit, ref: 'refs/heads/yard/t1' });
    });

    test('current: only the base is noted, also after the worker itself merged it', async () => {
      const at = await add('t1');
      expect(await update(at)).toEqual({ updated: false, why: 'current', commit: at.base, base: at.base });
      fx.commit(at.path, { 'a.txt': 'a' });
      const base = theirs({ 'new.txt': 'n' });
      fx.git(at.path, 'fetch', '--quiet', 'origin', 'main');
      fx.git(at.path, 'merge', '--quiet', '--no-edit', 'FETCH_HEAD');
      const commit = fx.git(at.path, 'rev-parse', 'HEAD');
      expect(await update(at)).toEqual({ updated: false, why: 'current', commit, base });
      expect(await repo.facts({ worktree: at.path, base })).toMatchObject({ head: commit, commits: 2 });
    });

    test.each(['rebase', 'merge'] as const)('%s: a file that both changed in different places has both changes', async (how) => {
      fx.commit(other, { 'list.txt': '1\n2\n3\n4\n5\n6\n7\n' });
      fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
      const at = await add('t1');
      fx.commit(at.path, { 'list.txt': 'ours\n2\n3\n4\n5\n6\n7\n' });
      theirs({ 'list.txt': '1\n2\n3\n4\n5\n6\ntheirs\n' });
      expect(await update(at, { how })).toMatchObject({ updated: true, by: how });
      expect(readFileSync(join(at.path, 'list.txt'), 'utf8')).toBe('ours\n2\n3\n4\n5\n6\ntheirs\n');
      expect(isClean(at)).toBe(true);
    });

    test('what the base has already is dropped by a rebase', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      const base = theirs({ 'a.txt': 'a' });
      expect(await update(at)).toEqual({ updated: true, by: 'rebase', commit: base, base });
      expect(isClean(at)).toBe(true);
    });

    test.each(['rebase', 'merge'] as const)('%s with conflicts: told by path, and nothing is changed', async (how) => {
      const at = await add('t1');
      fx.commit(at.path, { 'src/app.txt': 'ours\n', 'ö.txt': 'ours', 'fine.txt': 'f' });
      fx.write(at.path, { 'untracked.txt': 'u' });
      const base = theirs({ 'src/app.txt': 'theirs\n', 'ö.txt': 'theirs', 'new.txt': 'n' });
      const before = picture(at);
      const result = await update(at, { how });
      expect(result).toMatchObject({ updated: false, why: 'conflict', base });
      expect([...('paths' in result ? result.paths : [])].toSorted()).toEqual(['src/app.txt', 'ö.txt']);
      expect(picture(at)).toEqual(before);
      expect(existsSync(join(at.path, 'new.txt'))).toBe(false);
    });

    test('a rebase of which only a step conflicts becomes a merge', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'src/app.txt': 'one\ntwo\nthree changed\n' }, 'a detour');
      const ours = fx.commit(at.path, { 'src/app.txt': 'one\ntwo\nthree\n', 'a.txt': 'a' }, 'taken back');
      const base = theirs({ 'src/app.txt': 'one\ntwo\nthree of theirs\n' });
      const result = await update(at);
      expect(result).toMatchObject({ updated: true, by: 'merge', base });
      expect(fx.git(at.path, 'log', '-1', '--format=%P')).toBe(`${ours} ${base}`);
      expect(readFileSync(join(at.path, 'src/app.txt'), 'utf8')).toBe('one\ntwo\nthree of theirs\n');
    });

    test('uncommitted changes, and files in the way, refuse it and stay', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      theirs({ 'new/file.txt': 'theirs' });
      fx.write(at.path, { 'a.txt': 'changed' });
      const [dirty, said] = [picture(at), { updated: false, why: 'refused', message: expect.stringContaining('uncommitted changes') }];
      expect(await update(at)).toEqual(said);
      expect(picture(at)).toEqual(dirty);
      fx.git(at.path, 'checkout', '--quiet', 'a.txt');
      fx.write(at.path, { 'new/file.txt': 'the worker’s own' });
      const inTheWay = picture(at);
      expect(await update(at, { how: 'merge' })).toEqual({ ...said, message: expect.stringContaining('new/file.txt') });
      expect(picture(at)).toEqual(inTheWay);
      expect(readFileSync(join(at.path, 'new/file.txt'), 'utf8')).toBe('the worker’s own');
    });

    describe('a branch on another task’s branch', () => {
      /** Two tasks, the second one built on the first, which was merged by a squash. */
      const squashed = async () => {
        const lower = await add('t1');
        fx.commit(lower.path, { 'src/app.txt': 'lower 1\n' });
        const below = fx.commit(lower.path, { 'src/app.txt': 'lower 2\n', 'l.txt': 'l' });
        await push(lower);
        const path = join(fx.worktrees, 't2');
        await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t2', remote: 'origin', defaultBranch: 'yard/t1' });
        fx.commit(path, { 'src/app.txt': 'upper on lower 2\n' }, 'upper');
        await push({ path });
        const base = theirs({ 'src/app.txt': 'lower 2\n', 'l.txt': 'l' });
        fx.git(fx.remote, 'update-ref', '-d', 'refs/heads/yard/t1');
        return { at: { path }, below, base };
      };

      test('merged by a squash: without its old base there would be conflicts, with it only its own commits follow', async () => {
        const { at, below, base } = await squashed();
        const before = picture(at);
        expect(await update(at)).toMatchObject({ updated: false, why: 'conflict', paths: ['src/app.txt'] });
        expect(picture(at)).toEqual(before);
        expect(await update(at, { from: below })).toMatchObject({ updated: true, by: 'rebase', base });
        expect(fx.git(at.path, 'log', '--format=%s', `${base}..HEAD`)).toBe('upper');
        expect(fx.git(at.path, 'rev-parse', 'HEAD~1')).toBe(base);
        expect(readFileSync(join(at.path, 'src/app.txt'), 'utf8')).toBe('upper on lower 2\n');
        expect(isClean(at)).toBe(true);
        expect(await repo.facts({ worktree: at.path, base })).toMatchObject({ commits: 1, dirty: [] });
        fx.git(fx.root, 'branch', '-D', 'yard/t1');
        await repo.forgetBranch({ root: fx.root, remote: 'origin', branch: 'yard/t1' });
        fx.git(fx.root, 'gc', '--quiet', '--prune=now');
        expect(fx.git(at.path, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
        // The commits of the lower one are on no branch any more, and were never this one's.
        fx.git(fx.remote, 'update-ref', '-d', 'refs/heads/yard/t2');
        const [merged, site] = [fx.git(at.path, 'rev-parse', 'HEAD'), { ...at, branch: 'yard/t2', attempt: 'a2' }];
        expect(await repo.removeSite({ root: fx.root, remote: 'origin', keepBranch: true, merged, ...site })).toEqual({ preserved: null });
      });

      test('the same as a merge', async () => {
        const { at, below, base } = await squashed();
        const tip = fx.git(at.path, 'rev-parse', 'HEAD');
        expect(await update(at, { how: 'merge', from: below })).toMatchObject({ updated: true, by: 'merge', base });
        expect(fx.git(at.path, 'log', '-1', '--format=%P')).toBe(`${tip} ${base}`);
        expect(fx.git(at.path, 'diff', '--name-only', base, 'HEAD')).toBe('src/app.txt');
      });

      test('rewritten after a review: the upper one follows it', async () => {
        const lower = await add('t1');
        const below = fx.commit(lower.path, { 'l.txt': 'first' });
        await push(lower);
        const path = join(fx.worktrees, 't2');
        await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t2', remote: 'origin', defaultBranch: 'yard/t1' });
        fx.commit(path, { 'u.txt': 'u' }, 'upper');
        fx.git(lower.path, 'reset', '--quiet', '--hard', lower.base);
        const base = fx.commit(lower.path, { 'l.txt': 'reviewed' });
        fx.git(lower.path, 'push', '--quiet', '--force', fx.remote, 'HEAD:yard/t1');
        expect(await update({ path }, { onto: { remote: 'origin', branch: 'yard/t1' }, from: below })).toMatchObject({
          updated: true,
          base,
        });
        expect(fx.git(path, 'log', '--format=%s', `${base}..HEAD`)).toBe('upper');
        expect(readFileSync(join(path, 'l.txt'), 'utf8')).toBe('reviewed');
      });
    });

    test('a merge commit of ours is signed if the person’s commits are; one that cannot be is not made', async () => {
      const program = join(fx.folder, 'signs');
      const words = ['-----BEGIN PGP SIGNATURE-----', 'made', '-----END PGP SIGNATURE-----'].map((line) => `echo '${line}'\n`).join('');
      writeFileSync(program, `#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n${words}`, { mode: 0o755 });
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      theirs({ 'new.txt': 'n' });
      fx.git(fx.root, 'config', 'commit.gpgSign', 'true');
      fx.git(fx.root, 'config', 'gpg.program', 'false');
      const before = picture(at);
      await expect(update(at, { how: 'merge', sign: 'auto' })).rejects.toMatchObject({ code: 'not-signed' });
      expect(picture(at)).toEqual(before);
      fx.git(fx.root, 'config', 'gpg.program', program);
      expect(await update(at, { how: 'merge', sign: 'auto' })).toMatchObject({ updated: true, by: 'merge' });
      expect(fx.git(at.path, 'cat-file', '-p', 'HEAD')).toContain('gpgsig');
    });

    test('without a remote, onto the local branch', async () => {
      fx.git(fx.root, 'remote', 'remove', 'origin');
      const at = await add('t1', { remote: null });
      fx.commit(at.path, { 'a.txt': 'a' });
      const base = fx.commit(fx.root, { 'local.txt': 'l' });
      const onto = { remote: null, branch: 'main' };
      expect(await update(at, { onto })).toMatchObject({ updated: true, base });
      const next = fx.commit(fx.root, { 'local.txt': 'l2' });
      expect(await update(at, { onto, how: 'merge' })).toMatchObject({ updated: true, base: next });
      expect(fx.git(at.path, 'log', '-1', '--format=%s')).toBe("Merge branch 'main' into yard/t1");
      await expect(update(at, { onto: { remote: null, branch: 'gone' } })).rejects.toMatchObject({
        code: 'worktree-failed',
        message: expect.stringContaining('no local branch gone'),
      });
      expect(await repo.take({ worktree: at.path })).toMatchObject({ kept: null });
    });

    test('a remote that has no such branch, or is away, is a fault and changes nothing', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      const before = picture(at);
      await expect(update(at, { onto: { remote: 'origin', branch: 'gone' } })).rejects.toMatchObject({ code: 'fetch-failed' });
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      await expect(update(at)).rejects.toMatchObject({ code: 'fetch-failed' });
      expect(picture(at)).toEqual(before);
    });

    test('stopped before it begins: nothing is changed', async () => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      theirs({ 'new.txt': 'n' });
      const before = picture(at);
      const ended = new AbortController();
      ended.abort();
      const given = { worktree: at.path, onto: main, how: 'rebase', sign: 'off' } as const;
      await expect(repo.within(ended.signal).updateSite(given)).rejects.toMatchObject({ code: 'stopped' });
      expect(picture(at)).toEqual(before);
    });
  });
}
