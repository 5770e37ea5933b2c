// How the last sync of a repository ended, and whether TODO.md has only gone on since.
import { hashOf } from '../../core/sync/fields.ts';
import { lastSyncOf } from '../../core/sync/issues-lead.ts';
import type { IssuesState, LastSync } from '../../core/sync/issues-state.ts';
import { repositoryName, type ForgeRepository } from '../../core/delivery/pull-facts.ts';
import { Fault } from '../../core/fault.ts';
import type { Repo } from '../../ports/repo.ts';
import type { Store } from '../../ports/store.ts';

export interface Where {
  readonly repo: string;
  readonly at: ForgeRepository;
}

export async function lastSync(store: Pick<Store, 'conditions'>, { repo, at }: Where): Promise<LastSync | null> {
  return lastSyncOf({ state: (await store.conditions('issues')).get(repo) ?? null, forge: repositoryName(at) });
}

export async function recordSync(
  store: Pick<Store, 'changeCondition'>,
  { repo, at, last, holder }: Where & { readonly last: LastSync; readonly holder: string },
): Promise<void> {
  const forge = repositoryName(at);
  // A sync by hand takes nobody's lead.
  const none: IssuesState = { forge, holder, at: 0, last };
  await store.changeCondition({ kind: 'issues', name: repo, change: (seen) => ({ ...(seen ?? none), forge, last }) });
}

export type Checkout = Pick<LastSync, 'head' | 'list' | 'committed'>;

type Git = Pick<Repo, 'fileState' | 'isAncestor'>;

/** `isOnward`: false if the list may be of an older commit or another branch than at the last sync. */
export async function checkoutNow(
  git: Git,
  given: { readonly repo: string; readonly text: string; readonly last: LastSync | null },
): Promise<Checkout & { readonly isOnward: boolean }> {
  const { repo, text, last } = given;
  const { commit, file } = await git.fileState({ root: repo, path: 'TODO.md' });
  const now: Checkout = { head: commit, list: hashOf(text), committed: file === 'committed' };
  return { ...now, isOnward: file === 'untracked' || (await isOnward(git, { repo, now, last })) };
}

async function isOnward(
  git: Git,
  given: { readonly repo: string; readonly now: Checkout; readonly last: LastSync | null },
): Promise<boolean> {
  const { repo, now, last } = given;
  if (last === null) return false;
  if (now.list === last.list) return true;
  // What was not committed is gone: `git stash`, `git checkout`, or a pull that took the other side.
  if (now.committed && !last.committed) return false;
  if (now.head === last.head) return true;
  if (now.head === null || last.head === null) return false;
  try {
    return await git.isAncestor({ root: repo, ancestor: last.head, commit: now.head });
  } catch (error) {
    // A commit that is not here any more says that its history was rewritten.
    if (error instanceof Fault && error.code === 'git-failed') return false;
    throw error;
  }
}
