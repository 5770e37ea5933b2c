// Pull requests follow the branches of the bare repositories. `observe` compares the branches with those seen last, however
// they were moved, and does what GitHub does: a new head is shown, a pull request without a head or base is closed, one
// whose commits are in its base is merged. It looks at states rather than at changes, so that nothing can be missed.
import { baseCommit, branchCommit, protectionOf } from './merge-rules.ts';
import { close, finish, keepHead, leaveQueue } from './pull-ends.ts';
import type { Pull, Push, Repository, World } from './state.ts';
import { note, nowOf, openPulls } from './state.ts';

/** Brings everything up to date with git. Tells the pushes that it finds. */
export function observe(world: World): void {
  const pushes = [...world.repositories.values()].flatMap(lookAgain);
  for (const repository of world.repositories.values()) for (const pull of openPulls(repository)) follow(pull, pushes);
  for (const push of pushes) world.onPush(push);
}

function lookAgain(repository: Repository): readonly Push[] {
  const now = repository.bare.branches();
  const before = repository.seen;
  repository.seen = now;
  const pushes = [...now]
    .filter(([branch, sha]) => before.get(branch) !== sha)
    .map(([branch, sha]) => ({ repository, branch, before: before.get(branch) ?? null, sha, by: repository.world.pushing }));
  if (pushes.length > 0) repository.pushedAt = nowOf(repository.world);
  return pushes;
}

function follow(pull: Pull, pushes: readonly Push[]): void {
  const { repository } = pull;
  const by = repository.world.pushing ?? pull.author;
  const head = branchCommit(pull);
  const base = baseCommit(pull);
  if (base === null) return close(pull, { by, because: 'base_ref_deleted' });
  if (head === null) return close(pull, { by, because: 'head_ref_deleted' });
  const moved = head !== pull.shown && !repository.headsHeld;
  if (moved) showHead(pull, { head, by });
  if (repository.bare.contains({ commit: pull.shown, within: base })) {
    if (moved) return close(pull, { by, because: null });
    pull.merged = { by, at: nowOf(repository.world), commit: base, base };
    finish(pull, by);
    note(pull, { event: 'merged', actor: by, commit: base });
    note(pull, { event: 'closed', actor: by });
    return;
  }
  const baseMoved = pushes.some((push) => push.repository === repository && push.branch === pull.base && push.before !== null);
  if (moved || baseMoved) pull.unknown = Math.max(pull.unknown, repository.unknownReads);
}

function showHead(pull: Pull, { head, by }: { readonly head: string; readonly by: string }): void {
  const before = pull.shown;
  keepHead(pull, head);
  const forced = !pull.repository.bare.contains({ commit: before, within: head });
  if (forced) note(pull, { event: 'head_ref_force_pushed', actor: by, commit: head });
  pull.updatedAt = nowOf(pull.repository.world);
  if (pull.queued !== null) leaveQueue(pull, { by, reason: 'new_commits' });
  if (protectionOf(pull.repository, pull.base)?.dismissStale !== true) return;
  for (const review of pull.reviews) {
    if (review.state !== 'APPROVED') continue;
    review.state = 'DISMISSED';
    note(pull, { event: 'review_dismissed', actor: by, more: { review: String(review.id) } });
  }
}
