// Which tasks are started: no more workers than the limits allow, each task once, and none before the tasks that it waits
// for.
import { expect, test } from 'vitest';
import { success } from '../../../test/support/gitless-world.ts';
import { phaseStage, type PhaseStage } from '../phase-stage.samples.ts';
import type { WorkerStep } from '../../../test/support/worker-script.ts';
import { dispatch } from './dispatch.ts';

const ends: readonly WorkerStep[] = [{ say: success }, { exit: 0 }];
const waits: readonly WorkerStep[] = [{ waitFor: 'go' }, ...ends];
const running = async ({ store }: PhaseStage) => (await store.openAttempts()).map(({ taskId }) => taskId).toSorted();

test('the first task in order is started, and the next one when the limit of the repository allows it', async () => {
  const limits = { perRepository: 1, perModel: {}, perAccount: {} };
  const stage = await phaseStage({ worker: (nth) => (nth === 1 ? waits : ends), settings: { limits } });
  for (const id of ['t1', 't2']) await stage.add(id);
  await stage.pulse('dispatch', 'dispatch');
  expect(await running(stage)).toEqual(['t1']);
  stage.machine.allow('go');
  await stage.pulse('watch', 'settle', 'dispatch');
  expect(await running(stage)).toEqual(['t2']);
  expect(stage.started).toHaveLength(2);
});

test('a task is not started before the tasks that it waits for are done', async () => {
  const stage = await phaseStage({ worker: () => ends });
  await stage.add('t1', { blockedBy: ['t2'] });
  await stage.add('t2');
  await stage.pulse('dispatch');
  expect(await running(stage)).toEqual(['t2']);
  await stage.pulse('watch', 'settle', 'dispatch');
  expect(await stage.task('t1')).toMatchObject({ state: 'queued', attempts: 0 });
  await stage.pulse('settle', 'dispatch');
  expect(await running(stage)).toEqual(['t1']);
});

test('two supervisors that dispatch at the same moment start each task once, and no more workers than the limit of all', async () => {
  const limits = { perRepository: 3, perModel: {}, perAccount: {} };
  const stage = await phaseStage({ worker: () => waits, settings: { limits } });
  for (const id of ['t1', 't2', 't3', 't4', 't5']) await stage.add(id);
  const other = await stage.supervisor('other');
  await Promise.all([stage.world, other].map(dispatch));
  for (const { memory } of [stage.world, other]) await memory.inflight.settled();
  expect(await running(stage)).toHaveLength(3);
  expect(new Set(await running(stage)).size).toBe(3);
  expect(stage.started).toHaveLength(3);
});

test('a supervisor that is asked to finish starts nothing new', async () => {
  const stage = await phaseStage({});
  await stage.add('t1');
  stage.world.memory.draining = true;
  await stage.pulse('dispatch');
  expect(await stage.task('t1')).toMatchObject({ state: 'queued', attempts: 0 });
  stage.world.memory.draining = false;
  await stage.pulse('dispatch');
  expect(stage.started).toHaveLength(1);
});
