// From a claimed attempt to a running worker: worktree, set-up, command, start. Whatever goes wrong on the way closes
// the attempt by name; a worker is started only after its reference is stored.
import { join } from 'node:path';
import type { Attempt, Lease } from '../core/task/attempt.ts';
import { branchName, perhapsPushed } from '../core/delivery/branch.ts';
import { missingForSetUp, setUpEnvironment } from '../core/security/delivery-environment.ts';
import type { FailureKind } from '../core/task/failure.ts';
import { faultRule } from '../core/fault-codes.ts';
import { worktreeName } from '../core/task/leftovers.ts';
import type { Settings } from '../core/settings.ts';
import type { Task } from '../core/task/task.ts';
import type { ReadyServer } from '../core/own/mcp.ts';
import { minute, second } from '../core/time.ts';
import { credentialOf } from './accounts.ts';
import { closeAttempt, failed, forget } from './close.ts';
import { deliverAgain, isWorkDone } from './deliver-again.ts';
import { earlierSession, isBroken, leftWork, promptOf } from './handover.ts';
import { heldPlace } from './places.ts';
import { boundaryOf } from './protect.ts';
import { roleOf } from './roles.ts';
import { nameConfigured } from './secrets.ts';
import { readyServer, serversOf } from './servers.ts';
import { markUsed } from './set-aside.ts';
import { siteOf, taskFolder } from './site.ts';
import { tellRepository } from './tell-repository.ts';
import { awaitEnd } from './watch.ts';
import { describe, tellStage, type World } from './world.ts';

