// The life of a supervisor in the foreground: it pulses when something happens, and at intervals as the backstop, until no
// work is left. A drain dispatches nothing new and lets workers finish. A stop ends the workers and queues their tasks
// again.
import { toUsd } from '../core/money/usd.ts';
import { billedOtherwise, chargedOf, type Attempt } from '../core/task/attempt.ts';
import { untilOf, type Wait } from '../core/reason/standing-reason.ts';
import { waitText } from '../core/reason/standing-words.ts';
import { isAsked, movable, outlookOf } from '../core/task/schedule.ts';
import type { Task, TaskState } from '../core/task/task.ts';
import { second, type Duration, type Instant } from '../core/time.ts';
import { iso } from '../lib/iso.ts';
import { forget } from './held.ts';
import { phases, type SupervisorEvent } from './events.ts';
import { pulse } from './pulse.ts';
import { openedPull } from '../core/delivery/delivery.ts';
import { isToFinish } from './settle/finish.ts';
import { isUnsynced, nextIssues } from './issues/follow.ts';
import { lastRound, nextRound } from './forge/follow.ts';
import { inScope, isNamed, takeSnapshot, waitOf, type Snapshot } from './dispatch/snapshot.ts';
import type { World } from './world.ts';

export interface RunOptions {
  /**
   * `idle`: until no work runs and none can start; `done`: until only a person could move a task on; `down`: until it is
   * told to end.
   */
  readonly until: 'idle' | 'done' | 'down';
  readonly pollMs: number;
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
  readonly waker: Waker;
}

/** Learns of events that call for a pulse. */
export interface Waker {
  /** Resolves after the next event, and when the signal aborts. */
  woken(signal: AbortSignal): Promise<void>;
  /** Whether there was an event since the last call. */
  taken(): boolean;
}

/**
 * The longest time between two pulses while no work is in progress and no event arrives. It is the backstop for changes
 * that cause no event.
 */
const quietFor: Duration = 10 * second;

/** The same limit while other supervisors work on attempts, because those supervisors may die. */
const quietBeside: Duration = 2 * second;

/**
 * The least average time between two pulses, in milliseconds: several events within it cost one pulse instead of one each.
 */
const pace: Duration = 30;

/** After a rest, this many pulses may follow at once, so that a supervisor with little to do answers without delay. */
const burst = 4;

export interface Summary {
  /**
   * Counts all tasks in its scope that it worked on or that are not done. Tasks that are not marked for dispatch are left
   * out.
   */
  readonly counts: Readonly<Record<TaskState, number>>;
  /** A task that it worked on is blocked or has failed. */
  readonly failing: boolean;
  readonly waiting: Omit<Extract<SupervisorEvent, { type: 'waiting' }>, 'type'>;
  /** The cost of the attempts that were open during this run. */
  readonly costUsd: number;
  /** The task ids of the attempts that were billed in another way than planned, one entry for each attempt. */
  readonly mismatched: readonly string[];
  /** How many of them have a pull request that is open. */
  readonly inReview: number;
  /** There was no task to work on. */
  readonly nothing: boolean;
}

export async function run(world: World, options: RunOptions): Promise<Summary> {
  const began = world.clock.now();
  let quietUntil = 0;
  let changeMark = -1;
  let paced = 0;
  let judged = lastRound(world);
  for (;;) {
    const woken = options.waker.taken();
    const before = changeMark;
    changeMark = await world.store.changeMark();
    const asked = options.drain.aborted || options.stop.aborted;
    if (!woken && changeMark === before && !asked && isBetween(world.clock.now(), quietUntil)) {
      await nextPulse(world, options);
      continue;
    }
    const wish = (await world.store.supervisors()).find(({ holder }) => holder === world.holder)?.wish ?? null;
    world.memory.draining = wish !== null || asked;
    if (wish === 'stop' || options.stop.aborted) {
      await stopAll(world);
      // These operations can be repeated at any time.
      world.memory.inflight.abortMatching((key) => /^(?:reap|sign-in|secrets of|progress|forge|issues) /.test(key));
    }
    const now = world.clock.now();
    paced = Math.max(paced, now - burst * pace) + pace;
    // The next round may be due again already, so what the last one left to do is judged before that one begins.
    const last = lastRound(world);
    if (last !== judged && isIdle(world) && (await hasEnded(world, { snapshot: await takeSnapshot(world), options }))) break;
    judged = last;
    await pulse(world, { phases, wait: false, tell: false });
    if (isIdle(world)) {
      const snapshot = await takeSnapshot(world);
      for (const { task } of snapshot.open) if (inScope(world.scope, task)) world.memory.touched.add(task.key);
      if (await hasEnded(world, { snapshot, options })) break;
      emitWaiting(world, snapshot);
      quietUntil = nextDue(snapshot, world);
    } else quietUntil = 0;
    await nextPulse(world, options);
    // If the clock was set back, this wait must not become long.
    if (paced > world.clock.now()) await world.clock.sleep(Math.min(pace, paced - world.clock.now()), never);
  }
  // Leftovers of dead supervisors whose attempts this one took over could not be told from folders in use until now.
  world.memory.lookedForLeftovers = 0;
  await pulse(world, { phases: ['reap'], wait: true, tell: false });
  await world.store.release({ holder: world.holder });
  return summary(world, began);
}

