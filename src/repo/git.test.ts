import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Repo } from '../ports/repo.ts';
import { longEnough } from '../../test/support/long-enough.ts';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { gitRepo } from './git-repo.ts';
import { createGit, usualLimits } from './git.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => {
  vi.unstubAllEnvs();
  fx.dispose();
});

/** Waits for a condition; limited by the test's own time limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Whether a process has this folder as its working folder. */
function worksIn(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

describe('answers', () => {
  test('an error is an answer, and as a fault says what git said', async () => {
    const git = createGit(usualLimits);
    expect(await git.run({ cwd: fx.root, args: ['rev-parse', '--verify', 'nothing'] })).toMatchObject({
      ok: false,
      code: 128,
      timedOut: false,
    });
    await expect(git.text({ cwd: fx.root, args: ['rev-parse', '--verify', 'nothing'] })).rejects.toMatchObject({
      code: 'git-failed',
      message: 'git rev-parse failed: Needed a single revision',
    });
    expect(await git.maybe({ cwd: fx.root, args: ['rev-parse', '--verify', 'nothing'] })).toBeNull();
    expect(await git.run({ cwd: join(fx.folder, 'missing'), args: ['status'] })).toMatchObject({
      ok: false,
      code: null,
      stderr: expect.stringContaining('missing'),
    });
  });

  test('there is nothing to read on standard input but what is given', async () => {
    const git = createGit(usualLimits);
    const hash = (input?: string) =>
      git.text({ cwd: fx.root, args: ['hash-object', '--stdin'], ...(input === undefined ? {} : { input }) });
    expect(await hash()).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    expect(await hash('what\n')).toBe(
      fx.git(fx.root, 'rev-parse', await git.text({ cwd: fx.root, args: ['hash-object', '-w', '--stdin'], input: 'what\n' })),
    );
  });

  test('no git at all', async () => {
    vi.stubEnv('PATH', fx.worktrees);
    await expect(createGit(usualLimits).run({ cwd: fx.root, args: ['status'] })).rejects.toMatchObject({ code: 'git-missing' });
  });
});

test('at the time limit git ends with all that it started, even when TERM is not heeded', async () => {
  const pidFile = join(fx.folder, 'pid');
  const hang = `!trap "" TERM; echo $$ > ${pidFile}; while :; do sleep 600; done`;
  const answer = await longEnough({
    run: (localMs) => createGit({ ...usualLimits, localMs, graceMs: 50 }).run({ cwd: fx.root, args: ['-c', `alias.hang=${hang}`, 'hang'] }),
    begun: () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '',
  });
  expect(answer).toMatchObject({ ok: false, timedOut: true });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  await until(() => !existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
});

describe('locks of other processes', () => {
  /** A git that records each call with this text in its arguments before it runs the real one. */
  const counted = (part = ''): (() => number) => {
    const bin = join(fx.folder, 'bin');
    const real = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, 'git'))
      .find((file) => existsSync(file));
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\ncase "$*" in *'${part}'*) echo call >> ${fx.folder}/calls;; esac\nexec ${real} "$@"\n`);
    chmodSync(join(bin, 'git'), 0o755);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH']}`);
    return () => (existsSync(join(fx.folder, 'calls')) ? readFileSync(join(fx.folder, 'calls'), 'utf8').trim().split('\n').length : 0);
  };

  test.each([
    ['refs/heads/new.lock', ['update-ref', 'refs/heads/new', 'HEAD']],
    ['config.lock', ['config', 'some.key', 'value']],
    ['index.lock', ['add', '--all']],
  ])('%s is waited for', async (lock, args) => {
    fx.write(fx.root, { [`.git/${lock}`]: '', 'new.txt': 'n' });
    const calls = counted();
    const running = createGit({ ...usualLimits, lockMs: 20_000 }).run({ cwd: fx.root, args });
    await until(() => calls() >= 2);
    rmSync(join(fx.root, '.git', lock));
    expect(await running).toMatchObject({ ok: true });
  });

  test('but no longer than its caller wants', async () => {
    fx.write(fx.root, { '.git/config.lock': '' });
    const calls = counted(' some.key ');
    const abort = new AbortController();
    const git = createGit(usualLimits);
    // The random number makes the first wait last for hours.
    vi.spyOn(Math, 'random').mockReturnValue(1_000_000);
    onTestFinished(() => void vi.restoreAllMocks());
    const running = git.within(abort.signal).run({ cwd: fx.root, args: ['config', 'some.key', 'value'] });
    await until(() => calls() === 1 && !worksIn(fx.root));
    // The first call's output was read before this one's.
    await git.text({ cwd: fx.folder, args: ['version'] });
    abort.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true });
    expect(calls()).toBe(1);
  });

  test('but not for ever, and not by a read', async () => {
    fx.write(fx.root, { '.git/config.lock': '' });
    const calls = counted();
    const call = { cwd: fx.root, args: ['config', 'some.key', 'value'] };
    const git = createGit({ ...usualLimits, lockMs: 200 });
    expect(await git.run(call)).toMatchObject({ ok: false, stderr: expect.stringContaining('could not lock config file') });
    const before = calls();
    await git.run({ ...call, kind: 'read' });
    expect(calls()).toBe(before + 1);
  });

  test('another process fetches the same branch meanwhile', async () => {
    const repo = gitRepo({ freshMs: 0 });
    const add = (name: string) =>
      repo.makeSite({ root: fx.root, path: join(fx.worktrees, name), branch: () => name, remote: 'origin', defaultBranch: 'main' });
    await add('one');
    const other = fx.clone('other');
    const fresh = fx.commit(other, { 'new.txt': 'new' });
    fx.git(other, 'push', '--quiet', 'origin', 'main');
    const foreign = fx.commit(fx.root, { 'foreign.txt': 'f' });
    // Runs at the remote's side while the pack is made: after git has read the reference, before it writes it.
    const hook = join(fx.folder, 'hook');
    writeFileSync(
      hook,
      `#!/bin/sh\nif mkdir ${fx.folder}/once 2>/dev/null; then git --git-dir=${fx.root}/.git update-ref refs/yardmaster/remotes/origin/main ${foreign}; fi\nexec "$@"\n`,
    );
    chmodSync(hook, 0o755);
    writeFileSync(fx.globalConfig, `[uploadpack]\n\tpackObjectsHook = ${hook}\n`);
    expect(await add('two')).toEqual({ base: fresh, branch: 'two' });
    expect(existsSync(join(fx.folder, 'once'))).toBe(true);
  });

  test('another process is making a worktree, whose HEAD is still zeros', async () => {
    const other = fx.clone('other');
    const fresh = fx.commit(other, { 'new.txt': 'new' });
    fx.git(other, 'push', '--quiet', 'origin', 'main');
    fx.git(fx.root, 'worktree', 'add', '--quiet', '--detach', join(fx.worktrees, 'theirs'));
    const head = join(fx.root, '.git/worktrees/theirs/HEAD');
    const whole = readFileSync(head, 'utf8');
    writeFileSync(head, `${'0'.repeat(40)}\n`);
    const calls = counted(' fetch ');
    const adding = gitRepo({ lockMs: 20_000 }).makeSite({
      root: fx.root,
      path: join(fx.worktrees, 'ours'),
      branch: () => 'ours',
      remote: 'origin',
      defaultBranch: 'main',
    });
    await until(() => calls() >= 2);
    writeFileSync(head, whole);
    expect(await adding).toEqual({ base: fresh, branch: 'ours' });
  });

  // The state at the moment at which git is removing the worktree's records.
  test('another process takes away a worktree, of whose records a part is gone', async () => {
    fx.git(fx.root, 'worktree', 'add', '--quiet', '--detach', join(fx.worktrees, 'theirs'));
    const commondir = join(fx.root, '.git/worktrees/theirs/commondir');
    writeFileSync(commondir, 'gone/../..\n');
    const calls = counted(' fetch ');
    const adding = gitRepo({ lockMs: 20_000 }).makeSite({
      root: fx.root,
      path: join(fx.worktrees, 'ours'),
      branch: () => 'ours',
      remote: 'origin',
      defaultBranch: 'main',
    });
    await until(() => calls() >= 2);
    writeFileSync(commondir, '../..\n');
    expect(await adding).toMatchObject({ branch: 'ours' });
  });

  test('several processes make sites beside one repository at once', async () => {
    const other = fx.clone('other');
    fx.commit(other, { 'new.txt': 'new' });
    fx.git(other, 'push', '--quiet', 'origin', 'main');
    const module = JSON.stringify(new URL('git-repo.ts', import.meta.url).href);
    const script = (name: string): string => `
      const { gitRepo } = await import(${module});
      const repo = gitRepo();
      await Promise.all([0, 1, 2, 3, 4].map((at) => repo.makeSite({ root: ${JSON.stringify(fx.root)},
        path: ${JSON.stringify(fx.worktrees)} + '/${name}' + at, branch: () => 'yard/${name}' + at, remote: 'origin', defaultBranch: 'main' })));`;
    const run = promisify(execFile);
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    await Promise.all(['a', 'b', 'c'].map((name) => run(process.execPath, ['--input-type=module', '-e', script(name)], { cwd })));
    expect(readdirSync(fx.worktrees)).toHaveLength(15);
    expect(fx.git(fx.root, 'for-each-ref', '--format=%(objectname)', 'refs/yardmaster/base/yard').split('\n')).toEqual(
      Array(15).fill(fx.git(other, 'rev-parse', 'HEAD')),
    );
  });
});

