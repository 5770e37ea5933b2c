// How the watch phase treats workers: it reads their output, ends those that must end, and gives up those that another
// supervisor has taken over.
import { expect, test } from 'vitest';
import { success } from '../../../test/support/gitless-world.ts';
import { phaseStage, stepOf, type PhaseStage } from '../phase-stage.samples.ts';
import { minute, second } from '../../core/time.ts';

const eventsOf = async ({ store, attempts }: PhaseStage) => store.events({ attempt: (await attempts('t1'))[0]!.id });

test('the output of a worker is stored once, with its cost and the offset up to which it was read', async () => {
  const stage = await phaseStage({ worker: () => [stepOf(0.25), { waitFor: 'go' }, stepOf(0.5), { hang: true }] });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch');
  const [first] = await stage.attempts('t1');
  expect(first).toMatchObject({ state: 'running', cost: 250_000, steps: 1 });
  const events = await eventsOf(stage);
  expect(events.map(({ event }) => event.type)).toContain('step');
  await stage.pulse('watch');
  expect(await eventsOf(stage)).toEqual(events);
  stage.machine.allow('go');
  await stage.pulse('watch');
  expect((await eventsOf(stage)).slice(0, events.length)).toEqual(events);
  expect((await stage.attempts('t1'))[0]).toMatchObject({
    cost: 750_000,
    steps: 2,
    outOffset: expect.toSatisfy((at) => at > first!.outOffset),
  });
});

test('a silent worker is warned about once at half of its time, and ended as stalled at the end of it', async () => {
  const stage = await phaseStage({ worker: () => [stepOf(0), { hang: true }] });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch');
  const [{ id } = { id: '' }] = await stage.attempts('t1');
  const silentFor = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 30 * second) {
      stage.pass(30 * second);
      await stage.pulse('watch');
    }
  };
  await silentFor(9 * minute);
  expect(stage.warnings()).toEqual(['half-stall']);
  expect(stage.machine.alive(id)).toBe(1);
  await silentFor(2 * minute);
  expect(stage.machine.alive(id)).toBe(0);
  expect((await stage.attempts('t1'))[0]?.stop).toMatchObject({ reason: 'stalled' });
  await stage.pulse('settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'queued', retries: 1, reason: { facts: { kind: 'stalled' } } });
});

test('a worker that has cost more than its budget is ended, and its task waits for a person', async () => {
  const { settings } = (await phaseStage({})).world;
  const worker = { ...(await settings('/repo')).worker, maxBudgetUsd: 0.2 };
  const stage = await phaseStage({ settings: { worker }, worker: () => [stepOf(0.25), { hang: true }] });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch', 'settle');
  const [attempt] = await stage.attempts('t1');
  expect(attempt).toMatchObject({ state: 'closed', verdict: { kind: 'budget' }, cost: 250_000 });
  expect(stage.machine.alive(attempt!.id)).toBe(0);
  expect(await stage.task('t1')).toMatchObject({ state: 'blocked', retries: 0 });
});

test('the worker of a supervisor that is gone is taken over at once, and its output is read from the stored position', async () => {
  const stage = await phaseStage({ worker: () => [stepOf(0.25), { waitFor: 'go' }, { say: success }, { exit: 0 }] });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch');
  const before = await eventsOf(stage);
  const next = await stage.supervisor('next', { gone: 'first' });
  await stage.pulseOf(next, 'watch');
  expect([...next.memory.held.values()].map(({ lease }) => lease)).toMatchObject([{ holder: 'next', fence: 2 }]);
  stage.machine.allow('go');
  await stage.pulseOf(next, 'watch', 'settle', 'settle');
  const events = await eventsOf(stage);
  expect(events.slice(0, before.length)).toEqual(before);
  expect(events.filter(({ event }) => event.type === 'step')).toHaveLength(2);
  expect(await stage.task('t1')).toMatchObject({ state: 'done', attempts: 1 });
  expect(stage.started).toHaveLength(1);
});

test('a supervisor whose lease ran out and was taken over writes nothing more to the attempt', async () => {
  const stage = await phaseStage({ worker: () => [{ waitFor: 'go' }, { say: success }, { exit: 0 }] });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch');
  stage.pass(minute);
  const next = await stage.supervisor('next');
  await stage.pulseOf(next, 'watch');
  expect(next.memory.held.size).toBe(1);
  stage.machine.allow('go');
  await stage.pulse('watch', 'settle');
  expect(stage.world.memory.held.size).toBe(0);
  expect(await eventsOf(stage)).toEqual([]);
  expect((await stage.attempts('t1'))[0]).toMatchObject({ state: 'running', outOffset: 0 });
  await stage.pulseOf(next, 'watch', 'settle', 'settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'done' });
});