const never = new AbortController().signal;

/** A clock that was set back must not delay the next pulse. */
function isBetween(now: Instant, until: Instant): boolean {
  return now < until && until - now <= quietFor;
}

/** Emits the event once, until a different set of tasks waits. */
function emitWaiting(world: World, snapshot: Snapshot): void {
  const waiting = waitingOf(world, snapshot);
  const text = JSON.stringify(waiting);
  if (waiting.tasks === 0 || world.memory.waiting === text) return;
  world.memory.waiting = text;
  world.emit({ type: 'waiting', ...waiting });
}

function waitingOf(world: World, snapshot: Snapshot): Summary['waiting'] {
  const { tasks, next } = outlookOf(waitsOf(world, snapshot));
  if (next === null) return { tasks, next };
  const { task, until, wait } = next;
  return { tasks, next: { task: task.id, until: iso(until), reason: waitText(wait) } };
}

/** The waits of the queued tasks that this supervisor looks after. */
function waitsOf(world: World, snapshot: Snapshot): readonly { readonly task: Task; readonly wait: Wait | null }[] {
  const now = world.clock.now();
  const mine = snapshot.queued.filter((task) => inScope(world.scope, task));
  return mine.map((task) => ({ task, wait: waitOf(snapshot, { task, now, named: isNamed(world.scope, task), begun: [] }) }));
}

/** When a task can start just because time has passed. */
function nextDue(snapshot: Snapshot, world: World): Instant {
  const now = world.clock.now();
  const times = waitsOf(world, snapshot).flatMap(({ wait }) => (wait === null ? [] : (untilOf(wait) ?? [])));
  return Math.min(
    now + (snapshot.open.length > 0 ? quietBeside : quietFor),
    world.memory.nextSchedule,
    nextRound(world),
    nextIssues(world),
    ...times,
  );
}

/**
 * A person wants everything to end now: every worker is ended, and its task waits for the next run. This is called before
 * each pulse, because since the last one a worker may have passed its gate, or been taken over from a supervisor that died.
 */
async function stopAll(world: World): Promise<void> {
  const { memory } = world;
  memory.stoppedSince ??= performance.now();
  const stoppedFor = performance.now() - memory.stoppedSince;
  for (const attempt of await world.store.openAttempts()) {
    if (!memory.held.has(attempt.id)) continue;
    if (attempt.state === 'settling') await stopSettling(world, { attempt, stoppedFor });
    else if (attempt.stop !== null) continue;
    else if (attempt.launch !== null)
      await world.store.requestStop({
        attempt: attempt.id,
        stop: { reason: 'stopped', said: { code: 'stopped', facts: {} }, until: null },
      });
    else world.memory.inflight.abort(attempt.id);
  }
}

/**
 * Added to the worker's own grace time: reading its remaining output takes a moment after its end, and none of that should
 * have to be done twice.
 */
const settlingGrace: Duration = 5 * second;

/**
 * Settling has a grace time as well. Checks and a push get no more than the worker's, because nobody knows how long they
 * take. The next supervisor does the remaining steps, from the same facts.
 */
async function stopSettling(world: World, given: { readonly attempt: Attempt; readonly stoppedFor: Duration }): Promise<void> {
  const { memory } = world;
  const { id, repo } = given.attempt;
  const { worker } = await world.settings(repo);
  const held = memory.held.get(id);
  if (held === undefined) return;
  const more = held.delivering ? 0 : settlingGrace;
  if (!held.cut && given.stoppedFor < worker.graceSeconds * second + more) return;
  held.cut = true;
  if (memory.inflight.has(id)) memory.inflight.abort(id);
  else forget(world, id);
}

/** No work is in progress, and this supervisor has no attempt. */
function isIdle({ memory }: World): boolean {
  return memory.inflight.size === 0 && memory.held.size === 0;
}

/** Called only when it is idle. */
async function hasEnded(world: World, given: { snapshot: Snapshot; options: RunOptions }): Promise<boolean> {
  return isOver(world, given) && (world.memory.draining || !(await isToFinish(world)));
}

