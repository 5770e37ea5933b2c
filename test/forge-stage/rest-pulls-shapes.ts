// How REST shows pull requests, their reviews and the comments on their lines.
import { baseCommit, mergeable, mergeState } from './merge-rules.ts';
import { nodeId } from './node-id.ts';
import { apiOf, associationOf, label, labelsOf, middleRepository, pageOf, person, personOrNull } from './rest-people-and-repositories.ts';
import type { Pull, Repository, Review, Thread, ThreadComment } from './state.ts';

export function briefPull(pull: Pull): object {
  const { repository, number, id } = pull;
  const url = `${apiOf(repository)}/pulls/${number}`;
  const page = `${pageOf(repository)}/pull/${number}`;
  const issue = `${apiOf(repository)}/issues/${number}`;
  const statuses = `${apiOf(repository)}/statuses/${pull.shown}`;
  const { world } = repository;
  return {
    url,
    id,
    node_id: nodeId('PullRequest', id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${apiOf(repository)}/pulls/comments{/number}`,
    ...{ comments_url: `${issue}/comments`, statuses_url: statuses, number, state: pull.state, locked: pull.locked, title: pull.title },
    user: person(world, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    ...{ merged_at: pull.merged?.at ?? null, merge_commit_sha: pull.merged?.commit ?? null, milestone: null, draft: pull.draft },
    ...{ assignee: personOrNull(world, pull.assignees[0] ?? null), assignees: pull.assignees.map((login) => person(world, login)) },
    ...{ requested_reviewers: pull.requested.map((login) => person(world, login)), requested_teams: [] },
    labels: labelsOf(pull).map((one) => ({ ...label(repository, one), description: one.description ?? '' })),
    head: side({ owner: pull.head.owner, branch: pull.head.branch, sha: pull.shown, repository: pull.head.repository }),
    base: side({ owner: repository.owner, branch: pull.base, sha: pull.merged?.base ?? baseCommit(pull) ?? pull.shown, repository }),
    _links: links({ url, page, issue, statuses, comments: `${apiOf(repository)}/pulls/comments{/number}` }),
    ...{ author_association: associationOf(repository, pull.author), auto_merge: autoMergeOf(pull), active_lock_reason: null },
  };

  function side(given: { owner: string; branch: string; sha: string; repository: Repository | null }): object {
    const repo = given.repository === null ? null : middleRepository(given.repository);
    return { label: `${given.owner}:${given.branch}`, ref: given.branch, sha: given.sha, user: person(world, given.owner), repo };
  }
}

function links(given: { url: string; page: string; issue: string; statuses: string; comments: string }): object {
  const { url, page, issue, statuses, comments } = given;
  const to = (href: string): object => ({ href });
  return {
    ...{ self: to(url), html: to(page), issue: to(issue), comments: to(`${issue}/comments`), review_comments: to(`${url}/comments`) },
    ...{ review_comment: to(comments), commits: to(`${url}/commits`), statuses: to(statuses) },
  };
}

function autoMergeOf(pull: Pull): object | null {
  if (pull.autoMerge === null) return null;
  const { by, method, title } = pull.autoMerge;
  return {
    enabled_by: person(pull.repository.world, by),
    merge_method: method,
    commit_title: title ?? pull.title,
    commit_message: pull.body ?? '',
  };
}

export function wholePull(pull: Pull): object {
  const { bare } = pull.repository;
  const base = pull.merged?.base ?? baseCommit(pull) ?? pull.shown;
  const related = bare.related(base, pull.shown);
  const changes = related ? bare.changes(base, pull.shown) : [];
  const able = mergeable(pull);
  return {
    ...briefPull(pull),
    merged: pull.merged !== null,
    mergeable: able === 'UNKNOWN' ? null : able === 'MERGEABLE',
    rebaseable: able === 'UNKNOWN' ? null : able === 'MERGEABLE',
    ...{ mergeable_state: mergeState(pull).toLowerCase(), merged_by: personOrNull(pull.repository.world, pull.merged?.by ?? null) },
    ...{ comments: pull.comments.length, review_comments: pull.threads.flatMap((thread) => thread.comments).length },
    ...{ maintainer_can_modify: pull.maintainerCanModify, commits: bare.between(base, pull.shown).length, changed_files: changes.length },
    ...{ additions: sum(changes.map(({ added }) => added)), deletions: sum(changes.map(({ deleted }) => deleted)) },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

export function reviewShape(pull: Pull, review: Review): object {
  const html = `${pageOf(pull.repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const url = `${apiOf(pull.repository)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: person(pull.repository.world, review.author),
    body: review.body,
    ...{ state: review.state, html_url: html, pull_request_url: url, commit_id: review.commit },
    ...{ author_association: associationOf(pull.repository, review.author), _links: { html: { href: html }, pull_request: { href: url } } },
    ...(review.state === 'PENDING' ? {} : { submitted_at: review.submittedAt }),
  };
}

export function lineComment(pull: Pull, thread: Thread, comment: ThreadComment): object {
  const url = `${apiOf(pull.repository)}/pulls/comments/${comment.id}`;
  const html = `${pageOf(pull.repository)}/pull/${pull.number}#discussion_r${comment.id}`;
  const pullUrl = `${apiOf(pull.repository)}/pulls/${pull.number}`;
  const line = thread.line ?? 1;
  return {
    ...{ url, id: comment.id, node_id: nodeId('PullRequestReviewComment', comment.id), pull_request_review_id: comment.review },
    diff_hunk: `@@ -1,1 +${line},1 @@`,
    path: thread.path,
    position: 1,
    original_position: 1,
    line,
    original_line: line,
    side: 'RIGHT',
    ...{ start_line: null, original_start_line: null, start_side: null, subject_type: thread.line === null ? 'file' : 'line' },
    commit_id: pull.shown,
    original_commit_id: comment.commit,
    user: person(pull.repository.world, comment.author),
    body: comment.body,
    ...{ created_at: comment.createdAt, updated_at: comment.updatedAt, html_url: html, pull_request_url: pullUrl },
    ...(comment.replyTo === null ? {} : { in_reply_to_id: comment.replyTo }),
    ...{ author_association: associationOf(pull.repository, comment.author), reactions: reactions(url) },
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
  };
}

export function reactions(url: string): object {
  const none = { '+1': 0, '-1': 0, laugh: 0, confused: 0, heart: 0, hooray: 0, eyes: 0, rocket: 0 };
  return { url: `${url}/reactions`, total_count: 0, ...none };
}
