import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { longEnough } from '../../test/support/long-enough.ts';
import { oddSeconds, sleeping } from '../../test/support/sleepers.ts';
import { createGit, usualLimits, type GitCall } from './git.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => fx.dispose());

/** Waits for a condition; limited by the test's own time limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const alias = (script: string) => ['-c', `alias.x=!${script}`, 'x'];

/** The ways in which a call reaches git: calls with input take another one. */
const ways: [string, Partial<GitCall>][] = [
  ['without input', {}],
  ['with input', { input: 'x' }],
];

describe.each(ways)('%s', (_, more) => {
  test('on abort, all that git started has ended when the answer comes, also what left its group', async () => {
    const seconds = oddSeconds();
    const abort = new AbortController();
    const git = createGit({ ...usualLimits, graceMs: 200 });
    const args = alias(`(setsid sh -c 'trap "" TERM; sleep ${seconds}; :' &); sleep ${seconds}`);
    const running = git.run({ cwd: fx.root, args, signal: abort.signal, ...more });
    await until(() => sleeping(seconds).length === 2);
    abort.abort();
    expect(await running).toMatchObject({ ok: false, code: null, aborted: true, timedOut: false, obstacle: null });
    expect(sleeping(seconds)).toEqual([]);
  });

  test('at the deadline, too', async () => {
    const seconds = oddSeconds();
    const git = createGit({ ...usualLimits, graceMs: 200 });
    const args = alias(`(setsid sleep ${seconds} &); echo >${fx.folder}/there; sleep ${seconds}`);
    const answer = await longEnough({
      run: (timeoutMs) => git.run({ cwd: fx.root, args, timeoutMs, ...more }),
      begun: () => existsSync(join(fx.folder, 'there')),
    });
    expect(answer).toMatchObject({ ok: false, aborted: false, timedOut: true });
    expect(sleeping(seconds)).toEqual([]);
  });

  test.each([
    ['read', 'readMs'],
    ['write', 'localMs'],
    ['network', 'networkMs'],
    ['push', 'pushMs'],
    ['sign', 'signMs'],
  ] as const)('%s has the limit %s', async (kind, limit) => {
    const git = createGit({ ...usualLimits, signMs: 600_000, [limit]: 300, graceMs: 50 });
    expect(await git.run({ cwd: fx.root, args: alias('sleep 100000'), kind, ...more })).toMatchObject({ ok: false, timedOut: true });
  });

  test('a longer limit than that of the kind is not given', async () => {
    const git = createGit({ ...usualLimits, readMs: 300, graceMs: 50 });
    const call: GitCall = { cwd: fx.root, args: alias('sleep 100000'), kind: 'read', timeoutMs: 600_000, ...more };
    expect(await git.run(call)).toMatchObject({ ok: false, timedOut: true });
  });

  test('nothing is started for those who have stopped already', async () => {
    const args = alias(`echo >${fx.folder}/started`);
    for (const git of [createGit(usualLimits).within(AbortSignal.abort()), createGit(usualLimits)]) {
      const answer = await git.run({ cwd: fx.root, args, signal: AbortSignal.abort(), ...more });
      expect(answer).toMatchObject({ ok: false, aborted: true, timedOut: false });
    }
    expect(existsSync(join(fx.folder, 'started'))).toBe(false);
  });
});

test.each([
  ['abort', {}],
  ['the deadline', { timeoutMs: 500 }],
])('a read that waits for a FIFO ends at %s', async (way, more) => {
  rmSync(join(fx.root, '.gitignore'));
  execFileSync('mkfifo', [join(fx.root, '.gitignore')]);
  const abort = new AbortController();
  const git = createGit(usualLimits).within(abort.signal);
  const running = git.run({ cwd: fx.root, args: ['status', '--porcelain'], kind: 'read', ...more });
  if (way === 'abort') {
    await until(() => waitingIn(fx.root));
    abort.abort();
  }
  expect(await running).toMatchObject({ ok: false, aborted: way === 'abort', timedOut: way !== 'abort' });
  expect(waitingIn(fx.root)).toBe(false);
});

/** Whether a git with this working folder is asleep: only the FIFO can make it wait. */
function waitingIn(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === folder && /^Name:\tgit\n[^]*^State:\tS/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
      );
    } catch {
      return false;
    }
  });
}

