// Turns a claimed attempt into a running worker: the site, the command, the start. A failure on the way closes the attempt
// with its reason; a worker is started only after its reference is stored.
import { join } from 'node:path';
import type { Said } from '../../core/reason/said.ts';
import { faultRule } from '../../core/fault-codes.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { ReadyServer } from '../../core/own/mcp.ts';
import type { Role } from '../../core/own/role.ts';
import { second } from '../../core/time.ts';
import { credentialOf } from '../dispatch/known-accounts.ts';
import { closeAttempt, failed } from '../settle/close.ts';
import { forget } from '../held.ts';
import { deliverAgain, isWorkDone } from '../settle/deliver-again.ts';
import { LeaseLost, makeSite, type ReadySite } from './make-site.ts';
import { Unprepared, type Claimed, type Preparing } from './unprepared.ts';
import { earlierSession, leftWork, promptOf } from './handover.ts';
import { heldPlace } from '../watch/places.ts';
import { boundaryOf } from './protect.ts';
import { roleOf } from './roles.ts';
import { readConfiguredSecrets, recordSecretsKnown } from './secrets.ts';
import { readyServer, serversOf } from './servers.ts';
import { siteOf, taskFolder } from './site.ts';
import { awaitEnd } from '../watch/watch.ts';
import { describe, emitStage, type World } from '../world.ts';

export async function prepare(world: World, claimed: Claimed): Promise<void> {
  const { task, attempt, lease } = claimed;
  let workDone = false;
  try {
    emitStage(world, { attempt, title: task.title, stage: 'preparing' });
    const settings = await world.settings(task.repo);
    await readConfiguredSecrets(world, { attempt, settings });
    const earlier = (await world.store.attempts(task.key)).filter(({ id }) => id !== attempt.id);
    const preparing = { ...claimed, settings, earlier };
    workDone = isWorkDone(preparing);
    const ready = await makeSite(world, preparing);
    if (workDone && (await deliverAgain(world, { ...preparing, ready }))) return;
    workDone = false;
    await start(world, { ...preparing, ready });
  } catch (error) {
    if (error instanceof LeaseLost) return forget(world, attempt.id);
    const verdict = claimed.signal.aborted ? failed('stopped', notStarted) : verdictOf(error, task);
    await closeAttempt(world, { task, attempt, lease, verdict: workDone ? { ...verdict, workDone } : verdict, commits: 0 });
  }
}

function verdictOf(error: unknown, task: Task): ReturnType<typeof failed> {
  if (error instanceof Unprepared) return failed(error.kind, error.said);
  const fault = describe(error, task.id);
  return failed(faultRule(fault.code).failure ?? 'worktree', { code: 'fault', facts: fault });
}

const notStarted: Said = { code: 'not-started', facts: {} };

/** A problem of an MCP server must not count against the worker's account. */
async function readyServers(
  world: World,
  given: { readonly task: Task; readonly settings: Settings; readonly agent: string; readonly signal: AbortSignal },
): Promise<readonly ReadyServer[]> {
  const servers = await serversOf(world, given);
  if ('problem' in servers) throw new Unprepared('misconfigured', { code: 'servers-unusable', facts: servers });
  return Promise.all(servers.map((server) => readyServer(world, { ...given, server }))).catch((error: unknown) => {
    throw new Unprepared('misconfigured', { code: 'fault', facts: describe(error, given.task.id) });
  });
}

async function usableRole(world: World, given: Pick<Preparing, 'task' | 'settings'>): Promise<Role | null> {
  const role = await roleOf(world, given);
  if (role === null || !('problem' in role)) return role;
  throw new Unprepared('misconfigured', { code: 'role-unusable', facts: { problem: role.problem } });
}

async function start(world: World, given: Preparing & { ready: ReadySite }): Promise<void> {
  const { task, attempt, lease, settings, ready } = given;
  const last = given.earlier.at(-1) ?? null;
  const agent = world.agents.get(attempt.route.agent);
  const config = settings.agents[attempt.route.agent];
  if (agent === undefined || config === undefined)
    throw new Unprepared('never-started', { code: 'no-adapter', facts: { agent: attempt.route.agent } });
  const session = attempt.session ?? world.clock.id();
  const place = heldPlace(world, attempt);
  // The agent's stored data of a session that broke would break the next session, too.
  if (last?.verdict?.kind === 'session') await place.clear(taskFolder(world, task));
  const role = await usableRole(world, given);
  const resumed = earlierSession({ task, attempt, agent, last, worktree: ready.checkout, role: role?.name ?? null });
  const servers = await readyServers(world, { ...given, agent: attempt.route.agent });
  const site = await siteOf(world, { task, attempt, checkout: ready.checkout });
  const spec = agent.command({
    action: 'run',
    settings: config,
    model: attempt.route.model,
    prompt: promptOf({ task, ready, site, settings, earlier: resumed, left: await leftWork(world, { ...given, last }) }),
    site,
    title: `${task.id} ${task.title}`.slice(0, 80),
    newSession: session,
    resume: resumed?.session ?? null,
    maxSteps: settings.worker.maxSteps,
    maxBudgetUsd: settings.worker.maxBudgetUsd,
    fallbackModel: settings.models.fallback,
    foreign: (await agent.survey?.({ site, settings: config })) ?? null,
    servers,
    serverStartMs: settings.tools.startSeconds * second,
    isolation: settings.tools.isolation,
    role,
    credential: await credentialOf(world, { ...given, name: attempt.route.account }),
  });
  if (given.signal.aborted) throw new Unprepared('stopped', notStarted);
  recordSecretsKnown(world, attempt);
  const launch = await place.launch({
    ...(await boundaryOf(world, { place, task, settings, checkout: ready.checkout })),
    spec,
    folder: join(world.folders.attempts, attempt.id),
    marker: attempt.id,
    record: async (launch) => {
      const patch = {
        launch,
        session: resumed?.session ?? (agent.sessions?.chosen === true ? session : null),
        role: role?.name ?? null,
        worktree: ready.checkout,
        branch: ready.branch,
      } as const;
      if ((await world.store.patchAttempt({ lease, patch })) === 'lost') throw new LeaseLost('the lease was lost before the start');
      world.passing('launch-recorded');
    },
  });
  world.passing('started');
  // Stored apart from the reference: if the worker vanished before this, it may never have passed its gate.
  if ((await world.store.patchAttempt({ lease, patch: { state: 'running' } })) === 'lost') return forget(world, attempt.id);
  emitStage(world, { attempt, title: task.title, stage: 'running', ...(resumed === null ? {} : { note: `resumes ${resumed.session}` }) });
  awaitEnd(world, { attempt, launch });
}
