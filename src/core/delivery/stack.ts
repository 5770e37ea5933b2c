// Stacks: a task that starts from the branch of another one before the base has that one's work. Which branch that is, what
// became of the lower task meanwhile, and in which order tasks of a stack are looked at. A stack is merged from the bottom up:
// the upper one is merged only after its own commits, and no others, were moved onto the base.
import type { Task, TaskState } from '../task/task.ts';
import { openedPull, type Delivery } from './delivery.ts';
import type { StackedOn } from './stacked-on.ts';
import type { PullRecord } from './pull-record.ts';

/** A branch that was delivered, and of which nobody has said that the base has its work. */
export interface OpenBranch extends StackedOn {
  readonly commit: string;
}

export function openBranch({ id, delivery }: Pick<Task, 'id' | 'delivery'>): OpenBranch | null {
  if (delivery === null || delivery.branch === null || delivery.commit === null || delivery.merged !== null) return null;
  const pull = openedPull(delivery);
  return pull !== null && pull.seen.state !== 'open' ? null : { task: id, branch: delivery.branch, commit: delivery.commit };
}

export interface StackFacts {
  readonly blockedBy: readonly string[];
  /** States of the tasks of the same repository, by id. */
  readonly states: ReadonlyMap<string, TaskState>;
  /** Their deliveries; null: tasks are not stacked here (`delivery.stack`). */
  readonly deliveries: ReadonlyMap<string, Delivery> | null;
}

export interface StackStart {
  /** The tasks that have to come further first. */
  readonly open: readonly string[];
  /** Delivered tasks of which none builds on all of the others: there is no single branch to start from. */
  readonly several: readonly string[];
  /** The branch of a delivered task to start from; null: all tasks that it is blocked by are done, or it has to wait. */
  readonly on: OpenBranch | null;
}

/** From where a task can start that is blocked by others. */
export function stackStart({ blockedBy, states, deliveries }: StackFacts): StackStart {
  const undone = blockedBy.filter((id) => states.get(id) !== 'done');
  const delivered = undone.flatMap((id) => {
    const delivery = deliveries?.get(id) ?? null;
    // Without a pull request it is done in a moment, or waits for its subtasks.
    const isReady = states.get(id) === 'delivered' && delivery?.pull != null;
    return isReady ? (openBranch({ id, delivery }) ?? []) : [];
  });
  const open = undone.filter((id) => !delivered.some(({ task }) => task === id));
  if (open.length > 0) return { open, several: [], on: null };
  const isTop = ({ task: upper }: OpenBranch): boolean =>
    delivered.every(({ task: lower }) => lower === upper || buildsOn({ deliveries, upper, lower }));
  const on = delivered.find(isTop) ?? null;
  return { open: [], several: on === null ? delivered.map(({ task }) => task) : [], on };
}

function buildsOn(given: { readonly deliveries: StackFacts['deliveries']; readonly upper: string; readonly lower: string }): boolean {
  const passed = new Set<string>();
  const below = (id: string): string | null => given.deliveries?.get(id)?.stackedOn?.task ?? null;
  for (let id = below(given.upper); id !== null && !passed.has(id); id = below(id)) {
    if (id === given.lower) return true;
    passed.add(id);
  }
  return false;
}

/** What became of the branch on which another task builds. `base`: the branch into which it was merged. */
export type Lower = { readonly is: 'merged'; readonly base: string } | { readonly is: 'open' | 'closed' | 'gone' };

/** `task`: the lower task as it is stored; null if there is none. */
export function lowerOf({ on, task }: { readonly on: StackedOn; readonly task: Pick<Task, 'state' | 'delivery'> | null }): Lower {
  const delivery = task?.delivery ?? null;
  if (task === null || delivery === null || delivery.branch !== on.branch) return { is: 'gone' };
  const seen = openedPull(delivery)?.seen ?? null;
  const base = delivery.merged?.base ?? (seen?.state === 'merged' ? seen.base.branch : null);
  if (base !== null) return { is: 'merged', base };
  if (task.state === 'cancelled') return { is: 'gone' };
  return { is: seen?.state === 'closed' ? 'closed' : 'open' };
}

