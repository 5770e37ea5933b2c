// Where tasks stand, according to what is stored. No routes are computed here, because that costs more than a list may.
import type { QueuedStanding, Standing } from '../core/reason/standing-reason.ts';
import { standingWords, type About, type StandingWords } from '../core/reason/standing-words.ts';
import type { Attempt } from '../core/task/attempt.ts';
import { waiting } from '../core/task/schedule.ts';
import { asideOf } from '../core/task/set-aside.ts';
import { queuedStanding, standingOf } from '../core/task/standing.ts';
import { isStartable, type Task, type TaskState } from '../core/task/task.ts';
import { iso } from '../lib/iso.ts';
import type { Supervisor } from '../ports/store.ts';
import { stackedDeliveries } from '../supervisor/dispatch/stacks.ts';
import { liveHolds, type HoldPorts } from '../supervisor/reap/holds.ts';
import type { Ports } from '../supervisor/world.ts';

/** What a query needs that reads only stored facts. */
export type Asked = HoldPorts & Pick<Ports, 'clock' | 'settings'>;

export interface Stands extends StandingWords {
  readonly standing: Standing;
}

/** Tasks, each running one with its last attempt. */
export type Asking = readonly { readonly task: Task; readonly last: Pick<Attempt, 'number' | 'state' | 'route' | 'stop'> | null }[];

export async function standingsOf(ports: Asked, tasks: Asking): Promise<(task: Task) => Stands> {
  const [supervisors, paused] = [await supervising(ports), await pausedAccounts(ports.store)];
  const queued = await queuedOf(
    ports,
    tasks.map(({ task }) => task),
  );
  const open = new Map(tasks.map(({ task, last }) => [task.key, last]));
  return (task) => {
    const last = open.get(task.key) ?? null;
    const orphaned = task.state === 'running' && supervisors.size === 0;
    const standing = standingOf({ task, queued: queued.get(task.key) ?? unlooked, last, orphaned, beyondReach: null });
    return standsWith(standing, { task, supervisors, paused, signIn: null });
  };
}

export function standsWith(standing: Standing, about: About): Stands {
  return { standing, ...standingWords(standing, about) };
}

const unlooked: QueuedStanding = { code: 'unlooked', facts: {} };

/** The standings of queued tasks, by the task's key. Besides the given tasks, only their blockers are read. */
async function queuedOf(ports: Asked, tasks: readonly Task[]): Promise<ReadonlyMap<number, QueuedStanding>> {
  const { store } = ports;
  const queued = tasks.filter(isStartable);
  if (queued.length === 0) return new Map();
  const byRepo = new Map<string, Map<string, TaskState>>();
  const statesIn = (repo: string): Map<string, TaskState> => {
    const known = byRepo.get(repo) ?? new Map<string, TaskState>();
    byRepo.set(repo, known);
    return known;
  };
  const known = [...tasks];
  for (const task of tasks) statesIn(task.repo).set(task.id, task.state);
  for (const { repo, blockedBy } of queued) {
    for (const id of blockedBy) {
      if (statesIn(repo).has(id)) continue;
      const blocker = await store.task({ repo, id });
      if (blocker === null) continue;
      statesIn(repo).set(id, blocker.state);
      known.push(blocker);
    }
  }
  const deliveries = await stackedDeliveries(ports, known);
  const batches = new Map((await store.batches()).map((batch) => [batch.name, batch]));
  const holds = await liveHolds(ports);
  const repositories = await store.conditions('repository');
  const now = ports.clock.now();
  return new Map(
    queued.map((task) => {
      const { repo } = task;
      const held = holds.get(task.key)?.what ?? null;
      const aside = asideOf({ repo, state: repositories.get(repo), open: [], now });
      const wait = waiting({ task, held, aside, states: statesIn(repo), deliveries: deliveries(repo), batches, now, named: false });
      return [task.key, queuedStanding({ wait, look: null })];
    }),
  );
}

/** The kinds of the supervisors that are alive. */
export async function supervising({ store, host }: HoldPorts): Promise<ReadonlySet<Supervisor['kind']>> {
  const kinds = new Set<Supervisor['kind']>();
  for (const { kind, holder } of await store.supervisors()) if (!(await host.isGone(holder))) kinds.add(kind);
  return kinds;
}

/** Accounts that are not used until a person resumes them. */
export async function pausedAccounts(store: Ports['store']): Promise<readonly string[]> {
  return [...(await store.conditions('account'))].flatMap(([name, state]) => (state.paused === null ? [] : [name]));
}

export function standsView({ standing, text, advice, command, until }: Stands): Record<string, unknown> {
  return { code: standing.code, facts: factsView(standing), text, advice, command, until: iso(until) };
}

/** The facts as scripts get them: only names and codes, so that our internal units do not become part of the interface. */
function factsView(standing: Standing): Record<string, unknown> {
  switch (standing.code) {
    case 'batch-paused':
    case 'batch-cancelled':
    case 'dependency':
    case 'several-branches':
      return standing.facts;
    case 'back-off':
    case 'delivered':
    case 'done':
    case 'cancelled':
    case 'blocked':
    case 'failed':
      return { reason: standing.facts.reason.code };
    case 'hindered':
    case 'faulty':
      return { fault: standing.facts.code };
    case 'refused':
      return { refused: standing.facts.refused };
    case 'tried-first':
      return { account: standing.facts.tried };
    case 'full':
      return { full: standing.facts.code };
    case 'opening':
      return standing.facts;
    case 'in-review': {
      const { number, url, stands } = standing.facts;
      return { number, url, pullRequest: stands.why.code };
    }
    case 'startable':
      return { agent: standing.facts.agent, model: standing.facts.model };
    case 'working':
    case 'orphaned':
    case 'beyond-reach': {
      const { working } = standing.facts;
      if (working === null) return {};
      const { attempt, state, agent, model } = working;
      return { attempt, state, agent, model };
    }
    case 'attached':
    case 'clearing':
    case 'following':
    case 'not-marked':
    case 'line-gone':
    case 'line-unread':
    case 'set-aside':
    case 'without-servers':
    case 'unlooked':
      return {};
  }
}
