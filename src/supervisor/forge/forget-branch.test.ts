// References of ours in the person's repository end with the pull request that they were for.
import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { closeIn, mergeIn } from '../../../test/support/memory-forge-state.ts';
import { pullStage, type PullStage } from './pull-stage.samples.ts';

const ends: Readonly<Record<string, (of: PullStage) => Promise<unknown>>> = {
  merged: async ({ state, repository, pull }) => mergeIn(state, { repository, pull: pull(), by: 'grace' }),
  closed: async ({ state, pull }) => closeIn(state, { pull: pull(), by: 'grace' }),
  cancelled: async ({ stage }) => stage.store.act({ key: (await stage.task('t1')).key, action: 'cancel', at: stage.now() }),
};

async function ended(how: string, given: Parameters<typeof pullStage>[0] = {}): Promise<PullStage> {
  const one = await pullStage(given);
  const { stage, deliver, round, check, pull, kept, world } = one;
  await deliver();
  await round();
  check('green');
  await round(5);
  kept.add(pull().head.branch);
  await ends[how]!(one);
  await round(5);
  await stage.pulseOf(world, 'settle', 'reap');
  return one;
}

test.each([
  ['merged', 'done'],
  ['closed', 'blocked'],
  ['cancelled', 'cancelled'],
])('a branch whose pull request was %s is not kept any longer', async (how, state) => {
  const { stage, kept } = await ended(how);
  expect(await stage.task('t1')).toMatchObject({ state });
  expect([...kept]).toEqual([]);
});

test('a repository that is away does not keep the task from its end', async () => {
  const away = new Fault({ code: 'not-a-repository', message: 'there is no repository', hint: 'look where it is' });
  const { stage } = await ended('merged', { repo: { forgetBranch: () => Promise.reject(away) } });
  expect(await stage.task('t1')).toMatchObject({ state: 'done' });
  expect(stage.warnings()).toEqual([]);
});
