// What an issue tells of its task: from the stored task, or, where no such task is stored, from the labels that whoever works
// on it has put there. Whoever only syncs, such as a job of the forge's own, must not take a task for one that nobody works on.
import { openedPull } from '../delivery/delivery.ts';
import type { Task } from '../task/task.ts';
import { trustedMarker } from './intake.ts';
import { statuses, type Status } from './labels.ts';
import type { Issue, SyncPolicy, SyncTask } from './sync-facts.ts';

/** `last`: the tier of its last attempt's model, and whether that one's work arrived. */
export function syncTaskOf(given: {
  readonly task: Task;
  readonly last: { readonly tier: string | null; readonly arrived: boolean } | null;
}): SyncTask {
  const { task, last } = given;
  const { state, reason, delivery } = task;
  const pull = openedPull(delivery)?.seen ?? null;
  const arrived = last?.arrived === true && (state === 'delivered' || state === 'done');
  return {
    state,
    verifyFailed: reason.code === 'pull' && reason.facts.why.code === 'verify-failed',
    evidence: state === 'done' ? evidenceOf(task) : null,
    dispatched: last?.tier ?? null,
    implemented: arrived ? last.tier : null,
    pull: pull?.state === 'open' ? pull.number : null,
  };
}

/** A branch that was only pushed proves nothing about the base. */
function evidenceOf({ delivery }: Task): SyncTask['evidence'] {
  const pull = openedPull(delivery)?.seen ?? null;
  if (pull?.state === 'merged') return { pull: pull.number };
  return delivery?.evidence != null && delivery.commit === null ? { pull: null } : null;
}

const stateOf: Readonly<Record<Exclude<Status, 'available'>, SyncTask['state'] | null>> = {
  queued: 'queued',
  claimed: 'running',
  'in-review': 'delivered',
  blocked: 'blocked',
  'verify-failed': 'blocked',
  // The line says whether it is still done.
  done: null,
};

/** Null if the issue does not say that anybody has to do with its task. */
function labelled({ labels }: Pick<Issue, 'labels'>): Exclude<Status, 'available'> | null {
  const names = labels.map((label) => label.toLowerCase());
  const status = statuses.find((one) => names.includes(`status:${one}`));
  return status === undefined || status === 'available' ? null : status;
}

/**
 * The tasks by id. `byOthers`: those of which the forge knows more than we do, so that our comment about them is left as it
 * is. A stored task that merely waits here is theirs if another machine has assigned its login because it works on it.
 */
export function tasksFor(given: {
  readonly stored: ReadonlyMap<string, SyncTask>;
  readonly issues: readonly Issue[];
  readonly policy: SyncPolicy;
  /** The task of an issue, where a line names it. */
  readonly taskOf: (number: number) => string | null;
}): { readonly tasks: ReadonlyMap<string, SyncTask>; readonly byOthers: ReadonlySet<string> } {
  const { stored, issues, policy, taskOf } = given;
  const tasks = new Map(stored);
  const byOthers = new Set<string>();
  for (const issue of issues) {
    const marker = trustedMarker({ issue, policy });
    const id = taskOf(issue.number) ?? marker?.task ?? null;
    const status = id === null || issue.isPull ? null : labelled(issue);
    if (id === null || status === null) continue;
    const own = stored.get(id);
    const assigned = marker?.assigned ?? null;
    const isTheirs = assigned !== null && assigned !== policy.me && issue.assignees.includes(assigned);
    if (own !== undefined && !(own.state === 'queued' && isTheirs)) continue;
    byOthers.add(id);
    const state = stateOf[status];
    if (state !== null)
      tasks.set(id, { state, verifyFailed: status === 'verify-failed', evidence: null, dispatched: null, implemented: null, pull: null });
  }
  return { tasks, byOthers };
}
