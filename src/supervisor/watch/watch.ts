// Phase 2: renews leases, takes over abandoned attempts, reads output, and ends workers that must end.
import { fromUsd } from '../../core/money/usd.ts';
import { leaseFor, renewEvery } from '../../core/task/lease.ts';
import { saidText } from '../../core/reason/said-words.ts';
import { minute, second } from '../../core/time.ts';
import {
  firstLook,
  lookAgain,
  wallTime,
  warnings,
  watch as decideStop,
  type Look,
  type WatchFacts,
  type WatchLimits,
} from '../../core/transcript/watchdog.ts';
import { Fault } from '../../core/fault.ts';
import type { Attempt, Launch, Lease } from '../../core/task/attempt.ts';
import type { Stop } from '../../core/task/stop.ts';
import type { Settings } from '../../core/settings.ts';
import type { Tally } from '../../core/transcript/tally.ts';
import type { Task } from '../../core/task/task.ts';
import type { Agent } from '../../ports/agent.ts';
import { recordWindows } from '../dispatch/known-accounts.ts';
import { sampleMemory } from '../dispatch/capacity.ts';
import { forget, heldOf, holdAttempt, type Reader } from '../held.ts';
import { heldPlace, reachOf, warnOfUnreachable, whereIs } from './places.ts';
import { isFlooded, readerOf, readOn, type Progress } from './read.ts';
import { areSecretsKnown, readSecrets } from '../prepare/secrets.ts';
import { requiredServers } from '../prepare/servers.ts';
import { emitStage, type World } from '../world.ts';

/**
 * The output of this many workers is read together and stored in one transaction. Larger batches survive V8's
 * young-generation collection and cost full collections later.
 */
const together = 2;

export async function watch(world: World): Promise<string | null> {
  await keepLeases(world);
  const held = heldOf(world, await world.store.openAttempts());
  const running = held.filter(
    (attempt) => attempt.launch !== null && attempt.state !== 'settling' && !world.memory.inflight.has(attempt.id),
  );
  if (running.length > 0) await sampleMemory(world);
  const tasks = new Map((await world.store.tasksByKeys(running.map(({ taskKey }) => taskKey))).map((task) => [task.key, task]));
  const looks: PromiseSettledResult<boolean>[] = [];
  for (let first = 0; first < running.length; first += together) {
    const some = running.slice(first, first + together);
    looks.push(...(await Promise.allSettled(some.map((attempt) => watchOne(world, { attempt, task: tasks.get(attempt.taskKey) })))));
  }
  // A worker that cannot be watched must not keep the others from being watched.
  for (const look of looks) if (look.status === 'rejected') throw look.reason;
  const stopped = looks.filter((look) => look.status === 'fulfilled' && look.value).length;
  return running.length === 0 ? null : `${running.length} running${stopped === 0 ? '' : `, ${stopped} being stopped`}`;
}

async function keepLeases(world: World): Promise<void> {
  const { memory, store, clock, holder } = world;
  const at = clock.lease();
  if (at.ms - memory.renewedAt < renewEvery) return;
  memory.renewedAt = at.ms;
  const still = new Set(await store.renew({ holder, leaseFor, at }));
  for (const id of [...memory.held.keys()]) {
    if (still.has(id)) continue;
    memory.inflight.abort(id);
    forget(world, id);
  }
  const gone = (await store.holders()).filter((other) => other !== holder && world.host.isGone(other));
  // Their git commands end before their work is taken over, because these may still be changing it.
  if (gone.length > 0) await endCallsOfTheGone(world);
  for (const other of gone) await store.release({ holder: other });
  const reach = reachOf(world);
  const taken = await store.takeOver({ holder, leaseFor, at, reach });
  if (taken.length > 0) world.passing('taken-over');
  for (const { attempt, lease } of taken) adopt(world, { attempt, lease });
  memory.unreachable.clear();
  for (const attempt of await store.beyondReach({ leaseFor, at, reach })) {
    memory.unreachable.add(attempt.id);
    warnOfUnreachable(world, { attempt, why: `it is in ${whereIs(attempt)}` });
  }
}

/** Ends commands that supervisors or other Yardmaster commands ran for themselves before they were killed. */
export async function endCallsOfTheGone(world: World): Promise<void> {
  const left = await world.host.endCallsOfTheGone();
  if (left.length === 0) return;
  world.emit({
    type: 'warning',
    task: null,
    repo: null,
    attempt: null,
    code: 'processes-left',
    message: `processes ${left.join(', ')} of a supervisor that was killed could not be ended`,
    hint: 'end them by hand; their environment contains YARDMASTER_CALL',
  });
}

