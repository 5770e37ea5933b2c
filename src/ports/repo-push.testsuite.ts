// The contract of `Repo.push`: which commit arrives where, when a push is refused, and which hooks and addresses are used.
import { chmodSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';
import type { RepoStage } from './repo.samples.ts';

export function repoPushes(stage: RepoStage): void {
  describe('push', () => {
    const { add, push, remoteTip } = stage;
    let fx: GitFixture;
    let repo: Repo;
    beforeEach(() => void ({ fx, repo } = stage.now()));

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
