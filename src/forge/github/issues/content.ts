// What of an issue is written, as REST shows it and as it is sent.
import type { IssueContent } from '../../../core/sync/issue-draft.ts';
import { fields, list, text, type Fields } from '../../../lib/fields.ts';

export function contentIn(issue: Fields): IssueContent {
  const state = issue['state'] === 'open' ? 'open' : 'closed';
  const reason = issue['state_reason'] === 'not_planned' || issue['state_reason'] === 'duplicate' ? 'not-planned' : 'completed';
  return {
    ...{ title: text(issue['title']) ?? '', body: text(issue['body']) ?? '', state, reason: state === 'open' ? null : reason },
    labels: list(issue['labels']).flatMap((label) => text(fields(label)?.['name']) ?? text(label) ?? []),
    assignees: list(issue['assignees']).flatMap((one) => text(fields(one)?.['login']) ?? []),
  };
}

/** Whether nobody has changed it meanwhile. The order of names says nothing, and neither does their case. */
export function sameContent(one: IssueContent, other: IssueContent): boolean {
  return Object.keys(changesFor({ now: one, set: other })).length === 0;
}

export type Changes = Partial<Record<'title' | 'body' | 'state' | 'state_reason' | 'labels' | 'assignees', unknown>>;

/** The fields to send: only those that are otherwise. */
export function changesFor({ now, set }: { readonly now: IssueContent; readonly set: Partial<IssueContent> }): Changes {
  const { title, body, state = now.state, reason = now.reason, labels, assignees } = set;
  const isMoved = state !== now.state || (state === 'closed' && reason !== now.reason);
  const why = state === 'open' ? {} : { state_reason: reason === 'not-planned' ? 'not_planned' : 'completed' };
  return {
    ...(title === undefined || title === now.title ? {} : { title }),
    ...(body === undefined || body === now.body ? {} : { body }),
    ...(isMoved ? { state, ...why } : {}),
    ...(labels === undefined || sameNames(labels, now.labels) ? {} : { labels }),
    ...(assignees === undefined || sameNames(assignees, now.assignees) ? {} : { assignees }),
  };
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  const plain = (names: readonly string[]): string => JSON.stringify([...new Set(names.map((name) => name.toLowerCase()))].toSorted());
  return plain(one) === plain(other);
}