/** Takes over an attempt whose supervisor is gone. Its worker may be running, ended, or never have been started. */
function adopt(world: World, given: { attempt: Attempt; lease: Lease }): void {
  const { attempt, lease } = given;
  holdAttempt(world, { attempt, lease });
  if (attempt.launch !== null) awaitEnd(world, { attempt, launch: attempt.launch });
}

/** Wakes the supervisor as soon as the worker ends. */
export function awaitEnd(world: World, given: { attempt: Attempt; launch: Launch }): void {
  const controller = new AbortController();
  const { attempt, launch } = given;
  const held = world.memory.held.get(attempt.id);
  held?.awaited?.abort();
  if (held !== undefined) held.awaited = controller;
  // This only makes the reaction quicker: the next pulse checks the worker anyway.
  void heldPlace(world, attempt)
    .ended(launch, controller.signal)
    .then(world.wake, () => undefined);
}

/** A worker that this supervisor watches. */
interface Watched {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly lease: Lease;
  readonly launch: Launch;
  readonly agent: Agent;
}

/** Returns whether the worker is being stopped. */
async function watchOne(world: World, given: { attempt: Attempt; task: Task | undefined }): Promise<boolean> {
  const { attempt, task } = given;
  const agent = world.agents.get(attempt.route.agent);
  const lease = world.memory.held.get(attempt.id)?.lease;
  if (agent === undefined || lease === undefined || task === undefined || attempt.launch === null) return false;
  const watched: Watched = { task, attempt, lease, launch: attempt.launch, agent };
  const stop = areSecretsKnown(world, attempt) ? await observedStop(world, watched) : stopUnread(world, attempt);
  return stop !== null && stopWorker(world, { ...watched, stop });
}

/**
 * Why a worker must stop whose secrets are not known yet: its output is not read before they are, so only a request can end
 * it.
 */
function stopUnread(world: World, attempt: Attempt): Stop | null {
  // If everything is to end now, its output is read after its end.
  if (world.memory.stoppedSince === null) readSecretsBeside(world, attempt);
  return attempt.stop;
}

/**
 * Reads the worker's output, and returns why the worker has to be stopped; null: it does not have to be, or it cannot be
 * read.
 */
async function observedStop(world: World, watched: Watched): Promise<Stop | null> {
  const { attempt } = watched;
  // The time from before the reading: if the clock jumps during it, output that was just written must not count as an hour
  // old.
  const now = world.clock.now();
  const progress = await readProgress(world, watched);
  if (progress === null) return null;
  const reader = await readerOf(world, attempt);
  await storeWindows(world, { attempt, reader, tally: progress.tally });
  reader.look = lookAt({ reader, progress, now });
  warnOfServers(world, { reader, attempt, tally: progress.tally });
  const facts = await watchFacts(world, { ...watched, progress, reader, look: reader.look, now });
  const stop = attempt.stop ?? decideStop(facts);
  if (stop === null) warnOfHalves(world, { reader, facts });
  return stop;
}

/** Null: the worker cannot be reached now, or another supervisor has the attempt. */
async function readProgress(world: World, { attempt, lease, agent }: Watched): Promise<Progress | null> {
  const progress = await readOn(world, { attempt, lease, agent, final: false }).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'place-unreachable') throw error;
    warnOfUnreachable(world, { attempt, why: error.message });
    return null;
  });
  if (progress === null) return null;
  if (progress.lost) {
    forget(world, attempt.id);
    return null;
  }
  // The attempt was taken over from a supervisor that died before it stored this state.
  if (attempt.state === 'preparing' && progress.attempt.outOffset > 0)
    await world.store.patchAttempt({ lease, patch: { state: 'running' } });
  return progress;
}

/** Stored while the worker runs, so that tasks dispatched meanwhile know how much of the plan is used. */
async function storeWindows(world: World, given: { attempt: Attempt; reader: Reader; tally: Tally }): Promise<void> {
  const { attempt, reader, tally } = given;
  if (reader.windows === tally.windows) return;
  await recordWindows(world, { attempt, windows: tally.windows });
  reader.windows = tally.windows;
}