describe('a git within a signal', () => {
  test.each([0, 1, 2])('ends by the outer one, the inner one, or that of the call (%i)', async (which) => {
    const [outer, inner, own] = [new AbortController(), new AbortController(), new AbortController()];
    const seconds = oddSeconds();
    const git = createGit({ ...usualLimits, graceMs: 50 })
      .within(outer.signal)
      .within(inner.signal);
    const running = git.run({ cwd: fx.root, args: alias(`sleep ${seconds}`), signal: own.signal });
    await until(() => sleeping(seconds).length === 1);
    [outer, inner, own][which]?.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true });
  });

  test('says that it was stopped, and not that there is nothing', async () => {
    const git = createGit(usualLimits).within(AbortSignal.abort());
    const call: GitCall = { cwd: fx.root, args: ['rev-parse', 'HEAD'], kind: 'read' };
    await expect(git.text(call)).rejects.toMatchObject({ code: 'stopped', message: 'git rev-parse was stopped' });
    await expect(git.maybe(call)).rejects.toMatchObject({ code: 'stopped' });
    expect(await createGit(usualLimits).text(call)).toBe(fx.git(fx.root, 'rev-parse', 'HEAD'));
  });

  test('and what a limit cut off is no answer either, but of a remote', async () => {
    const git = createGit({ ...usualLimits, graceMs: 50 });
    const call: GitCall = { cwd: fx.root, args: alias('sleep 100000'), timeoutMs: 100 };
    await expect(git.maybe({ ...call, kind: 'read' })).rejects.toMatchObject({
      code: 'git-failed',
      message: expect.stringContaining('time limit'),
    });
    expect(await git.maybe({ ...call, kind: 'network' })).toBeNull();
  });
});

describe('paths are bytes', () => {
  const names = ['n\xe9st', 'line\nbreak', 'return\r', 'josÃ©', `it's "a" $(word) \\x`, '\x01\x7f\x80\xff'];
  const file = (name: string): Buffer => Buffer.from(join(fx.root, name), 'latin1');

  test('as arguments, as input and in answers', async () => {
    const git = createGit(usualLimits);
    for (const name of names) writeFileSync(file(name), `${name}\n`, 'latin1');
    const at = { cwd: fx.root, bytes: true };
    const list = async (...args: string[]) =>
      (await git.text({ ...at, args: ['ls-files', '-z', ...args], kind: 'read' })).split('\0').slice(0, -1);
    expect((await list('--others')).sort()).toEqual([...names].sort());
    const [first = '', ...rest] = names;
    await git.text({ ...at, args: ['add', '--', first] });
    expect(await list()).toContain(first);
    await git.text({ ...at, args: ['update-index', '-z', '--add', '--stdin'], input: rest.map((name) => `${name}\0`).join('') });
    for (const name of names) {
      expect(await list('--', `:(literal)${name}`)).toEqual([name]);
      expect(await git.text({ ...at, args: ['cat-file', 'blob', `:${name}`] })).toBe(name);
      // An argument beside an input.
      expect(await git.text({ ...at, args: ['-c', `some.key=${name}`, 'config', '-z', 'some.key'], input: '' })).toBe(`${name}\0`);
    }
  });

  test.each(ways)('as the folder in which git runs, %s', async (_, more) => {
    const git = createGit(usualLimits);
    for (const name of names) {
      mkdirSync(file(name));
      const call: GitCall = { cwd: join(fx.root, name), args: ['rev-parse', '--show-prefix'], bytes: true, ...more };
      expect(await git.text(call)).toBe(`${name}/`);
      expect(await git.run({ ...call, cwd: `${call.cwd}/\xe9` })).toMatchObject({
        ok: false,
        stderr: expect.stringContaining('cannot be started'),
      });
    }
  });

  test('where they are ordinary text, they are as they were', async () => {
    const git = createGit(usualLimits);
    fx.write(fx.root, { 'josé/a.txt': 'a' });
    expect(await git.text({ cwd: join(fx.root, 'josé'), args: ['ls-files', '-z', '--others'], kind: 'read' })).toBe('a.txt\0');
    expect(await git.text({ cwd: fx.root, args: ['hash-object', '--stdin'], input: 'é' })).toBe(
      execFileSync('git', ['hash-object', '--stdin'], { cwd: fx.root, input: 'é' }).toString().trim(),
    );
    expect(readFileSync(join(fx.root, 'josé/a.txt'), 'utf8')).toBe('a');
  });
});
