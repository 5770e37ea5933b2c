// The record of where a task's checkout is. It exists as long as the checkout does: it is kept across attempts, and removed
// when the task is finished or reset.
import type { Delivery } from '../delivery/delivery.ts';

export interface Site {
  /** Absolute path on the supervisor's machine. */
  readonly checkout: string;
}

/** A site whose branch is known, and the commit that the branch was made from. */
export interface BranchedSite extends Site {
  readonly branch: string;
  readonly base: string;
}

/** Null if the task has no site, or if the branch of its site is not known. */
export function branchedSite(task: { readonly site: Site | null; readonly delivery: Delivery | null }): BranchedSite | null {
  const { site, delivery } = task;
  if (site === null || delivery?.branch == null || delivery.base === null) return null;
  return { checkout: site.checkout, branch: delivery.branch, base: delivery.base };
}
