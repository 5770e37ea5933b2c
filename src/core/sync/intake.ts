// Which issues become tasks, and whose text counts. Text counts if somebody with write access wrote it, or if it stood there
// when somebody with write access put the label on the issue. A stranger's later edit waits until a person has looked at it:
// meanwhile nothing of the issue flows to the list, and we do not write the issue's text.
import { nextTaskId } from '../task/task.ts';
import { isTaskId } from '../todo/words.ts';
import { markerIn, type Marker } from './issue-body.ts';
import type { GoneIssue, Issue, Person, Revision, SyncPolicy } from './sync-facts.ts';

export type Trusted =
  | { readonly trusted: true; readonly title: string; readonly body: string; /** Who changed it since. */ readonly heldBy: string | null }
  | { readonly trusted: false };

/** Whether they may write to the repository, or are on the list. */
export function isTrusted({ person, policy }: { readonly person: Person; readonly policy: SyncPolicy }): boolean {
  return person.login === policy.me || policy.trust.includes(person.association) || policy.trust.includes(person.login);
}

export function trustedText({ issue, policy }: { readonly issue: Issue; readonly policy: SyncPolicy }): Trusted {
  const { labelled } = issue;
  const labelledAt = labelled !== null && isTrusted({ person: labelled.by, policy }) ? labelled.at : -Infinity;
  const counts = ({ by, at }: Revision, index: number): boolean =>
    // Times have whole seconds: whether an edit of the same second was seen by who labelled it, nobody knows.
    isTrusted({ person: by, policy }) || at < labelledAt || (index === 0 && at === labelledAt);
  const last = issue.revisions.findLast(counts);
  if (last === undefined) return { trusted: false };
  const isHeld = last.title !== issue.title || last.body !== issue.body;
  const [latest = last] = issue.revisions.slice(-1);
  const heldBy = isHeld ? latest.by.login : null;
  return { trusted: true, title: last.title, body: last.body, heldBy };
}

/**
 * The newest marker in any text that somebody with write access wrote: the present text may have lost it, or may be an old one
 * that was saved again. A stranger's issue may pretend to have one. One of another repository came with a transferred issue,
 * and names a task of that one.
 */
export function trustedMarker({ issue, policy }: { readonly issue: Issue; readonly policy: SyncPolicy }): Marker | null {
  let newest: Marker | null = null;
  for (const { by, body } of issue.revisions) {
    const marker = isTrusted({ person: by, policy }) ? markerIn(body) : null;
    if (marker === null || marker.repo !== policy.repo) continue;
    if (newest === null || marker.base.rev >= newest.base.rev) newest = marker;
  }
  return newest;
}

/** The label counts if somebody with write access put it there, or opened the issue. */
export function hasIntakeLabel({ issue, policy }: { readonly issue: Issue; readonly policy: SyncPolicy }): boolean {
  const label = policy.intake.toLowerCase();
  if (!issue.labels.some((one) => one.toLowerCase() === label)) return false;
  const people = [issue.revisions[0]?.by, issue.labelled?.by];
  return people.some((person) => person !== undefined && isTrusted({ person, policy }));
}

/** The issue's text, if it becomes a task; null if it does not. */
export function intakeText(given: { readonly issue: Issue; readonly policy: SyncPolicy }): (Trusted & { readonly trusted: true }) | null {
  const { issue } = given;
  if (issue.isPull || issue.state === 'closed' || !hasIntakeLabel(given)) return null;
  const text = trustedText(given);
  return text.trusted ? text : null;
}

/** The id in front of a title, as in `t12: Fix the parser`, and the rest. */
export function titleParts({ title, ids }: { readonly title: string; readonly ids: string }): {
  readonly id: string | null;
  readonly rest: string;
} {
  const found = /^\s*(\S{1,60}):\s+(?=\S)/.exec(title);
  const id = found?.[1] ?? '';
  return found !== null && isTaskId(id, ids) ? { id, rest: title.slice(found[0].length) } : { id: null, rest: title };
}

/**
 * The id of the line that an issue becomes. The id in the title counts only if the author may write here: a stranger must not
 * choose numbers.
 */
export function idForIntake(given: {
  readonly issue: Issue;
  readonly policy: SyncPolicy;
  readonly ids: string;
  readonly taken: readonly string[];
}): string {
  const { issue, policy, ids, taken } = given;
  const { id } = titleParts({ title: issue.title, ids });
  const author = issue.revisions[0]?.by;
  const mayChoose = author !== undefined && isTrusted({ person: author, policy });
  return id !== null && mayChoose && !taken.includes(id) ? id : nextTaskId({ ids, taken });
}

/** What a person has to know about a line whose issue is gone. The line itself stays as it is. */
export function goneText({ task, issue }: { readonly task: string; readonly issue: GoneIssue }): {
  readonly message: string;
  readonly hint: string;
} {
  const { number, gone, to } = issue;
  const where = to === null ? '' : ` to ${to}`;
  const what = { deleted: 'was deleted', moved: `was moved${where}`, discussion: `was made a discussion` }[gone];
  return {
    message: `issue #${number} of ${task} ${what}; the line in TODO.md is not changed, and is not kept the same as an issue any more`,
    hint: `remove ref:GH#${number} from the line, or decline the task; for a new issue, run: yardmaster issues push ${task}`,
  };
}