describe('what is not asked again', () => {
  const add = (repo: Repo, name: string) =>
    repo.makeSite({ root: fx.root, path: join(fx.worktrees, name), branch: () => name, remote: 'origin', defaultBranch: 'main' });

  test('tasks that begin together ask the remote once; later ones ask anew', async () => {
    const other = fx.clone('other');
    const first = fx.git(fx.root, 'rev-parse', 'main');
    const [fresh, kept] = [gitRepo({ freshMs: 0 }), gitRepo({ freshMs: 3_600_000 })];
    expect((await add(kept, 'a')).base).toBe(first);
    const second = fx.commit(other, { 'new.txt': 'new' });
    fx.git(other, 'push', '--quiet', 'origin', 'main');
    expect((await add(kept, 'b')).base).toBe(first);
    expect((await add(fresh, 'c')).base).toBe(second);
  });

  test('a repository is what its files say, however young the answer is', async () => {
    const repo = gitRepo({ rememberMs: 3_600_000 });
    expect(await repo.describe(fx.root, { remote: 'origin' })).toMatchObject({ remote: 'origin', defaultBranch: 'main' });
    fx.git(fx.root, 'checkout', '--quiet', '-b', 'topic');
    fx.git(fx.root, 'remote', 'remove', 'origin');
    expect(await repo.describe(fx.root, { remote: 'origin' })).toMatchObject({ remote: null, defaultBranch: 'topic' });
    rmSync(fx.root, { recursive: true });
    await expect(repo.describe(fx.root, { remote: 'origin' })).rejects.toMatchObject({ code: 'not-a-repository' });
    await expect(add(repo, 'a')).rejects.toMatchObject({ code: 'not-a-repository' });
  });

  test('a push that arrived is the proof for a removal that keeps the branch, and for no other commit', async () => {
    const repo = gitRepo();
    const remove = (path: string, branch: string) =>
      repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true });
    for (const [name, later] of [
      ['pushed', false],
      ['later', true],
    ] as const) {
      await add(repo, name);
      const path = join(fx.worktrees, name);
      fx.commit(path, { 'a.txt': name });
      const commit = (await repo.take({ worktree: path }))?.commit ?? '';
      expect(await repo.push({ worktree: path, remote: 'origin', commit, accept: false, sign: 'auto' })).toMatchObject({ pushed: true });
      if (later) fx.commit(path, { 'b.txt': 'not pushed' });
    }
    rmSync(fx.remote, { recursive: true });
    expect(await remove(join(fx.worktrees, 'pushed'), 'pushed')).toEqual({ preserved: null });
    expect(await remove(join(fx.worktrees, 'later'), 'later')).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
  });

  test('a remote that never answers is given up at the limit', async () => {
    const at = join(fx.worktrees, 'a');
    await add(gitRepo(), 'a');
    const commit = fx.commit(at, { 'a.txt': 'a' });
    fx.git(fx.root, 'config', 'core.sshCommand', 'sleep 600; true');
    fx.git(fx.root, 'remote', 'set-url', 'origin', 'ssh://host.invalid/x.git');
    const repo = gitRepo({ pushMs: 300, networkMs: 300, graceMs: 50 });
    expect(await repo.push({ worktree: at, remote: 'origin', commit, accept: true, sign: 'auto' })).toMatchObject({
      pushed: false,
      why: 'unreachable',
    });
    await expect(add(repo, 'b')).rejects.toMatchObject({ code: 'fetch-failed', message: expect.stringContaining('time limit') });
  });
});
