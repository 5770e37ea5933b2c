// The facts on which the next step of a pull request is decided, from the stored tasks: its own record, the pull requests
// beside it with the same base, and those above and below it in a stack.
import type { Settings } from '../settings.ts';
import type { Task } from '../task/task.ts';
import { openedPull } from './delivery.ts';
import { repositoryName } from './pull-facts.ts';
import type { PullRecord } from './pull-record.ts';
import { isMergeWanted, nextStep, type PullFacts, type PullPolicy, type PullStep } from './pull-request.ts';
import { belowOf } from './stack.ts';

export interface Pulled {
  readonly task: Pick<Task, 'key' | 'id' | 'delivery'>;
  readonly record: PullRecord;
}

export function policyOf({
  delivery,
}: {
  readonly delivery: Pick<Settings['delivery'], 'merge' | 'fix' | 'verify' | 'update'>;
}): PullPolicy {
  const { merge, fix, verify, update } = delivery;
  return {
    merge: merge.when,
    method: merge.method,
    update,
    deleteBranch: merge.deleteBranch,
    rounds: { checks: fix.checks, review: fix.reviews, conflict: fix.conflicts },
    verifies: verify.length > 0,
  };
}

/** Those of the tasks whose pull request was opened and is not finished. */
export function pulledOf(tasks: readonly Task[]): readonly Pulled[] {
  return tasks.flatMap((task) => {
    const record = openedPull(task.delivery);
    return record === null || record.finished ? [] : [{ task, record }];
  });
}

/**
 * `all`: the unfinished pull requests of the same repository, this one among them. `tasks`: the tasks on which they build, by
 * id.
 */
export function factsOf(given: {
  readonly pulled: Pulled;
  readonly all: readonly Pulled[];
  readonly tasks: ReadonlyMap<string, Pick<Task, 'state' | 'delivery'>>;
  readonly policy: PullPolicy;
  readonly baseCommit: string | null;
}): PullFacts {
  const { pulled, all } = given;
  const beside = all.filter((one) => isBeside(one, pulled));
  const isFirst = beside.every((one) => !isBefore(factsAlone({ ...given, pulled: one }), pulled));
  return { ...factsAlone(given), isFirst };
}

function factsAlone(given: Parameters<typeof factsOf>[0]): PullFacts {
  const { pulled, all, tasks, policy, baseCommit } = given;
  const { record } = pulled;
  const { delivery } = pulled.task;
  const { head, base } = record.seen;
  const open = all.filter((one) => one.record.seen.state === 'open' && sameRepository(one, pulled));
  const under = all.find((one) => one.record.seen.head.branch === base.branch && sameRepository(one, pulled)) ?? null;
  return {
    record,
    policy,
    fresh: record.fresh,
    below: belowOf({ delivery, record, task: tasks.get(delivery?.stackedOn?.task ?? '') ?? null, under, baseCommit }),
    above: open.filter((one) => one.record.seen.base.branch === head.branch).map((one) => one.record.seen.head.branch),
    isFirst: true,
    baseCommit,
  };
}

/**
 * Whether the other pull request is merged before this one: it is being merged, or it is ready for that and older, or it keeps
 * the place that its update gave it. Whatever waits for people, or for nothing but its checks, holds up nobody.
 */
function isBefore(other: PullFacts, { record }: Pulled): boolean {
  const step = nextStep(other);
  if (step.do === 'ask-merge') return true;
  if (keepsPlace(record)) return false;
  if (isMergeWanted(other) && keepsPlace(other.record) && holdsUp(step)) return true;
  const isReady = step.do === 'merge' || (step.do === 'update' && step.why.code === 'behind');
  return isReady && other.record.seen.number < record.seen.number;
}

/** Where the forge has a queue, that keeps the order. */
function holdsUp(step: PullStep): boolean {
  return step.do === 'merge' || (step.do === 'wait' && step.for !== 'people' && step.why.code !== 'in-queue');
}

function keepsPlace({ lineHead, head }: PullRecord): boolean {
  return lineHead === head.commit;
}

function isBeside(one: Pulled, pulled: Pulled): boolean {
  return (
    one.task.key !== pulled.task.key &&
    one.record.seen.state === 'open' &&
    sameRepository(one, pulled) &&
    one.record.seen.base.branch === pulled.record.seen.base.branch
  );
}

function sameRepository(one: Pulled, other: Pulled): boolean {
  return repositoryName(one.record.repository) === repositoryName(other.record.repository);
}
