// When an issue is closed and opened again, and what a person's closing or opening does to the task. An issue is closed as
// completed only with evidence that the work has arrived. What we have to say stands in one comment, which is edited.
import type { Mark } from '../todo/head.ts';
import type { Issue, SyncTask } from './sync-facts.ts';

export type Closing =
  | { readonly close: 'completed' | 'not-planned' }
  /** The line is ticked, but nothing proves that the work has arrived. */
  | { readonly close: 'no'; readonly why: 'no-evidence' };

/** How the issue of a line that is over is closed. */
export function closingOf({ mark, task }: { readonly mark: Exclude<Mark, 'open'>; readonly task: SyncTask | null }): Closing {
  if (mark === 'declined') return { close: 'not-planned' };
  return task === null || task.evidence === null ? { close: 'no', why: 'no-evidence' } : { close: 'completed' };
}

/** What the line becomes when its issue was closed: done only if the work has arrived, however the issue was closed. */
export function markOfClosed(task: SyncTask | null): Exclude<Mark, 'open'> {
  return task !== null && task.evidence !== null ? 'done' : 'declined';
}

/** Where the task goes because a person closed or opened the issue; null if it stays where it is. */
export function moveOf({ to, task }: { readonly to: Mark; readonly task: SyncTask | null }): 'queued' | 'cancelled' | null {
  if (task === null || to === 'done') return null;
  const { state } = task;
  if (to === 'open') return state === 'done' || state === 'cancelled' ? 'queued' : null;
  return state === 'done' || state === 'cancelled' || state === 'delivered' ? null : 'cancelled';
}

/** Whether the task is worked on, so that the issue is assigned. */
export function isWorkedOn(task: SyncTask | null): boolean {
  return task !== null && (task.state === 'running' || task.state === 'delivered');
}

export interface CommentFacts {
  readonly id: string;
  readonly mark: Mark;
  readonly task: SyncTask | null;
  /** As it is after the sync. */
  readonly issue: Pick<Issue, 'state' | 'closedBy' | 'reopenedBy' | 'comment'>;
  readonly me: string;
}

/** The text of our comment; null if there is nothing to say yet. */
export function commentText(facts: CommentFacts): string | null {
  const { id, mark, task, issue, me } = facts;
  const named = `\`${id}\``;
  // It was closed, and nothing has followed from that yet.
  if (issue.state === 'closed' && mark === 'open') return null;
  if (issue.state === 'closed') {
    const by = issue.closedBy === null || issue.closedBy === me ? null : `\`${issue.closedBy}\``;
    if (mark === 'declined')
      return by === null ? `${named} was declined in TODO.md.` : `${by} closed this issue, so ${named} is declined in TODO.md.`;
    return doneText({ named, task });
  }
  switch (task?.state) {
    case 'running':
      return `Work on ${named} is under way.`;
    case 'delivered':
      return task.pull === null ? `The work on ${named} is delivered.` : `The work on ${named} is in review: #${task.pull}.`;
    case 'blocked':
      return task.verifyFailed
        ? `What was merged for ${named} failed its verification. A person has to look at it.`
        : `${named} is blocked. A person has to look at it.`;
    case 'failed':
      return `${named} has failed. A person has to look at it, and can have it tried again with \`yardmaster retry ${id}\`.`;
    case 'done':
      return mark === 'open' ? openText({ named, mark, issue, me }) : doneText({ named, task });
    case 'queued':
    case 'cancelled':
    case undefined:
      return openText({ named, mark, issue, me });
  }
}

function doneText({ named, task }: { named: string; task: SyncTask | null }): string {
  const pull = task?.evidence?.pull ?? null;
  if (pull !== null) return `${named} is done: it was merged with #${pull}.`;
  return task?.evidence == null ? `${named} is ticked in TODO.md.` : `${named} is done: it was verified that nothing needed to change.`;
}

/** A comment that was written once says how it is now; where there is none, only a reopening is worth one. */
function openText({ named, mark, issue, me }: Pick<CommentFacts, 'mark' | 'issue' | 'me'> & { named: string }): string | null {
  if (issue.reopenedBy !== null && mark === 'open') {
    const by = issue.reopenedBy === me ? 'This issue was opened again' : `\`${issue.reopenedBy}\` opened this issue again`;
    return `${by}, so ${named} is open again.`;
  }
  return issue.comment === null ? null : `${named} is open.`;
}
