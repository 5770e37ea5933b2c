import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { longEnough } from '../../test/support/long-enough.ts';
import { kill, oddSeconds, sleeping } from '../../test/support/sleepers.ts';
import { until } from '../../test/support/wait-until.ts';
import { endCallsOfTheGone } from '../lib/calls.ts';
import { execute } from './execute.ts';
import { openLanes, type LaneCall } from './lanes.ts';

const call = (script: string, more: Partial<LaneCall> = {}): LaneCall => ({
  ...{ program: 'sh', args: ['-c', script], cwd: '/', bytes: false, env: {}, signal: null },
  ...{ timeoutMs: 300_000, graceMs: 200, mostOutput: 1_000_000 },
  ...more,
});

const lanes = () => openLanes({ PATH: process.env['PATH'] ?? '', BASE: 'base' });

test('words, folders, variables, both streams and the exit code pass as they are', async () => {
  const run = lanes();
  const strange = `it's "a" $(word)\n\\ \`x\` \t;&|é`;
  const answer = await run(
    call(`printf '%s|' "$@"; printf '%s %s %s' "$PWD" "$BASE" "$OWN"; echo oh >&2; exit 3`, {
      args: ['-c', `printf '%s|' "$@"; pwd; echo "$BASE $OWN"; echo oh >&2; exit 3`, 'sh', strange, ''],
      cwd: '/usr',
      env: { OWN: strange },
    }),
  );
  expect(answer).toEqual({
    code: 3,
    stdout: `${strange}||/usr\nbase ${strange}`,
    stderr: 'oh',
    cut: null,
    unstarted: null,
  });
});

test('bytes, much of them, and no line end at all', async () => {
  const run = lanes();
  expect((await run(call(`printf 'a\\0b'`))).stdout).toBe('a\0b');
  expect((await run(call('head -c 900000 /dev/zero | tr "\\0" x'))).stdout).toBe('x'.repeat(900_000));
  expect(await run(call('cat'))).toMatchObject({ code: 0, stdout: '' });
});

test('many at once, each its own answer; then they stand ready and are used again', async () => {
  const run = lanes();
  const pids = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => (await run(call(`echo ${index} $PPID`))).stdout.split(' ')),
  );
  expect(pids.map(([index]) => Number(index))).toEqual(Array.from({ length: 20 }, (_, index) => index));
  const again = (await run(call('echo $PPID'))).stdout;
  expect(new Set(pids.map(([, pid]) => pid))).toContain(again);
});

test('what is left behind and goes on speaking holds up nobody', async () => {
  const chatter = '(i=0; while [ $i -lt 5000 ]; do echo late; echo late >&2; i=$((i+1)); done) & exit 0';
  expect(await lanes()(call(chatter))).toMatchObject({ code: 0, cut: null });
});

test('a shell on whose output somebody has spoken meanwhile is not used again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yard-lane-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const run = lanes();
  const later = `(while [ ! -e ${folder}/go ]; do :; done; echo late >&2; echo >${folder}/spoken) & echo $PPID`;
  const first = await run(call(later));
  writeFileSync(join(folder, 'go'), '');
  await expect.poll(() => existsSync(join(folder, 'spoken'))).toBe(true);
  // Data in the pipe is read in the next turn of the event loop.
  for (let turns = 3; turns > 0; turns -= 1) await setImmediate();
  const next = await run(call('echo $PPID'));
  expect([next.stderr, next.stdout === first.stdout]).toEqual(['', false]);
});

test('what ended fatally gives its shell to nobody', async () => {
  const run = lanes();
  const first = await run(call('echo $PPID; exit 128'));
  expect((await run(call('echo $PPID'))).stdout).not.toBe(first.stdout);
});