/** Called only when it is idle. */
function isOver(world: World, given: { snapshot: Snapshot; options: RunOptions }): boolean {
  const { snapshot, options } = given;
  if (world.memory.draining) return true;
  if (options.until === 'down' || isUnsynced(world)) return false;
  // A task of another supervisor may be one that this supervisor waits for; that supervisor's leases end with it. Attempts
  // that cannot be reached are left out, because the wait for them would never end.
  const { unreachable } = world.memory;
  if (snapshot.open.some(({ task, attempt }) => inScope(world.scope, task) && !unreachable.has(attempt.id))) return false;
  const waits = waitsOf(world, snapshot);
  if (waits.some(({ wait }) => wait === null) || snapshot.pulls.some((task) => isToBeOpened(world, task))) return false;
  if (options.until === 'idle') return true;
  if (snapshot.pulls.some((task) => inScope(world.scope, task) && goesOnByItself(world, task))) return false;
  return movable({ waits, states: snapshot.states }).size === 0;
}

/** Whether its pull request is to be opened, its forge can be asked, and no round has tried it in vain. */
function isToBeOpened(world: World, task: Task): boolean {
  const pull = task.delivery?.pull ?? null;
  if (pull === null || pull.seen !== null || !inScope(world.scope, task)) return false;
  const { host } = pull.repository;
  const wasTried = world.memory.rounds.get(host)?.looked?.get(task.key) === task.updatedAt;
  return !wasTried && world.memory.signIns.get(host)?.answer.signedIn !== false;
}

/** Whether its pull request waits for something that happens without a person: checks, a queue, or a step of ours. */
function goesOnByItself(world: World, task: Task): boolean {
  const plan = task.delivery?.pull ?? null;
  if (plan === null || task.state !== 'delivered') return false;
  const { host } = plan.repository;
  // A forge that accepts no token of ours needs a person; one that does not answer needs nobody.
  const signIn = world.memory.signIns.get(host)?.answer;
  if (signIn?.signedIn === false && signIn.why !== 'away') return false;
  const pull = openedPull(task.delivery);
  if (pull === null) return signIn?.signedIn === false || world.memory.rounds.get(host)?.away === true;
  if (pull.finished) return false;
  if ((pull.mergeAsked?.at ?? -Infinity) > pull.observedAt) return true;
  // The lower one of a stack, which may wait for a person, is judged on its own.
  return pull.stands?.needsPerson !== true && pull.stands?.why.code !== 'stacked';
}

async function nextPulse(world: World, options: RunOptions): Promise<void> {
  const controller = new AbortController();
  const onDrain = (): void => controller.abort();
  const signals = [options.drain, options.stop].filter((signal) => !signal.aborted);
  for (const signal of signals) signal.addEventListener('abort', onDrain);
  await Promise.race([options.waker.woken(controller.signal), world.clock.sleep(options.pollMs, controller.signal)]);
  controller.abort();
  for (const signal of signals) signal.removeEventListener('abort', onDrain);
}

async function summary(world: World, began: Instant): Promise<Summary> {
  const { touched } = world.memory;
  const snapshot = await takeSnapshot(world);
  const unfinished = await world.store.tasks({ states: ['running', 'delivered', 'blocked', 'failed'] });
  const asked = waitsOf(world, snapshot).flatMap(({ task, wait }) => (wait === null || isAsked(wait) ? [task] : []));
  const tasks = new Map([...unfinished.filter((task) => inScope(world.scope, task)), ...asked].map((task) => [task.key, task]));
  for (const key of touched) {
    const task = tasks.get(key) ?? (await world.store.taskByKey(key));
    if (task !== null) tasks.set(key, task);
  }
  const counts: Record<TaskState, number> = { queued: 0, running: 0, delivered: 0, done: 0, blocked: 0, failed: 0, cancelled: 0 };
  for (const { state } of tasks.values()) counts[state] += 1;
  const failing = [...tasks.values()].some(({ key, state }) => touched.has(key) && (state === 'blocked' || state === 'failed'));
  let cost = 0;
  const mismatched: string[] = [];
  for (const attempt of await world.store.attemptsOf([...touched])) {
    // Attempts that ended before this run were counted by an earlier run.
    if (attempt.endedAt !== null && attempt.endedAt < began) continue;
    cost += chargedOf(attempt);
    if (billedOtherwise(attempt)) mismatched.push(attempt.taskId);
  }
  const inReview = [...tasks.values()].filter(isInReview).length;
  return { counts, failing, waiting: waitingOf(world, snapshot), costUsd: toUsd(cost), mismatched, inReview, nothing: touched.size === 0 };
}

function isInReview({ state, delivery }: Task): boolean {
  return state === 'delivered' && openedPull(delivery)?.seen.state === 'open';
}
