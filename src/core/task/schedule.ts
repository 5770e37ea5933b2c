// Decides which task is next: order, dependencies, batches, back-off and all caps together. `capReached` decides when a
// dispatch is planned and again inside the claiming transaction, so that caps also apply across supervisors.
import type { Batch } from './batch.ts';
import type { PlaceFacts } from '../route/place.ts';
import { untilOf, type Full, type Wait, type WaitFacts } from '../reason/standing-reason.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { stackStart } from '../delivery/stack.ts';
import { stillWaits } from './retry.ts';
import type { Task, TaskState } from './task.ts';
import type { Instant } from '../time.ts';

export interface Caps {
  /** The number of workers at once in all; Infinity: only their hosts limit it. */
  readonly global: number;
  /** By host: the number of workers that the machine can run. A missing host has no known limit. */
  readonly perHost: Readonly<Record<string, number>>;
  /** By place: the limit that it declares. A missing place has none. */
  readonly perPlace: Readonly<Record<string, number>>;
  /** 0: no limit. */
  readonly perRepository: number;
  readonly perModel: Readonly<Record<string, number>>;
  readonly perAccount: Readonly<Record<string, number>>;
  /** By batch name; 0 or absent: no limit. */
  readonly perBatch: Readonly<Record<string, number>>;
}

/** A worker, as it counts against the caps. */
export interface Slot {
  readonly repo: string;
  readonly model: string;
  readonly account: string | null;
  readonly batch: string | null;
  readonly place: string;
  /** Null in records that were stored before hosts were; such a worker counts on every host. */
  readonly host: string | null;
}

/** The cap that prevents one more worker, or null. */
export function capReached(facts: { readonly caps: Caps; readonly taken: readonly Slot[]; readonly wanted: Slot }): Full | null {
  const { caps, taken, wanted } = facts;
  const count = (match: (slot: Slot) => boolean): number => taken.filter(match).length;
  const over = (limit: number | undefined, used: number): limit is number => limit !== undefined && limit > 0 && used >= limit;
  if (taken.length >= caps.global) return { code: 'workers', facts: { limit: caps.global } };
  const full = machineFull({ caps, taken, wanted });
  if (full !== null) return full;
  const sameRepository = count((slot) => slot.repo === wanted.repo);
  if (over(caps.perRepository, sameRepository)) return { code: 'repository', facts: { limit: caps.perRepository } };
  const { model, account, batch } = wanted;
  const perModel = caps.perModel[model];
  const sameModel = count((slot) => slot.model === model);
  if (over(perModel, sameModel)) return { code: 'model', facts: { model, limit: perModel } };
  const perAccount = account === null ? undefined : caps.perAccount[account];
  const sameAccount = count((slot) => slot.account === account);
  if (account !== null && over(perAccount, sameAccount)) return { code: 'account', facts: { account, limit: perAccount } };
  const perBatch = batch === null ? undefined : caps.perBatch[batch];
  const sameBatch = count((slot) => slot.batch === batch);
  if (batch !== null && over(perBatch, sameBatch)) return { code: 'batch', facts: { batch, limit: perBatch } };
  return null;
}

/** Whether workers could run elsewhere is decided by routing: a place and its host are full or not, for every task. */
function machineFull(facts: {
  readonly caps: Pick<Caps, 'perHost' | 'perPlace'>;
  readonly taken: readonly Slot[];
  readonly wanted: Pick<Slot, 'place' | 'host'>;
}): Full | null {
  const { caps, taken, wanted } = facts;
  const { place, host } = wanted;
  const perHost = host === null || !Object.hasOwn(caps.perHost, host) ? undefined : caps.perHost[host];
  if (perHost !== undefined && taken.filter((slot) => slot.host === host || slot.host === null).length >= perHost)
    return { code: 'host', facts: { limit: perHost } };
  const perPlace = Object.hasOwn(caps.perPlace, place) ? caps.perPlace[place] : undefined;
  if (perPlace !== undefined && taken.filter((slot) => slot.place === place).length >= perPlace)
    return { code: 'place', facts: { place, limit: perPlace } };
  return null;
}

/** No place has a free slot for any task, so no task needs to be examined. */
export function allFull(facts: {
  readonly caps: Pick<Caps, 'global' | 'perHost' | 'perPlace'>;
  readonly taken: readonly Slot[];
  readonly places: readonly Pick<PlaceFacts, 'name' | 'host'>[];
}): boolean {
  const { caps, taken, places } = facts;
  if (taken.length >= caps.global) return true;
  return places.every((place) => placeFull({ caps, taken, place }));
}

/** The place or its host has no free slot, for every task. */
export function placeFull(facts: {
  readonly caps: Pick<Caps, 'perHost' | 'perPlace'>;
  readonly taken: readonly Slot[];
  readonly place: Pick<PlaceFacts, 'name' | 'host'>;
}): boolean {
  const { caps, taken, place } = facts;
  return machineFull({ caps, taken, wanted: { place: place.name, host: place.host } }) !== null;
}

