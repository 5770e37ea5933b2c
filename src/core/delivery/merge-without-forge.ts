// What `merge` does for work that arrived without a pull request: it is merged by plain git, and only what was delivered is.
// The texts say what came of it, and what a person can do instead.
import type { MergeMethod } from './pull-facts.ts';
import type { Task } from '../task/task.ts';
import type { Lower } from './stack.ts';

/** `from`: the commit after which its own commits begin, if it was stacked on a branch that is merged by now. */
export type MergePlan =
  | { readonly merges: true; readonly branch: string; readonly commit: string; readonly from: string | null }
  | { readonly merges: false; readonly why: string; readonly instead: string };

/** `lower`: what became of the branch on which it builds; null: it builds on none, or that one is nowhere any more. */
export function mergePlanOf(given: { readonly task: Pick<Task, 'id' | 'state' | 'delivery'>; readonly lower: Lower | null }): MergePlan {
  const { lower } = given;
  const { id, state, delivery } = given.task;
  const no = (why: string): MergePlan => ({ merges: false, why, instead: `yardmaster explain ${id} shows where it stands` });
  if (delivery !== null && delivery.pull !== null)
    return { merges: false, why: `the pull request of ${id} is not open yet`, instead: 'a supervisor opens it: yardmaster run' };
  if (state !== 'done' && state !== 'delivered') return no(`${id} is ${state}, and only delivered work is merged`);
  if (delivery === null || delivery.branch === null || delivery.commit === null)
    return no(`${id} delivered no branch that could be merged`);
  if (delivery.merged !== null) return no(`${id} is merged already: ${delivery.evidence ?? delivery.merged.commit}`);
  const { branch, commit, base, stackedOn } = delivery;
  if (stackedOn === null || lower === null) return { merges: true, branch, commit, from: null };
  if (lower.is === 'merged') return { merges: true, branch, commit, from: base };
  const { task, branch: below } = stackedOn;
  return {
    merges: false,
    why: `${id} builds on ${below}, which is merged first`,
    instead: `yardmaster merge ${task}, then yardmaster merge ${id}`,
  };
}

/** A rebase of single commits would need the task's checkout, so their base is moved to them if it can be, and else merged. */
export function mergeWayOf(method: MergeMethod): 'ff' | 'merge' | 'squash' {
  return method === 'rebase' ? 'ff' : method;
}

interface Merging {
  readonly id: string;
  readonly branch: string;
  readonly base: string;
  readonly remote: string | null;
}

export type NotMerged =
  | { readonly why: 'conflict'; readonly paths: readonly string[] }
  | { readonly why: 'moved' | 'checked-out' | 'refused' | 'unreachable'; readonly message: string };

/** So many conflicting paths are named. */
const mostPaths = 10;

export function notMergedWords(given: Merging & { readonly ended: NotMerged }): { readonly why: string; readonly instead: string } {
  const { id, branch, base, remote, ended } = given;
  switch (ended.why) {
    case 'conflict': {
      const more = ended.paths.length > mostPaths ? ` and ${ended.paths.length - mostPaths} more` : '';
      const named = ended.paths.slice(0, mostPaths).join(', ');
      const where = remote === null ? branch : `${remote}/${branch}`;
      return {
        why: `${id} does not apply cleanly to ${base}, and nothing was merged: conflicts in ${named}${more}`,
        instead: `merge it by hand: ${remote === null ? '' : `git fetch ${remote} && `}git merge ${where}`,
      };
    }
    case 'checked-out':
      return { why: `${id} was not merged`, instead: ended.message };
    case 'moved':
    case 'refused':
    case 'unreachable':
      return { why: `${id} was not merged: ${ended.message}`, instead: `yardmaster merge ${id} tries it again` };
  }
}

/** A person's commits on the branch were not delivered by the task: nobody has said that they are to be merged. */
export function movedBranchWords(
  given: Pick<Merging, 'id' | 'branch'> & { readonly remote: string; readonly commit: string; readonly found: string | null },
): { readonly why: string; readonly instead: string } {
  const { id, branch, remote, commit, found } = given;
  if (found === null) return { why: `there is no branch ${branch} at ${remote} any more`, instead: `what ${id} delivered was ${commit}` };
  return {
    why: `${branch} at ${remote} is at ${found.slice(0, 12)}, and ${id} delivered ${commit.slice(0, 12)}: somebody else moved it`,
    instead: `merge it by hand: git fetch ${remote} ${branch} && git merge FETCH_HEAD`,
  };
}

export function mergedWithoutForge(
  given: Omit<Merging, 'id'> & { readonly commit: string; readonly into: string; readonly deleted: boolean },
): string {
  const { branch, base, remote, commit, into, deleted } = given;
  const at = remote === null ? 'in the repository' : `at ${remote}`;
  const gone = deleted ? ', and the branch is deleted' : '';
  return `branch ${branch} at ${commit.slice(0, 12)} was merged into ${base} ${at} as ${into.slice(0, 12)}${gone}`;
}
