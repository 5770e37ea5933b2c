// A forge, workers and a git for the tests of the ladder: they carry out a step, and answer as unhelpfully as they may.
import { minute } from '../time.ts';
import { recordAfter, type PullEffect } from './pull-effect.ts';
import type { PullFacts, PullStep } from './pull-request.ts';

export interface World {
  /** The forge shows what it showed before, or each new head at once, with the same troubles as the last one. */
  readonly forge: 'stale' | 'prompt';
  readonly update: 'pushes' | 'conflict' | 'unchanged' | 'refused';
  readonly worker: 'pushes' | 'changes nothing';
  readonly merge: 'merged' | 'pending' | 'queued' | 'was-refused';
  readonly later: 'merged' | 'was-refused';
  readonly verify: 'passes' | 'fails';
}

/** The facts after the step; null if nothing happens before the world changes by itself. */
export function followed(given: {
  readonly facts: PullFacts;
  readonly step: PullStep;
  readonly world: World;
  readonly nth: number;
}): PullFacts | null {
  const { facts, step, world, nth } = given;
  const effects = effectsOf(given);
  if (effects === null) return null;
  const at = facts.record.observedAt + nth;
  let record = effects.reduce((before, effect) => recordAfter({ record: before, effect, at }), facts.record);
  const isNew = record.head.commit !== record.seen.head.commit;
  if (world.forge === 'prompt') {
    const { are } = record.checks ?? { are: { known: true, checks: [] } as const };
    const seen = { ...record.seen, head: { ...record.seen.head, commit: record.head.commit } };
    record = { ...record, seen, checks: { of: record.head.commit, are }, observedAt: at + 5 * minute };
  }
  const isGiven = step.do === 'answer' && step.kind === 'review';
  const fresh = isGiven ? (isNew && world.forge === 'prompt' ? [`said-${nth}`] : []) : facts.fresh;
  return { ...facts, record, fresh, below: belowAfter(given) };
}

/** Own commits that were moved onto the base, by us or in the merge of a worker, have nothing below them any more. */
function belowAfter({ facts, step, world }: Parameters<typeof followed>[0]): PullFacts['below'] {
  const { below } = facts;
  const isUpdated = step.do === 'update' && (world.update === 'pushes' || world.update === 'unchanged');
  const isResolved = step.do === 'answer' && step.kind === 'conflict' && world.worker === 'pushes';
  if (below === null || !(isUpdated || isResolved)) return below;
  return below.is === 'over' ? null : { ...below, hasMoved: false };
}

function effectsOf(given: Parameters<typeof followed>[0]): readonly PullEffect[] | null {
  const { facts, step, world, nth } = given;
  const commit = `new${nth}`;
  const worker: readonly PullEffect[] = world.worker === 'pushes' ? [{ did: 'pushed', commit, by: 'worker' }] : [];
  switch (step.do) {
    case 'wait':
    case 'finish':
    case 'block':
      return null;
    case 'adopt':
      return [{ did: 'adopted', head: step.head }];
    case 'rerun':
      return [{ did: 'reran', checks: step.checks }];
    case 'answer':
      return [{ did: 'gave', kind: step.kind }, ...worker];
    case 'update':
      return [updated({ facts, world, commit })];
    case 'retarget':
      return [{ did: 'retargeted', base: step.base }];
    case 'merge':
      return [mergeOf(world.merge)];
    case 'ask-merge':
      return [world.later === 'merged' ? { did: 'merged', commit: 'm1' } : { did: 'was-refused', message: 'no' }];
    case 'delete-branch':
      return [{ did: 'deleted-branch' }];
    case 'verify':
      return [{ did: 'verified', commit: step.commit, failed: world.verify === 'fails' ? { command: 'npm test', output: '' } : null }];
  }
}

/** A branch that we brought up to date has nothing to update until its base moves. */
function updated(given: { readonly facts: PullFacts; readonly world: World; readonly commit: string }): PullEffect {
  const { facts, world, commit } = given;
  const { head } = facts.record;
  const isUpToDate = head.commit.startsWith('new') && world.update === 'pushes';
  if (world.update === 'pushes' && !isUpToDate) return { did: 'pushed', commit, by: 'update' };
  if (world.update === 'refused') return { did: 'was-not-updated', base: facts.baseCommit ?? 'b1', message: 'no' };
  return { did: 'updated', ended: world.update === 'conflict' ? 'conflict' : 'unchanged', base: facts.baseCommit ?? 'b1' };
}

function mergeOf(merge: World['merge']): PullEffect {
  switch (merge) {
    case 'merged':
      return { did: 'merged', commit: 'm1' };
    case 'pending':
      return { did: 'began-merge', id: 'later' };
    case 'queued':
      return { did: 'queued' };
    case 'was-refused':
      return { did: 'was-refused', message: 'no' };
  }
}
