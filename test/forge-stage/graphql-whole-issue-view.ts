// How GraphQL sees an issue as a whole, with its past: the versions of its text, and its timeline.
import { commentView, itemFields, labelView } from './graphql-issue-view.ts';
import type { Args, View, Viewing } from './graphql-viewing.ts';
import { actorView, connection } from './graphql-viewing.ts';
import { nodeId } from './node-id.ts';
import type { Edit, Event, Issue, Label } from './state.ts';
import { fullName, may } from './state.ts';
import { parentOf } from './sub-issues.ts';

export function issueView(viewing: Viewing, item: Issue): View {
  const { repository } = item;
  const others = (numbers: readonly number[]): readonly View[] =>
    numbers.flatMap((number) => repository.items.get(number) ?? []).map((one) => issueView(viewing, one));
  return {
    __typename: 'Issue',
    ...itemFields(viewing, item),
    ...{ state: item.state.toUpperCase(), stateReason: (args: Args) => shownReason(item, args) },
    ...{ includesCreatedEdit: item.edits.length > 0, lastEditedAt: item.edits.at(-1)?.at ?? null },
    editor: () => actorView(viewing, item.edits.at(-1)?.editor ?? null),
    userContentEdits: (args: Args) => editsOf(viewing, { issue: item, args }),
    timelineItems: (args: Args) => issueTimeline(viewing, { issue: item, args, view: () => issueView(viewing, item) }),
    blockedBy: (args: Args) => connection(others(item.blockedBy), args),
    parent: () => parentView(viewing, item),
    subIssues: (args: Args) =>
      connection(
        item.subIssues.map((sub) => issueView(viewing, sub)),
        args,
      ),
    subIssuesSummary: () => {
      const completed = item.subIssues.filter(({ state }) => state === 'closed').length;
      const total = item.subIssues.length;
      return { total, completed, percentCompleted: total === 0 ? 0 : Math.floor((100 * completed) / total) };
    },
  };
}

/** Null also for one that the viewer may not see. */
function parentView(viewing: Viewing, item: Issue): View | null {
  const parent = parentOf(item);
  return parent === null || !may(parent.repository, viewing.token.login, 'read') ? null : issueView(viewing, parent);
}

/** Only those who ask for it are told that an issue was closed as a duplicate. */
function shownReason({ stateReason }: Issue, { enableDuplicate }: Args): string | null {
  return stateReason === 'duplicate' && enableDuplicate !== true ? 'NOT_PLANNED' : (stateReason?.toUpperCase() ?? null);
}

/** GitHub lists the edits newest first. The oldest one is the text as it was opened. A deleted version has no text. */
function editsOf(viewing: Viewing, { issue, args }: { readonly issue: Issue; readonly args: Args }): object {
  return connection(
    issue.edits.toReversed().map((edit) => editView(viewing, edit)),
    args,
  );
}

function editView(viewing: Viewing, { id, editor, at, body, deletedBy }: Edit): View {
  return {
    __typename: 'UserContentEdit',
    ...{ id: nodeId('Edit', id), createdAt: at, editedAt: at, updatedAt: at, diff: body },
    ...{ deletedAt: deletedBy === null ? null : at, deletedBy: () => actorView(viewing, deletedBy) },
    editor: () => actorView(viewing, editor),
  };
}

/** `view`: how the issue itself is shown. */
function issueTimeline(
  viewing: Viewing,
  { issue, args, view }: { readonly issue: Issue; readonly args: Args; readonly view: () => View },
): object {
  const all = [
    ...issue.comments.map((comment) => ({ at: comment.createdAt, id: comment.id, view: commentView(viewing, { item: issue, comment }) })),
    ...issue.events.map((event) => ({ at: event.at, id: event.id, view: eventView(viewing, { issue, event, view }) })),
  ].toSorted((one, other) => one.at.localeCompare(other.at) || one.id - other.id);
  const { itemTypes, since } = args;
  const kind = (of: View): string => of.__typename.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
  const found = all
    .filter((one) => !Array.isArray(itemTypes) || itemTypes.includes(kind(one.view)))
    .filter(({ at }) => typeof since !== 'string' || at >= since);
  const shown = found.map((one) => one.view);
  return { ...connection(shown, args), filteredCount: found.length, pageCount: found.length, updatedAt: issue.updatedAt };
}

function eventView(
  viewing: Viewing,
  { issue, event, view }: { readonly issue: Issue; readonly event: Event; readonly view: () => View },
): View {
  const { repository } = issue;
  const { more } = event;
  const words = event.event === 'renamed' ? 'renamed_title' : event.event;
  const path = `/${fullName(repository)}/issues/${issue.number}#event-${event.id}`;
  const name = more['label'] ?? '';
  const known: Label | undefined = repository.labels.get(name.toLowerCase());
  return {
    __typename: `${words.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`,
    ...{ id: nodeId('Event', event.id), createdAt: event.at, url: `${viewing.world.url}${path}`, resourcePath: path },
    actor: () => actorView(viewing, event.actor),
    ...{ closable: view, subject: view, labelable: view, assignable: view },
    ...{ previousTitle: more['from'], currentTitle: more['to'], stateReason: issue.stateReason?.toUpperCase() ?? null, closer: null },
    label: () => labelView(viewing, { repository, label: known ?? { id: event.id, name, color: 'ededed', description: null } }),
    assignee: () => actorView(viewing, more['assignee'] ?? null),
    discussion: null,
  };
}
