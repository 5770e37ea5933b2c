// What people do with pull requests, over a forge in memory.
import { expect, test } from 'vitest';
import { pullStage, type PullStage } from '../supervisor/forge/pull-stage.samples.ts';
import { cancelTasks, type Acting } from './act.ts';

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
