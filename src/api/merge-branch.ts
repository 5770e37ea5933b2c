// Merges the branch of a task that has no pull request, by plain git: at the remote, or in the repository if there is none.
import {
  mergePlanOf,
  mergedWithoutForge,
  mergeWayOf,
  movedBranchWords,
  notMergedWords,
  type MergePlan,
} from '../core/delivery/merge-without-forge.ts';
import { pullTitle } from '../core/delivery/pull-texts.ts';
import { lowerOf, type Lower } from '../core/delivery/stack.ts';
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task/task.ts';
import type { Ports } from '../supervisor/world.ts';
import type { Outcome } from './act.ts';

type Merging = Pick<Ports, 'store' | 'repo' | 'clock' | 'settings'>;

export async function mergeDelivered(ports: Merging, task: Task): Promise<Outcome> {
  try {
    const plan = mergePlanOf({ task, lower: await lowerThere(ports, task) });
    return plan.merges ? await merged(ports, { task, plan }) : { outcome: 'refused', task, why: plan.why, instead: plan.instead };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { outcome: 'failed', task, fault };
  }
}

/** Null as well if its branch is not at the remote any more: somebody merged it by hand, or does not want it. */
async function lowerThere({ store, repo, settings }: Merging, task: Task): Promise<Lower | null> {
  const on = task.delivery?.stackedOn ?? null;
  if (on === null) return null;
  const lower = lowerOf({ on, task: await store.task({ repo: task.repo, id: on.task }) });
  if (lower.is === 'merged') return lower;
  const { delivery } = await settings(task.repo);
  const { remote } = await repo.find(task.repo, delivery);
  return remote !== null && (await repo.branchAt({ root: task.repo, remote, branch: on.branch })) === null ? null : lower;
}

async function merged(
  ports: Merging,
  given: { readonly task: Task; readonly plan: Extract<MergePlan, { readonly merges: true }> },
): Promise<Outcome> {
  const { task, plan } = given;
  const { branch, commit, from } = plan;
  const { delivery } = await ports.settings(task.repo);
  const { remote, defaultBranch: base } = await ports.repo.describe(task.repo, delivery);
  const at = { id: task.id, branch, base, remote };
  if (remote !== null) {
    // It also brings the commit here, if this repository no longer has it.
    const found = await ports.repo.fetchBranch({ root: task.repo, remote, branch });
    if (found !== commit) return { outcome: 'refused', task, ...movedBranchWords({ ...at, remote, commit, found }) };
  }
  const ended = await ports.repo.mergeBranch({
    root: task.repo,
    remote,
    branch,
    commit,
    base,
    ...(from === null ? {} : { from }),
    method: mergeWayOf(delivery.merge.method),
    message: pullTitle(task),
    delete: delivery.merge.deleteBranch,
    sign: delivery.sign,
  });
  if (!ended.merged) return { outcome: 'refused', task, ...notMergedWords({ ...at, ended }) };
  const evidence = mergedWithoutForge({ ...at, commit, into: ended.commit, deleted: ended.deleted });
  const written = await ports.store.changePull({
    key: task.key,
    at: ports.clock.now(),
    // A reset meanwhile has begun another delivery, of which this says nothing.
    change: ({ delivery: now }) =>
      now?.pull === null && now.commit === commit ? { pull: null, evidence, merged: { base, commit: ended.commit } } : null,
  });
  return { outcome: 'done', task: written ?? task, note: null };
}

/** The shape that scripts rely on (`merge --json`, for a task without a pull request). Keys may be added but never changed. */
export function mergedView({ id, repo, delivery }: Task): Record<string, unknown> {
  return {
    task: id,
    number: null,
    state: delivery?.merged == null ? 'open' : 'merged',
    branch: delivery?.branch ?? null,
    head: delivery?.commit ?? null,
    base: delivery?.merged?.base ?? null,
    mergedCommit: delivery?.merged?.commit ?? null,
    text: delivery?.evidence ?? null,
    repo,
  };
}
