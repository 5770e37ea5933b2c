// A clock that is set, and time that passes unseen: neither ends a healthy worker, nor keeps a silent one or a task for ever.
// `npm test` shows the leases of two clocks (lease-clock.test.ts), and the rules in the tests of core.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { atWork, becomes, eventsOf, judged } from '../support/events-of.ts';
import { impatient, patient, setStall } from '../support/stall.ts';
import { stopped } from '../support/wait-until.ts';
import { ended, openYard, type Yard, type YardOptions } from '../support/yard.ts';

const hour = 3_600_000;
const commit = (id: string) => ({ commit: { file: `${id}.txt`, content: 'x\n', message: 'the work' } });
const wait = (id: string) => ({ waitFor: { file: `go-${id}` } });

interface Clocked extends Yard {
  /** The wall clock of our program, and of nothing else, is off by this from now on. */
  set(shift: number): void;
}

async function openClocked(options: YardOptions): Promise<Clocked> {
  const preload = fileURLToPath(new URL('../support/shifted-clock.mjs', import.meta.url));
  const yard = await openYard({ ...options, env: { NODE_OPTIONS: `--import ${preload}`, ...options.env } });
  const file = join(yard.root, 'clock');
  // Handed over to all that is started from here on.
  (yard.env as Record<string, string>)['YARD_CLOCK_FILE'] = file;
  const set = (shift: number): void => writeFileSync(file, String(shift));
  set(0);
  return { ...yard, set };
}

const letGo = (yard: Yard, id: string): void => yard.write(join(yard.root, 'agents', `go-${id}`), '');

test('a clock that jumps an hour forward and two back ends no worker, and later tasks are done', async () => {
  const yard = await openClocked({
    todo: '- [ ] t1 Long #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait('t1'), commit('t1')]], t2: [[commit('t2')]], t3: [[commit('t3')]] },
    config: { supervisor: { pollMs: 50 } },
  });
  const supervisor = yard.start('run', '--json', '--concurrency', '2');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  for (const [id, shift] of [
    ['t2', hour],
    ['t3', -hour],
  ] as const) {
    yard.set(shift);
    yard.writeTodo(`${yard.todo()}- [ ] ${id} Short #auto-dispatch\n`);
    await event(becomes(id, 'done'));
  }
  letGo(yard, 't1');
  expect(await all).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(yard.attempts().map(({ env }) => env['YARD_CLOCK_FILE'])).toEqual([undefined, undefined, undefined]);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a silent worker is ended as stalled although the clock went back an hour meanwhile', async () => {
  const yard = await openClocked({
    todo: '- [ ] t1 Silent #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, { hang: true }], [commit('t1')]] },
    config: { supervisor: { pollMs: 50 }, worker: { stallMinutes: patient, graceSeconds: 1 } },
  });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  yard.set(-hour);
  setStall(yard, impatient);
  await event(judged('t1'));
  setStall(yard, patient);
  expect(await all).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'stalled' }, { verdict: 'work' }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a lease given while the wall clock was an hour ahead expires at its usual time', async ({ skip }) => {
  skip(process.platform !== 'linux', 'whether a process is stopped is read from /proc');
  const yard = await openClocked({
    todo: '- [ ] t1 Long #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait('t1'), commit('t1')]] },
    config: { supervisor: { pollMs: 50 } },
  });
  yard.set(hour);
  const first = yard.startWith({ YARDMASTER_PAUSE: 'output-stored:SIGSTOP' }, 'run');
  const firstEnd = ended(first);
  await stopped(first);
  yard.set(0);
  letGo(yard, 't1');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  first.kill('SIGCONT');
  expect(await firstEnd).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a back-off from before the clock went back is shown with its time, and a retry starts the task at once', async () => {
  const yard = await openClocked({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ error: { status: 503, message: 'out of order' } }], [commit('t1')]] },
    config: { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 30 } },
  });
  yard.set(0.75 * hour);
  await yard.run('run', '--until', 'idle');
  yard.set(0);
  const told = await yard.json<{ why: string; until: string; command: string }>('explain', 't1');
  expect(told).toMatchObject({ why: expect.stringContaining('out of order'), command: 'yardmaster retry t1' });
  expect(Date.parse(told.until) - Date.now()).toBeGreaterThan(hour / 2);
  await yard.run('retry', 't1');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a back-off written by a clock that was ten days ahead is over once the clock is right', async () => {
  const yard = await openClocked({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ error: { status: 503, message: 'out of order' } }], [commit('t1')]] },
    config: { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 30 } },
  });
  yard.set(240 * hour);
  await yard.run('run', '--until', 'idle');
  yard.set(0);
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{}, { verdict: 'work' }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a scheduled run that the clock jumped over is reported as missed', async () => {
  const yard = await openClocked({ todo: '', actions: { t1: [[commit('t1')]] } });
  await yard.run('add', 'Nightly', '--id', 't1');
  await yard.run('run');
  await yard.run('schedule', 'add', '0 3 * * *', '--task', 't1');
  yard.set(26 * hour);
  const { stderr } = await yard.run('pulse');
  expect(stderr).toMatch(/task t1: [12] runs? of its schedule 0 3 \* \* \* missed since/);
});
