// `attach`: a person continues the agent's own session in the task's worktree. Meanwhile the task is held, so that it is
// neither dispatched nor reaped. The hold ends with this process, however that ends.
import { isatty } from 'node:tty';
import { Fault } from '../../core/fault.ts';
import type { Attempt } from '../../core/task/attempt.ts';
import { branchedSite } from '../../core/task/site.ts';
import type { Task } from '../../core/task/task.ts';
import { second } from '../../core/time.ts';
import type { Exit } from '../../core/transcript/transcript.ts';
import { ring } from '../../lib/bell.ts';
import type { Agent, Sessions } from '../../ports/agent.ts';
import { credentialOf } from '../../supervisor/dispatch/known-accounts.ts';
import { whileHeld } from '../../supervisor/reap/holds.ts';
import { taskFolder } from '../../supervisor/prepare/site.ts';
import { openPorts, type Opened } from '../compose.ts';
import { exitCodes, refuse, type CliContext } from '../context.ts';
import { explainTask, nextStep } from '../../api/explain-task.ts';
import { nameOf, takeTask } from '../find-task.ts';
import { untilClosed } from '../../api/act.ts';
import { actingOf } from './act.ts';

export interface AttachFlags {
  repo?: string;
  take?: boolean;
}

export async function attach(this: CliContext, flags: AttachFlags, id: string): Promise<void> {
  if (!isatty(0) || !isatty(1))
    throw new Fault({
      code: 'no-terminal',
      message: 'attach needs a terminal',
      hint: `to read along without a terminal, run: yardmaster logs ${id} --follow`,
    });
  const opened = await openPorts(this);
  const { ports, home } = opened;
  try {
    const task = await takeTask(this, { store: ports.store, id, repo: flags.repo });
    const holder = `${ports.host.identity()}|${ports.clock.id()}`;
    let exit: Exit | null = null;
    const free = await whileHeld(ports, { task, holder, what: 'attached' }, async (now, passOn) => {
      exit = await sit(this, { opened, task: now, take: flags.take === true, passOn });
    });
    // A supervisor may be waiting for this task.
    await ring(home.bell);
    if (!free)
      return refuse(
        this,
        `${await nameOf(this, task)} is attached to by somebody else, or its worktree is being removed; yardmaster explain ${id} says which`,
      );
    if (exit !== null) await report(this, { opened, key: task.key, exit });
  } finally {
    await opened.end();
  }
}

interface Sitting {
  readonly opened: Opened;
  readonly task: Task;
  readonly take: boolean;
  readonly passOn: (holder: string) => Promise<void>;
}

/** From here on no attempt is opened. Returns null, after printing the reason, if there is nothing to attach to. */
async function sit(context: CliContext, given: Sitting): Promise<Exit | null> {
  const { opened } = given;
  const { store } = opened.ports;
  // Checked before a worker is stopped for it.
  const earlier = lastOf(await store.attempts(given.task.key));
  const agent = earlier === undefined ? undefined : opened.ports.agents.get(earlier.route.agent);
  if (agent !== undefined) sessionsOf({ agent, task: given.task });
  if (!(await free(context, given))) return null;
  const task = (await store.taskByKey(given.task.key)) ?? given.task;
  const attempts = await store.attempts(task.key);
  const site = branchedSite(task);
  const last = lastOf(attempts);
  const isThere = site !== null && (await opened.ports.repo.hasSite({ path: site.checkout, branch: site.branch }));
  if (last === undefined || !isThere) {
    refuse(context, `${await nameOf(context, task)} has no worktree to work in; yardmaster explain ${task.id} says how it gets one`);
    return null;
  }
  const worktree = site.checkout;
  // A worker without any output has no session, and the session of an earlier worktree was removed together with that
  // worktree.
  const resume = last.outOffset > 0 && last.worktree === worktree ? last.session : null;
  const who = `${last.route.agent} with ${last.route.model}, ${resume === null ? 'in a new session' : `in its session of attempt ${last.number}`}`;
  context.err.write(`${await nameOf(context, task)}: ${who}, in ${worktree}\nno worker is started on it until you leave\n`);
  return opened.ports.host.seat(await seatOf(opened, { task, last, worktree, resume }), given.passOn);
}

function lastOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.findLast((one) => one.launch !== null) ?? attempts.at(-1);
}

/** Faults: `unsupported`. */
function sessionsOf(given: { agent: Agent; task: Task }): Sessions {
  const { agent, task } = given;
  if (agent.sessions !== null) return agent.sessions;
  throw new Fault({
    code: 'unsupported',
    message: `the agent of ${task.id}, ${agent.facts.name}, has no session that a person could attach to`,
    hint: `yardmaster logs ${task.id} shows what it did`,
  });
}

/** Whether no worker is running on it. With `take`, a running worker is ended first. */
async function free(context: CliContext, given: Sitting): Promise<boolean> {
  const { opened, task } = given;
  const { store } = opened.ports;
  const open = (await store.attempts(task.key)).find((attempt) => attempt.state !== 'closed');
  if (open === undefined) return true;
  if (!given.take) {
    refuse(
      context,
      `${await nameOf(context, task)} is running (attempt ${open.number} by ${open.route.agent})\n  → yardmaster attach ${task.id} --take stops its worker first; yardmaster logs ${task.id} --follow waits until the worker ends`,
    );
    return false;
  }
  await store.requestStop({ attempt: open.id, stop: { reason: 'stopped', said: { code: 'attached', facts: {} }, until: null } });
  await ring(opened.home.bell);
  await untilClosed(actingOf(context, opened), { task, attempt: open.id });
  return true;
}

async function seatOf(opened: Opened, given: { task: Task; last: Attempt; worktree: string; resume: string | null }) {
  const { ports } = opened;
  const { task, last, worktree, resume } = given;
  const settings = await ports.settings(task.repo);
  const agent = ports.agents.get(last.route.agent);
  const config = settings.agents[last.route.agent];
  if (agent === undefined || config === undefined)
    throw new Fault({
      code: 'unknown-agent',
      message: `the configuration has no agent ${last.route.agent}`,
      hint: 'add it to `agents` again',
    });
  const folder = taskFolder(ports, task);
  const site = await ports.host.site({ checkout: worktree, taskFolder: folder, privateFolder: folder, env: ports.env });
  return sessionsOf({ agent, task }).attach({
    action: 'attach',
    settings: config,
    model: last.route.model,
    site,
    title: `${task.id} ${task.title}`.slice(0, 80),
    newSession: ports.clock.id(),
    resume,
    foreign: (await agent.survey?.({ site, settings: config })) ?? null,
    serverStartMs: settings.tools.startSeconds * second,
    credential: await credentialOf(ports, { name: last.route.account, settings }),
  });
}

/** Says what the worktree contains now, and which command continues from there. */
async function report(context: CliContext, given: { opened: Opened; key: number; exit: Exit }): Promise<void> {
  const { opened, key, exit } = given;
  const task = await opened.ports.store.taskByKey(key);
  const site = task === null ? null : branchedSite(task);
  if (task === null || site === null) return;
  const { commits, dirty } = await opened.ports.repo.facts({ worktree: site.checkout, base: site.base });
  const changes = dirty.length === 0 ? 'nothing uncommitted' : `${dirty.length} uncommitted (${dirty.slice(0, 5).join(', ')})`;
  const told = await explainTask(opened.ports, task);
  const how = exit.code === 0 ? '' : `the session ended with ${exit.signal ?? exit.code}\n`;
  const next = nextStep(told);
  context.out.write(
    `${how}${task.id} is ${task.state}; its worktree has ${commits} ${commits === 1 ? 'commit' : 'commits'} and ${changes}\n  → ${next}\n`,
  );
  if (exit.code !== 0) context.exit = exitCodes.failed;
}
