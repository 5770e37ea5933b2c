// How REST shows issues (pull requests among them), comments and the events of a timeline.
import { nodeId } from './node-id.ts';
import { apiOf, associationOf, label, labelsOf, pageOf, person, personOrNull } from './rest-people-and-repositories.ts';
import { reactions } from './rest-pulls-shapes.ts';
import type { Comment, Event, Issue, Pull } from './state.ts';
import { isPull } from './state.ts';
import { parentOf } from './sub-issues.ts';

export function issueShape(item: Issue | Pull): object {
  const { repository, number, id } = item;
  const url = `${apiOf(repository)}/issues/${number}`;
  const page = `${pageOf(repository)}/${item.kind === 'pull' ? 'pull' : 'issues'}/${number}`;
  const { world } = repository;
  const subs = item.subIssues.map((sub) => sub.state === 'closed');
  const parent = parentOf(item);
  const done = subs.filter(Boolean).length;
  return {
    url,
    repository_url: apiOf(repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    ...{ html_url: page, id, node_id: nodeId(item.kind === 'pull' ? 'PullRequest' : 'Issue', id), number, title: item.title },
    user: person(world, item.author),
    labels: labelsOf(item).map((one) => label(repository, one)),
    state: item.state,
    locked: item.locked,
    ...{ assignee: personOrNull(world, item.assignees[0] ?? null), assignees: item.assignees.map((login) => person(world, login)) },
    milestone: null,
    comments: item.comments.length,
    created_at: item.createdAt,
    updated_at: item.updatedAt,
    closed_at: item.closedAt,
    ...{ author_association: associationOf(repository, item.author), active_lock_reason: null, body: item.body, reactions: reactions(url) },
    ...{ timeline_url: `${url}/timeline`, performed_via_github_app: null, state_reason: item.stateReason },
    sub_issues_summary: {
      total: subs.length,
      completed: done,
      percent_completed: subs.length === 0 ? 0 : Math.floor((100 * done) / subs.length),
    },
    issue_dependencies_summary: dependencies(item),
    ...(parent === null ? {} : { parent_issue_url: `${apiOf(parent.repository)}/issues/${parent.number}` }),
    ...(isPull(item) ? { draft: item.draft, pull_request: pullLinks(item) } : {}),
  };
}

function dependencies(item: Issue): object {
  const items = [...item.repository.items.values()];
  const blocking = items.filter((other) => other.blockedBy.includes(item.number));
  const blockers = item.blockedBy.map((number) => item.repository.items.get(number));
  return {
    ...{ blocked_by: blockers.filter((blocker) => blocker?.state === 'open').length, total_blocked_by: item.blockedBy.length },
    ...{ blocking: blocking.filter((other) => other.state === 'open').length, total_blocking: blocking.length },
  };
}

function pullLinks(pull: Pull): object {
  const page = `${pageOf(pull.repository)}/pull/${pull.number}`;
  const url = `${apiOf(pull.repository)}/pulls/${pull.number}`;
  return { url, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`, merged_at: pull.merged?.at ?? null };
}

/** An issue alone also says who closed it. */
export const wholeIssue = (item: Issue | Pull): object => ({
  ...issueShape(item),
  closed_by: personOrNull(item.repository.world, item.closedBy),
});

export function commentShape(item: Issue | Pull, comment: Comment): object {
  const { repository } = item;
  const url = `${apiOf(repository)}/issues/comments/${comment.id}`;
  const page = `${pageOf(repository)}/${item.kind === 'pull' ? 'pull' : 'issues'}/${item.number}`;
  return {
    ...{ url, html_url: `${page}#issuecomment-${comment.id}`, issue_url: `${apiOf(repository)}/issues/${item.number}` },
    ...{ id: comment.id, node_id: nodeId('IssueComment', comment.id), user: person(repository.world, comment.author) },
    ...{ created_at: comment.createdAt, updated_at: comment.updatedAt, author_association: associationOf(repository, comment.author) },
    ...{ body: comment.body, reactions: reactions(url), performed_via_github_app: null },
  };
}

/** An event of an issue's timeline. */
export function eventShape(item: Issue | Pull, event: Event): object {
  const { repository } = item;
  const { id, more } = event;
  const named = more['label'] === undefined ? null : repository.labels.get(more['label'].toLowerCase());
  return {
    ...{ id, node_id: nodeId('Event', id), url: `${apiOf(repository)}/issues/events/${id}`, actor: person(repository.world, event.actor) },
    event: event.event,
    commit_id: event.commit,
    commit_url: event.commit === null ? null : `${apiOf(repository)}/commits/${event.commit}`,
    ...{ created_at: event.at, performed_via_github_app: null },
    ...(more['label'] === undefined ? {} : { label: { name: more['label'], color: named?.color ?? 'ededed' } }),
    ...(more['assignee'] === undefined
      ? {}
      : { assignee: person(repository.world, more['assignee']), assigner: person(repository.world, event.actor) }),
    ...(event.event === 'renamed' ? { rename: { from: more['from'], to: more['to'] } } : {}),
    ...(event.event === 'closed' ? { state_reason: item.stateReason } : {}),
    ...(event.event.startsWith('review_request') ? asked(item, event) : {}),
    ...(event.event === 'review_dismissed'
      ? { dismissed_review: { state: 'approved', review_id: Number(more['review']), dismissal_message: null } }
      : {}),
  };
}

function asked(item: Issue | Pull, event: Event): object {
  const { world } = item.repository;
  return { review_requester: person(world, event.actor), requested_reviewer: person(world, event.more['reviewer'] ?? '') };
}

/** A comment as an event of the timeline. */
export const commentEvent = (item: Issue | Pull, comment: Comment): object => ({
  ...commentShape(item, comment),
  ...{ event: 'commented', actor: person(item.repository.world, comment.author) },
});