export interface Claimed {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

export interface Ground {
  readonly worktree: string;
  readonly branch: string;
  readonly base: string;
  readonly commits: readonly string[];
  /** Submodules in whose folders nothing stands. */
  readonly emptySubmodules: readonly string[];
}

/** Ends the preparation with a named failure. */
class Unprepared extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export async function prepare(world: World, claimed: Claimed): Promise<void> {
  const { task, attempt, lease } = claimed;
  let workDone = false;
  try {
    tellStage(world, { attempt, title: task.title, stage: 'preparing' });
    const settings = await world.settings(task.repo);
    await nameConfigured(world, { attempt, settings });
    workDone = await isWorkDone(world, claimed);
    const ground = await makeGround(world, { ...claimed, settings });
    if (workDone && (await deliverAgain(world, { ...claimed, settings, ground }))) return;
    workDone = false;
    await start(world, { ...claimed, settings, ground });
  } catch (error) {
    if (error instanceof LeaseLost) return forget(world, attempt.id);
    const verdict = claimed.signal.aborted ? failed('stopped', 'stopped before the worker was started') : verdictOf(error, task);
    await closeAttempt(world, { task, attempt, lease, verdict: workDone ? { ...verdict, workDone } : verdict, commits: 0 });
  }
}

class LeaseLost extends Error {}

function verdictOf(error: unknown, task: Task): ReturnType<typeof failed> {
  if (error instanceof Unprepared) return failed(error.kind, error.message);
  const { code, message, hint } = describe(error, task.id);
  return failed(faultRule(code).failure ?? 'worktree', `${message} (${hint})`);
}

/** The task's worktree: the one that stands, or a new one with `delivery.setup` run in it. */
async function makeGround(world: World, given: Claimed & { settings: Settings }): Promise<Ground> {
  const { task, attempt, settings } = given;
  const repo = world.repo.within(given.signal);
  if (
    task.worktree !== null &&
    task.branch !== null &&
    task.base !== null &&
    (await repo.hasSite({ path: task.worktree, branch: task.branch }))
  ) {
    const commits = await repo.log({ worktree: task.worktree, base: task.base });
    const emptySubmodules = await repo.emptySubmodules({ worktree: task.worktree });
    return { worktree: task.worktree, branch: task.branch, base: task.base, commits, emptySubmodules };
  }
  const { delivery } = settings;
  const facts = await repo.describe(task.repo, delivery);
  tellRepository(world, { repo: task.repo, facts: { ...facts, submodules: noneEmpty }, delivery });
  const pushed = perhapsPushed(await world.store.attempts(task.key));
  const worktree = join(world.folders.worktrees, worktreeName({ task, attempt: attempt.number }));
  const { base, branch } = await inTheWayOfAll(task, () =>
    repo.makeSite({
      root: task.repo,
      path: worktree,
      branch: (taken) => branchName({ prefix: delivery.branchPrefix, id: task.id, title: task.title, taken: [...taken, ...pushed] }),
      remote: facts.remote,
      defaultBranch: facts.defaultBranch,
    }),
  );
  await markUsed(world, { repo: task.repo, used: 'fetched' });
  world.passing('worktree-made');
  const made = { root: task.repo, path: worktree, branch, remote: facts.remote };
  if (delivery.setup !== null) {
    // A site counts as the task's only once it is set up, so that no later attempt works in a half-made one.
    await setUp(world, { ...given, worktree, command: delivery.setup }).catch(async (error: unknown) => {
      await discard(world, { ...made, attempt });
      throw error;
    });
  }
  const recorded = await world.store.patchTask({
    key: task.key,
    patch: { worktree, branch, base },
    at: world.clock.now(),
    lease: given.lease,
  });
  if (recorded === 'lost') {
    // Another supervisor has the task, with a worktree of its own. Nobody has worked in this one.
    await discard(world, { ...made, attempt });
    throw new LeaseLost('the lease was lost before the worktree was recorded');
  }
  world.passing('worktree-recorded');
  const empty = await repo.emptySubmodules({ worktree });
  // What set-up was believed to fill is known by now.
  tellRepository(world, { repo: task.repo, facts: { ...facts, submodules: { empty } }, delivery: { ...delivery, setup: null } });
  return { worktree, branch, base, commits: [], emptySubmodules: empty };
}

/** Nobody has worked in a site that is being made: what hinders it is no matter of this task. */
async function inTheWayOfAll<T>(task: Task, making: () => Promise<T>): Promise<T> {
  return making().catch((error: unknown) => {
    const { code, message, hint } = describe(error, task.id);
    throw faultRule(code).hindersAllSites === true ? new Unprepared('repository-away', `${message} (${hint})`) : error;
  });
}

/** The person's checkout may be at another commit than the site, which tells itself once it stands. */
const noneEmpty = { empty: [] } as const;

/** What led to it is what counts: a site that cannot be removed is looked for with all others that nobody has any more. */
async function discard(
  world: World,
  given: Omit<Parameters<World['repo']['removeSite']>[0], 'attempt' | 'keepBranch'> & { readonly attempt: Attempt },
): Promise<void> {
  const { attempt, ...made } = given;
  await world.repo.removeSite({ ...made, attempt: attempt.id, keepBranch: false }).catch((error: unknown) => {
    world.emit({ type: 'warning', task: attempt.taskId, repo: attempt.repo, attempt: attempt.id, ...describe(error, made.path) });
  });
}

async function setUp(world: World, given: Claimed & { settings: Settings; worktree: string; command: string }): Promise<void> {
  const { task, attempt, settings, command } = given;
  tellStage(world, { attempt, title: task.title, stage: 'setup', note: command });
  const site = await siteOf(world, { task, attempt, checkout: given.worktree });
  const named = { env: site.env, delivery: settings.delivery };
  const result = await heldPlace(world, attempt).shell({
    command,
    // No worker of this attempt runs yet: what is left of the command is ended by the marker that it shares with it.
    marker: attempt.id,
    // A person's own words, which may need `sudo`; a user namespace would take it away.
    isolate: 'off',
    protect: [],
    writable: [],
    cwd: site.checkout,
    env: setUpEnvironment(named),
    timeoutMs: settings.delivery.commandMinutes * minute,
    signal: given.signal,
  });
  if (result.code === 0) return;
  const how = result.timedOut ? `did not end within ${settings.delivery.commandMinutes} min` : `exited with ${result.code}`;
  const lacks = missingForSetUp(named);
  const why = `${result.output.trim().slice(-500)}${lacks === null ? '' : ` (${lacks})`}`;
  throw new Unprepared('setup', `\`${command}\` ${how}: ${why}`);
}

/** What an MCP server lacks is no fault of the worker's account. */
async function readyServers(
  world: World,
  given: { readonly task: Task; readonly settings: Settings; readonly agent: string; readonly signal: AbortSignal },
): Promise<readonly ReadyServer[]> {
  const servers = await serversOf(world, given);
  if ('problem' in servers) throw new Unprepared('misconfigured', servers.problem);
  return Promise.all(servers.map((server) => readyServer(world, { ...given, server }))).catch((error: unknown) => {
    const { message, hint } = describe(error, given.task.id);
    throw new Unprepared('misconfigured', `${message} (${hint})`);
  });
}

async function start(world: World, given: Claimed & { settings: Settings; ground: Ground }): Promise<void> {
  const { task, attempt, lease, settings, ground } = given;
  const agent = world.agents.get(attempt.route.agent);
  const config = settings.agents[attempt.route.agent];
  if (agent === undefined || config === undefined) throw new Unprepared('never-started', `no adapter for the agent ${attempt.route.agent}`);
  const session = attempt.session ?? world.clock.id();
  const place = heldPlace(world, attempt);
  if (await isBroken(world, given)) await place.clear(taskFolder(world, task));
  const role = await roleOf(world, { task, settings });
  if (role !== null && 'problem' in role) throw new Unprepared('misconfigured', role.problem);
  const earlier = await earlierSession(world, { task, attempt, agent, worktree: ground.worktree, role: role?.name ?? null });
  const servers = await readyServers(world, { ...given, agent: attempt.route.agent });
  const site = await siteOf(world, { task, attempt, checkout: ground.worktree });
  const spec = agent.command('run', {
    settings: config,
    model: attempt.route.model,
    prompt: promptOf({ task, ground, site, settings, earlier, left: await leftWork(world, given) }),
    site,
    title: `${task.id} ${task.title}`.slice(0, 80),
    newSession: session,
    resume: earlier?.session ?? null,
    maxSteps: settings.worker.maxSteps,
    maxBudgetUsd: settings.worker.maxBudgetUsd,
    fallbackModel: settings.models.fallback,
    foreign: await agent.survey({ site, settings: config }),
    servers,
    serverStartMs: settings.tools.startSeconds * second,
    isolation: settings.tools.isolation,
    role,
    credential: await credentialOf(world, { ...given, name: attempt.route.account }),
  });
  if (given.signal.aborted) throw new Unprepared('stopped', 'stopped before the worker was started');
  world.memory.named.add(attempt.id);
  const launch = await place.launch({
    ...(await boundaryOf(world, { place, task, settings, checkout: ground.worktree })),
    spec,
    folder: join(world.folders.attempts, attempt.id),
    marker: attempt.id,
    record: async (launch) => {
      const patch = {
        launch,
        session: earlier?.session ?? (agent.facts.takesSession ? session : null),
        role: role?.name ?? null,
        worktree: ground.worktree,
        branch: ground.branch,
      } as const;
      if ((await world.store.patchAttempt({ lease, patch })) === 'lost') throw new LeaseLost('the lease was lost before the start');
      world.passing('launch-recorded');
    },
  });
  world.passing('started');
  // Apart from the reference: a worker that vanished before this was written may never have passed its gate.
  if ((await world.store.patchAttempt({ lease, patch: { state: 'running' } })) === 'lost') return forget(world, attempt.id);
  tellStage(world, { attempt, title: task.title, stage: 'running', ...(earlier === null ? {} : { note: `resumes ${earlier.session}` }) });
  awaitEnd(world, { attempt, launch });
}
