// How GraphQL sees issues, comments and labels.
import { nodeId } from './node-id.ts';
import type { Args, View, Viewing } from './graphql-viewing.ts';
import { actorView, connection } from './graphql-viewing.ts';
import { labelsOf } from './rest-people-and-repositories.ts';
import type { Comment, Issue, Label, Pull, Repository } from './state.ts';
import { association, fullName, isPull, may } from './state.ts';

/** The fields that everything with a text by a person has. */
export function written(
  viewing: Viewing,
  given: { readonly repository: Repository; readonly author: string; readonly body: string },
): Record<string, unknown> {
  const { repository, author, body } = given;
  return {
    body,
    bodyText: body,
    bodyHTML: body,
    author: () => actorView(viewing, author),
    authorAssociation: association(repository, author),
    viewerDidAuthor: author === viewing.token.login,
    includesCreatedEdit: false,
    createdViaEmail: false,
    editor: null,
    lastEditedAt: null,
    viewerCanUpdate: () => author === viewing.token.login || may(repository, viewing.token.login, 'write'),
    repository: () => viewing.show.repository(repository),
  };
}

/** The fields that issues and pull requests share. */
export function itemFields(viewing: Viewing, item: Issue | Pull): Record<string, unknown> {
  const { repository, number } = item;
  const path = `/${fullName(repository)}/${item.kind === 'pull' ? 'pull' : 'issues'}/${number}`;
  return {
    ...written(viewing, { repository, author: item.author, body: item.body ?? '' }),
    id: nodeId(item.kind === 'pull' ? 'PullRequest' : 'Issue', item.id),
    databaseId: item.id,
    fullDatabaseId: String(item.id),
    number,
    title: item.title,
    titleHTML: item.title,
    url: `${viewing.world.url}${path}`,
    resourcePath: path,
    closed: item.state === 'closed',
    closedAt: item.closedAt,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    publishedAt: item.createdAt,
    locked: item.locked,
    activeLockReason: null,
    milestone: null,
    comments: (args: Args) =>
      connection(
        orderedComments(item, args).map((comment) => commentView(viewing, { item, comment })),
        args,
      ),
    labels: (args: Args) =>
      connection(
        labelsOf(item).map((label) => labelView(viewing, { repository, label })),
        args,
      ),
    assignees: (args: Args) =>
      connection(
        item.assignees.map((login) => actorView(viewing, login)),
        args,
      ),
  };
}

function orderedComments({ comments }: Issue, { orderBy }: Args): readonly Comment[] {
  const up = (orderBy as { readonly direction: string } | undefined)?.direction === 'DESC' ? -1 : 1;
  return orderBy == null ? comments : comments.toSorted((a, b) => up * (a.updatedAt.localeCompare(b.updatedAt) || a.id - b.id));
}

export function commentView(viewing: Viewing, { item, comment }: { readonly item: Issue | Pull; readonly comment: Comment }): View {
  const { repository } = item;
  const url = `${viewing.world.url}/${fullName(repository)}/${item.kind === 'pull' ? 'pull' : 'issues'}/${item.number}#issuecomment-${comment.id}`;
  return {
    __typename: 'IssueComment',
    ...written(viewing, { repository, author: comment.author, body: comment.body }),
    ...remark(comment),
    ...{ id: nodeId('IssueComment', comment.id), url, resourcePath: url.slice(viewing.world.url.length) },
    pullRequest: () => (isPull(item) ? viewing.show.pull(item) : null),
    issue: () => viewing.show.issue(item),
  };
}

/** The fields that all comments share. */
export function remark(comment: Comment): Record<string, unknown> {
  return {
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    publishedAt: comment.createdAt,
    ...{ isMinimized: comment.hidden !== null, minimizedReason: comment.hidden },
  };
}

export function labelView(viewing: Viewing, { repository, label }: { readonly repository: Repository; readonly label: Label }): View {
  const url = `${viewing.world.url}/${fullName(repository)}/labels/${encodeURIComponent(label.name)}`;
  return {
    __typename: 'Label',
    ...{ id: nodeId('Label', label.id), name: label.name, color: label.color, description: label.description, isDefault: false, url },
    ...{ resourcePath: url.slice(viewing.world.url.length), repository: () => viewing.show.repository(repository) },
  };
}
