// Counts of tasks in each state, open attempts, supervisors, and what was spent.
import { billedOtherwise, type Attempt } from '../core/task/attempt.ts';
import { taskStates, type TaskState } from '../core/task/task.ts';
import { minute, type Instant } from '../core/time.ts';
import type { ForgeState, RequestPoints } from '../core/delivery/rounds.ts';
import { iso } from '../lib/iso.ts';
import type { WorkerView } from '../ports/place.ts';
import type { Supervisor } from '../ports/store.ts';
import { charged } from './task-view.ts';
import type { Asked } from './standings.ts';

export interface Status {
  readonly counts: Readonly<Record<TaskState, number>>;
  /** The open attempts, each with the title of its task. */
  readonly open: readonly (Attempt & { readonly title: string })[];
  /** The supervisors that are alive. */
  readonly supervisors: readonly Supervisor[];
  /** The dollars that were charged over all attempts. */
  readonly costUsd: number;
  /** Attempts that were billed in another way than planned. */
  readonly mismatched: readonly Attempt[];
  readonly repos: readonly string[];
  /** The hosts of forges at which pull requests were followed, by their names. */
  readonly forges: readonly ForgeLook[];
}

export interface ForgeLook {
  readonly host: string;
  /** When its pull requests were last looked at. */
  readonly at: Instant;
  /** What was left of the hour's requests then; null if nobody was signed in, or that was more than an hour ago. */
  readonly points: RequestPoints | null;
}

export async function statusOf({ store, host, clock }: Asked): Promise<Status> {
  const tasks = await store.tasks({});
  const attempts = await store.attemptsOf(tasks.map((task) => task.key));
  const titles = new Map(tasks.map((task) => [task.key, task.title]));
  const supervisors: Supervisor[] = [];
  for (const one of await store.supervisors()) if (!(await host.isGone(one.holder))) supervisors.push(one);
  return {
    counts: countsOf(tasks),
    open: attempts.flatMap((one) => (one.state === 'closed' ? [] : [{ ...one, title: titles.get(one.taskKey) ?? '' }])),
    supervisors,
    costUsd: attempts.reduce((sum, attempt) => sum + charged(attempt), 0),
    mismatched: attempts.filter(billedOtherwise),
    repos: await store.repos(),
    forges: forgesOf({ states: await store.conditions('forge'), now: clock.now() }),
  };
}

const hour = 60 * minute;

function forgesOf({ states, now }: { readonly states: ReadonlyMap<string, ForgeState>; readonly now: Instant }): readonly ForgeLook[] {
  const looks = [...states].map(([host, { at, points }]) => ({ host, at, points: Math.abs(now - at) < hour ? points : null }));
  return looks.toSorted((a, b) => a.host.localeCompare(b.host));
}

function countsOf(tasks: readonly { readonly state: TaskState }[]): Record<TaskState, number> {
  const counts = Object.fromEntries(taskStates.map((state) => [state, 0])) as Record<TaskState, number>;
  for (const { state } of tasks) counts[state] += 1;
  return counts;
}

/** `workers`: by the ids of the open attempts. */
export function statusView(status: Status, workers: ReadonlyMap<string, WorkerView>): Record<string, unknown> {
  return {
    counts: status.counts,
    workers: status.open.map((one) => ({
      task: one.taskId,
      repo: one.repo,
      attempt: one.number,
      state: one.state,
      agent: one.route.agent,
      model: one.route.model,
      pid: workers.get(one.id)?.pid ?? null,
      startedAt: iso(one.startedAt),
      costUsd: charged(one),
    })),
    supervisors: status.supervisors.map(({ kind, pid, startedAt }) => ({ kind, pid, startedAt: iso(startedAt) })),
    costUsd: status.costUsd,
    mismatches: status.mismatched.map(({ taskId, repo, number, route, billing }) => ({
      task: taskId,
      repo,
      attempt: number,
      account: route.account,
      routed: route.billing,
      billed: billing,
    })),
    repos: status.repos,
    forges: status.forges.map(({ host, at, points }) => ({
      host,
      at: iso(at),
      points: points === null ? null : pointsView(points),
    })),
  };
}

function pointsView({ limit, left, used, resetsAt }: RequestPoints): Record<string, unknown> {
  return { limit, left, used, resetsAt: iso(resetsAt) };
}
