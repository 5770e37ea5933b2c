// Who is next: order, dependencies, batches, back-off and all caps together. The same `admits` decides when a
// dispatch is planned and again inside the claiming transaction, so caps hold between supervisors too.
import type { Batch } from './batch.ts';
import type { PlaceFacts } from '../route/place.ts';
import { textOf } from '../reason/words.ts';
import { stillWaits } from './retry.ts';
import type { Task, TaskState } from './task.ts';
import type { Instant } from '../time.ts';

export interface Caps {
  /** Workers at once in all; Infinity: only what their hosts bear. */
  readonly global: number;
  /** By host: what the machine bears; absent: nothing is known that would limit it. */
  readonly perHost: Readonly<Record<string, number>>;
  /** By place: what it declares; absent: it sets no limit. */
  readonly perPlace: Readonly<Record<string, number>>;
  /** 0: no limit. */
  readonly perRepository: number;
  readonly perModel: Readonly<Record<string, number>>;
  readonly perAccount: Readonly<Record<string, number>>;
  /** By batch name; 0 or absent: no limit. */
  readonly perBatch: Readonly<Record<string, number>>;
}

/** What counts against the caps. */
export interface Slot {
  readonly repo: string;
  readonly model: string;
  readonly account: string | null;
  readonly batch: string | null;
  readonly place: string;
  /** Null in records from before hosts were stored: it counts on every host. */
  readonly host: string | null;
}

export const capNames = ['workers', 'host', 'place', 'repository', 'model', 'account', 'batch'] as const;

export interface CapReached {
  readonly cap: (typeof capNames)[number];
  readonly message: string;
}

/** The cap that stands in the way of one more worker, or null. */
export function capReached(facts: { readonly caps: Caps; readonly taken: readonly Slot[]; readonly wanted: Slot }): CapReached | null {
  const { caps, taken, wanted } = facts;
  const count = (match: (slot: Slot) => boolean): number => taken.filter(match).length;
  const over = (limit: number | undefined, used: number): boolean => limit !== undefined && limit > 0 && used >= limit;
  if (taken.length >= caps.global) return { cap: 'workers', message: `all ${caps.global} workers are busy` };
  const full = machineFull({ caps, taken, wanted });
  if (full !== null) return full;
  if (
    over(
      caps.perRepository,
      count((slot) => slot.repo === wanted.repo),
    )
  )
    return { cap: 'repository', message: `limits.perRepository is ${caps.perRepository}` };
  const perModel = caps.perModel[wanted.model];
  if (
    over(
      perModel,
      count((slot) => slot.model === wanted.model),
    )
  )
    return { cap: 'model', message: `limits.perModel of ${wanted.model} is ${perModel}` };
  const perAccount = wanted.account === null ? undefined : caps.perAccount[wanted.account];
  if (
    over(
      perAccount,
      count((slot) => slot.account === wanted.account),
    )
  )
    return { cap: 'account', message: `limits.perAccount of ${wanted.account} is ${perAccount}` };
  const perBatch = wanted.batch === null ? undefined : caps.perBatch[wanted.batch];
  if (
    over(
      perBatch,
      count((slot) => slot.batch === wanted.batch),
    )
  )
    return { cap: 'batch', message: `batch ${wanted.batch} runs ${perBatch} at once` };
  return null;
}

/** Whether workers elsewhere could be had is routing's question: a place and its host are full or not, whoever asks. */
function machineFull(facts: {
  readonly caps: Pick<Caps, 'perHost' | 'perPlace'>;
  readonly taken: readonly Slot[];
  readonly wanted: Pick<Slot, 'place' | 'host'>;
}): CapReached | null {
  const { caps, taken, wanted } = facts;
  const { place, host } = wanted;
  const perHost = host === null || !Object.hasOwn(caps.perHost, host) ? undefined : caps.perHost[host];
  if (perHost !== undefined && taken.filter((slot) => slot.host === host || slot.host === null).length >= perHost)
    return { cap: 'host', message: `its host bears ${perHost} workers at once, and all are busy` };
  const perPlace = Object.hasOwn(caps.perPlace, place) ? caps.perPlace[place] : undefined;
  if (perPlace !== undefined && taken.filter((slot) => slot.place === place).length >= perPlace)
    return { cap: 'place', message: `the place ${place} takes ${perPlace} workers at once, and all are busy` };
  return null;
}

/** No place has a slot left for anybody, so that nobody need be asked who would like one. */
export function allFull(facts: {
  readonly caps: Pick<Caps, 'global' | 'perHost' | 'perPlace'>;
  readonly taken: readonly Slot[];
  readonly places: readonly Pick<PlaceFacts, 'name' | 'host'>[];
}): boolean {
  const { caps, taken, places } = facts;
  if (taken.length >= caps.global) return true;
  return places.every((place) => placeFull({ caps, taken, place }));
}

/** The place or its host has no slot left, whoever asks. */
export function placeFull(facts: {
  readonly caps: Pick<Caps, 'perHost' | 'perPlace'>;
  readonly taken: readonly Slot[];
  readonly place: Pick<PlaceFacts, 'name' | 'host'>;
}): boolean {
  const { caps, taken, place } = facts;
  return machineFull({ caps, taken, wanted: { place: place.name, host: place.host } }) !== null;
}

/** What a process may do with a task outside of an attempt: a person sits in its worktree, or the worktree is taken away. */
const holdKinds = ['attached', 'clearing'] as const;
export type HoldKind = (typeof holdKinds)[number];

