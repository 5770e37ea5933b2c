// What `explain` and `logs` tell of a task, from the facts as they stand in the store and on this machine.
import { explain, sinceWhen, type Explanation, type ExplainFacts } from '../core/explain.ts';
import { capReached, type Waiting } from '../core/schedule.ts';
import type { Attempt } from '../core/attempt.ts';
import type { Settings } from '../core/settings.ts';
import type { Task } from '../core/task.ts';
import { systemClock } from '../lib/system-clock.ts';
import type { Supervisor } from '../ports/store.ts';
import { takeSeen } from '../supervisor/accounts.ts';
import { fullPlaces, takeCapacity } from '../supervisor/capacity.ts';
import { placeOf, whereIs } from '../supervisor/places.ts';
import { openOf, capsOf, routeTask, slotOf, takeSnapshot, waitOf, type Snapshot } from '../supervisor/snapshot.ts';
import type { Ports } from '../supervisor/world.ts';
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
  const wait = task.state === 'queued' ? waitOf(snapshot, { task, now: systemClock.now(), named: false, begun: [] }) : null;
  const idle = task.state !== 'queued' ? null : await idleOf(opened, { task, snapshot, wait });
  const orphaned = task.state === 'running' && (await supervising(opened)).size === 0;
  const beyondReach = last !== null && last.state !== 'closed' && placeOf(opened.ports, last) === null ? whereIs(last) : null;
  const states = await store.conditions('account');
  const paused = [...states].flatMap(([name, state]) => (state.paused === null ? [] : [name]));
  const signIn = last === null ? null : (opened.ports.agents.get(last.route.agent)?.advice.signIn ?? null);
  const told = explain({ task, wait, idle, last, orphaned, beyondReach, paused, signIn });
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

/** What a supervisor with this configuration would say: no route, a cap, no memory, or that none is there to say it. */
async function idleOf(opened: Opened, given: { task: Task; snapshot: Snapshot; wait: Waiting | null }): Promise<ExplainFacts['idle']> {
  const { ports } = opened;
  const { task, snapshot, wait } = given;
  if (wait !== null && wait.why !== 'back-off') return null;
  const seen = await takeSeen(ports, openOf(snapshot));
  const settings = await ports.settings(task.repo);
  const taken = snapshot.open.map(slotOf);
  const capacity = await capacityNow(ports, { settings, open: snapshot.open });
  const route = await routeTask(ports, { task, seen, full: fullPlaces(capacity, { taken, begun: [] }) });
  if ('refused' in route) return route;
  if (wait !== null) return null;
  if ('tried' in route) return { why: 'sign-in', message: `the sign-in of ${route.tried} is tried first` };
  const reached = capReached({
    caps: capsOf({ settings, capacity, batches: snapshot.batches }),
    taken,
    wanted: { repo: task.repo, model: route.model, account: route.account, batch: task.batch, place: route.place, host: route.host },
  });
  if (reached !== null) return { why: reached.cap, message: reached.message };
  const missing = capacity.missing(route, []);
  if (missing !== null) return { why: 'memory', message: missing };
  const kinds = await supervising(opened);
  if (kinds.size === 0) return { why: 'no-supervisor', message: 'no supervisor is at work' };
  if (!kinds.has('up')) return { why: 'other-scope', message: 'a `run` is at work, which may not look after this task' };
  return { why: 'soon', message: 'a supervisor is at work' };
}

/** What a supervisor with this configuration would find. */
export async function capacityNow(
  ports: Ports,
  given: { readonly settings: Settings; readonly open: Snapshot['open'] },
): ReturnType<typeof takeCapacity> {
  const { concurrency } = given.settings.supervisor;
  const marked = (await Promise.all([...ports.places.values()].map((place) => place.marked()))).flat();
  const sizes = new Map(marked.map(({ marker, memory }) => [marker, { now: memory, peak: memory }]));
  return takeCapacity({ ...ports, concurrency, memory: { sizes } }, given.open);
}

/** The kinds of the supervisors that live. */
async function supervising({ ports }: Opened): Promise<ReadonlySet<Supervisor['kind']>> {
  const listed = await ports.store.supervisors();
  return new Set(listed.flatMap(({ kind, holder }) => (ports.host.isGone(holder) ? [] : [kind])));
}
