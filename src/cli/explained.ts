// What `explain` and `logs` tell of a task, from the facts as they stand in the store and on this machine.
import { explain, sinceWhen, type Explanation } from '../core/task/explain.ts';
import type { Attempt } from '../core/task/attempt.ts';
import type { Task } from '../core/task/task.ts';
import type { Supervisor } from '../ports/store.ts';
import { placeOf, whereIs } from '../supervisor/watch/places.ts';
import { takeSnapshot } from '../supervisor/dispatch/snapshot.ts';
import { standingNow } from '../supervisor/dispatch/standing-now.ts';
import { openPorts, type Opened } from './compose.ts';
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
  const supervisors = await supervising(opened);
  const standing = await standingNow(opened.ports, { task, snapshot });
  const orphaned = task.state === 'running' && supervisors.size === 0;
  const beyondReach = last !== null && last.state !== 'closed' && placeOf(opened.ports, last) === null ? whereIs(last) : null;
  const states = await store.conditions('account');
  const paused = [...states].flatMap(([name, state]) => (state.paused === null ? [] : [name]));
  const signIn = last === null ? null : (opened.ports.agents.get(last.route.agent)?.advice.signIn ?? null);
  const told = explain({ task, standing, supervisors, last, orphaned, beyondReach, paused, signIn });
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

/** The kinds of the supervisors that live. */
async function supervising({ ports }: Opened): Promise<ReadonlySet<Supervisor['kind']>> {
  const listed = await ports.store.supervisors();
  return new Set(listed.flatMap(({ kind, holder }) => (ports.host.isGone(holder) ? [] : [kind])));
}