/** On what its work builds once it is up to date with this base: on another task's branch only if that is its base. */
export function stackedOnAfter({ delivery, base }: { readonly delivery: Delivery | null; readonly base: string }): StackedOn | null {
  const on = delivery?.stackedOn ?? null;
  return on?.branch === base ? on : null;
}

type Stacked = Pick<Task, 'key' | 'repo' | 'id' | 'delivery'>;

/** The branch of another task on which it builds, or which somebody made the base of its pull request; else its base. */
function branchBelow({ delivery }: Stacked): string | null {
  return delivery?.stackedOn?.branch ?? openedPull(delivery)?.seen.base.branch ?? null;
}

function isAbove(upper: Stacked, lower: Stacked): boolean {
  const branch = lower.delivery?.branch ?? null;
  return branch !== null && upper.key !== lower.key && upper.repo === lower.repo && branchBelow(upper) === branch;
}

/** The chosen ones, and those of all that build on them, directly or not. */
export function withThoseAbove<T extends Stacked>({
  all,
  chosen,
}: {
  readonly all: readonly T[];
  readonly chosen: readonly T[];
}): readonly T[] {
  const found = [...chosen];
  // The list grows while it is walked.
  for (const lower of found)
    for (const task of all) if (isAbove(task, lower) && !found.some(({ key }) => key === task.key)) found.push(task);
  return found;
}

/** In an order in which each comes after the one that it builds on; otherwise the order stays. */
export function bottomUp<T extends Stacked>(tasks: readonly T[]): readonly T[] {
  const ordered: T[] = [];
  const left = [...tasks];
  while (left.length > 0) {
    // If they build on each other in a circle, any of them is first.
    const at = Math.max(
      0,
      left.findIndex((task) => !left.some((lower) => isAbove(task, lower))),
    );
    ordered.push(...left.splice(at, 1));
  }
  return ordered;
}

/** What stands below a pull request in a stack. */
export interface Below {
  readonly task: string;
  /** The branch that the pull request should have as its base by now. */
  readonly base: string;
  /**
   * `open`: the lower one is merged first. `over`: that is merged, or somebody chose another base; its own commits have to be
   * moved. `closed`, `gone`: the lower one is not merged, and nobody works on it.
   */
  readonly is: 'open' | 'over' | 'closed' | 'gone';
  /** The branch below has other commits than those that it builds on. */
  readonly hasMoved: boolean;
}

/** `task`: the task that it builds on, as it is stored. `baseCommit`: the present commit of its base; null if unknown. */
export function belowOf(given: {
  readonly delivery: Delivery | null;
  readonly record: PullRecord;
  readonly task: Pick<Task, 'state' | 'delivery'> | null;
  /** The pull request whose branch is its base; null: none. */
  readonly under: { readonly task: Pick<Task, 'id'>; readonly record: PullRecord } | null;
  readonly baseCommit: string | null;
}): Below | null {
  const { delivery, record, task, under, baseCommit } = given;
  const { branch: base } = record.seen.base;
  const on = delivery?.stackedOn ?? null;
  const hasMoved = baseCommit !== null && baseCommit !== delivery?.base;
  if (on !== null) {
    if (on.branch !== base) return { task: on.task, base, is: 'over', hasMoved };
    const lower = lowerOf({ on, task });
    return lower.is === 'merged'
      ? { task: on.task, base: lower.base, is: 'over', hasMoved }
      : { task: on.task, base, is: lower.is, hasMoved };
  }
  if (under === null) return null;
  const { state, base: its } = under.record.seen;
  const below = { task: under.task.id, hasMoved };
  return state === 'merged' ? { ...below, base: its.branch, is: 'over' } : { ...below, base, is: state };
}
