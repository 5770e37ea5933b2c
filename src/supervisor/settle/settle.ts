// Phase 3: judges workers that ended by evidence, and finishes delivered tasks. Every step can be repeated: if a supervisor
// dies in between, the next one continues from the stored facts.
import { isComplete } from '../../core/delivery/delivery.ts';
import { billedOtherwise, type Attempt, type Lease } from '../../core/task/attempt.ts';
import type { Task } from '../../core/task/task.ts';
import type { Instant } from '../../core/time.ts';
import type { Exit } from '../../core/transcript/transcript.ts';
import { missingServers } from '../../core/own/mcp.ts';
import { signOf, type Tally } from '../../core/transcript/tally.ts';
import { judge, type Verdict } from '../../core/task/verdict.ts';
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import { alarm } from '../account/account.ts';
import { closeAttempt, failed } from './close.ts';
import { forget, heldOf } from '../held.ts';
import { collect, type Work } from './collect.ts';
import { deliver } from './deliver.ts';
import { finish, isFinishDue } from './finish.ts';
import { heldPlace, warnOfUnreachable } from '../watch/places.ts';
import { completeTranscript, errorTail, readerOf, readOn } from '../watch/read.ts';
import { readSecrets } from '../prepare/secrets.ts';
import { requiredServers } from '../prepare/servers.ts';
import { privateFolder, siteOf } from '../prepare/site.ts';
import { warnOfProcessesLeft } from '../watch/watch.ts';
import { inScope } from '../dispatch/snapshot.ts';
import { emitStage, type World } from '../world.ts';

export async function settle(world: World): Promise<string | null> {
  const { store, memory } = world;
  const held = await interruptHeldUp(world);
  const open = held.filter(({ id }) => !memory.inflight.has(id) && !(memory.stoppedSince !== null && memory.held.get(id)?.cut === true));
  let settling = 0;
  for (const attempt of open) if (await settleOne(world, attempt)) settling += 1;
  const delivered = (await store.tasks({ states: ['delivered'] })).filter(
    (task) => inScope(world.scope, task) && isComplete(task.delivery),
  );
  for (const repo of new Set(delivered.map((task) => task.repo))) {
    const tasks = delivered.filter((task) => task.repo === repo);
    if (isFinishDue(world, { repo, tasks })) memory.inflight.start(`finish ${repo}`, (signal) => finish(world, { repo, signal }));
  }
  return settling === 0 ? null : `${settling} ended`;
}

/** Interrupts those attempts of this supervisor that must not wait any longer, and returns all of its attempts. */
export async function interruptHeldUp(world: World): Promise<readonly Attempt[]> {
  const held = heldOf(world, await world.store.openAttempts());
  for (const attempt of held) if (isHeldUp(attempt)) interrupt(world, attempt.id);
  return held;
}

/**
 * A person asked for its end, and it waits for something other than its worker: a set-up, or the delivery of earlier work.
 * After its worker has ended, only a cancelled task must not wait any longer: neither for the reading of its checkout nor
 * for its checks or its push.
 */
function isHeldUp({ state, stop }: Attempt): boolean {
  return stop !== null && (state === 'preparing' || (state === 'settling' && stop.reason === 'cancelled'));
}

function interrupt(world: World, attempt: string): void {
  const held = world.memory.held.get(attempt);
  if (held === undefined || held.cut || !world.memory.inflight.has(attempt)) return;
  held.cut = true;
  world.memory.inflight.abort(attempt);
}

async function settleOne(world: World, attempt: Attempt): Promise<boolean> {
  const held = world.memory.held.get(attempt.id);
  if (held === undefined) return false;
  const { lease } = held;
  if (attempt.launch === null) {
    return world.memory.inflight.start(attempt.id, async () => {
      await settleUnstarted(world, { attempt, lease });
    });
  }
  const worker = await heldPlace(world, attempt).look(attempt.launch);
  if (worker.state === 'unreachable') {
    warnOfUnreachable(world, { attempt, why: worker.why });
    return false;
  }
  if (attempt.state === 'settling')
    return world.memory.inflight.start(attempt.id, async (signal) => {
      await endCommands(world, attempt);
      await settleAttempt(world, { attempt, lease, signal, exit: attempt.exit ?? gone });
    });
  if (worker.state === 'running') return false;
  const exit = worker.state === 'ended' ? worker.exit : gone;
  const endedAt = worker.state === 'ended' ? worker.at : world.clock.now();
  const peak = held.size?.peak;
  const patch = { state: 'settling', exit, endedAt, ...(peak === undefined ? {} : { peakMemory: peak }) } as const;
  return world.memory.inflight.start(attempt.id, async (signal) => {
    if (worker.state === 'lost' && (await settleUnstarted(world, { attempt, lease }))) return;
    if ((await world.store.patchAttempt({ lease, patch })) === 'lost') return forget(world, attempt.id);
    world.passing('settling');
    await settleAttempt(world, { attempt, lease, signal, exit });
  });
}

/**
 * Closes an attempt whose preparation was interrupted (the supervisor died, the database failed) before the worker passed
 * its gate: nothing was tried, so nothing is charged or counted. Returns whether this was so, by the record as it is now.
 */
async function settleUnstarted(world: World, given: { attempt: Attempt; lease: Lease }): Promise<boolean> {
  const attempt = await world.store.attempt(given.attempt.id);
  const task = await world.store.taskByKey(given.attempt.taskKey);
  if (attempt === null || task === null || attempt.state !== 'preparing') return false;
  const { launch } = attempt;
  if (launch !== null && (await heldPlace(world, attempt).read({ launch, stream: 'stdout', offset: 0, limit: 1 })).length > 0) return false;
  await endCommands(world, attempt);
  const verdict = failed('stopped', { code: 'preparation-cut', facts: {} });
  await closeAttempt(world, { task, attempt, lease: given.lease, verdict, commits: 0 });
  return true;
}

