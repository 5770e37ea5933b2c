// The contract of `Repo.removeSite`: one test for each way in which a worktree can be removed. Work that had to be saved is
// read back from the preserved reference.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';
import { removalNever } from './repo-removal-never.testsuite.ts';
import { branch, ref, removalStage } from './repo-removal.samples.ts';

export function repoRemovalContract(create: () => Repo): void {
  const stage = removalStage(create);
  const { again, remove, push, take, hasBranch, saved, keeps, gone } = stage;
  let fx: GitFixture;
  let repo: Repo;
  let path: string;
  let base: string;
  beforeEach(() => void ({ fx, repo, path, base } = stage.now()));

  describe('nothing to save', () => {
    test('clean and pushed: gone without a reference, the branch kept or not as asked', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      await take();
      push();
      expect(await remove()).toEqual({ preserved: null });
      gone();
      expect(hasBranch()).toBe(true);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
      expect(hasBranch()).toBe(false);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
    });

    test('no work at all, even when the remote has moved on or cannot be asked', async () => {
      const other = fx.clone('other');
      fx.commit(other, { 'b.txt': 'b' });
      fx.git(other, 'push', '--quiet', 'origin', 'main');
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
      gone();
      expect(hasBranch()).toBe(false);
    });

    test('pushed and merged into a branch that stands at the remote', async () => {
      const commit = fx.commit(path, { 'a.txt': 'a' });
      fx.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/heads/other');
      expect(commit).not.toBe(base);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
    });

    test('without a remote, when the branch is kept', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      await take();
      expect(await remove({ remote: null })).toEqual({ preserved: null });
      gone();
      expect(hasBranch()).toBe(true);
    });

    test('ignored files are not work, unless they are tracked and changed', async () => {
      fx.write(path, { 'tracked.log': 'tracked all the same' });
      fx.git(path, 'add', '--force', 'tracked.log');
      fx.commit(path, {});
      push();
      fx.write(path, { 'x.log': 'l', 'ignored/deep/y': 'y' });
      mkdirSync(join(path, 'ignored/cache'));
      writeFileSync(join(path, 'ignored/cache/f'), 'x');
      chmodSync(join(path, 'ignored/cache'), 0o500);
      expect(await remove()).toEqual({ preserved: null });
      gone();
      await again();
      fx.write(path, { 'tracked.log': 'tracked all the same' });
      fx.git(path, 'add', '--force', 'tracked.log');
      fx.commit(path, {});
      push();
      fx.write(path, { 'tracked.log': 'changed' });
      expect(await remove()).toEqual({ preserved: ref });
      expect(saved('tracked.log')).toBe('changed');
    });
  });

  describe('merged elsewhere, and on no branch any more', () => {
    const merged = async (): Promise<string> => {
      fx.commit(path, { 'a.txt': 'a' });
      push();
      fx.git(path, 'commit', '--quiet', '--amend', '--message', 'rewritten');
      push();
      await take();
      fx.git(fx.remote, 'update-ref', '-d', `refs/heads/${branch}`);
      return fx.git(path, 'rev-parse', 'HEAD');
    };

    test('it is not told as lost, nor is what was rewritten before', async () => {
      expect(await remove({ keepBranch: false, merged: await merged() })).toEqual({ preserved: null });
      gone();
    });

    test('what came on top of it is saved', async () => {
      const head = await merged();
      fx.commit(path, { 'b.txt': 'b' });
      expect(await remove({ keepBranch: false, merged: head })).toEqual({ preserved: ref });
      expect(saved('b.txt')).toBe('b');
    });
  });

  describe('commits', () => {
    test('what was saved of an attempt is found again, also after the person packed their references', async () => {
      fx.write(path, { 'new.txt': 'n' });
      await remove();
      const of = (...attempts: string[]) => repo.preserved({ root: fx.root, attempts });
      expect([await of('a1', 'a2'), await of('a2'), await of()]).toEqual([[ref], [], []]);
      fx.git(fx.root, 'pack-refs', '--all');
      expect(await of('a1')).toEqual([ref]);
    });

    test('unpushed: saved, whether the branch is kept or not', async () => {
      const commit = fx.commit(path, { 'a.txt': 'unpushed' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect(saved('a.txt')).toBe('unpushed');
      expect(fx.git(fx.root, 'rev-parse', ref)).toBe(commit);
    });

    test('unpushed on a kept branch with a remote', async () => {
      fx.commit(path, { 'a.txt': 'unpushed' });
      await take();
      expect(await remove()).toEqual({ preserved: ref });
      expect(hasBranch()).toBe(true);
      expect(saved('a.txt')).toBe('unpushed');
    });

    test('pushed once and deleted at the remote since: a remote-tracking branch is no proof', async () => {
      fx.commit(path, { 'a.txt': 'was there' });
      push();
      fx.git(fx.remote, 'update-ref', '-d', `refs/heads/${branch}`);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('a.txt')).toBe('was there');
    });

    test('pushed, but the remote does not answer', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      push();
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('a.txt')).toBe('a');
    });

    test('without a remote, when the branch goes', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      expect(await remove({ remote: null, keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect(saved('a.txt')).toBe('a');
    });

    test('on a detached HEAD, beside those of the branch', async () => {
      const onBranch = fx.commit(path, { 'a.txt': 'branch' });
      fx.git(path, 'checkout', '--quiet', '--detach', base);
      const detached = fx.commit(path, { 'b.txt': 'detached' });
      fx.write(path, { 'c.txt': 'dirty' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect([saved('b.txt'), saved('c.txt')]).toEqual(['detached', 'dirty']);
      expect(fx.git(fx.root, 'rev-parse', `${ref}^1`)).toBe(detached);
      expect(keeps(onBranch)).toBe(true);
    });

    test('without a remote on a detached HEAD, although the branch is kept', async () => {
      fx.git(path, 'checkout', '--quiet', '--detach');
      fx.commit(path, { 'b.txt': 'detached' });
      expect(await remove({ remote: null })).toEqual({ preserved: ref });
      expect(saved('b.txt')).toBe('detached');
    });

    test('on another branch that the agent made', async () => {
      fx.git(path, 'checkout', '--quiet', '-b', 'aside');
      fx.commit(path, { 'a.txt': 'a' });
      fx.write(path, { 'b.txt': 'b' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect([saved('a.txt'), saved('b.txt')]).toEqual(['a', 'b']);
    });

    test('on an orphan branch without a commit', async () => {
      fx.git(path, 'checkout', '--quiet', '--orphan', 'fresh');
      fx.write(path, { 'n.txt': 'n' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('n.txt')).toBe('n');
    });
  });

  describe('the folder is gone', () => {
    test('its reader goes too, and what we had seen of it is saved', async () => {
      const seen = fx.commit(path, { 'a.txt': 'a' });
      await take();
      fx.commit(path, { 'b.txt': 'never seen' });
      rmSync(path, { recursive: true });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect([keeps(seen), saved('a.txt')]).toEqual([true, 'a']);
    });

    test('nothing is saved when nothing was done in it', async () => {
      rmSync(path, { recursive: true });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
      gone();
    });

    test('with its reader: the branch’s commits are saved', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      await take();
      for (const folder of [path, join(fx.folder, 'readers/t1')]) rmSync(folder, { recursive: true });
      expect(await remove()).toEqual({ preserved: null });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(hasBranch()).toBe(false);
      expect(saved('a.txt')).toBe('a');
    });
  });

  removalNever(stage);

  test('the same attempt twice: the earlier state is kept below the later one', async () => {
    fx.write(path, { 'n.txt': 'first' });
    expect(await remove()).toEqual({ preserved: ref });
    const first = fx.git(fx.root, 'rev-parse', ref);
    await again();
    fx.write(path, { 'n.txt': 'second' });
    expect(await remove()).toEqual({ preserved: ref });
    expect(saved('n.txt')).toBe('second');
    expect(keeps(first)).toBe(true);
  });

  test('many at once', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `m${at}`);
    const given = names.map((name) => ({ root: fx.root, path: join(fx.worktrees, name), branch: `yard/${name}`, remote: 'origin' }));
    await Promise.all(given.map((one) => repo.makeSite({ ...one, branch: () => one.branch, defaultBranch: 'main' })));
    for (const one of given) fx.write(one.path, { 'n.txt': one.branch });
    const removed = await Promise.all(given.map((one, at) => repo.removeSite({ ...one, attempt: `m${at}`, keepBranch: false })));
    expect(removed.map(({ preserved }) => fx.git(fx.root, 'show', `${preserved}:n.txt`))).toEqual(given.map((one) => one.branch));
    expect(fx.git(fx.root, 'branch', '--list', 'yard/m*')).toBe('');
  });
}
