// What the forge in memory knows of issues, as plain objects, and what people do with them. Times have whole seconds, and what
// somebody may do in the repository is told as it is when it is read: both as at a real forge.
import { Fault } from '../../src/core/fault.ts';
import type { IssueContent } from '../../src/core/sync/issue-draft.ts';
import type { Issue, Person } from '../../src/core/sync/sync-facts.ts';
import { second } from '../../src/core/time.ts';
import type { MemoryIssue } from './memory-issue.ts';
import { newId, nextNumber, type MemoryForgeState, type MemoryPull, type MemoryRepository } from './memory-forge-state.ts';

interface Act {
  readonly repository: MemoryRepository;
  readonly number: number;
  /** The login of who does it; somebody who may write by default. */
  readonly by?: string;
}

export function issueIn({ issues }: MemoryRepository, number: number): MemoryIssue {
  const found = issues.get(number);
  if (found === undefined) throw new Error(`there is no issue #${number}`);
  return found;
}

export function secondOf(state: MemoryForgeState): number {
  return Math.floor(state.now() / second) * second;
}

/** Somebody opens an issue. Returns its number. */
export function openIssue(
  state: MemoryForgeState,
  given: { readonly repository: MemoryRepository; readonly by?: string } & Partial<IssueContent>,
): number {
  const { repository, by = 'grace', title = 'Fix the parser', body = '', labels = [], assignees = [] } = given;
  const number = nextNumber(repository);
  const at = secondOf(state);
  repository.issues.set(number, {
    ...{ number, title, body, state: 'open', reason: null, labels: [], assignees: [], closedBy: null, reopenedBy: null },
    ...{
      revisions: [{ by, at, title, body }],
      labelled: new Map(),
      dependencies: [],
      parent: 'none',
      comments: [],
      updatedAt: at,
      gone: null,
    },
  });
  editIssue(state, { repository, number, by, labels, assignees });
  return number;
}

/** Somebody changes an issue: writes, labels, assigns, closes, opens again. People that cannot be assigned are left out. */
export function editIssue(state: MemoryForgeState, given: Act & Partial<IssueContent>): void {
  const { repository, number, by = 'grace', ...set } = given;
  const issue = issueIn(repository, number);
  const at = secondOf(state);
  const { title = issue.title, body = issue.body, labels = issue.labels, state: to = issue.state } = set;
  if (title !== issue.title || body !== issue.body) issue.revisions.push({ by, at, title, body });
  const before = new Set(issue.labels.map((label) => label.toLowerCase()));
  for (const label of labels) if (!before.has(label.toLowerCase())) issue.labelled.set(label.toLowerCase(), { by, at });
  if (to !== issue.state) Object.assign(issue, to === 'open' ? { reopenedBy: by } : { closedBy: by });
  const assignees = (set.assignees ?? issue.assignees).filter((login) => isAssignable(repository, login));
  const reason = to === 'open' ? null : (set.reason ?? issue.reason ?? 'completed');
  Object.assign(issue, { title, body, labels: [...new Set(labels)], assignees: [...new Set(assignees)], state: to, reason, updatedAt: at });
}

function isAssignable({ people }: MemoryRepository, login: string): boolean {
  return [...people.keys()].some((one) => one.toLowerCase() === login.toLowerCase());
}

/** Somebody makes an issue a sub-issue of another one, or of none. Throws what the forge refuses. */
export function setParentOf(state: MemoryForgeState, { repository, number, to }: Act & { readonly to: MemoryIssue['parent'] }): void {
  const refused = (message: string): Fault =>
    new Fault({ code: 'forge-refused', message, hint: 'set another parent', data: { status: 422 } });
  const siblings = [...repository.issues.values()].filter(({ parent, gone }) => parent === to && gone === null);
  if (typeof to === 'number' && siblings.length >= 100) throw refused('Parent cannot have more than 100 sub-issues');
  const above = new Set<MemoryIssue['parent']>([number]);
  for (let one = to; typeof one === 'number'; one = parentOf(repository, one)) {
    if (above.has(one)) throw refused('an issue cannot stand above itself');
    above.add(one);
  }
  if (above.size - 1 + levelsBelow(repository, number) > 8) throw refused('there can be eight levels of sub-issues');
  Object.assign(issueIn(repository, number), { parent: to, updatedAt: secondOf(state) });
}

function levelsBelow(repository: MemoryRepository, number: number): number {
  const below = [...repository.issues.values()].filter((issue) => issue.gone === null && issue.parent === number);
  return Math.max(0, ...below.map((issue) => 1 + levelsBelow(repository, issue.number)));
}

/** One that is gone is no parent any more. */
export function parentOf({ issues }: MemoryRepository, number: number): MemoryIssue['parent'] {
  const { parent = 'none' } = issues.get(number) ?? {};
  return typeof parent === 'number' && issues.get(parent)?.gone !== null ? 'none' : parent;
}

/** Returns the comment's id. */
export function commentOn(state: MemoryForgeState, given: Act & { readonly text: string }): string {
  const { repository, number, by = 'grace', text } = given;
  const issue = issueIn(repository, number);
  const comment = { id: newId(state, 'comment'), by, text };
  issue.comments.push(comment);
  issue.updatedAt = secondOf(state);
  return comment.id;
}

/** Somebody edits a comment, or deletes it where the text is null. */
export function editComment(state: MemoryForgeState, given: Act & { readonly id: string; readonly text: string | null }): void {
  const { repository, number, id, text } = given;
  const issue = issueIn(repository, number);
  issue.comments = issue.comments.flatMap((one) => (one.id === id ? (text === null ? [] : { ...one, text }) : one));
  issue.updatedAt = secondOf(state);
}

export function deleteIssue({ repository, number }: Act): void {
  issueIn(repository, number).gone = { gone: 'deleted', to: null };
}

/** The issue is opened in the other repository, with its text, comments and labels. Returns its number there. */
export function transferIssue(state: MemoryForgeState, { repository, number, to }: Act & { readonly to: MemoryRepository }): number {
  const issue = issueIn(repository, number);
  const moved = nextNumber(to);
  to.issues.set(moved, { ...issue, number: moved, dependencies: [], parent: 'none', updatedAt: secondOf(state) });
  issue.gone = { gone: 'moved', to: `${to.at.owner}/${to.at.name}#${moved}` };
  return moved;
}

/** A discussion is made of the issue; the forge closes and locks the issue. */
export function convertIssue(state: MemoryForgeState, { repository, number, by = 'grace' }: Act): void {
  editIssue(state, { repository, number, by, state: 'closed' });
  issueIn(repository, number).gone = { gone: 'discussion', to: null };
}

/** What somebody may do in the repository, in the forge's word. */
export function personIn({ people }: MemoryRepository, login: string): Person {
  return { login, association: people.get(login) ?? 'NONE' };
}

/** A pull request, as it is read among issues: only what shows that it is one. */
export function pullAsIssue(repository: MemoryRepository, pull: MemoryPull): Issue {
  const { number, title, body, author, updatedAt } = pull;
  const state = pull.state === 'open' ? 'open' : 'closed';
  return {
    ...{ number, title, body, state, labels: [], assignees: [], isPull: true, reopenedBy: null, labelled: null, comment: null },
    ...{ reason: state === 'open' ? null : 'completed', closedBy: null, dependencies: null, parent: null },
    revisions: [{ by: personIn(repository, author), at: updatedAt, title, body }],
  };
}
