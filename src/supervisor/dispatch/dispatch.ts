// Phase 4: decides which task is next and by which route, and claims it. The steps after a claim (worktree, set-up, start)
// are an operation of their own.
import { leaseFor } from '../../core/task/lease.ts';
import { allFull, capReached, type Slot } from '../../core/task/schedule.ts';
import type { Attempt, Lease } from '../../core/task/attempt.ts';
import { movesAway } from '../../core/task/decide.ts';
import { faultRule } from '../../core/fault-codes.ts';
import type { PlaceChoice } from '../../core/route/place.ts';
import type { Chosen, Refusal, Trial } from '../../core/route/route.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { conditionText, routeText, routeTexts, textOf } from '../../core/reason/words.ts';
import { inTurn } from '../../core/task/set-aside.ts';
import type { Settings } from '../../core/settings.ts';
import { isWait, type QueuedStanding } from '../../core/reason/standing-reason.ts';
import { queuedStanding, type Look } from '../../core/task/standing.ts';
import type { Task } from '../../core/task/task.ts';
import { minute, second, type Duration, type Instant } from '../../core/time.ts';
import { distrustOf, lacksTrust, sameData } from '../../core/security/trust.ts';
import type { Claim } from '../../ports/store.ts';
import { notifyOnce } from '../account/account.ts';
import { takeSeen, type Seen } from './known-accounts.ts';
import { probeModel, tryAccount } from './trial.ts';
import { fullPlaces, takeCapacity } from './capacity.ts';
import { lookForRoute, slotFor, type Room } from './look-for-route.ts';
import { prepare } from '../prepare/prepare.ts';
import { recordPrograms } from './programs.ts';
import { recordOutage } from './set-aside.ts';
import { openOf, capsOf, inScope, isNamed, placeFacts, slotOf, takeSnapshot, waitOf } from './snapshot.ts';
import { takeUp } from './take-up.ts';
import { emitMoved } from '../emit-moved.ts';
import { holdAttempt } from '../held.ts';
import { warnOnce } from '../warn-once.ts';
import { describe, type World } from '../world.ts';

export async function dispatch(world: World): Promise<string | null> {
  const { memory, concurrency } = world;
  // If this supervisor's own attempts reach the limit, nothing need be read.
  if (memory.draining || (concurrency !== 'auto' && memory.held.size >= concurrency)) return null;
  await takeUp(world);
  const snapshot = await takeSnapshot(world);
  const taken: Slot[] = snapshot.open.map(slotOf);
  const { answers } = memory;
  const seen = await takeSeen(world, openOf(snapshot));
  const capacity = await takeCapacity({ ...world, sizeOf: (attempt) => memory.held.get(attempt)?.size?.now ?? null }, snapshot.open);
  const places = placeFacts(world);
  const begun: Chosen[] = [];
  const opened: Attempt[] = [];
  const room: Room = { capacity, taken, begun, batches: snapshot.batches };
  const full = fullPlaces(capacity, { taken, begun });
  const now = world.clock.now();
  const away = new Set<string>();
  for (const task of inTurn(snapshot.queued, snapshot.repositories)) {
    if (world.memory.draining || allFull({ caps: capacity, taken, places })) break;
    if (!inScope(world.scope, task) || away.has(task.repo)) continue;
    const wait = waitOf(snapshot, { task, now, named: isNamed(world.scope, task), begun: opened });
    if (wait !== null) continue;
    const standing = await standingFor(world, { task, seen, full, room, away });
    if (standing.code !== 'startable') {
      await carryOut(world, { task, standing, answers });
      continue;
    }
    const route = standing.facts;
    const claim = await claimFor(world, { task, route, room });
    if (!claim.claimed) continue;
    taken.push(slotFor(task, route));
    begun.push(route);
    opened.push(claim.attempt);
    begin(world, { task, attempt: claim.attempt, lease: claim.lease });
    if (route.warning !== null) warnOnce(world, { ...ofTask(task), ...secondChoice, message: route.warning });
  }
  return begun.length === 0 ? null : `${begun.length} ${begun.length === 1 ? 'worker' : 'workers'} dispatched`;
}

