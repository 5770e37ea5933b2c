// What a worker that has ended left in its site: read, committed where that is wanted, and brought into the person's
// repository. Judged and delivered is the commit that was brought, by its name.
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import { branchedSite } from '../../core/task/site.ts';
import type { Task } from '../../core/task/task.ts';
import type { Verdict } from '../../core/task/verdict.ts';
import type { WorktreeFacts } from '../../ports/repo.ts';
import { failed, unworkable } from './close.ts';
import { nameOfTask } from '../prepare/secrets.ts';
import type { World } from '../world.ts';

export interface Work extends WorktreeFacts {
  /** Why the person's branch of that name is not at the commit; null: it is, or there is no commit. */
  readonly kept: string | null;
}

/** `unreadable`: why the site cannot be judged; its content stays where it is. */
export async function collect(
  world: World,
  given: { task: Task; settings: Settings; signal: AbortSignal; commitLeftovers: boolean },
): Promise<Work | { readonly unreadable: Verdict }> {
  const { task, settings } = given;
  const site = branchedSite(task);
  if (site === null) return { unreadable: failed('worktree', { code: 'no-checkout', facts: {} }) };
  const { checkout: worktree, branch, base } = site;
  const repo = world.repo.within(given.signal);
  try {
    // A worker of an older version may have gone to another branch, which is not what the task delivers.
    const there = await repo.describeSite(worktree);
    if (there !== null && there.branch !== branch)
      return { unreadable: failed('worktree', { code: 'other-branch', facts: { worktree, branch } }) };
    const found = await repo.facts({ worktree, base });
    await nameOfTask(world, given);
    let secrets = world.vault.sieve();
    let head = found;
    if (found.dirty.length > 0 && given.commitLeftovers && settings.delivery.commitLeftovers) {
      const message = `${task.id}: changes that the agent left uncommitted\n\n${task.title}`;
      const commit = await repo.commitAll({ worktree, message, sign: settings.delivery.sign, secrets });
      world.passing('leftovers-committed');
      // What stands below it has been looked through with it.
      if (commit !== null) [head, secrets] = [await repo.facts({ worktree, base }), null];
    }
    const taken = await repo.take({ worktree, secrets });
    if (taken?.kept != null) tellKept(world, { task, branch, kept: taken.kept });
    return { ...head, kept: taken?.kept ?? null };
  } catch (error) {
    // An unfinished merge or a lock left behind: a later attempt or a person can mend it, settling again cannot.
    if (!(error instanceof Fault) || error.code === 'stopped') throw error;
    return { unreadable: unworkable((await repositoryFault(world, given)) ?? error) };
  }
}

/** Where the repository itself is away, that is what is told. */
async function repositoryFault(world: World, { task, settings }: { task: Task; settings: Settings }): Promise<Fault | null> {
  return world.repo.find(task.repo, settings.delivery).then(
    () => null,
    (error: unknown) => (error instanceof Fault ? error : null),
  );
}

function tellKept(world: World, { task, branch, kept }: { task: Task; branch: string; kept: string }): void {
  world.emit({
    type: 'warning',
    task: task.id,
    repo: task.repo,
    attempt: null,
    code: 'branch-kept',
    message: `the branch in the repository was left as it is: ${kept}`,
    hint: `until the checkout of the task is removed, its work is at refs/yardmaster/tip/${branch}; where there is a remote, it is pushed there`,
  });
}
