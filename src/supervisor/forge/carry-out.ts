// Carries out what the rules say about a pull request. Every step is recorded so that it does not come again: what must not
// happen twice before its effect, everything else after it. Returns true if the next step may follow at once.
import { askedOf } from '../../core/delivery/pull-changes.ts';
import type { PullStands } from '../../core/delivery/pull-record.ts';
import { needsPerson, type PullStep } from '../../core/delivery/pull-request.ts';
import { mergedEvidence } from '../../core/delivery/merged-evidence.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { sameData } from '../../core/security/trust.ts';
import type { Merge } from '../../ports/forge.ts';
import { emitMoved } from '../emit-moved.ts';
import { textOf } from '../../core/reason/words.ts';
import type { World } from '../world.ts';
import { feedbackFor } from './feedback.ts';
import { forgetBranch } from './forget-branch.ts';
import { change, record, type Rounding, type Step } from './step.ts';
import { adoptHead, retarget, updateBranch } from './update.ts';
import { verifyMerged } from './verify.ts';
import { tellStanding } from './tell-standing.ts';

type Of<D extends PullStep['do']> = Step<Extract<PullStep, { readonly do: D }>>;

export async function carryOut(world: World, given: Step): Promise<boolean> {
  const { step, task } = given;
  const stands = standsOf(given);
  if (!sameData(stands, given.record.stands)) await change(world, given, (now) => ({ pull: { ...now, stands } }));
  await tellStanding(world, given);
  // A person reopened the pull request, or tried again what its end had blocked.
  if (task.state === 'blocked' && step.do !== 'block') return reopen(world, given);
  switch (step.do) {
    case 'wait':
      return false;
    case 'adopt':
      return adoptHead(world, { ...given, head: step.head });
    case 'rerun':
      await record(world, given, { did: 'reran', checks: step.checks });
      world.passing('rerun-recorded');
      await given.account.rerun({ repository: given.record.repository, checks: step.checks });
      return false;
    case 'answer':
      return answer(world, { ...given, step });
    case 'update':
      return updateBranch(world, { ...given, step });
    case 'retarget':
      return retarget(world, { ...given, step });
    case 'merge':
      return merge(world, { ...given, step });
    case 'ask-merge': {
      const { repository, seen } = given.record;
      return afterMerge(world, given, await given.account.mergeStatus({ repository, number: seen.number, id: step.id }));
    }
    case 'delete-branch': {
      const { repository, seen } = given.record;
      await given.account.deleteBranch({ repository, branch: seen.head.branch, commit: step.commit });
      return record(world, given, { did: 'deleted-branch' });
    }
    case 'verify':
      return verifyMerged(world, { ...given, commit: step.commit });
    case 'finish':
      return finishPull(world, given);
    case 'block':
      return blockPull(world, { ...given, step });
  }
}

function standsOf({ step, record: { mergeAsked } }: Step): PullStands {
  const stands = { why: step.why, waitsFor: step.do === 'wait' ? step.for : null, needsPerson: needsPerson(step) };
  return mergeAsked === null ? stands : { ...stands, asked: mergeAsked.at };
}

/** Stored before a worker is claimed for it, so that it is given once. Its retries are counted anew. */
async function answer(world: World, given: Of<'answer'>): Promise<boolean> {
  const { task, step } = given;
  const feedback = await feedbackFor(given);
  const { kind, items } = step;
  const at = world.clock.now();
  await change(world, given, (now) => ({
    pull: askedOf(now, { kind, feedback, items, at }),
    patch: { countFrom: task.attempts, retries: 0, notBefore: null },
  }));
  world.passing('answer-asked');
  world.wake();
  return false;
}

async function merge(world: World, given: Of<'merge'>): Promise<boolean> {
  const { account, record: pull, step } = given;
  const { repository, seen } = pull;
  const merged = await account.merge({ repository, number: seen.number, head: step.head, method: step.method, title: null });
  world.passing('merge-asked');
  return afterMerge(world, given, merged);
}

async function afterMerge(world: World, given: Rounding, answer: Merge): Promise<boolean> {
  switch (answer.merge) {
    case 'merged':
      return record(world, given, { did: 'merged', commit: answer.commit });
    case 'pending':
      await record(world, given, { did: 'began-merge', id: answer.id });
      return false;
    case 'queued':
      await record(world, given, { did: 'queued' });
      return false;
    case 'moved':
    case 'refused':
      return record(world, given, { did: 'was-refused', message: answer.message });
  }
}

/** The task is finished by the phase that tells the sources. */
async function finishPull(world: World, given: Step): Promise<boolean> {
  world.memory.touched.add(given.task.key);
  await change(world, given, (now) => ({ pull: { ...now, finished: true }, evidence: mergedEvidence(now) }));
  await forgetBranch(world, given.task);
  world.wake();
  return false;
}

async function blockPull(world: World, given: Of<'block'>): Promise<boolean> {
  const { task, step } = given;
  if (task.state === 'blocked') return false;
  const reason: TaskReason = { code: 'pull', facts: { number: given.record.seen.number, why: step.why } };
  world.memory.touched.add(task.key);
  const isMoved = await change(world, given, (now) => ({ pull: now, to: { state: 'blocked', reason } }));
  if (isMoved) emitMoved(world, { task, from: task.state === 'queued' ? 'queued' : 'delivered', to: 'blocked', reason: textOf(reason) });
  await forgetBranch(world, task);
  return false;
}

async function reopen(world: World, given: Step): Promise<boolean> {
  const { task } = given;
  if (task.reason.code !== 'pull') return false;
  const reason: TaskReason = { code: 'arrived', facts: { evidence: task.delivery?.evidence ?? '' } };
  const isMoved = await change(world, given, (now) => ({ pull: now, to: { state: 'delivered', reason } }));
  if (isMoved) emitMoved(world, { task, from: 'blocked', to: 'delivered', reason: textOf(reason) });
  return isMoved;
}