async function claimFor(world: World, given: { readonly task: Task; readonly route: Chosen; readonly room: Room }): Promise<Claim> {
  const { task, route, room } = given;
  const { capacity, batches, taken } = room;
  const wanted = slotFor(task, route);
  const caps = capsOf({ settings: await world.settings(task.repo), capacity, batches });
  return world.store.claim({
    id: world.clock.id(),
    taskKey: task.key,
    route,
    session: world.clock.id(),
    holder: world.holder,
    leaseFor,
    leaseFrom: world.clock.lease(),
    at: world.clock.now(),
    reason: { code: 'dispatched', facts: { route: route.reasons } },
    // The room for it was computed beside this number of attempts; if there are more now, the next pulse decides again.
    admit: (open) => open.length <= taken.length && capReached({ caps, taken: open, wanted }) === null,
  });
}

function begin(world: World, claimed: { task: Task; attempt: Attempt; lease: Lease }): void {
  const { task, attempt, lease } = claimed;
  world.passing('claimed');
  holdAttempt(world, { attempt, lease });
  emitMoved(world, { task, from: task.state, to: 'running', reason: routeText(attempt.route.reasons) });
  world.memory.inflight.start(attempt.id, (signal) => prepare(world, { ...claimed, signal }));
}

function ofTask(task: Task): { readonly task: Task; readonly repo: string } {
  return { task, repo: task.repo };
}

const secondChoice = {
  code: 'second-choice',
  hint: 'install it, or choose an agent with agent: in the task, --agent or SUPERVISOR_CLI',
} as const;

/**
 * A pull may have brought a changed configuration long after a person trusted it. Repositories that were never trusted are
 * also reported by their blocked tasks.
 */
async function warnOfDistrust(world: World, given: { readonly task: Task; readonly settings: Settings }): Promise<void> {
  const { task, settings } = given;
  const { repo } = task;
  const told = distrustOf({ ...settings, repo });
  if (told === null) return;
  const message = `${repo}: ${told.message}`;
  const key = `untrusted ${repo} ${settings.untrusted.text}`;
  warnOnce(world, { ...ofTask(task), code: 'untrusted', message, hint: told.hint, key });
  if (!settings.untrusted.before) return;
  const command = `yardmaster trust --repo ${repo}`;
  await notifyOnce(world, { key, kind: 'alarm', task: null, repo, message, command });
}

/** Where a task stands that waits for nothing. */
async function standingFor(
  world: World,
  given: {
    readonly task: Task;
    readonly seen: Seen;
    readonly full: PlaceChoice['full'];
    readonly room: Room;
    /** Repositories that were found to be unavailable in this pulse. */
    readonly away: Set<string>;
  },
): Promise<QueuedStanding> {
  return queuedStanding({ wait: null, look: await lookForRouteSafely(world, given) });
}

/** What follows for a task that cannot be started now. `answers`: how many trials had ended when the accounts were read. */
async function carryOut(
  world: World,
  given: { readonly task: Task; readonly standing: Exclude<QueuedStanding, { code: 'startable' }>; readonly answers: number },
): Promise<void> {
  const { task, standing } = given;
  if (isWait(standing)) return;
  switch (standing.code) {
    case 'refused':
      return refuse(world, { task, refusal: standing.facts });
    case 'faulty':
      return block(world, task, { code: 'fault', facts: standing.facts });
    case 'without-servers':
      return block(world, task, { code: 'unknown-servers', facts: standing.facts });
    case 'tried-first':
      // A trial that ended since then may have proved the account: the next pulse decides by its result.
      return world.memory.answers === given.answers ? startTrial(world, { task, trial: standing.facts }) : undefined;
    case 'hindered':
      warnOnce(world, { ...ofTask(task), ...standing.facts });
      return putOff(world, { task, reason: { code: 'fault', facts: standing.facts }, until: world.clock.now() + hinderedFor });
    case 'unlooked':
    case 'full':
  }
}

