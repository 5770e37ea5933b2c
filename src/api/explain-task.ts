// Explains why a task is where it is, since when, and what would move it, from the facts in the store and on this machine.
import { sinceWhen, standingOf } from '../core/task/standing.ts';
import type { Attempt } from '../core/task/attempt.ts';
import type { Task } from '../core/task/task.ts';
import { placeOf, whereIs } from '../supervisor/watch/places.ts';
import { takeSnapshot } from '../supervisor/dispatch/snapshot.ts';
import { standingNow } from '../supervisor/dispatch/standing-now.ts';
import type { Ports } from '../supervisor/world.ts';
import { pausedAccounts, standsWith, supervising, type Stands } from './standings.ts';

export interface Explained extends Stands {
  readonly since: number;
  readonly last: Attempt | null;
}

export async function explainTask(ports: Ports, task: Task): Promise<Explained> {
  const { store } = ports;
  const [attempts, transitions, snapshot] = await Promise.all([store.attempts(task.key), store.transitions(task.key), takeSnapshot(ports)]);
  const last = attempts.at(-1) ?? null;
  const supervisors = await supervising(ports);
  const queued = await standingNow(ports, { task, snapshot });
  const orphaned = task.state === 'running' && supervisors.size === 0;
  const beyondReach = last !== null && last.state !== 'closed' && placeOf(ports, last) === null ? whereIs(last) : null;
  const standing = standingOf({ task, queued, last, orphaned, beyondReach });
  const signIn = last === null ? null : (ports.agents.get(last.route.agent)?.accounts?.advice.signIn ?? null);
  const stands = standsWith(standing, { task, supervisors, paused: await pausedAccounts(store), signIn });
  return { ...stands, since: sinceWhen({ task, last, changedAt: transitions.at(-1)?.at ?? null }), last };
}

/** Advice and command as one line for people. */
export function nextStep({ advice, command }: Pick<Stands, 'advice' | 'command'>): string {
  return `${advice}${command === null ? '' : `: ${command}`}`;
}