/** Ends set-ups and checks, which continue without the supervisor that began them. */
async function endCommands(world: World, attempt: Attempt): Promise<void> {
  const { left } = await heldPlace(world, attempt).end({ marker: attempt.id, graceMs: 1000 });
  if (left.length > 0) warnOfProcessesLeft(world, { attempt, left });
}

const gone: Exit = { code: null, signal: null };

interface Settling {
  readonly attempt: Attempt;
  readonly lease: Lease;
  readonly exit: Exit;
  readonly signal: AbortSignal;
}

async function settleAttempt(world: World, given: Settling): Promise<void> {
  const { lease, exit } = given;
  // A stop may have been stored after this attempt was read.
  let attempt = (await world.store.attempt(given.attempt.id)) ?? given.attempt;
  const agent = world.agents.get(attempt.route.agent);
  const task = await world.store.taskByKey(attempt.taskKey);
  if (agent === undefined || task === null || attempt.launch === null) return;
  emitStage(world, { attempt, title: task.title, stage: 'settling' });
  // A server that the agent's tools left behind must be gone, for good, before the worktree is judged.
  const { left } = await heldPlace(world, attempt).stop(attempt.launch, { graceMs: 1000 });
  if (left.length > 0) warnOfProcessesLeft(world, { attempt, left });
  else await removeLocks(world, { attempt, task, since: attempt.launch.at });
  await heldPlace(world, attempt).clear(privateFolder(world, attempt));
  world.passing('tree-ended');
  await readSecrets(world, { attempt, signal: given.signal });
  const read = await readOn(world, { attempt, lease, agent, final: true });
  if (read.lost) return forget(world, attempt.id);
  const site = await siteOf(world, { task, attempt, checkout: task.site?.checkout ?? world.folders.worktrees });
  if ((await completeTranscript(world, { attempt, lease, agent, site })) === 'lost') return forget(world, attempt.id);
  world.passing('transcript-complete');
  const { tally } = await readerOf(world, attempt);
  const outcome = agent.outcome({ exit, tally, stderr: await errorTail(world, attempt) });
  await warnOfMismatch(world, { attempt, billing: outcome.billing });
  const patch = { session: outcome.session ?? attempt.session, billing: outcome.billing ?? attempt.route.billing };
  if ((await world.store.patchAttempt({ lease, patch })) === 'lost') return forget(world, attempt.id);
  // The ledger entry, made when the attempt is closed, says what it was billed to.
  attempt = { ...attempt, ...patch };

  const settings = await world.settings(task.repo);
  const cancelled = attempt.stop?.reason === 'cancelled';
  const missing = await missingTools(world, { task, attempt, settings, tally });
  const git = cancelled ? untouched : await collect(world, { task, attempt, settings, signal: given.signal, commitLeftovers: outcome.ok });
  if ('unreadable' in git) {
    const verdict: Verdict = outcome.ok && missing.length === 0 ? { ...git.unreadable, workDone: true } : git.unreadable;
    return closeAttempt(world, { task, attempt, lease, verdict, commits: 0 });
  }
  const { commits } = git;
  world.passing('judged');
  const resumed = (await world.store.attempts(task.key)).some(
    ({ number, session }) => number < attempt.number && session === attempt.session,
  );
  const verdict: Verdict = judge({ outcome, stop: attempt.stop, git, resumed, missing, lastSign: signOf(tally) });
  if (verdict.kind === 'work')
    return deliver(world, { task, attempt, lease, verdict, commits, settings, signal: given.signal, work: git, accept: false });
  await closeAttempt(world, { task, attempt, lease, verdict, commits });
}

/** Nothing of a cancelled task is delivered; the content of its checkout is saved before the checkout is removed. */
const untouched: Work = { head: '', commits: 0, dirty: [], kept: null };

/** The MCP servers that the task requires and the agent did not get. */
async function missingTools(
  world: World,
  given: { task: Task; attempt: Attempt; settings: Settings; tally: Tally },
): Promise<readonly string[]> {
  const required = await requiredServers(world, { ...given, agent: given.attempt.route.agent });
  return missingServers({ required, servers: given.tally.servers });
}

/** Reports work that was billed in another way than planned: nobody meant to spend that money. */
async function warnOfMismatch(world: World, given: { attempt: Attempt; billing: string | null }): Promise<void> {
  const { route, taskId, id } = given.attempt;
  if (!billedOtherwise({ billing: given.billing, route })) return;
  const error = new Fault({
    code: 'billing-mismatch',
    message: `${taskId} was planned to be billed by ${route.billing} (${route.account ?? 'no account'}), but was billed by ${given.billing}`,
    hint: `to see the credentials that ${route.agent} finds by itself, run: yardmaster command ${route.agent} run`,
  });
  await alarm(world, { task: taskId, repo: given.attempt.repo, attempt: id, error, where: 'billing' });
}

async function removeLocks(world: World, given: { attempt: Attempt; task: Task; since: Instant }): Promise<void> {
  const { attempt, task, since } = given;
  if (task.site === null) return;
  for (const lock of await world.repo.takeLeftLocks({ worktree: task.site.checkout, since }))
    world.emit({
      type: 'warning',
      task: task.id,
      repo: task.repo,
      attempt: attempt.id,
      code: 'lock-left',
      message: `the worker was ended while its git was working; its lock file ${lock} was removed`,
      hint: 'nothing needs to be done; changes that it had staged may have to be staged again',
    });
}
