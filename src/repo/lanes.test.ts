import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openLanes, type LaneCall } from './lanes.ts';

const call = (script: string, more: Partial<LaneCall> = {}): LaneCall => ({
  ...{ program: 'sh', args: ['-c', script], cwd: '/', env: {}, timeoutMs: 20_000, graceMs: 200, mostOutput: 1_000_000 },
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
    timedOut: false,
    tooMuch: false,
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

test('what cannot be started, or not there, is told as such', async () => {
  const run = lanes();
  expect(await run(call('', { program: 'no-such-program', args: [] }))).toMatchObject({ code: null, unstarted: { code: 'ENOENT' } });
  expect(await run(call('true', { cwd: '/no/such/folder' }))).toMatchObject({ code: null, unstarted: { code: 'ENOENT' } });
});

test('at the time limit it ends with all that it started, and another shell takes its place', async () => {
  const run = lanes();
  const answer = await run(call('sleep 1000 & echo $!; trap "" TERM; wait; sleep 1000', { timeoutMs: 300 }));
  expect(answer).toMatchObject({ code: null, timedOut: true });
  expect(() => readFileSync(`/proc/${answer.stdout.trim()}/cmdline`)).toThrow('ENOENT');
  expect(await run(call('echo well'))).toMatchObject({ code: 0, stdout: 'well' });
});

test('too much is not waited for', async () => {
  expect(await lanes()(call('yes', { mostOutput: 10_000 }))).toMatchObject({ code: null, tooMuch: true });
});

test('one that was ended while it stood ready is not asked', async () => {
  const run = lanes();
  const shell = Number((await run(call('echo $PPID'))).stdout);
  execFileSync('kill', ['-9', String(shell)]);
  // Until it is reaped, and so its end is known.
  while (existsSync(`/proc/${shell}`)) await setImmediate();
  expect(await run(call('echo well'))).toMatchObject({ code: 0, stdout: 'well' });
});
