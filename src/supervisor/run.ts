// The life of a supervisor in the foreground: pulses on events, and on time as the backstop, until nothing is left.
// Drain: nothing new is dispatched, workers end by themselves. Stop: workers are ended and their tasks queued again.
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
import { isToFinish } from './settle/finish.ts';
import { inScope, isNamed, takeSnapshot, waitOf, type Snapshot } from './dispatch/snapshot.ts';
import type { World } from './world.ts';

export interface RunOptions {
  /** `idle`: until nothing runs and nothing is ready; `done`: until nothing would move without a person; `down`: until it is told to end. */
  readonly until: 'idle' | 'done' | 'down';
  readonly pollMs: number;
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
  readonly waker: Waker;
}

/** Told of what is worth a pulse. */
export interface Waker {
  /** Resolves once something was, and when the signal aborts. */
  woken(signal: AbortSignal): Promise<void>;
  /** Was there something since this was asked last? */
  taken(): boolean;
}

/** So long may pass between two pulses where nothing is under way and nothing was told: the backstop for what nobody tells. */
const quietFor: Duration = 10 * second;

/** The same while others hold attempts: they may die. */
const quietBeside: Duration = 2 * second;

/** Where one follows the other, pulses are so far apart: what happens meanwhile costs one pulse then and not one each. */
const pace: Duration = 30;

/** After a rest so many may follow at once: what is asked of a supervisor that has little to do is not put off. */
const burst = 4;

export interface Summary {
  /** Of all tasks that it looks after and that it worked on, or that are not done. What nobody marked is left out. */
  readonly counts: Readonly<Record<TaskState, number>>;
  /** A task that it worked on is blocked or has failed. */
  readonly failing: boolean;
  readonly waiting: Omit<Extract<SupervisorEvent, { type: 'waiting' }>, 'type'>;
  /** Of what went on in this run. */
  readonly costUsd: number;
  /** The tasks of those attempts that were billed in another way than planned, one for each attempt. */
  readonly mismatched: readonly string[];
  /** No task was there to be worked on. */
  readonly nothing: boolean;
}

export async function run(world: World, options: RunOptions): Promise<Summary> {
  const began = world.clock.now();
  let quietUntil = 0;
  let mark = -1;
  let paced = 0;
  for (;;) {
    const woken = options.waker.taken();
    const before = mark;
    mark = await world.store.changeMark();
    const asked = options.drain.aborted || options.stop.aborted;
    if (!woken && mark === before && !asked && isBetween(world.clock.now(), quietUntil)) {
      await nextPulse(world, options);
      continue;
    }
    const wish = (await world.store.supervisors()).find(({ holder }) => holder === world.holder)?.wish ?? null;
    world.memory.draining = wish !== null || asked;
    if (wish === 'stop' || options.stop.aborted) {
      await stopAll(world);
      // What can be done again at any time.
      world.memory.inflight.abortMatching((key) => /^(?:reap|sign-in|secrets of|progress) /.test(key));
    }
    const now = world.clock.now();
    paced = Math.max(paced, now - burst * pace) + pace;
    await pulse(world, { phases, wait: false, tell: false });
    if (world.memory.inflight.size === 0 && world.memory.held.size === 0) {
      const snapshot = await takeSnapshot(world);
      for (const { task } of snapshot.open) if (inScope(world.scope, task)) world.memory.touched.add(task.key);
      if (isOver(world, { snapshot, options }) && (world.memory.draining || !(await isToFinish(world)))) break;
      tellWaiting(world, snapshot);
      quietUntil = nextDue(snapshot, world);
    } else quietUntil = 0;
    await nextPulse(world, options);
    // A clock that was set back must not make it wait for long.
    if (paced > world.clock.now()) await world.clock.sleep(Math.min(pace, paced - world.clock.now()), never);
  }
  // What was left by those whose work this one took over could not be told from what was being made until now.
  world.memory.lookedForLeftovers = 0;
  await pulse(world, { phases: ['reap'], wait: true, tell: false });
  await world.store.release({ holder: world.holder });
  return summary(world, began);
}

const never = new AbortController().signal;

/** A clock that was set back must not keep it quiet. */
function isBetween(now: Instant, until: Instant): boolean {
  return now < until && until - now <= quietFor;
}

/** Once, until something else is waited for. */
function tellWaiting(world: World, snapshot: Snapshot): void {
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

/** Of the queued tasks that this supervisor looks after. */
function waitsOf(world: World, snapshot: Snapshot): readonly { readonly task: Task; readonly wait: Wait | null }[] {
  const now = world.clock.now();
  const mine = snapshot.queued.filter((task) => inScope(world.scope, task));
  return mine.map((task) => ({ task, wait: waitOf(snapshot, { task, now, named: isNamed(world.scope, task), begun: [] }) }));
}

/** When time alone will have something to do. */
function nextDue(snapshot: Snapshot, world: World): Instant {
  const now = world.clock.now();
  const times = waitsOf(world, snapshot).flatMap(({ wait }) => (wait === null ? [] : (untilOf(wait) ?? [])));
  return Math.min(now + (snapshot.open.length > 0 ? quietBeside : quietFor), world.memory.nextSchedule, ...times);
}

/**
 * A person wants it to end now: every worker is ended, and its task waits for the next run. Asked before each pulse,
 * because a worker may have passed its gate, or been taken over from a supervisor that died, since the last one.
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

/** Beyond the worker's own: reading what it left takes a moment after its end, and nothing of it is worth doing twice. */
const settlingGrace: Duration = 5 * second;

/** It has its time of grace, which checks and a push must not outlast, because nobody knows how long they take; what it has not come to by then is done by the next supervisor, from the same facts. */
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

/** Asked where nothing is under way and nothing is held. */
function isOver(world: World, given: { snapshot: Snapshot; options: RunOptions }): boolean {
  const { snapshot, options } = given;
  if (world.memory.draining) return true;
  if (options.until === 'down') return false;
  // Another supervisor may hold what this one waits for; its leases end with it. What is beyond reach would never end.
  const { unreachable } = world.memory;
  if (snapshot.open.some(({ task, attempt }) => inScope(world.scope, task) && !unreachable.has(attempt.id))) return false;
  const waits = waitsOf(world, snapshot);
  if (waits.some(({ wait }) => wait === null)) return false;
  if (options.until === 'idle') return true;
  return movable({ waits, states: snapshot.states }).size === 0;
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
    // What was over before is in the account of an earlier run.
    if (attempt.endedAt !== null && attempt.endedAt < began) continue;
    cost += chargedOf(attempt);
    if (billedOtherwise(attempt)) mismatched.push(attempt.taskId);
  }
  return { counts, failing, waiting: waitingOf(world, snapshot), costUsd: toUsd(cost), mismatched, nothing: touched.size === 0 };
}
