// Who looks at pull requests, and how often: one supervisor at a time, no more often than their standing calls for, and
// whatever the forge does, nothing is lost.
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import type { FaultCode } from '../../core/fault-codes.ts';
import { minute } from '../../core/time.ts';
import { run } from '../run.ts';
import { pullStage } from './pull-stage.samples.ts';

const fault = (code: FaultCode, data: Readonly<Record<string, unknown>> = {}): Fault =>
  new Fault({ code, message: `the forge says ${code}`, hint: 'it is asked again', data });

test('rounds are taken as often as they are due, and at once when a task changed', async () => {
  const { stage, deliver, round, calls, check } = await pullStage();
  await deliver();
  await round();
  expect(calls('observe')).toBe(1);
  check('pending');
  await round();
  expect(calls('observe')).toBe(1);
  await round(0.3);
  await round();
  expect(calls('observe')).toBe(2);
  const { key } = await stage.task('t1');
  stage.pass(1);
  await stage.store.changePull({ key, at: stage.now(), change: ({ delivery }) => ({ pull: delivery!.pull }) });
  await round();
  await round();
  expect(calls('observe')).toBe(3);
});

test('a run ends although the next round is due as soon as one has ended', async () => {
  const { stage, deliver, round, check, world, standing } = await pullStage();
  await deliver();
  await round();
  check('green');
  const settings = await world.settings('/repo');
  const github = { ...settings.forge['github']!, roundSeconds: 0.001 };
  // Time passes before each pulse, and none during a round.
  const supervisors = () => (stage.pass(minute), stage.store.supervisors());
  const fast = { ...world, settings: async () => ({ ...settings, forge: { github } }), store: { ...stage.store, supervisors } };
  let wakes = 0;
  const woken = async (): Promise<void> => {
    wakes += 1;
    if (wakes > 200) throw new Error('it does not end');
    await setImmediate();
  };
  const never = new AbortController().signal;
  await run(fast, { until: 'idle', pollMs: 1, drain: never, stop: never, waker: { woken, taken: () => true } });
  expect(await standing()).toBe('ready-to-merge');
});

test('one of two supervisors asks the forge; the other takes over at once where the first is gone, else after its silence', async () => {
  const { stage, deliver, round, calls, check, another } = await pullStage();
  await deliver();
  await round();
  check('pending');
  const other = await another('other');
  await round(0, other);
  await round(0.5, other);
  expect(calls('observe')).toBe(1);
  await round(1.5, other);
  expect(calls('observe')).toBe(2);
  const heir = await another('heir', 'other');
  await round(0, heir);
  expect(calls('observe')).toBe(3);
  expect((await stage.store.conditions('forge')).get('github.com')?.holder).toBe('heir');
});

test.each([
  ['forge-away', {}],
  ['forge-limited', { until: 1_000_000 + 10 * minute }],
] as const)('while the forge is not to be asked (%s) nothing is lost, it is told once, and it goes on afterwards', async (code, data) => {
  const { stage, deliver, round, state, standing, check, calls } = await pullStage();
  await deliver();
  await round();
  check('green');
  for (let time = 0; time < 3; time += 1) {
    state.faults.push({ call: 'observe', fault: fault(code, data) });
    await round(15);
  }
  expect(stage.warnings().filter((one) => one === code)).toHaveLength(1);
  expect(await stage.task('t1')).toMatchObject({ state: 'delivered' });
  await round(15);
  expect(await standing()).toBe('ready-to-merge');
  expect(calls('open')).toBe(1);
  // The next time is told again.
  state.faults.push({ call: 'observe', fault: fault(code, data) });
  await round(15);
  expect(stage.warnings().filter((one) => one === code)).toHaveLength(2);
});

test('a forge that is limited is not asked before its limit ends', async () => {
  const { stage, deliver, round, state, calls } = await pullStage();
  await deliver();
  await round();
  state.faults.push({ call: 'observe', fault: fault('forge-limited', { until: stage.now() + 30 * minute }) });
  await round(5);
  await round(10);
  expect(calls('observe')).toBe(2);
  await round(20);
  expect(calls('observe')).toBe(3);
});

test('what an earlier supervisor used of the hour counts for the next one', async () => {
  const { stage, deliver, round } = await pullStage();
  await deliver();
  const points = { limit: 1500, left: 100, used: 1400, resetsAt: 0, spent: [{ at: stage.now(), points: 1400 }] };
  await stage.store.changeCondition({ kind: 'forge', name: 'github.com', change: () => ({ holder: 'gone', at: 0, points }) });
  await round();
  const now = (await stage.store.conditions('forge')).get('github.com')?.points;
  expect(now?.used).toBeGreaterThanOrEqual(1400);
  expect(now?.spent).toMatchObject([{ points: now?.used }]);
});

test('a token that is no longer accepted is proved anew, told once, and used again when it is', async () => {
  const { stage, deliver, round, state, standing, check } = await pullStage();
  await deliver();
  await round();
  check('green');
  state.faults.push({ call: 'observe', fault: fault('forge-refused', { status: 401 }) });
  state.tokens.clear();
  await round(5);
  await round(5);
  await round(10);
  await round(10);
  expect(stage.notices).toMatchObject([{ kind: 'alarm', command: 'yardmaster doctor' }]);
  expect(await standing()).not.toBe('ready-to-merge');
  state.tokens.add('env:FORGE_TOKEN');
  await round(10);
  expect(await standing()).toBe('ready-to-merge');
});

test('a token that is given back is used within a minute, at one sign-in a minute meanwhile', async () => {
  const { stage, deliver, round, state, standing, check, calls } = await pullStage();
  await deliver();
  await round();
  check('green');
  state.faults.push({ call: 'observe', fault: fault('forge-refused', { status: 401 }) });
  state.tokens.clear();
  await round(5);
  const before = calls('observe');
  for (let time = 0; time < 12; time += 1) await round(0.5);
  expect(calls('observe')).toBe(before);
  expect(stage.warnings().filter((one) => one === 'forge-refused')).toHaveLength(1);
  const [notice] = stage.notices;
  expect(notice?.message).toContain('tries it again every minute');
  state.tokens.add('env:FORGE_TOKEN');
  await round(0.5);
  await round(0.5);
  expect(await standing()).toBe('ready-to-merge');
  // The next refusal is told again.
  state.faults.push({ call: 'observe', fault: fault('forge-refused', { status: 401 }) });
  await round(5);
  expect(stage.warnings().filter((one) => one === 'forge-refused')).toHaveLength(2);
});

test('a repository that is gone keeps no other task from its round, and nothing is lost', async () => {
  const { stage, deliver, round, repository, standing, check } = await pullStage();
  await deliver();
  await round();
  check('green');
  repository.gone = true;
  await round(5);
  await round(10);
  expect(await stage.task('t1')).toMatchObject({ state: 'delivered' });
  repository.gone = false;
  await round(10);
  expect(await standing()).toBe('ready-to-merge');
});
