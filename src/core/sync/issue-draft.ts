// The issue as it should be after a sync, all in one write: its title, its body with the marker, its state, labels and
// assignees. Values and marker arrive together or not at all, so that no death of a program leaves one without the other.
import type { Values } from './fields.ts';
import { isWorkedOn } from './issue-state.ts';
import { largestIssueBody, writeIssueBody, type IssueBody, type Marker } from './issue-body.ts';
import type { Judged } from './judge-pair.ts';
import { labelsFor } from './labels.ts';
import { ourPart, type PartFacts } from './our-part.ts';
import type { Snapshot } from './snapshot.ts';
import type { Issue, SyncPolicy, SyncTask } from './sync-facts.ts';
import { loginsOf, ownTitle } from './values.ts';

/** What an issue has that we write. */
export interface IssueContent {
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly reason: 'completed' | 'not-planned' | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
}

export function contentOf({ title, body, state, reason, labels, assignees }: Issue): IssueContent {
  return { title, body, state, reason, labels, assignees };
}

export interface DraftFacts {
  readonly policy: SyncPolicy;
  readonly ids: string;
  readonly issue: Issue;
  readonly body: IssueBody;
  readonly judged: Judged;
  /** The line's values after the sync, and as it is written. */
  readonly line: Values;
  readonly title: string;
  readonly part: PartFacts;
  /** The tags that the issue should have. */
  readonly tags: readonly string[];
  readonly task: SyncTask | null;
  readonly snapshot: Snapshot;
  readonly status: Parameters<typeof labelsFor>[0]['status'];
  /** The login that we assigned before. */
  readonly ours: string | null;
  /** A label for intake that does not count; it stays all the same. */
  readonly uncounted: readonly string[];
}

export interface Drafted {
  readonly content: IssueContent;
  /** False if there is no room for the marker, so that the snapshot stands nowhere at the issue. */
  readonly hasRoom: boolean;
}

export function draftIssue(facts: DraftFacts): Drafted {
  const { issue, judged, policy, part, snapshot, line, task } = facts;
  const { ours, assignees } = draftAssignees(facts);
  const marker: Marker = { repo: policy.repo, task: part.id, base: snapshot, assigned: ours };
  const text = judged.toIssue.includes('body') ? line.body : null;
  const body = bodyWithPart({ body: facts.body, text, part, marker });
  const { state, reason } = draftState({ issue, judged });
  const labels = labelsFor({
    now: issue.labels,
    tags: [...facts.tags, ...facts.uncounted],
    intake: policy.intake,
    status: facts.status,
    dispatched: task?.dispatched ?? null,
    implemented: task?.implemented ?? null,
  });
  return {
    content: { title: draftTitle(facts), body: body ?? issue.body, state, reason, labels, assignees },
    hasRoom: body !== null,
  };
}

function draftTitle({ issue, judged, title, part, ids }: DraftFacts): string {
  return judged.toIssue.includes('title') ? ownTitle({ title: issue.title, id: part.id, ids }).prefix + title : issue.title;
}

function draftState({ issue, judged }: { issue: Issue; judged: Judged }): Pick<IssueContent, 'state' | 'reason'> {
  const { closing } = judged;
  if (closing === null) return { state: issue.state, reason: issue.reason };
  return closing.close === 'open-again' ? { state: 'open', reason: null } : { state: 'closed', reason: closing.close };
}

function draftAssignees({ issue, judged, task, policy, ours }: DraftFacts): { ours: string | null; assignees: readonly string[] } {
  const theirs = issue.assignees.filter((login) => login !== ours);
  const wanted = judged.common.assignee ?? loginsOf(theirs);
  const people = loginsOf(theirs) === wanted ? theirs : wanted.split(',').filter((login) => login !== '');
  // Another machine that works on the task has assigned its own login.
  const login = ours !== null && issue.assignees.includes(ours) ? ours : policy.me;
  const isAssigned = people.some((one) => one.toLowerCase() === login.toLowerCase());
  const assigns = isWorkedOn(task) && !isAssigned;
  return { ours: assigns ? login : null, assignees: assigns ? [...people, login] : people };
}

/** Null if there is no room for our part even at its shortest. */
export function bodyWithPart(given: {
  readonly body: IssueBody;
  readonly text: string | null;
  readonly part: PartFacts;
  readonly marker: Marker;
}): string | null {
  const { body, text, part, marker } = given;
  const used = text === null ? body.above.length + body.below.length : text.length;
  // The marker grows with our part, so a part that does not fit is tried again with less room.
  for (let room = largestIssueBody - used; room > 200; room = Math.floor(room / 2)) {
    const written = writeIssueBody({ body, text, part: ourPart({ facts: part, room }), marker });
    if (written !== null) return written;
  }
  return null;
}
