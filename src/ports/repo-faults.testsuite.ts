// The contract of `Repo` in a broken environment: files that are gone, taken, locked, on a full disk or unreachable. Each
// case ends with an answer on which a person can act, and leaves nothing half made.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

/** `create` makes a `Repo` that waits for locks only briefly. */
export function repoFaultsContract(create: () => Repo): void {
  let fx: GitFixture;
  let repo: Repo;

  beforeEach(() => {
    fx = createGitFixture();
    repo = create();
  });
  afterEach(() => fx.dispose());

  const given = (name: string) => ({ root: fx.root, path: join(fx.worktrees, name), remote: 'origin', defaultBranch: 'main' });
  const add = async (name: string) => {
    const path = join(fx.worktrees, name);
    return { path, ...(await repo.makeSite({ ...given(name), branch: () => `yard/${name}` })) };
  };
  const push = async (at: { path: string }) => {
    const taken = await repo.take({ worktree: at.path });
    return repo.push({ worktree: at.path, remote: 'origin', commit: taken?.commit ?? 'nothing was taken', accept: false, sign: 'auto' });
  };
  const remove = (at: { path: string; branch: string | null }, keepBranch = true) =>
    repo.removeSite({ ...given(''), path: at.path, branch: at.branch, attempt: 'a1', keepBranch });
  const nothingLeft = (): void => {
    expect(readdirSync(fx.worktrees)).toEqual([]);
    expect(existsSync(join(fx.folder, 'readers')) ? readdirSync(join(fx.folder, 'readers')) : []).toEqual([]);
    expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip')).toBe('');
  };
  const lockOf3Hours = (lock: string): void => {
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '');
    utimesSync(lock, Date.now() / 1000 - 10_800, Date.now() / 1000 - 10_800);
  };
  /** A fault that names the file, its age and the command that removes it. */
  const held = (code: string, lock: string) =>
    expect.objectContaining({
      code,
      message: expect.stringContaining(`${lock} has been there for 3 h`),
      hint: expect.stringContaining(`rm '${lock}'`),
    });

  describe('a branch name that is taken', () => {
    const named = (taken: ReadonlySet<string>): string => ['yard/a', 'yard/b', 'flat'].find((name) => !taken.has(name)) ?? 'none';

    test('at the remote, where nobody here has seen it', async () => {
      const other = fx.clone('other');
      fx.git(other, 'push', '--quiet', 'origin', 'main:yard/a');
      expect(await repo.makeSite({ ...given('t'), branch: named })).toMatchObject({ branch: 'yard/b' });
    });

    test('here, checked out or not, or at another remote', async () => {
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'yard/a', join(fx.folder, 'elsewhere'));
      expect(await repo.makeSite({ ...given('t'), branch: named })).toMatchObject({ branch: 'yard/b' });
      const told: ReadonlySet<string>[] = [];
      fx.git(fx.root, 'update-ref', 'refs/remotes/origin/yard/far', 'main');
      await repo.makeSite({ ...given('u'), branch: (taken) => (told.push(taken), taken.has('yard/a') ? 'yard/u' : 'yard/a') });
      expect([...(told.at(-1) ?? [])]).toEqual(expect.arrayContaining(['main', 'yard/a', 'yard/b', 'yard/far']));
    });

    test('as a folder against a file', async () => {
      fx.git(fx.root, 'branch', 'yard');
      const branch = (taken: ReadonlySet<string>): string => (taken.has('yard') ? 'yard-t' : 'yard/t');
      expect(await repo.makeSite({ ...given('t'), branch })).toMatchObject({ branch: 'yard-t' });
      await expect(add('u')).rejects.toMatchObject({
        code: 'worktree-failed',
        message: expect.stringContaining('yard/u cannot be used'),
      });
      expect(readdirSync(fx.worktrees)).toEqual(['t']);
    });

    test('somebody else’s of the same name at the remote is not pushed to', async () => {
      const at = await add('t');
      fx.commit(at.path, { 'a.txt': 'ours' });
      const other = fx.clone('other');
      const theirs = fx.commit(other, { 'b.txt': 'theirs' });
      fx.git(other, 'push', '--quiet', 'origin', 'HEAD:yard/t');
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('somebody else') });
      expect(fx.git(fx.remote, 'rev-parse', 'yard/t')).toBe(theirs);
    });
  });

  describe('what is gone', () => {
    test('the repository, while its worktree stands', async () => {
      const at = await add('t');
      fx.write(at.path, { 'n.txt': 'work' });
      rmSync(fx.root, { recursive: true });
      expect(await repo.hasSite(at)).toBe(false);
      expect(await repo.describeSite(at.path)).toBeNull();
      await expect(repo.describe(fx.root, { remote: 'origin' })).rejects.toMatchObject({ code: 'not-a-repository' });
      await expect(repo.facts({ worktree: at.path, base: at.base })).rejects.toMatchObject({ code: 'worktree-failed' });
      await expect(push(at)).rejects.toMatchObject({ code: 'worktree-failed' });
      await expect(add('u')).rejects.toMatchObject({ code: 'not-a-repository' });
      await expect(remove(at)).rejects.toMatchObject({ code: 'not-a-repository' });
      expect(readFileSync(join(at.path, 'n.txt'), 'utf8')).toBe('work');
    });

    test('the worktree, while its repository stands', async () => {
      const at = await add('t');
      rmSync(at.path, { recursive: true });
      expect(await repo.hasSite(at)).toBe(false);
      expect(await repo.describeSite(at.path)).toEqual({ common: join(fx.root, '.git'), branch: at.branch });
      await expect(repo.facts({ worktree: at.path, base: at.base })).rejects.toMatchObject({ code: 'worktree-failed' });
      await expect(push(at)).rejects.toMatchObject({ code: 'worktree-failed', message: expect.stringContaining(at.path) });
      expect(await remove(at)).toEqual({ preserved: null });
      nothingLeft();
    });

    test('the worktree’s `.git`, inside another repository: that one does not answer for it', async () => {
      fx.git(fx.worktrees, 'init', '--quiet');
      fx.commit(fx.worktrees, { 'w.txt': 'w' });
      const at = await add('t');
      rmSync(join(at.path, '.git'), { recursive: true });
      await expect(repo.facts({ worktree: at.path, base: at.base })).rejects.toMatchObject({ code: 'worktree-failed' });
      // A pipe in its place is not waited for either.
      execFileSync('mkfifo', [join(at.path, '.git')]);
      expect(await repo.hasSite(at)).toBe(false);
    });

    test('the remote', async () => {
      const at = await add('t');
      fx.commit(at.path, { 'a.txt': 'a' });
      rmSync(fx.remote, { recursive: true });
      expect(await push(at)).toMatchObject({ pushed: false, why: 'unreachable', message: expect.stringContaining('remote.git') });
      await expect(create().makeSite({ ...given('u'), branch: () => 'yard/u' })).rejects.toMatchObject({ code: 'fetch-failed' });
      expect(await remove(at)).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
      nothingLeft();
    });
  });

  /** A program that replaces ssh prints an error of the remote and ends. */
  const reachedBy = (script: string): void => {
    const ssh = join(fx.folder, 'ssh');
    writeFileSync(ssh, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    fx.git(fx.root, 'config', 'core.sshCommand', ssh);
    fx.git(fx.root, 'config', 'ssh.variant', 'ssh');
    fx.git(fx.root, 'remote', 'set-url', 'origin', 'ssh://host.invalid/x.git');
  };

  test('a host that nobody knows: unreachable, and ssh has no way to ask a person', async () => {
    const at = await add('t');
    const commit = fx.commit(at.path, { 'a.txt': 'a' });
    reachedBy(`(exec </dev/tty) 2>/dev/null && echo terminal >> ${fx.folder}/asked
echo "askpass $SSH_ASKPASS_REQUIRE" >> ${fx.folder}/asked
echo "ssh: Could not resolve hostname host.invalid: Name or service not known" >&2; exit 255`);
    const pushed = await repo.push({ worktree: at.path, remote: 'origin', commit, accept: true, sign: 'auto' });
    expect(pushed).toMatchObject({ pushed: false, why: 'unreachable', message: expect.stringContaining('Could not resolve hostname') });
    expect(new Set(readFileSync(join(fx.folder, 'asked'), 'utf8').trim().split('\n'))).toEqual(new Set(['askpass never']));
  });

  test('a host whose key nobody confirmed: what a person does about it', async () => {
    const at = await add('t');
    const commit = fx.commit(at.path, { 'a.txt': 'a' });
    reachedBy('echo "Host key verification failed." >&2; exit 255');
    const pushed = await repo.push({ worktree: at.path, remote: 'origin', commit, accept: true, sign: 'auto' });
    expect(pushed).toMatchObject({
      pushed: false,
      why: 'refused',
      message: expect.stringMatching(/^Host key .*connect to it once by hand/),
    });
    await expect(create().makeSite({ ...given('u'), branch: () => 'yard/u' })).rejects.toMatchObject({
      code: 'needs-person',
      message: expect.stringContaining('Host key verification failed'),
      hint: expect.stringContaining('connect to it once by hand'),
    });
  });

  test('a filter whose program is not there: its name is told, and what a person does about it', async () => {
    fx.commit(fx.root, { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': 'x' });
    fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
    fx.git(fx.root, 'config', 'filter.lfs.process', 'git-lfs-of-nobody filter-process');
    fx.git(fx.root, 'config', 'filter.lfs.required', 'true');
    await expect(add('t')).rejects.toMatchObject({
      code: 'needs-person',
      message: expect.stringMatching(/git-lfs-of-nobody: (?:command )?not found/),
      hint: expect.stringContaining('install that program'),
    });
    nothingLeft();
  });

  describe('a lock left behind', () => {
    test.each(['config.lock', 'index.lock', 'HEAD.lock', 'packed-refs.lock'])('.git/%s is in nobody’s way and stays', async (lock) => {
      fx.write(fx.root, { [`.git/${lock}`]: '' });
      const at = await add('t');
      fx.write(at.path, { 'a.txt': 'a' });
      expect(await repo.commitAll({ worktree: at.path, message: 'a', sign: 'off' })).not.toBeNull();
      expect(await repo.facts({ worktree: at.path, base: at.base })).toMatchObject({ commits: 1, dirty: [] });
      expect(await push(at)).toMatchObject({ pushed: true });
      expect(await remove(at)).toEqual({ preserved: null });
      nothingLeft();
      expect(existsSync(join(fx.root, '.git', lock))).toBe(true);
    });

    test.each(['index.lock', 'HEAD.lock'])('the site’s own %s is in nobody’s way either', async (name) => {
      const at = await add('t');
      fx.write(at.path, { 'a.txt': 'a' });
      const lock = join(at.path, '.git', name);
      lockOf3Hours(lock);
      expect(await repo.facts({ worktree: at.path, base: at.base })).toMatchObject({ dirty: ['a.txt'] });
      expect(await repo.commitAll({ worktree: at.path, message: 'a', sign: 'off' })).not.toBeNull();
      expect(existsSync(lock)).toBe(true);
      expect(await push(at)).toMatchObject({ pushed: true });
      expect(await remove(at)).toEqual({ preserved: null });
      nothingLeft();
    });

    test('of what was fetched: while it may be held there is no site, and nothing is left of it; later it is taken away', async () => {
      const lock = join(fx.root, '.git/refs/yardmaster/remotes/origin/main.lock');
      fx.write(fx.root, { '.git/refs/yardmaster/remotes/origin/main.lock': '' });
      const message = expect.stringContaining(`${lock} has been there for`) as string;
      await expect(add('t')).rejects.toMatchObject({ code: 'fetch-failed', message });
      nothingLeft();
      lockOf3Hours(lock);
      await add('t');
      expect(existsSync(lock)).toBe(false);
    });

    test('of the branch: the work is taken and pushed all the same, and why the branch stays is told', async () => {
      const lock = join(fx.root, '.git/refs/heads/yard/t.lock');
      lockOf3Hours(lock);
      const at = await add('t');
      const commit = fx.commit(at.path, { 'a.txt': 'a' });
      expect(await repo.take({ worktree: at.path })).toEqual({ commit, kept: expect.stringContaining(`${lock} has been there for 3 h`) });
      expect(await push(at)).toMatchObject({ pushed: true, commit });
      rmSync(lock);
      expect(await repo.take({ worktree: at.path })).toEqual({ commit, kept: null });
      expect(fx.git(fx.root, 'rev-parse', 'yard/t')).toBe(commit);
    });

    test('of the packed references: a branch cannot be deleted', async () => {
      const at = await add('t');
      fx.commit(at.path, { 'a.txt': 'a' });
      await push(at);
      const lock = join(fx.root, '.git/packed-refs.lock');
      lockOf3Hours(lock);
      await expect(remove(at, false)).rejects.toEqual(held('git-failed', lock));
      rmSync(lock);
      expect(await remove(at, false)).toEqual({ preserved: null });
      expect(fx.git(fx.root, 'branch', '--list', 'yard/*')).toBe('');
    });
  });

  describe('a disk', () => {
    /** Calls it with a folder on a file system of this size; false if none can be mounted here. */
    const onDisk = async (size: string, use: (folder: string) => Promise<void>): Promise<boolean> => {
      const folder = join(fx.folder, 'disk');
      mkdirSync(folder);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'yard-test', folder], { stdio: 'ignore' });
      } catch {
        return false;
      }
      try {
        await use(folder);
      } finally {
        // Lazily, because on a busy machine a child process of git may still be in the folder.
        execFileSync('umount', ['-l', folder]);
      }
      return true;
    };
    const notHere = 'a file system of its own cannot be mounted here';

    test('that is full: no worktree, nothing half-made, and it says so', async ({ skip }) => {
      fx.commit(fx.root, { 'big.txt': '0123456789'.repeat(20_000) });
      fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
      const mounted = await onDisk('64k', async (folder) => {
        await expect(repo.makeSite({ ...given('t'), path: join(folder, 'worktrees/t'), branch: () => 'yard/t' })).rejects.toMatchObject({
          code: 'disk-full',
          message: expect.stringContaining('the disk is full'),
          hint: expect.stringContaining('free space'),
        });
        expect([readdirSync(join(folder, 'worktrees')), readdirSync(join(folder, 'readers'))]).toEqual([[], []]);
      });
      skip(!mounted, notHere);
      nothingLeft();
      expect(fx.git(fx.root, 'branch', '--list', 'yard/*')).toBe('');
    });

    test('that is full, under the repository', async ({ skip }) => {
      const mounted = await onDisk('2m', async (folder) => {
        const root = join(folder, 'repo');
        execFileSync('cp', ['-R', fx.root, root]);
        const at = { ...(await repo.makeSite({ ...given('t'), root, branch: () => 'yard/t' })), path: join(fx.worktrees, 't') };
        execFileSync('sh', ['-c', 'cat /dev/zero > ballast; true'], { cwd: folder, stdio: 'ignore' });
        fx.write(at.path, { 'a.txt': 'a' });
        const full = {
          code: 'disk-full',
          message: expect.stringContaining('the disk is full'),
          hint: expect.stringMatching(/ of 2\.0 MiB are free/),
        };
        await expect(create().makeSite({ ...given('u'), root, remote: null, branch: () => 'yard/u' })).rejects.toMatchObject(full);
        // The work is on another disk, where it is safe.
        const commit = await repo.commitAll({ worktree: at.path, message: 'a', sign: 'off' });
        await expect(repo.take({ worktree: at.path })).rejects.toMatchObject({ ...full, hint: expect.stringContaining('free space') });
        rmSync(join(folder, 'ballast'));
        expect(await repo.take({ worktree: at.path })).toEqual({ commit, kept: null });
      });
      skip(!mounted, notHere);
    });

    test('that is read-only, under the repository', async ({ skip }) => {
      const mounted = await onDisk('8m', async (folder) => {
        const root = join(folder, 'repo');
        execFileSync('cp', ['-R', fx.root, root]);
        execFileSync('mount', ['-o', 'remount,ro', folder]);
        for (const remote of ['origin', null]) {
          await expect(repo.makeSite({ ...given('t'), root, remote, branch: () => 'yard/t' })).rejects.toMatchObject({
            code: 'read-only',
            message: expect.stringContaining('the file system is read-only'),
            hint: expect.stringContaining('mount it with write access'),
          });
        }
      });
      skip(!mounted, notHere);
      nothingLeft();
    });
  });

  test('describeSite: only what was made here, by its own record', async () => {
    const at = await add('t');
    expect(await repo.describeSite(at.path)).toEqual({ common: join(fx.root, '.git'), branch: 'yard/t' });
    symlinkSync(fx.worktrees, join(fx.folder, 'link'));
    expect(await repo.describeSite(join(fx.folder, 'link/t'))).toEqual({ common: join(fx.root, '.git'), branch: 'yard/t' });
    const other = fx.clone('other');
    fx.write(fx.worktrees, { 'folder/f.txt': 'somebody’s', 'liar/.git': `gitdir: ${join(fx.root, '.git')}\n` });
    fx.write(join(fx.folder, 'readers'), { 'folder/yardmaster.json': readFileSync(join(fx.folder, 'readers/t/yardmaster.json'), 'utf8') });
    for (const path of ['folder', 'liar', 'none', 't/src', '.'].map((name) => join(fx.worktrees, name)))
      expect(await repo.describeSite(path), path).toBeNull();
    expect(await repo.describeSite(other)).toBeNull();
    expect(await repo.describeSite(fx.root)).toBeNull();
    fx.git(at.path, 'checkout', '--quiet', '--detach');
    const commit = fx.commit(at.path, { 'a.txt': 'detached' });
    expect(await repo.describeSite(at.path)).toEqual({ common: join(fx.root, '.git'), branch: 'yard/t' });
    expect(await remove({ path: at.path, branch: null })).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
    expect(fx.git(fx.root, 'rev-parse', 'refs/yardmaster/preserved/a1')).toBe(commit);
  });
}
