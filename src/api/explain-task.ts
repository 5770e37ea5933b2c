// Why a task is where it is, since when, and what would move it, from the facts as they stand in the store and on this machine.
import { explain, sinceWhen, type Explanation } from '../core/task/explain.ts';
import type { Attempt } from '../core/task/attempt.ts';
import type { Task } from '../core/task/task.ts';
import type { Supervisor } from '../ports/store.ts';
import { placeOf, whereIs } from '../supervisor/watch/places.ts';
import { takeSnapshot } from '../supervisor/dispatch/snapshot.ts';
import { standingNow } from '../supervisor/dispatch/standing-now.ts';
import type { Ports } from '../supervisor/world.ts';

export interface Explained extends Explanation {
  readonly since: number;
  readonly last: Attempt | null;
}

export async function explainTask(ports: Ports, task: Task): Promise<Explained> {
  const { store } = ports;
  const [attempts, transitions, snapshot] = await Promise.all([store.attempts(task.key), store.transitions(task.key), takeSnapshot(ports)]);
  const last = attempts.at(-1) ?? null;
  const supervisors = await supervising(ports);
  const standing = await standingNow(ports, { task, snapshot });
  const orphaned = task.state === 'running' && supervisors.size === 0;
  const beyondReach = last !== null && last.state !== 'closed' && placeOf(ports, last) === null ? whereIs(last) : null;
  const states = await store.conditions('account');
  const paused = [...states].flatMap(([name, state]) => (state.paused === null ? [] : [name]));
  const signIn = last === null ? null : (ports.agents.get(last.route.agent)?.advice.signIn ?? null);
  const told = explain({ task, standing, supervisors, last, orphaned, beyondReach, paused, signIn });
  return { ...told, since: sinceWhen({ task, last, changedAt: transitions.at(-1)?.at ?? null }), last };
}

/** The kinds of the supervisors that live. */
async function supervising({ store, host }: Pick<Ports, 'store' | 'host'>): Promise<ReadonlySet<Supervisor['kind']>> {
  const listed = await store.supervisors();
  return new Set(listed.flatMap(({ kind, holder }) => (host.isGone(holder) ? [] : [kind])));
}
