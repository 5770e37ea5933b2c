// What happens to a task after its worker has ended: only work that arrived is done, and nothing is paid for or pushed
// twice.
import { expect, test } from 'vitest';
import { success } from '../../../test/support/gitless-world.ts';
import { phaseStage, remoteStage, stepOf, type PhaseStage } from '../phase-stage.samples.ts';
import type { WorkerStep } from '../../../test/support/worker-script.ts';
import { textOf } from '../../core/reason/words.ts';
import { minute } from '../../core/time.ts';

const ends: readonly WorkerStep[] = [{ say: success }, { exit: 0 }];
const states = async ({ store, task }: PhaseStage) => (await store.transitions((await task('t1')).key)).map(({ to }) => to);

test('committed work is pushed, and then the task is done with the push as its evidence', async () => {
  const { remote, repo } = remoteStage();
  const stage = await phaseStage({ worker: () => ends, repo });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch', 'settle', 'settle');
  expect(remote.pushed).toEqual(['c1']);
  expect(await states(stage)).toEqual(['running', 'delivered', 'done']);
  expect(await stage.task('t1')).toMatchObject({
    delivery: { commit: 'c1', evidence: expect.stringMatching(/ at c1, pushed to origin$/) },
  });
});

test('a worker that reports success without a commit has delivered nothing', async () => {
  const { remote, repo } = remoteStage();
  const stage = await phaseStage({ worker: () => ends, repo: { ...repo, facts: async () => ({ head: 'c0', commits: 0, dirty: [] }) } });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch', 'settle');
  expect(await stage.attempts('t1')).toMatchObject([{ exit: { code: 0 }, verdict: { kind: 'no-delivery' } }]);
  expect(await states(stage)).toEqual(['running', 'queued']);
  expect(remote.pushed).toEqual([]);
});

test('the output of a failed check goes back to the same session, and nothing is pushed before the checks succeed', async () => {
  const { remote, repo } = remoteStage();
  let checks = 0;
  const check = (): readonly WorkerStep[] => ((checks += 1) === 1 ? [{ say: '3 tests failed' }, { exit: 1 }] : []);
  const { settings } = (await phaseStage({})).world;
  const delivery = { ...(await settings('/repo')).delivery, checks: ['npm test'] };
  const stage = await phaseStage({ worker: () => ends, repo, shell: check, settings: { delivery } });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch', 'settle');
  expect(remote.pushed).toEqual([]);
  expect(await stage.task('t1')).toMatchObject({ state: 'queued', retries: 1, reason: { facts: { kind: 'checks' } } });
  await stage.pulse('dispatch', 'watch', 'settle', 'settle');
  const [, again] = stage.started;
  expect([...again!.args, again!.stdin].join(' ')).toContain('3 tests failed');
  expect(again!.args).toContain('s');
  expect(remote.pushed).toEqual(['c1']);
  expect(await stage.task('t1')).toMatchObject({ state: 'done', attempts: 2 });
});

test('a refused push blocks the task with the reason, and a retry pushes the same work without another worker', async () => {
  const { remote, repo } = remoteStage();
  remote.refuses = 'pre-receive hook declined';
  const stage = await phaseStage({ worker: () => ends, repo });
  const { key } = await stage.add('t1');
  await stage.pulse('dispatch', 'watch', 'settle');
  const blocked = await stage.task('t1');
  expect(blocked.state).toBe('blocked');
  expect(textOf(blocked.reason)).toContain('pre-receive hook declined');
  remote.refuses = null;
  await stage.store.act({ key, action: 'retry', at: stage.now() });
  await stage.pulse('dispatch', 'settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'done', attempts: 2 });
  expect([remote.pushed, stage.started.length]).toEqual([['c1'], 1]);
});

test('a worker that vanished is no success, and its task is tried again without a charge', async () => {
  const stage = await phaseStage({ worker: (nth) => (nth === 1 ? [stepOf(0), { hang: true }] : ends) });
  await stage.add('t1');
  await stage.pulse('dispatch', 'watch');
  stage.machine.vanish((await stage.attempts('t1'))[0]!.id);
  await stage.pulse('watch', 'settle');
  expect(await stage.attempts('t1')).toMatchObject([{ verdict: { kind: 'killed' } }]);
  expect(await stage.task('t1')).toMatchObject({ state: 'queued', retries: 0 });
  stage.pass(minute);
  await stage.pulse('dispatch', 'watch', 'settle', 'settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'done', attempts: 2 });
});

test('the commits of a cancelled task are not delivered, although its worker succeeded', async () => {
  const { remote, repo } = remoteStage();
  const stage = await phaseStage({ worker: () => [{ say: success }, { waitFor: 'go' }, { exit: 0 }], repo });
  const { key } = await stage.add('t1');
  await stage.pulse('dispatch', 'watch');
  await stage.store.act({ key, action: 'cancel', at: stage.now() });
  stage.machine.allow('go');
  await stage.pulse('settle');
  expect(await states(stage)).toEqual(['running', 'cancelled']);
  expect(remote.pushed).toEqual([]);
});

test('after a supervisor died between the push and its record, the next one delivers the same work, without another worker', async () => {
  const { remote, repo } = remoteStage();
  const stage = await phaseStage({ worker: () => ends, repo });
  const dying = await stage.supervisor('dying', {
    passing: (point) => {
      if (point === 'pushed') throw new Error('it dies here');
    },
  });
  await stage.add('t1');
  await stage.pulseOf(dying, 'dispatch', 'watch', 'settle');
  expect(remote.pushed).toEqual(['c1']);
  expect(await states(stage)).toEqual(['running']);
  await stage.pulseOf(await stage.supervisor('next', { gone: 'dying' }), 'watch', 'settle', 'settle');
  expect(await states(stage)).toEqual(['running', 'delivered', 'done']);
  expect(await stage.task('t1')).toMatchObject({ delivery: { commit: 'c1' }, attempts: 1 });
  expect([new Set(remote.pushed), stage.started.length]).toEqual([new Set(['c1']), 1]);
});