test('the call of a process that was killed is ended, and nothing that git had left behind when a call was over', async () => {
  const [daemon, pushing] = [oddSeconds(), oddSeconds()];
  onTestFinished(() => [daemon, pushing].forEach((seconds) => sleeping(seconds).forEach(kill)));
  const program = `const { createGit, usualLimits } = await import(${JSON.stringify(new URL('./git.ts', import.meta.url).href)});
    const git = createGit(usualLimits);
    const x = (script) => git.run({ cwd: '/', args: ['-c', 'alias.x=!' + script, 'x'] });
    await x('setsid sleep ${daemon} >/dev/null 2>&1 &');
    await x('(setsid sleep ${pushing} &); sleep ${pushing}');`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  await expect.poll(() => sleeping(pushing).length).toBe(2);
  expect(await endCallsOfTheGone()).toEqual([]);
  expect([sleeping(daemon).length, sleeping(pushing).length]).toEqual([1, 2]);
  const ended = once(owner, 'exit');
  owner.kill('SIGKILL');
  await ended;
  expect(await endCallsOfTheGone()).toEqual([]);
  expect([sleeping(daemon).length, sleeping(pushing)]).toEqual([1, []]);
  // Nor if nothing of its owner is left.
  await endCallsOfTheGone();
  expect(sleeping(daemon)).toHaveLength(1);
});

test('a program that is installed anew, in an earlier folder of the search path, is found by a shell that stands ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yard-lane-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  const install = (where: string): void => {
    mkdirSync(where);
    writeFileSync(join(where, 'tool'), `#!/bin/sh\necho ${where}\n`, { mode: 0o755 });
  };
  install(other);
  const run = openLanes({ PATH: `${one}:${other}:/usr/bin:/bin` });
  const tool = call('', { program: 'tool', args: [] });
  expect((await run(tool)).stdout).toBe(other);
  rmSync(other, { recursive: true });
  install(one);
  expect(await run(tool)).toMatchObject({ code: 0, stdout: one });
});

test('what cannot be started, or not there, is told as such', async () => {
  const run = lanes();
  expect(await run(call('', { program: 'no-such-program', args: [] }))).toMatchObject({ code: null, unstarted: { code: 'ENOENT' } });
  expect(await run(call('true', { cwd: '/no/such/folder' }))).toMatchObject({ code: null, unstarted: { code: 'ENOENT' } });
});

test('at the time limit it ends with all that it started, and another shell takes its place', async () => {
  const run = lanes();
  const answer = await longEnough({
    run: (timeoutMs) => run(call('sleep 1000 & echo $!; trap "" TERM; wait; sleep 1000', { timeoutMs })),
    begun: ({ stdout }) => stdout !== '',
  });
  expect(answer).toMatchObject({ code: null, cut: 'deadline' });
  expect(() => readFileSync(`/proc/${answer.stdout.trim()}/cmdline`)).toThrow('ENOENT');
  expect(await run(call('echo well'))).toMatchObject({ code: 0, stdout: 'well' });
});

test('too much is not waited for', async () => {
  expect(await lanes()(call('yes', { mostOutput: 10_000 }))).toMatchObject({ code: null, cut: 'output' });
});

test('one that was ended while it stood ready is not asked', async () => {
  const run = lanes();
  const shell = Number((await run(call('echo $PPID'))).stdout);
  execFileSync('kill', ['-9', String(shell)]);
  // Until it is reaped, which makes its end known.
  await until(() => !existsSync(`/proc/${shell}`));
  expect(await run(call('echo well'))).toMatchObject({ code: 0, stdout: 'well' });
});

/** In a ready shell, and started directly as for a call with input. */
const runners = {
  lane: lanes(),
  itself: (given: LaneCall) => execute({ ...given, env: { PATH: process.env['PATH'] ?? '', ...given.env }, input: '' }),
};

