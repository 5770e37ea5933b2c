// What the phase does at each standing of a pull request: each thing once, and only what the rules say.
import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { closeIn, newCommit, sayIn } from '../../../test/support/memory-forge-state.ts';
import { pullStage } from './pull-stage.samples.ts';

test('checks that fail like a machine’s run again once; then a worker is given them, once for a head', async () => {
  const { stage, deliver, round, check, calls, record } = await pullStage();
  await deliver();
  await round();
  check('red', { byMachine: true });
  await round(2);
  await round(3);
  expect(calls('rerun')).toBe(1);
  check('red', { byMachine: true });
  await round(5);
  expect(calls('rerun')).toBe(1);
  expect(await record()).toMatchObject({ answer: { kind: 'checks' }, rounds: { checks: 1 } });
  await round(5);
  await deliver();
  expect(stage.started).toHaveLength(2);
  expect(stage.started[1]!.stdin).toContain('test');
  expect((await record()).answer).toBeNull();
  check('green');
  await round(5);
  expect(stage.started).toHaveLength(2);
});

test('a rerun that the supervisor recorded and did not carry out is carried out later', async () => {
  const { stage, deliver, round, check, calls, state, record } = await pullStage();
  await deliver();
  await round();
  check('red', { byMachine: true });
  state.faults.push({ call: 'rerun', fault: new Fault({ code: 'forge-away', message: 'lost', hint: 'look again' }) });
  await round(2);
  expect(await record()).toMatchObject({ reran: [expect.any(String)], checks: { are: { checks: [{ state: 'red' }] } } });
  await round(3);
  expect(calls('rerun')).toBe(2);
  await round(1);
  expect(await record()).toMatchObject({ checks: { are: { checks: [{ state: 'pending' }] } } });
  // It fails again, and now it was run again.
  check('red', { byMachine: true });
  await round(5);
  expect(calls('rerun')).toBe(2);
  expect(await record()).toMatchObject({ answer: { kind: 'checks' } });
  expect(stage.started).toHaveLength(1);
});

test('when the rounds are used up, a person is told once', async () => {
  const { stage, deliver, round, check, standing } = await pullStage({ delivery: { fix: { checks: 1, reviews: 1, conflicts: 1 } } });
  await deliver();
  await round();
  check('red');
  await round(5);
  await deliver();
  check('red');
  await round(5);
  await round(5);
  expect(await standing()).toBe('checks-failed');
  expect(stage.started).toHaveLength(2);
  expect(stage.notices).toHaveLength(1);
});

test('a review is given to a worker once, and answered once in its thread', async () => {
  const { stage, deliver, round, check, pull, repository, state, calls } = await pullStage();
  await deliver();
  await round();
  check('green');
  sayIn(state, { repository, pull: pull(), kind: 'thread', text: 'Tabs fail here.', place: { path: 'a.ts', line: 1 } });
  await round(5);
  await deliver();
  check('green');
  for (let time = 0; time < 3; time += 1) await round(5);
  expect(stage.started).toHaveLength(2);
  expect(calls('say')).toBe(1);
  expect(pull().items.map(({ author }) => author.login)).toEqual(['grace', 'ada']);
});

test('what a worker failed to answer keeps the policy from merging until a person decides', async () => {
  const { stage, deliver, round, check, pull, repository, state, standing, calls } = await pullStage({
    delivery: { merge: { when: 'green', method: 'squash', deleteBranch: true } },
    failing: 2,
  });
  await deliver();
  await round();
  check('green');
  const { id } = sayIn(state, { repository, pull: pull(), kind: 'thread', text: 'Tabs fail here.', place: { path: 'a.ts', line: 1 } });
  await round(5);
  await deliver();
  for (let time = 0; time < 3; time += 1) await round(5);
  expect(stage.started).toHaveLength(2);
  expect(await standing()).toBe('changes-requested');
  expect(calls('merge')).toBe(0);
  expect(stage.notices).toMatchObject([
    { kind: 'blocked', message: expect.stringContaining('a worker was given it and did not resolve it') },
  ]);
  pull().items = pull().items.map((item) => (item.id === id ? { ...item, closed: true } : item));
  await round(5);
  expect(pull().state).toBe('merged');
});

test('a head that a person pushed is adopted, not overwritten, and merged by no policy', async () => {
  const { deliver, round, check, head, pull, repository, state, record, standing, calls } = await pullStage({
    delivery: { merge: { when: 'green', method: 'squash', deleteBranch: true } },
  });
  await deliver();
  await round();
  const theirs = newCommit(state);
  repository.branches.set(pull().head.branch, theirs);
  check('green');
  await round(5);
  await round(5);
  expect(head()).toBe(theirs);
  expect(await record()).toMatchObject({ head: { commit: theirs, by: 'person' }, personsHead: theirs });
  expect(await standing()).toBe('ready-to-merge');
  expect(calls('merge')).toBe(0);
});

test('an update whose push was not recorded is known as ours: the policy merges it', async () => {
  const { stage, deliver, round, check, pull, repository, state, record, calls, world } = await pullStage({
    delivery: { merge: { when: 'green', method: 'squash', deleteBranch: true } },
  });
  await deliver();
  await round();
  const { key } = await stage.task('t1');
  const pushing = { commit: newCommit(state), base: repository.branches.get('main')! };
  const before = await record();
  await stage.store.changePull({ key, at: stage.now(), change: () => ({ pull: { ...before, pushing } }) });
  repository.branches.set(pull().head.branch, pushing.commit);
  check('green');
  await round(5);
  expect(await record()).toMatchObject({ head: { commit: pushing.commit, by: 'us' }, personsHead: null, pushing: null });
  // Checks may appear late after a push.
  await round(5);
  expect(calls('merge')).toBe(1);
  await stage.pulseOf(world, 'settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'done' });
});

test('closed by a person, the task is blocked; reopened, it goes on', async () => {
  const { stage, deliver, round, check, pull, state, standing } = await pullStage();
  await deliver();
  await round();
  check('green');
  closeIn(state, { pull: pull(), by: 'grace' });
  await round(5);
  await round(5);
  expect(await stage.task('t1')).toMatchObject({ state: 'blocked', reason: { code: 'pull' } });
  pull().state = 'open';
  await round(5);
  expect(await stage.task('t1')).toMatchObject({ state: 'delivered' });
  expect(await standing()).toBe('ready-to-merge');
});

test.each(['green', 'approved'] as const)('the policy `%s` merges exactly the head that it knows, and the task is done', async (when) => {
  const { stage, deliver, round, check, pull, repository, state, world, calls } = await pullStage({
    delivery: { merge: { when, method: 'squash', deleteBranch: true } },
  });
  await deliver();
  await round();
  check('pending');
  await round(5);
  expect(calls('merge')).toBe(0);
  check('green');
  if (when === 'approved') {
    await round(5);
    expect(calls('merge')).toBe(0);
    sayIn(state, { repository, pull: pull(), kind: 'review', text: '', verdict: 'approved' });
  }
  await round(5);
  expect(pull().state).toBe('merged');
  await stage.pulseOf(world, 'settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'done', delivery: { pull: { finished: true, branchDeleted: true } } });
  expect(calls('merge')).toBe(1);
});