/**
 * Why a process holds a task outside of an attempt: a person works in its checkout, the checkout is being removed, or a step
 * of its pull request needs a checkout.
 */
export type HoldKind = 'attached' | 'clearing' | 'following';

export interface ScheduleFacts {
  readonly task: Task;
  /** States of the tasks of the same repository, by id. */
  readonly states: ReadonlyMap<string, TaskState>;
  /** Their deliveries; null: no task starts from the branch of another one in this repository. */
  readonly deliveries: ReadonlyMap<string, Delivery> | null;
  readonly batches: ReadonlyMap<string, Batch>;
  readonly now: Instant;
  /** A person gave this task's id, so it needs no #auto-dispatch. */
  readonly named: boolean;
  /** Why a process holds it now; null: none does. */
  readonly held: HoldKind | null;
  /** Its repository cannot be used before this time; null: it can be used. */
  readonly aside: WaitFacts['set-aside'] | null;
}

/** What keeps a queued task from being started, apart from caps; null: it is ready. */
export function waiting(facts: ScheduleFacts): Wait | null {
  const { task, now, aside } = facts;
  if (facts.held !== null) return { code: facts.held, facts: {} };
  // Work that has arrived is answered for, whatever became of the request.
  const isAnswer = task.state === 'delivered';
  if (!task.wanted && !facts.named && !isAnswer) return { code: 'not-marked', facts: {} };
  if (task.line === 'gone' && !isAnswer) return { code: 'line-gone', facts: {} };
  if (task.line === 'unread' && !isAnswer) return { code: 'line-unread', facts: {} };
  const batch = task.batch === null ? undefined : facts.batches.get(task.batch);
  if (batch?.state === 'paused') return { code: 'batch-paused', facts: { batch: batch.name } };
  if (batch?.state === 'cancelled') return { code: 'batch-cancelled', facts: { batch: batch.name } };
  const { open, several } = stackStart({ ...facts, blockedBy: isAnswer ? [] : task.blockedBy });
  if (several.length > 0) return { code: 'several-branches', facts: { on: several } };
  if (open.length > 0) return { code: 'dependency', facts: { on: open.map((id) => ({ id, state: facts.states.get(id) ?? null })) } };
  // `updatedAt` was set when the task was postponed. A later change of the task moves it forward, so the wait then counts
  // as a shorter one.
  const { notBefore: until, updatedAt: since, reason } = task;
  if (until !== null && stillWaits({ until, since, now })) return { code: 'back-off', facts: { until, reason } };
  return aside === null ? null : { code: 'set-aside', facts: aside };
}

/** Tasks that a supervisor will start once something else has happened. */
export interface Outlook {
  readonly tasks: number;
  /** The task that can start first when only time passes; null if there is none. */
  readonly next: { readonly task: Task; readonly wait: Wait; readonly until: Instant } | null;
}

/** No supervisor will start a task that nobody asked for, or whose line is no longer in the list. */
export function isAsked({ code }: Wait): boolean {
  return code !== 'not-marked' && code !== 'line-gone';
}

export function outlookOf(waits: readonly { readonly task: Task; readonly wait: Wait | null }[]): Outlook {
  const waiting = waits.flatMap(({ task, wait }) => (wait === null || !isAsked(wait) ? [] : [{ task, wait, until: untilOf(wait) }]));
  const timed = waiting.flatMap(({ until, ...rest }) => (until === null ? [] : [{ ...rest, until }]));
  return { tasks: waiting.length, next: timed.toSorted((a, b) => a.until - b.until)[0] ?? null };
}

/**
 * Those of the queued tasks, by key, that will move without a person: by time, or once the tasks that they wait for are
 * done.
 */
export function movable(facts: {
  readonly waits: readonly { readonly task: Task; readonly wait: Wait | null }[];
  readonly states: (repo: string) => ReadonlyMap<string, TaskState>;
}): ReadonlySet<number> {
  const moving = new Set<number>();
  const names = new Set<string>();
  const willBeDone = (repo: string, id: string): boolean => {
    const state = facts.states(repo).get(id);
    // A delivered task that is not done waits for a subtask, which moves or does not on its own.
    return state === 'done' || state === 'running' || names.has(`${repo} ${id}`);
  };
  // The set grows from nothing, so tasks that wait for each other never enter it.
  for (let before = -1; before !== moving.size;) {
    before = moving.size;
    for (const { task, wait } of facts.waits) {
      const moves =
        wait === null ||
        wait.code === 'back-off' ||
        wait.code === 'set-aside' ||
        wait.code === 'clearing' ||
        wait.code === 'following' ||
        (wait.code === 'dependency' && task.blockedBy.every((id) => willBeDone(task.repo, id)));
      if (!moves) continue;
      moving.add(task.key);
      names.add(`${task.repo} ${task.id}`);
    }
  }
  return moving;
}
