// What people do with pull requests, over a forge in memory.
import { expect, test } from 'vitest';
import { openedPull } from '../core/delivery/delivery.ts';
import { Fault } from '../core/fault.ts';
import { pullStage, type PullStage } from '../supervisor/forge/pull-stage.samples.ts';
import { cancelTasks, resetTasks, type Acting } from './act.ts';
import { cancelAndClose, listPulls } from './pulls.ts';

/** A task whose pull request is open, and a person who acts on it. */
async function inReview(): Promise<PullStage & { readonly acting: Acting }> {
  const stage = await pullStage();
  await stage.deliver();
  await stage.round();
  const { world } = stage;
  return { ...stage, acting: { ports: world, ring: async () => {}, worldFor: async () => ({ world, end: () => {} }) } };
}

test('the branch of a cancelled task that has no site is not kept any longer', async () => {
  const { stage, acting, kept, pull } = await inReview();
  const { key } = await stage.task('t1');
  await stage.store.patchTask({ key, patch: { site: null }, at: stage.now() });
  kept.add(pull().head.branch);
  await cancelTasks(acting, [await stage.task('t1')]);
  expect([...kept]).toEqual([]);
});

test('a reset is refused as long as the pull request is open, and changes nothing', async () => {
  const { stage, acting } = await inReview();
  await cancelTasks(acting, [await stage.task('t1')]);
  const before = await stage.task('t1');
  const why = 't1 has a pull request that is open: #1';
  expect(await resetTasks(acting, [before])).toMatchObject([{ outcome: 'refused', why }]);
  expect(await stage.task('t1')).toEqual(before);
});

test('a pull request that was closed with its task is known as closed, and the task may begin anew', async () => {
  const { stage, acting, pull, record } = await inReview();
  expect(await cancelAndClose(acting, [await stage.task('t1')])).toMatchObject([{ outcome: 'done', note: 'pull request #1 is closed' }]);
  expect(pull().state).toBe('closed');
  expect((await record()).seen).toMatchObject({ state: 'closed', endedBy: 'ada' });
  expect(await resetTasks(acting, [await stage.task('t1')])).toMatchObject([{ outcome: 'done' }]);
  expect(await stage.task('t1')).toMatchObject({ state: 'queued', delivery: null });
});

test('a cancelled task says that its pull request stays open, and how it is closed', async () => {
  const { stage, acting } = await inReview();
  const note = 'pull request #1 stays open and is no longer followed; yardmaster cancel t1 --close closes it';
  expect(await cancelTasks(acting, [await stage.task('t1')])).toMatchObject([{ outcome: 'done', note }]);
});

test.each([
  ['away', 'the forge does not answer', 'once it answers, run yardmaster cancel t1 --close again'],
  ['refused', 'github.com does not accept the token', 'make a new token; then run yardmaster cancel t1 --close again'],
] as const)('a pull request that cannot be closed says why: %s', async (kind, message, instead) => {
  const { stage, acting, state, world } = await inReview();
  world.memory.signIns.clear();
  if (kind === 'refused') state.tokens.clear();
  else state.faults.push({ call: 'signIn', fault: new Fault({ code: 'forge-away', message, hint: 'it is asked again' }) });
  const why = `t1 is cancelled, but pull request #1 is still open: ${message}`;
  expect(await cancelAndClose(acting, [await stage.task('t1')])).toMatchObject([{ outcome: 'refused', why, instead }]);
});

test('a forge that stops to answer while a pull request is closed is named, and so is the command that closes it', async () => {
  const { stage, acting, state } = await inReview();
  state.faults.push({
    call: 'say',
    fault: new Fault({ code: 'forge-away', message: 'it does not answer', hint: 'it is asked again later' }),
  });
  const [outcome] = await cancelAndClose(acting, [await stage.task('t1')]);
  expect(outcome).toMatchObject({
    outcome: 'failed',
    fault: {
      ...{ code: 'forge-away', message: 't1 is cancelled, but pull request #1 is still open: it does not answer' },
      hint: 'once it answers, run yardmaster cancel t1 --close again',
    },
  });
});

test('the pull request of a task that is done leaves nothing to do', async () => {
  const { stage, check, round, world, record } = await inReview();
  check('green');
  const { key } = await stage.task('t1');
  await stage.store.changePull({
    ...{ key, at: stage.now() },
    change: ({ delivery }) => ({ pull: { ...openedPull(delivery)!, mergeAsked: { head: delivery!.commit, at: stage.now() } } }),
  });
  await round(5);
  await stage.pulseOf(world, 'settle');
  expect((await record()).finished).toBe(true);
  const [pulled] = await listPulls(world, {});
  expect(pulled).toMatchObject({ task: { state: 'done' }, words: { advice: 'nothing to do: its task is done', command: null } });
});

test('one whose opening was not answered is found by its branch, and closed as well', async () => {
  const { stage, state, deliver, round, world, pull, record } = await pullStage();
  state.faults.push({ call: 'open', fault: new Fault({ code: 'forge-away', message: 'lost', hint: 'look again' }), after: true });
  await deliver();
  await round();
  expect(await record()).toBeNull();
  const acting: Acting = { ports: world, ring: async () => {}, worldFor: async () => ({ world, end: () => {} }) };
  expect(await cancelAndClose(acting, [await stage.task('t1')])).toMatchObject([{ note: 'pull request #1 is closed' }]);
  expect(pull().state).toBe('closed');
  expect((await record()).seen.state).toBe('closed');
});
