// Collects the work of a worker that has ended: reads its site, commits leftovers if that is configured, and brings the
// commits into the person's repository. The commit that is judged and delivered is the one that was brought.
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import { branchedSite } from '../../core/task/site.ts';
import type { Attempt } from '../../core/task/attempt.ts';
import type { Task } from '../../core/task/task.ts';
import type { Verdict } from '../../core/task/verdict.ts';
import type { WorktreeFacts } from '../../ports/repo.ts';
import { failed, unworkable } from './close.ts';
import { readSecretsOfTask } from '../prepare/secrets.ts';
import type { World } from '../world.ts';

export interface Work extends WorktreeFacts {
  /** Why the branch of that name in the person's repository is not at the commit; null: it is, or there is no commit. */
  readonly kept: string | null;
  /** The commit of the base that a worker merged to resolve a conflict: the work builds on it from now on. */
  readonly merged?: string;
}

/** `unreadable`: why the site cannot be judged; its content is left unchanged. */
export async function collect(
  world: World,
  given: { task: Task; attempt: Pick<Attempt, 'answer'>; settings: Settings; signal: AbortSignal; commitLeftovers: boolean },
): Promise<Work | { readonly unreadable: Verdict }> {
  const { task, settings } = given;
  const site = branchedSite(task);
  if (site === null) return { unreadable: failed('worktree', { code: 'no-checkout', facts: {} }) };
  const { checkout: worktree, branch } = site;
  // What arrived before is no work of a worker that answers for it.
  const base = given.attempt.answer === null ? site.base : (task.delivery?.commit ?? site.base);
  const repo = world.repo.within(given.signal);
  try {
    // A worker of an older version may have switched to another branch, which the task does not deliver.
    const there = await repo.describeSite(worktree);
    if (there !== null && there.branch !== branch)
      return { unreadable: failed('worktree', { code: 'other-branch', facts: { worktree, branch } }) };
    const found = await repo.facts({ worktree, base });
    await readSecretsOfTask(world, given);
    let secrets = world.vault.sieve();
    let head = found;
    let merged: string | null = null;
    if (given.attempt.answer === 'conflict') {
      const leftovers = { message: `${task.id}: merge of its base\n\n${task.title}`, sign: settings.delivery.sign, secrets };
      const end = await repo.endConflict({ worktree, leftovers });
      if (!end.resolved) return { unreadable: stillInConflict(end.paths) };
      merged = end.base;
      head = await repo.facts({ worktree, base });
    } else if (found.dirty.length > 0 && given.commitLeftovers && settings.delivery.commitLeftovers) {
      const message = `${task.id}: changes that the agent left uncommitted\n\n${task.title}`;
      const commit = await repo.commitAll({ worktree, message, sign: settings.delivery.sign, secrets });
      world.passing('leftovers-committed');
      // That commit was searched for secrets together with the ones below it.
      if (commit !== null) [head, secrets] = [await repo.facts({ worktree, base }), null];
    }
    const taken = await repo.take({ worktree, secrets });
    if (taken?.kept != null) warnOfKeptBranch(world, { task, branch, kept: taken.kept });
    return { ...head, kept: taken?.kept ?? null, ...(merged === null ? {} : { merged }) };
  } catch (error) {
    // An unfinished merge or a lock that was left behind: a later attempt or a person can fix it, but settling again
    // cannot.
    if (!(error instanceof Fault) || error.code === 'stopped') throw error;
    return { unreadable: unworkable((await repositoryFault(world, given)) ?? error) };
  }
}

function stillInConflict(paths: readonly string[]): Verdict {
  const files = paths.slice(0, 20).map((path) => `\`${path}\``);
  const feedback = `Your last turn ended, but these files are still in conflict: ${files.join(', ')}. Resolve each of them, and commit the merge here.`;
  return failed('no-delivery', { code: 'no-commit', facts: { changed: paths.slice(0, 5) } }, feedback);
}

/** The fault of the repository itself, if it cannot be used; it is reported instead of the fault that was met. */
async function repositoryFault(world: World, { task, settings }: { task: Task; settings: Settings }): Promise<Fault | null> {
  return world.repo.find(task.repo, settings.delivery).then(
    () => null,
    (error: unknown) => (error instanceof Fault ? error : null),
  );
}

function warnOfKeptBranch(world: World, { task, branch, kept }: { task: Task; branch: string; kept: string }): void {
  world.emit({
    type: 'warning',
    task: task.id,
    repo: task.repo,
    attempt: null,
    code: 'branch-kept',
    message: `the branch ${branch} in the repository was left unchanged: ${kept}`,
    hint: `until the checkout of the task is removed, its work is at refs/yardmaster/tip/${branch}; if there is a remote, the work is pushed there`,
  });
}
