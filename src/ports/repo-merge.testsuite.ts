// The contract of `Repo.mergeBranch` and `Repo.deleteBranch`: a delivered branch is merged at the remote, or here without one,
// whole or not at all, and never under a person's hands.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { Repo } from './repo.ts';

export function repoMergeContract(create: () => Repo): void {
  const stage = repoStage(create);
  const { add, push, users, remoteTip } = stage;
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  let commit: string;
  let base: string;
  beforeEach(() => {
    ({ fx, repo } = stage.now());
    other = fx.clone('other');
  });

  afterEach(() => void vi.unstubAllEnvs());

  const branch = 'yard/t1';
  type Given = Parameters<Repo['mergeBranch']>[0];
  const merge = (more: Partial<Given> = {}) =>
    repo.mergeBranch({
      ...{ root: fx.root, remote: 'origin', branch, commit, base: 'main', method: 'ff' },
      ...{ message: 't1: something\n\nfor people', delete: false, sign: 'off' },
      ...more,
    });
  const deliver = async (files: Record<string, string> = { 'a.txt': 'a' }, remote: string | null = 'origin'): Promise<void> => {
    const at = await add('t1', { remote });
    base = at.base;
    fx.commit(at.path, { 'first.txt': 'f' }, 'first');
    commit = fx.commit(at.path, files, 'second');
    if (remote === null) await repo.take({ worktree: at.path });
    else await push(at);
  };
  const theirs = (files: Record<string, string>): string => {
    fx.git(other, 'checkout', '--quiet', 'main');
    const made = fx.commit(other, files, 'theirs');
    fx.git(other, 'push', '--quiet', 'origin', 'main');
    return made;
  };
  const tipOf = (at: string, what = 'main') => {
    const [parents = '', subject = '', body = ''] = fx.git(at, 'log', '-1', '--format=%P%n%s%n%b', what).split('\n');
    return { parents: parents.split(' '), subject, body };
  };
  const done = (to: string) => ({ merged: true, commit: to, deleted: false });

  describe('mergeBranch at a remote', () => {
    test('by fast-forward, where the branch contains the base', async () => {
      await deliver();
      const before = users();
      // Other tests run at the same time.
      vi.stubEnv('TMPDIR', fx.folder);
      expect(await merge()).toEqual(done(commit));
      expect([remoteTip('main'), remoteTip(branch)]).toEqual([commit, commit]);
      expect(await merge()).toEqual(done(commit));
      expect(users()).toEqual(before);
      expect(readdirSync(fx.folder).filter((name) => name.startsWith('yardmaster-'))).toEqual([]);
    });

    test('with `from`, only what came after it, where the base has the rest as a squash', async () => {
      await deliver({ 'first.txt': 'f and more\n' });
      const from = fx.git(fx.root, 'rev-parse', `${commit}^`);
      const onto = theirs({ 'first.txt': 'f' });
      expect(await merge({ method: 'squash' })).toMatchObject({ merged: false, why: 'conflict' });
      const squashed = await merge({ method: 'squash', from });
      expect(squashed).toEqual(done(remoteTip('main')));
      expect(tipOf(fx.remote).parents).toEqual([onto]);
      expect(fx.git(fx.remote, 'show', 'main:first.txt')).toBe('f and more');
    });

    test('by a merge commit, where the base moved on, or where one is wanted', async () => {
      await deliver();
      const onto = theirs({ 'src/app.txt': 'theirs\n' });
      const before = users();
      const result = await merge();
      expect(result).toEqual(done(remoteTip('main')));
      expect(tipOf(fx.remote)).toEqual({ parents: [onto, commit], subject: 't1: something', body: 'for people' });
      expect(fx.git(fx.remote, 'ls-tree', '--name-only', 'main').split('\n')).toEqual(
        expect.arrayContaining(['a.txt', 'first.txt', 'src']),
      );
      expect(fx.git(fx.remote, 'fsck', '--no-dangling')).toBe('');
      expect(users()).toEqual(before);
    });

    test('by a merge commit although it could be forwarded', async () => {
      await deliver();
      expect(await merge({ method: 'merge' })).toMatchObject({ merged: true });
      expect(tipOf(fx.remote).parents).toEqual([base, commit]);
    });

    test('by a squash: one commit; repeated, it is the same', async () => {
      await deliver();
      const onto = theirs({ 'b.txt': 'b' });
      const result = await merge({ method: 'squash' });
      expect(tipOf(fx.remote)).toMatchObject({ parents: [onto], subject: 't1: something' });
      expect(fx.git(fx.remote, 'diff', '--name-only', onto, 'main')).toBe('a.txt\nfirst.txt');
      expect(await merge({ method: 'squash' })).toEqual(result);
    });

    test.each(['ff', 'merge', 'squash'] as const)('what does not apply cleanly is refused by path: %s', async (method) => {
      await deliver({ 'src/app.txt': 'ours\n', 'ö.txt': 'ours' });
      const onto = theirs({ 'src/app.txt': 'theirs\n', 'ö.txt': 'theirs' });
      const result = await merge({ method, delete: true });
      expect(result).toMatchObject({ merged: false, why: 'conflict' });
      expect([...('paths' in result ? result.paths : [])].toSorted()).toEqual(['src/app.txt', 'ö.txt']);
      expect([remoteTip('main'), remoteTip(branch)]).toEqual([onto, commit]);
    });

    /** A hook of the remote that moves the base to each of these commits in turn, just before ours would arrive. */
    const movedMeanwhile = (...commits: string[]): void => {
      const file = join(fx.folder, 'moves');
      writeFileSync(file, commits.map((one) => `${one}\n`).join(''));
      const script = `to=$(head -n 1 '${file}'); [ -z "$to" ] || { sed -i 1d '${file}'; git update-ref refs/heads/main "$to"; }`;
      fx.hook(fx.remote, 'update', script);
    };
    /** Commits that the remote has but no branch of it: each on top of the one before. */
    const later = (count: number): string[] => {
      const made = Array.from({ length: count }, (_, at) => fx.commit(other, { [`later-${at}.txt`]: 'l' }, 'later'));
      fx.git(other, 'push', '--quiet', 'origin', 'HEAD:refs/heads/spare');
      return made;
    };

    test('a base that moves meanwhile is merged with as it is then; one that moves each time is told', async () => {
      await deliver();
      const [first = '', second = '', third = ''] = later(3);
      movedMeanwhile(first);
      expect(await merge()).toMatchObject({ merged: true });
      expect(tipOf(fx.remote).parents).toEqual([first, commit]);
      fx.git(fx.remote, 'update-ref', 'refs/heads/main', base);
      movedMeanwhile(second, third);
      expect(await merge()).toEqual({ merged: false, why: 'moved', message: expect.stringContaining('main moved again') });
      expect(remoteTip('main')).toBe(third);
    });

    test('the branch is deleted when that is wanted, and only where it is at that commit', async () => {
      await deliver();
      await repo.fetchBranch({ root: fx.root, remote: 'origin', branch });
      expect(await merge({ delete: true })).toEqual({ merged: true, commit, deleted: true });
      expect(fx.succeeds(fx.remote, 'rev-parse', '--verify', branch)).toBe(false);
      expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/heads')).toBe('');
      expect(await merge({ delete: true })).toMatchObject({ merged: true, deleted: true });
      fx.git(fx.remote, 'update-ref', `refs/heads/${branch}`, base);
      expect(await merge({ delete: true })).toMatchObject({ merged: true, deleted: false });
      expect(remoteTip(branch)).toBe(base);
      expect(fx.git(fx.root, 'rev-parse', branch)).toBe(commit);
    });

    test('a refusal by the remote, no such base, and a remote that is away say why', async () => {
      await deliver();
      fx.hook(fx.remote, 'pre-receive', 'echo "main is protected" >&2; exit 1');
      expect(await merge()).toMatchObject({ merged: false, why: 'refused', message: expect.stringContaining('main is protected') });
      expect(remoteTip('main')).toBe(base);
      expect(await merge({ base: 'gone' })).toMatchObject({ merged: false, why: 'unreachable', message: expect.stringContaining('gone') });
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await merge()).toMatchObject({ merged: false, why: 'unreachable' });
      await expect(repo.deleteBranch({ root: fx.root, remote: 'origin', branch, commit })).rejects.toMatchObject({ code: 'unreachable' });
    });

    test('the merge commit is signed if the person’s commits are', async () => {
      await deliver();
      const program = join(fx.folder, 'signs');
      const words = ['-----BEGIN PGP SIGNATURE-----', 'made', '-----END PGP SIGNATURE-----'].map((line) => `echo '${line}'\n`).join('');
      writeFileSync(program, `#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n${words}`);
      chmodSync(program, 0o755);
      fx.git(fx.root, 'config', 'commit.gpgSign', 'true');
      fx.git(fx.root, 'config', 'gpg.program', program);
      expect(await merge({ method: 'merge', sign: 'auto' })).toMatchObject({ merged: true });
      expect(fx.git(fx.remote, 'cat-file', '-p', 'main')).toContain('gpgsig');
      fx.git(fx.remote, 'update-ref', 'refs/heads/main', base);
      fx.git(fx.root, 'config', 'gpg.program', 'false');
      await expect(merge({ method: 'merge', sign: 'auto' })).rejects.toMatchObject({ code: 'not-signed' });
      expect(remoteTip('main')).toBe(base);
    });

    test('stopped: nothing is merged', async () => {
      await deliver();
      const ended = new AbortController();
      ended.abort();
      const given = {
        root: fx.root,
        remote: 'origin',
        branch,
        commit,
        base: 'main',
        method: 'ff',
        message: 'x',
        delete: true,
        sign: 'off',
      } as const;
      await expect(repo.within(ended.signal).mergeBranch(given)).rejects.toMatchObject({ code: 'stopped' });
      await expect(repo.within(ended.signal).deleteBranch(given)).rejects.toMatchObject({ code: 'stopped' });
      expect([remoteTip('main'), remoteTip(branch)]).toEqual([base, commit]);
    });
  });

  describe('mergeBranch without a remote', () => {
    const local = { remote: null };
    /** The person works on another branch. */
    const elsewhere = (): void => void fx.git(fx.root, 'checkout', '--quiet', '-b', 'aside');
    const mains = (): string => fx.git(fx.root, 'rev-parse', 'main');

    test('the local base is moved, if nobody has it checked out', async () => {
      await deliver(undefined, null);
      elsewhere();
      const before = { status: fx.git(fx.root, 'status', '--porcelain'), head: fx.git(fx.root, 'rev-parse', 'HEAD') };
      expect(await merge(local)).toEqual(done(commit));
      expect(await merge(local)).toEqual(done(commit));
      fx.git(fx.root, 'update-ref', 'refs/heads/main', base);
      expect(await merge({ ...local, method: 'squash', delete: true })).toEqual({ merged: true, commit: mains(), deleted: true });
      expect(tipOf(fx.root).parents).toEqual([base]);
      expect(fx.succeeds(fx.root, 'rev-parse', '--verify', branch)).toBe(false);
      expect({ status: fx.git(fx.root, 'status', '--porcelain'), head: fx.git(fx.root, 'rev-parse', 'HEAD') }).toEqual(before);
      expect(fx.git(fx.root, 'fsck', '--no-dangling')).toBe('');
    });

    test('where it is checked out, nothing is moved, and the command that does it is told', async () => {
      await deliver(undefined, null);
      const before = users();
      const result = await merge({ ...local, delete: true });
      expect(result).toMatchObject({
        merged: false,
        why: 'checked-out',
        message: expect.stringContaining(`main is checked out in ${fx.root}`),
      });
      expect([mains(), users()]).toEqual([base, before]);
      const command = /run: (.*)$/.exec('message' in result ? result.message : '')?.[1] ?? 'false';
      execFileSync('/bin/sh', ['-c', command], { stdio: 'ignore' });
      expect(mains()).toBe(commit);
      expect(await merge(local)).toEqual(done(commit));
    });

    test('the same in a linked worktree, and for the branch that is to be deleted', async () => {
      await deliver(undefined, null);
      elsewhere();
      const linked = join(fx.folder, 'linked');
      fx.git(fx.root, 'worktree', 'add', '--quiet', linked, 'main');
      expect(await merge(local)).toMatchObject({ why: 'checked-out', message: expect.stringContaining(linked) });
      fx.git(linked, 'checkout', '--quiet', branch);
      expect(await merge({ ...local, delete: true })).toEqual(done(commit));
      expect(fx.git(fx.root, 'rev-parse', branch)).toBe(commit);
    });

    test('what does not apply cleanly, and a base that is not there, are refused', async () => {
      await deliver({ 'src/app.txt': 'ours\n' }, null);
      const onto = fx.commit(fx.root, { 'src/app.txt': 'theirs\n' });
      elsewhere();
      expect(await merge({ ...local, method: 'merge' })).toEqual({ merged: false, why: 'conflict', paths: ['src/app.txt'] });
      expect(await merge({ ...local, base: 'gone' })).toMatchObject({
        merged: false,
        why: 'refused',
        message: expect.stringContaining('gone'),
      });
      expect(mains()).toBe(onto);
    });
  });
}
