// The contract of `Repo.pushHead`: a rewritten branch replaces the commit that we know of, and never another one.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { Repo } from './repo.ts';

export function repoPushHeadContract(create: () => Repo): void {
  const stage = repoStage(create);
  const { add, push, users, remoteTip } = stage;
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  let path: string;
  beforeEach(async () => {
    ({ fx, repo } = stage.now());
    other = fx.clone('other');
    ({ path } = await add('t1'));
  });

  const branch = 'yard/t1';
  const moved = { pushed: false, why: 'moved' };
  /** The branch as it was pushed, and the commit with which it is replaced. */
  const rewritten = async (): Promise<{ lease: string; commit: string }> => {
    const lease = fx.commit(path, { 'a.txt': 'first' });
    await push({ path });
    fx.git(path, 'commit', '--quiet', '--amend', '-m', 'rewritten');
    const taken = await repo.take({ worktree: path });
    return { lease, commit: taken?.commit ?? '' };
  };
  const theirs = (): string => {
    fx.git(other, 'fetch', '--quiet', 'origin');
    fx.git(other, 'checkout', '--quiet', '--detach', `origin/${branch}`);
    const commit = fx.commit(other, { 'theirs.txt': 't' });
    fx.git(other, 'push', '--quiet', 'origin', `HEAD:${branch}`);
    return commit;
  };
  const pushHead = (commit: string, lease: string | null, accept = false) =>
    repo.pushHead({ worktree: path, remote: 'origin', commit, lease, accept });

  describe('pushHead', () => {
    test('replaces the head that we pushed, and is the same when it is repeated', async () => {
      const { lease, commit } = await rewritten();
      const before = users();
      expect(await push({ path })).toMatchObject({ pushed: false, why: 'refused' });
      const done = { pushed: true, commit, ref: `refs/heads/${branch}` };
      expect(await pushHead(commit, lease)).toEqual(done);
      expect(remoteTip(branch)).toBe(commit);
      expect(await pushHead(commit, lease)).toEqual(done);
      expect(users()).toEqual(before);
      const given = { root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true };
      expect(await repo.removeSite(given)).toEqual({ preserved: null });
    });

    test('a head that a person pushed is not overwritten, and is told', async () => {
      const { lease, commit } = await rewritten();
      const head = theirs();
      expect(await pushHead(commit, lease)).toEqual({ ...moved, head });
      expect(remoteTip(branch)).toBe(head);
      expect(await pushHead(commit, null)).toEqual({ ...moved, head });
      fx.git(fx.remote, 'update-ref', '-d', `refs/heads/${branch}`);
      expect(await pushHead(commit, lease)).toEqual({ ...moved, head: null });
      expect(fx.succeeds(fx.remote, 'rev-parse', '--verify', branch)).toBe(false);
      expect(await pushHead(commit, null)).toMatchObject({ pushed: true });
    });

    test('at two places, both have to be where we left them', async () => {
      const { lease, commit } = await rewritten();
      const second = join(fx.folder, 'second.git');
      fx.git(fx.folder, 'clone', '--quiet', '--bare', fx.remote, second);
      for (const address of [fx.remote, second]) fx.git(fx.root, 'config', '--add', 'remote.origin.pushurl', address);
      fx.git(second, 'update-ref', `refs/heads/${branch}`, 'main');
      expect(await pushHead(commit, lease, true)).toEqual({ ...moved, head: fx.git(second, 'rev-parse', 'main') });
      expect(fx.git(second, 'rev-parse', branch)).toBe(fx.git(second, 'rev-parse', 'main'));
    });

    test('a place that accepts no rewritten branches says so', async () => {
      const { lease, commit } = await rewritten();
      fx.git(fx.remote, 'config', 'receive.denyNonFastForwards', 'true');
      const said = { pushed: false, why: 'refused', message: expect.stringContaining('does not accept a rewritten branch') };
      expect(await pushHead(commit, lease)).toEqual(said);
      fx.git(fx.remote, 'config', 'receive.denyNonFastForwards', 'false');
      fx.hook(fx.remote, 'pre-receive', 'echo "not on a Friday" >&2; exit 1');
      expect(await pushHead(commit, lease)).toMatchObject({ why: 'refused', message: expect.stringContaining('not on a Friday') });
      expect(remoteTip(branch)).toBe(lease);
    });

    test('the addresses are judged as for every push', async () => {
      const { lease, commit } = await rewritten();
      expect(await repo.pushHead({ worktree: path, remote: 'none', commit, lease, accept: false })).toMatchObject({ why: 'unreachable' });
      fx.git(fx.folder, 'clone', '--quiet', '--bare', fx.remote, 'elsewhere.git');
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'elsewhere.git'));
      expect(await pushHead(commit, lease)).toMatchObject({
        pushed: false,
        why: 'refused',
        message: expect.stringContaining('elsewhere.git now'),
      });
      expect(await pushHead(commit, lease, true)).toMatchObject({ pushed: true });
      expect(remoteTip(branch)).toBe(lease);
      renameSync(join(fx.folder, 'elsewhere.git'), join(fx.folder, 'away.git'));
      expect(await pushHead(commit, lease, true)).toMatchObject({ pushed: false, why: 'unreachable' });
    });

    test('after an update by a rebase, with a person’s commit below', async () => {
      fx.commit(path, { 'a.txt': 'a' }, 'ours');
      await push({ path });
      const head = theirs();
      await repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true });
      await repo.fetchBranch({ root: fx.root, remote: 'origin', branch });
      await repo.siteFrom({ root: fx.root, path, branch, commit: head, remote: 'origin', defaultBranch: 'main' });
      fx.git(other, 'checkout', '--quiet', 'main');
      const base = fx.commit(other, { 'new.txt': 'n' });
      fx.git(other, 'push', '--quiet', 'origin', 'main');
      const onto = { remote: 'origin', branch: 'main' };
      const updated = await repo.updateSite({ worktree: path, onto, how: 'rebase', sign: 'off' });
      const taken = await repo.take({ worktree: path });
      expect(updated).toMatchObject({ updated: true, base, commit: taken?.commit });
      expect(taken?.kept).toBeNull();
      expect(await pushHead(taken?.commit ?? '', head)).toMatchObject({ pushed: true });
      expect(fx.git(fx.remote, 'log', '--format=%s', `main..${branch}`)).toBe('work\nours');
    });

    test('stopped: nothing is pushed', async () => {
      const { lease, commit } = await rewritten();
      const ended = new AbortController();
      ended.abort();
      const given = { worktree: path, remote: 'origin', commit, lease, accept: false };
      await expect(repo.within(ended.signal).pushHead(given)).rejects.toMatchObject({ code: 'stopped' });
      expect(remoteTip(branch)).toBe(lease);
    });
  });
}
