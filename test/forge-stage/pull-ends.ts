// What changes a pull request from several sides: its shown head, its place in a queue, and its end.
import type { Pull } from './state.ts';
import { note, nowOf } from './state.ts';

/** Shows this head. Its commits stay in the base's repository under `refs/pull/`, as on GitHub. */
export function keepHead(pull: Pull, head: string): void {
  const { repository } = pull;
  const ref = `refs/pull/${pull.number}/head`;
  const from = pull.head.repository;
  if (from === null || from === repository) repository.bare.point(ref, head);
  else repository.bare.fetch({ from: from.bare.path, commit: head, ref });
  pull.shown = head;
}

export function leaveQueue(pull: Pull, { by, reason }: { readonly by: string; readonly reason: string }): void {
  pull.queued = null;
  note(pull, { event: 'removed_from_merge_queue', actor: by, commit: pull.shown, more: { reason } });
}

/** Whatever waits for a pull request that has ended waits no more. */
export function finish(pull: Pull, by: string): void {
  pull.state = 'closed';
  pull.closedAt = nowOf(pull.repository.world);
  pull.closedBy = by;
  pull.autoMerge = null;
  pull.queued = null;
}

/** Closes it without a merge. `because`: the event that is the cause, such as a deleted base, which is final. */
export function close(pull: Pull, { by, because }: { readonly by: string; readonly because: string | null }): void {
  pull.final = because === 'base_ref_deleted';
  finish(pull, by);
  if (because !== null) note(pull, { event: because, actor: by });
  note(pull, { event: 'closed', actor: by });
}
