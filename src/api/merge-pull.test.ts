// A person's wish to merge, over a forge in memory: what has become of it, and that it does not outlive its command.
import { expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { newCommit } from '../../test/support/memory-forge-state.ts';
import { pullStage, type PullStage } from '../supervisor/forge/pull-stage.samples.ts';
import { askMerge, mergingOf, wishOf, withdrawMerge, type Merging, type Wish } from './merge-pull.ts';
import { listPulls, pullView } from './pulls.ts';

interface Merges extends PullStage {
  ask(id?: string): Promise<Wish>;
  merging(wish: Wish): Promise<Merging>;
  text(id?: string): Promise<unknown>;
}

/** A task whose pull request is open, and a person who asks for its merge. `fix`: the rounds of workers that are left. */
async function inReview(): Promise<Merges> {
  const at = await pullStage({ delivery: { fix: { checks: 0, reviews: 0, conflicts: 0 } } });
  const { stage, world } = at;
  await at.deliver();
  await at.round();
  at.repository.required = ['test'];
  return {
    ...at,
    async ask(id = 't1') {
      stage.pass(1000);
      const asked = await askMerge({ ports: world }, await stage.task(id));
      return wishOf(asked.task)!;
    },
    merging: async (wish) => mergingOf(world, wish),
    text: async (id = 't1') => pullView((await listPulls(world, { ids: [id] }))[0]!)['text'],
  };
}

test('one that was ready before it was asked for waits for the round that merges it', async () => {
  const { check, round, ask, merging, text } = await inReview();
  check('green');
  await round(5);
  const wish = await ask();
  expect(await merging(wish)).toEqual({ is: 'waits', text: '#1 is ready to merge; somebody has asked for its merge' });
  await round();
  expect(await merging(wish)).toEqual({ is: 'merged' });
  expect(await text()).toMatch(/^#1 was merged as /);
});

test('one whose checks are red is not merged, and not later either', async () => {
  const { check, round, ask, merging, text, world, pull, standing } = await inReview();
  check('red');
  await round(5);
  const wish = await ask();
  await round();
  expect(await merging(wish)).toEqual({ is: 'over', text: null });
  await withdrawMerge(world, wish);
  check('green');
  await round(5);
  expect([pull().state, await standing(), await text()]).toEqual(['open', 'ready-to-merge', '#1 is ready to merge']);
  expect(await merging(wish)).toMatchObject({ is: 'over', text: expect.stringContaining('withdrawn') });
});

test('one whose checks run waits, and `pr` shows that it was asked for', async () => {
  const { check, round, ask, merging, stage, world } = await inReview();
  check('pending');
  await round(5);
  const wish = await ask();
  await round();
  expect(await merging(wish)).toMatchObject({ is: 'waits', text: expect.stringMatching(/^checks are running .*; somebody has asked/) });
  const [pulled] = await listPulls(world, { ids: ['t1'] });
  expect(pullView(pulled!)['mergeAskedAt']).toBe(new Date(wish.at).toISOString());
  await withdrawMerge(world, { ...wish, at: wish.at - 1 });
  expect(wishOf(await stage.task('t1'))).toEqual(wish);
});

test('one whose head has changed since says so', async () => {
  const { check, round, ask, merging, repository, pull, state } = await inReview();
  check('green');
  await round(5);
  const wish = await ask();
  repository.branches.set(pull().head.branch, newCommit(state));
  check('green');
  await round();
  await round(5);
  const text = '#1 is ready to merge; its head has changed since you asked: look at it, and ask again';
  expect(await merging(wish)).toEqual({ is: 'over', text });
});

test('one that builds on another waits only if that is to be merged as well', async () => {
  const { stage, deliver, round, ask, merging, world, repository } = await inReview();
  repository.required = [];
  await stage.add('t2', { blockedBy: ['t1'] });
  await deliver('t2');
  await round();
  const upper = await ask('t2');
  await round();
  expect(await merging(upper)).toEqual({ is: 'over', text: null });
  const lower = await ask('t1');
  expect(await merging(upper)).toMatchObject({ is: 'waits' });
  await withdrawMerge(world, lower);
  expect(await merging(upper)).toEqual({ is: 'over', text: null });
});

test('a forge that is away is waited for, and one that accepts no token is not', async () => {
  const { check, round, ask, merging, state } = await inReview();
  check('green');
  await round(5);
  const wish = await ask();
  const fault = (code: 'forge-away' | 'forge-refused', data = {}) => ({
    call: 'observe' as const,
    fault: new Fault({ code, message: code, hint: 'look again', data }),
  });
  state.faults.push(fault('forge-away'));
  await round(1);
  expect(await merging(wish)).toEqual({ is: 'waits', text: 'forge-away (look again)' });
  state.faults.push(fault('forge-refused', { status: 401 }));
  await round(5);
  expect(await merging(wish)).toEqual({ is: 'over', text: 'forge-refused (look again)' });
});

test('one that was closed is refused', async () => {
  const { round, ask, merging, pull, stage, world } = await inReview();
  const wish = await ask();
  pull().state = 'closed';
  await round(5);
  expect(await merging(wish)).toEqual({ is: 'over', text: null });
  expect(await askMerge({ ports: world }, await stage.task('t1'))).toMatchObject({ outcome: 'refused', instead: 'yardmaster pr t1' });
});
