// The contract of `Repo.beginConflict` and `Repo.endConflict`: a worker finds an ordinary merge with conflicts, and whatever
// it does with that, a merge counts as resolved only when it is.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { Repo } from './repo.ts';

export function repoConflictContract(create: () => Repo): void {
  const stage = repoStage(create);
  const { add, push, users } = stage;
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  let path: string;
  let tip: string;
  let base: string;
  beforeEach(async () => {
    ({ fx, repo } = stage.now());
    other = fx.clone('other');
    ({ path } = await add('t1'));
  });

  const onto = { remote: 'origin', branch: 'main' };
  const theirs = (files: Record<string, string>): string => {
    const commit = fx.commit(other, files, 'their work');
    fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
    return commit;
  };
  /** Both sides changed these files. */
  const diverge = (ours: Record<string, string>, their: Record<string, string>): void => {
    tip = fx.commit(path, ours, 'our work');
    base = theirs(their);
  };
  const simple = (): void => diverge({ 'src/app.txt': 'ours\n', 'a.txt': 'a' }, { 'src/app.txt': 'theirs\n', 'new.txt': 'n' });
  const begin = () => repo.beginConflict({ worktree: path, onto });
  const end = () => repo.endConflict({ worktree: path });
  const commitAll = () => repo.commitAll({ worktree: path, message: 'resolved', sign: 'off' });
  const read = (name: string): string => readFileSync(join(path, name), 'utf8');
  const status = (): string[] => fx.git(path, 'status', '--porcelain').split('\n');
  const resolved = (commit = fx.git(path, 'rev-parse', 'HEAD')) => ({ resolved: true, commit, base });
  const parents = (): string => fx.git(path, 'log', '-1', '--format=%P');

  describe('beginConflict', () => {
    test('the worker finds a merge as git leaves it, and nothing of the person’s is changed', async () => {
      simple();
      const before = users();
      expect(await begin()).toEqual({ begun: true, base, paths: ['src/app.txt'] });
      expect(read('src/app.txt')).toBe('<<<<<<< yard/t1\nours\n=======\ntheirs\n>>>>>>> origin/main\n');
      expect(status()).toEqual(['A  new.txt', 'UU src/app.txt']);
      expect(fx.git(path, 'ls-files', '--unmerged').split('\n')).toHaveLength(3);
      expect(fx.git(path, 'rev-parse', 'HEAD', 'MERGE_HEAD', 'origin/main')).toBe(`${tip}\n${base}\n${base}`);
      expect(fx.git(path, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
      expect(users()).toEqual(before);
      expect(await repo.facts({ worktree: path, base: tip })).toMatchObject({ head: tip, commits: 0 });
    });

    test('asked again, it is left as the worker has it; given up by the worker, it begins again', async () => {
      simple();
      const begun = await begin();
      fx.write(path, { 'src/app.txt': 'half resolved\n>>>>>>> origin/main\n' });
      theirs({ 'new.txt': 'moved on meanwhile' });
      expect(await begin()).toEqual(begun);
      expect(read('src/app.txt')).toContain('half resolved');
      fx.git(path, 'merge', '--abort');
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      expect(await begin()).toMatchObject({ begun: true, paths: ['src/app.txt'] });
      expect(read('new.txt')).toBe('moved on meanwhile');
    });

    test('without a conflict there is nothing to begin; with uncommitted changes it is refused', async () => {
      expect(await begin()).toEqual({ begun: false, why: 'none' });
      simple();
      fx.write(path, { 'a.txt': 'changed' });
      expect(await begin()).toEqual({ begun: false, why: 'refused', message: expect.stringContaining('uncommitted') });
      fx.git(path, 'checkout', '--quiet', 'a.txt');
      fx.write(path, { 'new.txt': 'the worker’s own' });
      expect(await begin()).toEqual({ begun: false, why: 'refused', message: expect.stringContaining('new.txt') });
      expect([status(), read('new.txt')]).toEqual([['?? new.txt'], 'the worker’s own']);
      rmSync(join(path, 'new.txt'));
      fx.git(path, 'reset', '--quiet', '--hard', 'HEAD~1');
      expect(await begin()).toEqual({ begun: false, why: 'none' });
    });

    test('only the task’s own changes conflict with a squash of the branch below', async () => {
      const below = fx.commit(path, { 'src/app.txt': 'lower\n' });
      tip = fx.commit(path, { 'src/app.txt': 'lower\nupper\n', 'l.txt': 'l' });
      base = theirs({ 'src/app.txt': 'lower\nelse\n' });
      expect(await repo.beginConflict({ worktree: path, onto, from: below })).toMatchObject({ begun: true, base });
      expect(read('src/app.txt')).toBe('lower\n<<<<<<< yard/t1\nupper\n=======\nelse\n>>>>>>> origin/main\n');
      fx.write(path, { 'src/app.txt': 'lower\nelse\nupper\n' });
      await commitAll();
      expect(await end()).toEqual(resolved());
      expect(parents()).toBe(`${tip} ${base}`);
    });
  });

  describe('endConflict', () => {
    const right = { 'src/app.txt': 'theirs and ours\n' };

    test('resolved and committed by the worker', async () => {
      simple();
      await begin();
      fx.write(path, right);
      fx.git(path, 'add', '--all');
      fx.git(path, 'commit', '--quiet', '--no-edit');
      expect(await commitAll()).toBeNull();
      expect(await end()).toEqual(resolved());
      expect(fx.git(path, 'log', '-1', '--format=%P%n%s')).toBe(`${tip} ${base}\nMerge remote-tracking branch 'origin/main' into yard/t1`);
      const commit = fx.git(path, 'rev-parse', 'HEAD');
      expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
      expect(await push({ path })).toMatchObject({ pushed: true, commit });
      expect(await end()).toEqual(resolved());
      expect(await repo.updateSite({ worktree: path, onto, how: 'rebase', sign: 'off' })).toMatchObject({ why: 'current', base });
    });

    test('resolved in the files alone: git was not told, and our commit makes the merge', async () => {
      simple();
      await begin();
      fx.write(path, { ...right, 'more.txt': 'm' });
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      const commit = await commitAll();
      expect(await end()).toEqual(resolved(commit ?? ''));
      expect([parents(), status()]).toEqual([`${tip} ${base}`, ['']]);
      expect(fx.git(path, 'show', 'HEAD:src/app.txt')).toBe('theirs and ours');
      expect(existsSync(join(path, '.git/MERGE_HEAD'))).toBe(false);
      expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
    });

    test('in one step: what is resolved is committed, and what is not stays as it is', async () => {
      const leftovers = { message: 'resolved', sign: 'off' } as const;
      const endAll = () => repo.endConflict({ worktree: path, leftovers });
      simple();
      await begin();
      fx.write(path, { 'more.txt': 'm' });
      const before = status();
      expect(await endAll()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      expect(status()).toEqual(before);
      fx.write(path, right);
      expect(await endAll()).toEqual(resolved());
      expect([parents(), status(), fx.git(path, 'log', '-1', '--format=%s')]).toEqual([`${tip} ${base}`, [''], 'resolved']);
      expect(await endAll()).toEqual(resolved());
    });

    test('all of theirs is declined: the merge is committed although no file differs', async () => {
      diverge({ 'src/app.txt': 'ours\n' }, { 'src/app.txt': 'theirs\n' });
      await begin();
      fx.write(path, { 'src/app.txt': 'ours\n' });
      fx.git(path, 'add', '--all');
      expect(status()).toEqual(['']);
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      expect(await repo.endConflict({ worktree: path, leftovers: { message: 'ours', sign: 'off' } })).toEqual(resolved());
      expect(parents()).toBe(`${tip} ${base}`);
    });

    test('markers that are left are refused, also where the worker told git that they are resolved', async () => {
      simple();
      await begin();
      fx.git(path, 'add', '--all');
      await expect(commitAll()).rejects.toMatchObject({ code: 'not-committed', message: expect.stringContaining('src/app.txt') });
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      fx.git(path, 'commit', '--quiet', '--no-edit');
      await expect(commitAll()).rejects.toMatchObject({ code: 'not-committed' });
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      fx.write(path, { 'src/app.txt': '<<<<<<< of another text\n=======\n>>>>>>>\n' });
      await commitAll();
      expect(await end()).toEqual(resolved());
    });

    test('given up, or committed without the merge: not resolved', async () => {
      simple();
      await begin();
      fx.git(path, 'merge', '--abort');
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      await begin();
      fx.git(path, 'reset', '--quiet');
      fx.write(path, right);
      expect(await commitAll()).not.toBeNull();
      expect(fx.git(path, 'log', '-1', '--format=%P')).toBe(tip);
      expect(await end()).toEqual({ resolved: false, paths: ['src/app.txt'] });
      expect(await begin()).toMatchObject({ begun: true });
    });

    test('rebased by the worker instead: the base is contained, which is what counts', async () => {
      simple();
      await begin();
      fx.git(path, 'merge', '--abort');
      fx.git(path, 'reset', '--quiet', '--hard', 'origin/main');
      fx.commit(path, right, 'our work, done again');
      expect(await end()).toEqual(resolved());
      expect(parents()).toBe(base);
    });

    test('a file that can have no markers is resolved once it is staged, or committed', async () => {
      fx.commit(other, { 'gone.txt': 'g\n', 'image.bin': '\0one' });
      fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
      await repo.updateSite({ worktree: path, onto, how: 'rebase', sign: 'off' });
      rmSync(join(other, 'gone.txt'));
      diverge({ 'gone.txt': 'changed\n', 'image.bin': '\0ours' }, { 'image.bin': '\0theirs' });
      const begun = await begin();
      expect([...('paths' in begun ? begun.paths : [])].toSorted()).toEqual(['gone.txt', 'image.bin']);
      await expect(commitAll()).rejects.toMatchObject({ code: 'not-committed', data: { unmerged: ['gone.txt', 'image.bin'] } });
      fx.git(path, 'add', 'image.bin');
      expect(await end()).toEqual({ resolved: false, paths: ['gone.txt'] });
      fx.git(path, 'rm', '--quiet', '--cached', 'gone.txt');
      rmSync(join(path, 'gone.txt'));
      await commitAll();
      expect(await end()).toEqual(resolved());
      expect(fx.git(path, 'ls-files')).not.toContain('gone.txt');
    });

    test('names of any kind, in folders, with other line ends, and renamed on one side', async () => {
      fx.git(fx.root, 'config', 'merge.conflictStyle', 'diff3');
      const names = ['a "b"\n.txt', 'ö/ü.txt', 'dos.txt'];
      const files = (text: string) => Object.fromEntries(names.map((name) => [name, `first\r\n${text}\r\n`]));
      diverge(files('ours'), files('theirs'));
      const begun = await begin();
      expect([...('paths' in begun ? begun.paths : [])].toSorted()).toEqual(names.toSorted());
      expect(read('dos.txt')).toContain('|||||||');
      await expect(commitAll()).rejects.toMatchObject({ code: 'not-committed' });
      fx.write(path, files('both'));
      await commitAll();
      expect(await end()).toEqual(resolved());
    });

    test('a site that is removed in the middle of it loses nothing', async () => {
      simple();
      await begin();
      fx.write(path, { 'src/app.txt': 'half\n<<<<<<< yard/t1\n' });
      const given = { root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: false };
      const { preserved } = await repo.removeSite(given);
      expect(fx.git(fx.root, 'show', `${preserved}:src/app.txt`)).toContain('half');
      expect(existsSync(path)).toBe(false);
      expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/taken', 'refs/yardmaster/base')).toBe('');
    });
  });
}
