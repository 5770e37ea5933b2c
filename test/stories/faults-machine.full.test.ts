// What the machine does to a home: a disk that fills up, one that cannot be written, a database that others keep locked or
// broke. It is told in words to act on, nothing is lost, and it goes on once the fault is mended.
// `npm test` has a full disk and a broken database for the store alone (src/store).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, inject, onTestFinished, test } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { commandsIn } from '../support/commands-in-one.ts';
import { fill, mount, noOwnDisk } from '../support/small-disk.ts';
import { storedStates } from '../support/stored-states.ts';
import { stopped, until } from '../support/wait-until.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const commit = (file: string) => ({ commit: { file, content: 'x\n', message: 'the work' } });
const wait = { waitFor: { file: 'go' } } as const;
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');
const quick = { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 0.1, graceSeconds: 1 } };

/** How often the process gave the processor away: how often it waited for something. */
function switches(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('a disk that fills up under the home is reported with its free space, loses nothing, and work goes on by itself when there is room', async ({
  skip,
}) => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait, commit('t1')]], t2: [[commit('t2')]] },
    config: quick,
  });
  skip(!mount(yard.home, '-t', 'tmpfs', '-o', 'size=24m', 'none'), noOwnDisk);
  // Its log is on that disk as well.
  const { pid } = await yard.json<{ pid: number }>('up');
  onTestFinished(() => void spawnSync('kill', ['-9', String(pid)]));
  await yard.run('import');
  await until(() => yard.attempts().length === 1);
  const free = fill(yard.home);
  expect(await yard.run('add', 'Second', '--id', 't2')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /home\/yardmaster\.db cannot grow: its disk is full\n {2}→ free some space there \(0\.0 of 24\.0 MiB are free\)/,
    ),
  });
  yard.writeTodo(`${yard.todo()}- [ ] t2 Second #auto-dispatch\n`);
  const retries = switches(pid);
  await until(() => switches(pid) > retries + 50);
  free();
  letGo(yard);
  await until(() => storedStates(yard).join() === 'done,done');
  expect(await yard.run('down')).toMatchObject({ code: 0 });
  const log = readFileSync(join(yard.home, 'supervisor.log'), 'utf8');
  expect(log.split('its disk is full').length).toBeLessThan(4);
  await yard.run('reap');
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a disk too full for a checkout is explained, costs no retry, and the task is done once there is room', async ({ skip }) => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[commit('t1')]] },
    files: { 'big.txt': '0123456789'.repeat(40_000) },
    config: { ...quick, worker: { backoffSeconds: 600 } },
  });
  skip(!mount(yard.home, '-t', 'tmpfs', '-o', 'size=24m', 'none'), noOwnDisk);
  await yard.run('import');
  const free = fill(yard.home, 300 << 10);
  await yard.run('run', '--until', 'idle');
  expect(await yard.json('explain', 't1')).toMatchObject({
    state: 'queued',
    why: expect.stringMatching(
      /^its repository is set aside: disk-full: .*the disk is full.*free space on the disk.*home.* of 24\.0 MiB are free/,
    ),
    command: 'yardmaster retry t1',
  });
  free();
  await yard.run('retry', 't1');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    retries: 0,
    attempts: [{ verdict: 'disk-full' }, { verdict: 'work' }],
  });
  expect(await brokenInvariants(yard)).toEqual([]);
});

const everyCommand = [
  ...[
    ['init', '--yes'],
    ['add', 'x'],
    ['import'],
    ['run'],
    ['pulse'],
    ['ls'],
    ['show', 't1'],
    ['explain', 't1'],
    ['logs', 't1'],
    ['status'],
  ],
  ...[['up'], ['down'], ['reap'], ['retry', 't1'], ['cancel', 't1'], ['reset', 't1'], ['batch', 'list'], ['schedule', 'list']],
];

test('every command explains a home that cannot be written and what to do about it', async ({ skip }) => {
  const yard = await openYard({ todo: '- [ ] t1 First #auto-dispatch\n', actions: { t1: [[commit('t1')]] }, config: quick });
  await yard.run('import');
  skip(!(mount(yard.home, '--bind', yard.home) && mount(yard.home, '-o', 'remount,ro,bind')), noOwnDisk);
  const run = commandsIn(yard);
  for (const args of everyCommand) {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
    expect(stderr, args.join(' ')).toMatch(
      /home\/yardmaster\.db cannot be written: .*read-only.*\n {2}→ check the folder, its permissions.*YARDMASTER_HOME[^\n]*\n$/,
    );
  }
  spawnSync('umount', [yard.home]);
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a supervisor waits for a database that another program keeps locked and goes on, whether or not its leases expired', async ({
  skip,
}) => {
  skip(process.platform !== 'linux', 'whether a process is stopped, and how often it looked again, is read from /proc');
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait, commit('t1')]] },
    config: quick,
  });
  const supervisor = yard.startWith({ YARDMASTER_PAUSE: 'output-read:SIGSTOP' }, 'run', '--json');
  const all = ended(supervisor);
  // What it has read is not stored yet.
  await stopped(supervisor);
  const other = new DatabaseSync(join(yard.home, 'yardmaster.db'));
  other.exec('begin exclusive; update attempts set lease_boot_until = 0');
  supervisor.kill('SIGCONT');
  letGo(yard);
  const pid = supervisor.pid ?? 0;
  const tries = switches(pid);
  // It looks again each 25 ms.
  await until(() => switches(pid) > tries + 40);
  other.exec('commit');
  other.close();
  const { code, stdout } = await all;
  expect(code).toBe(0);
  expect(stdout).not.toContain('"warning"');
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a broken database, or one of a newer version, is explained in one line and left as it is', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  await yard.run('ls');
  const file = join(yard.home, 'yardmaster.db');
  const other = new DatabaseSync(file);
  other.exec(`insert into kysely_migration (name, timestamp) values ('999-later', '2030-01-01')`);
  other.close();
  expect(await yard.run('ls')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/newer version of Yardmaster \(999-later\)\n {2}→ update Yardmaster[^\n]*\n$/),
  });
  const bytes = readFileSync(file).fill(0x5a, 100);
  writeFileSync(file, bytes);
  expect(await yard.run('run')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/yardmaster\.db cannot be read: [^\n]*\n {2}→ move the file away[^\n]*\n$/),
  });
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test('a command whose output cannot be written fails with the reason', async ({ skip }) => {
  skip(!existsSync('/dev/full'), 'there is no /dev/full here');
  const yard = await openYard({ todo: '', actions: {} });
  const shell = spawnSync('sh', ['-c', '"$0" "$1" status >/dev/full', process.execPath, inject('program')], {
    cwd: yard.repo,
    env: yard.env,
  });
  expect(shell.status).toBe(1);
  expect(String(shell.stderr)).toMatch(/^the output cannot be written: ENOSPC[^\n]*\n$/);
});