const held: Readonly<Record<HoldKind, string>> = {
  attached: 'a person is at work in its worktree',
  clearing: 'its old worktree is being taken away',
};

export const waitReasons = [
  ...(['not-marked', 'line-gone', 'line-unread', 'batch-paused', 'batch-cancelled', 'back-off', 'set-aside', 'dependency'] as const),
  ...holdKinds,
] as const;

/** Why a queued task is not started now. `until` is known where time alone will help. */
export interface Waiting {
  readonly why: (typeof waitReasons)[number];
  readonly message: string;
  readonly until: Instant | null;
  /** Ids of the tasks that it waits for. */
  readonly on: readonly string[];
}

export interface ScheduleFacts {
  readonly task: Task;
  /** States of the tasks of the same repository, by id. */
  readonly states: ReadonlyMap<string, TaskState>;
  readonly batches: ReadonlyMap<string, Batch>;
  readonly now: Instant;
  /** A person named this task: it needs no mark. */
  readonly named: boolean;
  /** What a process does with it now. */
  readonly held: HoldKind | null;
  /** Its repository cannot be used before then; null: it can. */
  readonly aside: { readonly until: Instant; readonly why: string } | null;
}

/** What keeps a queued task from being started, caps aside; null: it is ready. */
export function waiting(facts: ScheduleFacts): Waiting | null {
  const { task, now, aside } = facts;
  if (facts.held !== null) return wait(facts.held, held[facts.held]);
  if (!task.wanted && !facts.named) return wait('not-marked', 'it is not marked #auto-dispatch');
  if (task.line === 'gone') return wait('line-gone', 'its line is no longer in TODO.md');
  if (task.line === 'unread') return wait('line-unread', 'its line in TODO.md cannot be read');
  const batch = task.batch === null ? undefined : facts.batches.get(task.batch);
  if (batch?.state === 'paused') return wait('batch-paused', `batch ${batch.name} is paused`);
  if (batch?.state === 'cancelled') return wait('batch-cancelled', `batch ${batch.name} is cancelled`);
  const dependency = dependencyWait(facts);
  if (dependency !== null) return dependency;
  // Who put it off changed it then. A later change of the task moves that time on, so that the wait counts as a shorter one.
  const { notBefore: until, updatedAt: since } = task;
  if (until !== null && stillWaits({ until, since, now })) return { ...wait('back-off', textOf(task.reason)), until };
  if (aside !== null) return { ...wait('set-aside', `its repository is set aside: ${aside.why}`), until: aside.until };
  return null;
}

/** Whoever shows this has read the list: an open line in it is a task. */
const noTask = 'there is no open task of that id: add it, or take the id out of blocked-by';

function dependencyWait(facts: ScheduleFacts): Waiting | null {
  const open = facts.task.blockedBy.filter((id) => facts.states.get(id) !== 'done');
  if (open.length === 0) return null;
  const told = open.map((id) => `${id} (${facts.states.get(id) ?? noTask})`);
  return { ...wait('dependency', `it waits for ${told.join(', ')}`), on: open };
}

function wait(why: Waiting['why'], message: string): Waiting {
  return { why, message, until: null, on: [] };
}

/** Tasks that a supervisor will come to once something else has happened. */
export interface Outlook {
  readonly tasks: number;
  /** Which of them time alone lets start first; null: none. */
  readonly next: { readonly task: Task; readonly until: Instant; readonly message: string } | null;
}

/** What nobody marked, and what is no longer in the list, no supervisor will come to. */
export function isAsked({ why }: Waiting): boolean {
  return why !== 'not-marked' && why !== 'line-gone';
}

export function outlookOf(waits: readonly { readonly task: Task; readonly wait: Waiting | null }[]): Outlook {
  const waiting = waits.flatMap(({ task, wait }) => (wait === null || !isAsked(wait) ? [] : [{ task, ...wait }]));
  const timed = waiting.flatMap(({ task, message, until }) => (until === null ? [] : [{ task, message, until }]));
  return { tasks: waiting.length, next: timed.toSorted((a, b) => a.until - b.until)[0] ?? null };
}

/** Of the queued tasks, by key, those that will move without a person: by time, or once what they wait for is done. */
export function movable(facts: {
  readonly waits: readonly { readonly task: Task; readonly wait: Waiting | null }[];
  readonly states: (repo: string) => ReadonlyMap<string, TaskState>;
}): ReadonlySet<number> {
  const moving = new Set<number>();
  const names = new Set<string>();
  const willBeDone = (repo: string, id: string): boolean => {
    const state = facts.states(repo).get(id);
    // A delivered one that is not done waits for a subtask, which moves or does not on its own.
    return state === 'done' || state === 'running' || names.has(`${repo} ${id}`);
  };
  // Grown from nothing: tasks that wait for each other never enter.
  for (let before = -1; before !== moving.size;) {
    before = moving.size;
    for (const { task, wait } of facts.waits) {
      const moves =
        wait === null ||
        wait.why === 'back-off' ||
        wait.why === 'set-aside' ||
        wait.why === 'clearing' ||
        (wait.why === 'dependency' && task.blockedBy.every((id) => willBeDone(task.repo, id)));
      if (!moves) continue;
      moving.add(task.key);
      names.add(`${task.repo} ${task.id}`);
    }
  }
  return moving;
}
