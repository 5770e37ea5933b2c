// What `explain` and `logs` tell of a task, from the facts as they stand in the store and on this machine.
import { explain, sinceWhen, type Explanation, type ExplainFacts } from '../core/explain.ts';
import { capReached } from '../core/schedule.ts';
import type { Attempt } from '../core/attempt.ts';
import type { Task } from '../core/task.ts';
import { systemClock } from '../lib/system-clock.ts';
import { capsOf, routeTask, slotOf, takeSnapshot, waitOf, type Snapshot } from '../supervisor/snapshot.ts';
import { concurrencyOf, openPorts, type Opened } from './compose.ts';
import type { CliContext } from './context.ts';

export interface Explained extends Explanation {
  readonly since: number;
  readonly last: Attempt | null;
}

export async function explained(opened: Opened, task: Task): Promise<Explained> {
  const { store } = opened.ports;
  const [attempts, transitions, snapshot] = await Promise.all([
    store.attempts(task.key),
    store.transitions(task.key),
    takeSnapshot(opened.ports),
  ]);
  const last = attempts.at(-1) ?? null;
  const wait = task.state === 'queued' ? waitOf(snapshot, { task, now: systemClock.now(), named: false }) : null;
  const idle = task.state === 'queued' && wait === null ? await idleOf(opened, { task, snapshot }) : null;
  const orphaned = task.state === 'running' && !(await isSupervised(opened));
  const told = explain({ task, wait, idle, last, orphaned });
  return { ...told, since: sinceWhen({ task, last, changedAt: transitions.at(-1)?.at ?? null }), last };
}

/** For a command that otherwise needs nothing but the store. */
export async function explainOnce(context: CliContext, task: Task): Promise<Explained> {
  const opened = await openPorts(context);
  try {
    return await explained(opened, task);
  } finally {
    await opened.end();
  }
}

/** What a supervisor with this configuration would say: no route, a cap, or that none is there to say it. */
async function idleOf(opened: Opened, given: { task: Task; snapshot: Snapshot }): Promise<ExplainFacts['idle']> {
  const { ports } = opened;
  const { task, snapshot } = given;
  const route = await routeTask(ports, task);
  if ('refused' in route) return route;
  const settings = await ports.settings(task.repo);
  const concurrency = concurrencyOf({ settings, agents: ports.agents });
  const reached = capReached({
    caps: capsOf({ settings, concurrency, batches: snapshot.batches }),
    taken: snapshot.open.map(slotOf),
    wanted: { repo: task.repo, model: route.model, batch: task.batch },
  });
  if (reached !== null) return { why: reached.cap, message: reached.message };
  if (!(await isSupervised(opened))) return { why: 'no-supervisor', message: 'no supervisor is seen at work' };
  return { why: 'soon', message: 'a supervisor is at work' };
}

/**
 * Is a supervisor there? For now only those can be seen that hold an open attempt: one that idles, and which tasks
 * one looks after (`other-scope`), will be told by the list of supervisors, here.
 */
async function isSupervised({ ports }: Opened): Promise<boolean> {
  return (await ports.store.holders()).some((holder) => !ports.place.isGone(holder));
}