async function watchFacts(
  world: World,
  given: Watched & { progress: Progress; reader: Reader; look: Look; now: number },
): Promise<WatchFacts> {
  const { task, attempt, agent, progress, reader, look, now } = given;
  const { tally } = progress;
  const settings = await world.settings(task.repo);
  const limits = limitsOf({ settings, task });
  // This runs for each worker at each pulse, and most workers have no servers.
  const required = tally.servers.length === 0 ? [] : await requiredServers(world, { task, settings, agent: attempt.route.agent });
  const flooded = await isFlooded(world, { attempt, reader, mb: limits.maxOutputMb, now });
  return { attempt: progress.attempt, tally, limits, agent: agent.facts, look, flooded, required };
}

/**
 * The worker's output is read only after its secrets are known. They are read beside the pulse, because a command for a
 * secret may ask a person and take long, and leases must be renewed meanwhile.
 */
function readSecretsBeside(world: World, attempt: Attempt): void {
  world.memory.inflight.start(`secrets of ${attempt.id}`, async (signal) => {
    await readSecrets(world, { attempt, signal });
    world.memory.answers += 1;
  });
}

function lookAt(given: { reader: Reader; progress: Progress; now: number }): Look {
  const { look } = given.reader;
  const { attempt, spoke } = given.progress;
  return look === null ? firstLook({ attempt, now: given.now }) : lookAgain({ before: look, now: given.now, spoke });
}

/** Warns once for each limit of an attempt when half of it is used up. */
function warnOfHalves(world: World, given: { reader: Reader; facts: WatchFacts }): void {
  const { warned } = given.reader;
  const { attempt } = given.facts;
  for (const { limit, message, setting } of warnings(given.facts)) {
    if (warned.has(limit)) continue;
    warned.add(limit);
    const hint = `to see what it does, run: yardmaster logs ${attempt.taskId} --follow; the limit is set by ${setting}`;
    world.emit({ type: 'warning', task: attempt.taskId, repo: attempt.repo, attempt: attempt.id, code: `half-${limit}`, message, hint });
  }
}

/** Warns once about servers that did not start. */
function warnOfServers(world: World, given: { reader: Reader; attempt: Attempt; tally: Tally }): void {
  const { reader, attempt, tally } = given;
  if (reader.servers === tally.servers) return;
  reader.servers = tally.servers;
  for (const { name, status } of tally.servers) {
    if (status === 'connected') continue;
    const message = `the MCP server ${name} did not start (${status})`;
    world.emit({
      type: 'warning',
      task: attempt.taskId,
      repo: attempt.repo,
      attempt: attempt.id,
      code: 'mcp-failed',
      message,
      hint: 'to find out why, start it by hand as mcp.yaml describes it',
    });
  }
}

function limitsOf(given: { settings: Settings; task: Task }): WatchLimits {
  const { worker } = given.settings;
  return {
    stall: worker.stallMinutes * minute,
    wall: wallTime({ estimate: given.task.estimate, configured: worker.wallMinutes * minute }),
    maxSteps: worker.maxSteps,
    maxOutputMb: worker.maxOutputMb,
    maxCost: worker.maxBudgetUsd === null ? null : fromUsd(worker.maxBudgetUsd),
  };
}

async function stopWorker(world: World, given: Omit<Watched, 'agent'> & { readonly stop: Stop }): Promise<boolean> {
  const { attempt, lease, stop } = given;
  // A worker that has ended is settled, and not stopped again.
  if ((await heldPlace(world, attempt).look(given.launch)).state !== 'running') return false;
  return world.memory.inflight.start(attempt.id, async () => {
    // The stop is stored first: the supervisor that settles the attempt must know that the worker was ended on purpose.
    if (attempt.stop === null && (await world.store.patchAttempt({ lease, patch: { stop } })) === 'lost') return forget(world, attempt.id);
    world.passing('stop-stored');
    emitStage(world, { attempt, title: given.task.title, stage: 'stopping', note: saidText(stop.said) });
    const settings = await world.settings(given.task.repo);
    const { left } = await heldPlace(world, attempt).stop(given.launch, { graceMs: settings.worker.graceSeconds * second });
    if (left.length > 0) warnOfProcessesLeft(world, { attempt, left });
  });
}

export function warnOfProcessesLeft(world: World, given: { attempt: Attempt; left: readonly number[] }): void {
  world.emit({
    type: 'warning',
    task: given.attempt.taskId,
    repo: given.attempt.repo,
    attempt: given.attempt.id,
    code: 'processes-left',
    message: `processes ${given.left.join(', ')} of the worker could not be ended`,
    hint: 'end them by hand; their environment contains YARDMASTER_ATTEMPT',
  });
}
