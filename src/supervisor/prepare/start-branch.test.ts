// From which branch a task starts that is blocked by others, where git has to say what their branches contain.
import { expect, test } from 'vitest';
import { loadSettings } from '../../config/load.ts';
import { because, sampleDelivery } from '../../core/core.samples.ts';
import { samplePlan } from '../../core/delivery/pull.samples.ts';
import { Fault } from '../../core/fault.ts';
import type { Repo } from '../../ports/repo.ts';
import { claimBy, closeAs } from '../../ports/store.samples.ts';
import { phaseStage } from '../phase-stage.samples.ts';
import { startBranch } from './start-branch.ts';

const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
const base = { branch: 'main', stackedOn: null };
const on = (id: string) => ({ branch: `yard/${id}`, stackedOn: { task: id, branch: `yard/${id}` } });

/** `history`: the commit of each branch, and what is contained in which. */
async function stageOf(given: {
  readonly branches: Readonly<Record<string, string>>;
  readonly contains?: Readonly<Record<string, readonly string[]>>;
  readonly remote?: string | null;
}) {
  const { branches, contains = {}, remote = 'origin' } = given;
  const commitOf = (name: string): string => {
    const commit = name.startsWith('refs/heads/') ? branches[name.slice('refs/heads/'.length)] : name;
    if (commit === undefined) throw new Fault({ code: 'git-failed', message: `no ${name}`, hint: 'fetch it' });
    return commit;
  };
  const repo: Partial<Repo> = {
    fetchBranch: async ({ branch }) => branches[branch] ?? null,
    isAncestor: async ({ ancestor, commit }) => {
      const [one, other] = [commitOf(ancestor), commitOf(commit)];
      return one === other || (contains[other] ?? []).includes(one);
    },
  };
  const stage = await phaseStage({ repo });
  const start = async (more: Partial<(typeof settings)['delivery']> = {}) =>
    startBranch(stage.world, {
      ...{ task: await stage.task('t9'), settings: { ...settings, delivery: { ...settings.delivery, ...more } } },
      ...{ signal: new AbortController().signal, facts: { remote, defaultBranch: 'main' } },
    });
  /** A task whose branch was delivered without a pull request. */
  const done = async (id: string, more: Parameters<typeof sampleDelivery>[0] = {}): Promise<void> => {
    const { key } = await stage.add(id);
    const claim = await claimBy(stage.store, { taskKey: key });
    if (!claim.claimed) throw new Error(`${id} was not claimed`);
    const delivery = sampleDelivery({ branch: `yard/${id}`, commit: `c-${id}`, ...more });
    await closeAs(stage.store, { lease: claim.lease, to: 'delivered', patch: { delivery } });
    if (more.pull === undefined) await stage.store.moveTask({ key, from: ['delivered'], to: 'done', reason: because('finished'), at: 20 });
  };
  return { stage, start, done };
}

const two = { main: 'm', 'yard/t1': 'c1', 'yard/t2': 'c2' };

test('from the base, blocked by nothing, or where tasks are not stacked', async () => {
  const { stage, start, done } = await stageOf({ branches: two });
  await done('t1');
  await stage.add('t8');
  await stage.add('t9', { blockedBy: ['t1'] });
  expect(await start({ stack: false })).toEqual(base);
  expect(await start()).toEqual(on('t1'));
});

test.each([
  ['what the base contains', { branches: two, contains: { m: ['c1'] } }, base],
  ['a branch that is nowhere any more', { branches: { main: 'm' } }, base],
  ['a branch of this repository, without a remote', { branches: two, remote: null }, on('t1')],
  ['a branch that was deleted here', { branches: { main: 'm' }, remote: null }, base],
] as const)('%s', async (_, given, from) => {
  const { stage, start, done } = await stageOf(given);
  await done('t1');
  await stage.add('t9', { blockedBy: ['t1', 't7'] });
  await done('t7', { commit: null });
  expect(await start()).toEqual(from);
});

test('of several, from the one that contains the others; if none does, from the base, which is told', async () => {
  const { stage, start, done } = await stageOf({ branches: two, contains: { c2: ['c1'] } });
  await done('t1');
  await done('t2');
  await stage.add('t9', { blockedBy: ['t1', 't2'] });
  expect(await start()).toEqual(on('t2'));
  const apart = await stageOf({ branches: two });
  await apart.done('t1');
  await apart.done('t2');
  await apart.stage.add('t9', { blockedBy: ['t1', 't2'] });
  expect(await apart.start()).toEqual(base);
  expect(apart.stage.warnings()).toEqual(['several-branches']);
});

test('from the branch of a delivered task; what moved since the claim is waited for', async () => {
  const { stage, start, done } = await stageOf({ branches: two });
  await done('t1', { pull: samplePlan });
  await stage.add('t9', { blockedBy: ['t1'] });
  expect(await start()).toEqual(on('t1'));
  const later = await stageOf({ branches: two });
  await later.stage.add('t1');
  await later.stage.add('t9', { blockedBy: ['t1'] });
  await expect(later.start()).rejects.toMatchObject({ kind: 'stopped' });
});