describe.each(['lane', 'itself'] as const)('%s: what left the group, and heeds no TERM, has ended when the answer comes', (runner) => {
  const run = runners[runner];
  /** A process in a session of its own that reports when it runs. */
  const leaving = (seconds: number): string =>
    `echo $(setsid sh -c 'trap "" TERM; echo left; exec >/dev/null 2>&1; sleep ${seconds}; :' </dev/null &)`;

  test('at the limit of its output', async () => {
    const seconds = oddSeconds();
    const answer = await run(call(`${leaving(seconds)}; yes`));
    expect(answer).toMatchObject({ code: null, cut: 'output', stdout: expect.stringMatching(/^left/) });
    expect(sleeping(seconds)).toEqual([]);
  });

  test('on abort', async () => {
    const seconds = oddSeconds();
    const abort = new AbortController();
    const running = run(call(`${leaving(seconds)}; sleep ${seconds}`, { signal: abort.signal }));
    await until(() => sleeping(seconds).length === 2);
    abort.abort();
    expect(await running).toMatchObject({ code: null, cut: 'aborted', stdout: 'left' });
    expect(sleeping(seconds)).toEqual([]);
    expect(await run(call('echo well'))).toMatchObject({ code: 0, stdout: 'well', cut: null });
  });

  test('at the deadline', async () => {
    const seconds = oddSeconds();
    const answer = await longEnough({
      run: (timeoutMs) => run(call(`${leaving(seconds)}; sleep ${seconds}`, { timeoutMs })),
      begun: ({ stdout }) => stdout !== '',
    });
    expect(answer).toMatchObject({ code: null, cut: 'deadline', stdout: 'left' });
    expect(sleeping(seconds)).toEqual([]);
  });

  test('but nobody is waited for who stays behind a program that ended by itself', async () => {
    const seconds = oddSeconds();
    expect(await run(call(`sleep ${seconds} & echo done`))).toMatchObject({ code: 0, stdout: 'done', cut: null });
    await expect.poll(() => sleeping(seconds)).toHaveLength(1);
  });

  test('what a program writes after too much is not kept', async () => {
    const answer = await run(call(`trap '' TERM; yes`, { mostOutput: 100_000, graceMs: 500 }));
    expect(answer.cut).toBe('output');
    expect(answer.stdout.length).toBeLessThanOrEqual(100_000);
  });

  test('bytes: every one of them, in words, folders and answers', async () => {
    const all = String.fromCharCode(...Array.from({ length: 255 }, (_, at) => at + 1));
    const folder = mkdtempSync(join(tmpdir(), 'yard-bytes-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const strange = `${folder}/n\xe9\xff it's\n`;
    mkdirSync(Buffer.from(strange, 'latin1'));
    const args = ['-c', `printf '%s|' "$1" "$OWN"; pwd`, 'sh', all];
    const answer = await run(call('', { args, cwd: strange, bytes: true, env: { OWN: 'é' } }));
    expect(answer).toMatchObject({ code: 0, stdout: `${all}|\xc3\xa9|${strange}` });
    expect(await run(call('', { args, cwd: `${strange}x`, bytes: true }))).toMatchObject({ code: null, unstarted: { code: 'ENOENT' } });
  });
});

test('a shell that stands ready never holds what a call is given', async () => {
  const run = lanes();
  const look = `tr '\\0' '\\n' </proc/$PPID/environ; tr '\\0' ' ' </proc/$PPID/cmdline; echo; echo "$TOKEN $PPID"`;
  const first = await run(call(look, { env: { TOKEN: 'secret' } }));
  const lines = first.stdout.split('\n');
  expect(lines.pop()).toMatch(/^secret \d+$/);
  expect(lines).toEqual([`PATH=${process.env['PATH']}`, 'BASE=base', '/bin/sh ']);
  expect(await run(call(look))).toMatchObject({ stdout: first.stdout.replace('secret', '') });
});

test('where no file descriptor is left, that is the answer', () => {
  const script = `
    import { openSync } from 'node:fs';
    const { openLanes } = await import(${JSON.stringify(new URL('lanes.ts', import.meta.url).href)});
    const run = openLanes({});
    try { for (;;) openSync('/dev/null', 'r'); } catch {}
    const answer = await run(${JSON.stringify(call('echo well'))});
    process.exitCode = answer.unstarted?.code === 'EMFILE' ? 7 : 8;`;
  const child = spawnSync('/bin/sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script]);
  expect({ status: child.status, stderr: child.stderr.toString() }).toEqual({ status: 7, stderr: '' });
});
