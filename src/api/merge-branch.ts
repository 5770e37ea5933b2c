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
import { Fault } from '../core/fault.ts';
import type { Task } from '../core/task/task.ts';
import type { Ports } from '../supervisor/world.ts';
import type { Outcome } from './act.ts';

type Merging = Pick<Ports, 'store' | 'repo' | 'clock' | 'settings'>;

export async function mergeDelivered(ports: Merging, task: Task): Promise<Outcome> {
  const plan = mergePlanOf(task);
  if (!plan.merges) return { outcome: 'refused', task, why: plan.why, instead: plan.instead };
  try {
    return await merged(ports, { task, plan });
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { outcome: 'failed', task, fault };
  }
}

async function merged(
  ports: Merging,
  given: { readonly task: Task; readonly plan: Extract<MergePlan, { readonly merges: true }> },
): Promise<Outcome> {
  const { task, plan } = given;
  const { branch, commit } = plan;
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