async function lookForRouteSafely(world: World, given: Parameters<typeof standingFor>[1]): Promise<Look | null> {
  const { task, away, seen } = given;
  try {
    const settings = await world.settings(task.repo);
    if (await isAway(world, { task, settings })) {
      away.add(task.repo);
      return null;
    }
    await warnOfDistrust(world, { task, settings });
    if (lacksTrust({ ...settings, repo: task.repo }) === null) await recordPrograms(world, { seen, settings });
    return await lookForRoute(world, given);
  } catch (error) {
    return { failed: describe(error, `route of ${task.id}`) };
  }
}

/**
 * Whether the repository cannot be used now; it is then set aside. A task's agent, model and accounts come from its
 * configuration, so while it is away no route can be decided.
 */
async function isAway(world: World, { task, settings }: { readonly task: Task; readonly settings: Settings }): Promise<boolean> {
  const { repo, key: taskKey } = task;
  try {
    await world.repo.find(repo, { remote: settings.delivery.remote });
    return false;
  } catch (error) {
    const fault = describe(error, repo);
    const kind = faultRule(fault.code).failure;
    // Other faults are left to the attempt that meets them.
    if (kind !== 'repository-away') return false;
    const attempt = { id: world.clock.id(), repo, taskKey, startedAt: world.clock.now() };
    await recordOutage(world, { attempt, kind, said: { code: 'fault', facts: fault }, settings, failedAt: world.clock.now() });
    return true;
  }
}

/** Runs beside the pulse; its end requests another pulse, which decides by the result. */
async function startTrial(world: World, given: { readonly task: Task; readonly trial: Trial }): Promise<void> {
  const settings = await world.settings(given.task.repo);
  const trial = { ...given.trial, model: probeModel({ settings, model: given.trial.model }) };
  world.memory.inflight.start(`sign-in ${trial.tried}`, async (signal) => {
    const { proof } = await tryAccount(world, { trial, settings, signal });
    world.memory.answers += 1;
    world.emit({
      type: 'sign-in',
      account: trial.tried,
      agent: trial.agent,
      ok: proof?.ok ?? null,
      why: proof === null ? '' : conditionText(proof.why),
    });
  });
}

/** Blocks the task if only a person can lift the refusal; leaves it queued until then if time lifts it. */
async function refuse(world: World, given: { readonly task: Task; readonly refusal: Refusal }): Promise<void> {
  const { task, refusal } = given;
  const { refused, until, reasons } = refusal;
  const reason: TaskReason = { code: 'no-route', facts: { refused, route: reasons, after: null } };
  // A refusal that is found repeatedly is reported once.
  if (!sameData(reason, task.reason))
    world.emit({ type: 'refused', task: task.id, repo: task.repo, code: refused, reasons: routeTexts(reasons) });
  if (until !== null) {
    await putOff(world, { task, reason, until });
    return;
  }
  // The person has to fix the cause for which its last worker failed.
  const last = (await world.store.attempts(task.key)).at(-1)?.verdict;
  const kind = last?.kind ?? null;
  const after = last != null && kind !== null && movesAway(kind) ? { kind, said: last.said } : null;
  await block(world, task, { ...reason, facts: { ...reason.facts, after } });
}

/** An answer without a route is looked for again after this time, because nobody retries a delivered task. */
const unansweredFor: Duration = minute;

/** A fault that hinders all tasks alike is not met again by each of them at every pulse. */
const hinderedFor: Duration = 10 * second;

async function putOff(world: World, given: { readonly task: Task; readonly reason: TaskReason; readonly until: Instant }): Promise<void> {
  const { task, reason, until } = given;
  await world.store.patchTask({ key: task.key, patch: { notBefore: until, reason }, at: world.clock.now() });
}

async function block(world: World, task: Task, reason: TaskReason): Promise<void> {
  // Its work has arrived, and only the answer to its pull request waits for a person.
  if (task.state === 'delivered') return putOff(world, { task, reason, until: world.clock.now() + unansweredFor });
  world.memory.touched.add(task.key);
  // Another supervisor, or a person, may have moved it since it was read.
  const move = { key: task.key, from: ['queued'], to: 'blocked', reason, at: world.clock.now() } as const;
  if ((await world.store.moveTask(move)) !== 'ok') return;
  emitMoved(world, { task, from: 'queued', to: 'blocked', reason: textOf(reason) });
}
