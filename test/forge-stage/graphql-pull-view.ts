// How GraphQL sees pull requests, reviews, threads and the timeline.
import { rollupView } from './graphql-checks-view.ts';
import { commentView, itemFields, labelView, remark, written } from './graphql-issue-view.ts';
import { issueView } from './graphql-whole-issue-view.ts';
import type { Args, View, Viewing } from './graphql-viewing.ts';
import { actorView, connection } from './graphql-viewing.ts';
import { askedWhetherMergeable, baseCommit, latestOpinions, mergeable, mergeState, reviewDecision } from './merge-rules.ts';
import { closes } from './merging.ts';
import { nodeId } from './node-id.ts';
import type { Event, Pull, Review, Thread, ThreadComment } from './state.ts';
import { fullName, may } from './state.ts';

export const pullState = (pull: Pull): string => (pull.merged !== null ? 'MERGED' : pull.state.toUpperCase());

export function pullView(viewing: Viewing, pull: Pull): View {
  const { repository, head } = pull;
  const { bare } = repository;
  const base = (): string => pull.merged?.base ?? baseCommit(pull) ?? pull.shown;
  const changes = () => bare.changes(base(), pull.shown);
  const reviewViews = (reviews: readonly Review[]): readonly View[] => reviews.map((review) => reviewView(viewing, { pull, review }));
  const writes = (): boolean => may(repository, viewing.token.login, 'write');
  return {
    __typename: 'PullRequest',
    ...itemFields(viewing, pull),
    state: pullState(pull),
    isDraft: pull.draft,
    merged: pull.merged !== null,
    mergedAt: pull.merged?.at ?? null,
    permalink: `${viewing.world.url}/${fullName(repository)}/pull/${pull.number}`,
    headRefOid: pull.shown,
    headRefName: head.branch,
    baseRefName: pull.base,
    baseRefOid: base,
    isCrossRepository: head.repository !== repository,
    maintainerCanModify: pull.maintainerCanModify,
    isInMergeQueue: pull.queued !== null,
    isMergeQueueEnabled: repository.queues.has(pull.base),
    headRef: () => (head.repository === null ? null : viewing.show.ref(head.repository, head.branch)),
    baseRef: () => viewing.show.ref(repository, pull.base),
    headRepository: () => (head.repository === null ? null : viewing.show.repository(head.repository)),
    headRepositoryOwner: () => actorView(viewing, head.owner),
    baseRepository: () => viewing.show.repository(repository),
    mergeable: () => ask(viewing, pull, mergeable(pull)),
    mergeStateStatus: () => ask(viewing, pull, mergeState(pull)),
    canBeRebased: () => mergeable(pull) === 'MERGEABLE',
    reviewDecision: () => reviewDecision(pull),
    mergeCommit: () => (pull.merged === null ? null : viewing.show.commit(repository, pull.merged.commit)),
    mergedBy: () => actorView(viewing, pull.merged?.by ?? null),
    autoMergeRequest: () => autoMergeView(viewing, pull),
    mergeQueueEntry: () => viewing.show.entry(pull),
    mergeQueue: () => viewing.show.queue(repository, pull.base),
    statusCheckRollup: () => rollupView(viewing, { repository, sha: pull.shown }),
    commits: (args: Args) =>
      connection(
        bare.between(base(), pull.shown).map(({ sha }) => commitOf(viewing, { pull, sha })),
        args,
      ),
    changedFiles: () => changes().length,
    additions: () => changes().reduce((sum, one) => sum + one.added, 0),
    deletions: () => changes().reduce((sum, one) => sum + one.deleted, 0),
    files: (args: Args) =>
      connection(
        changes().map(({ path, added, deleted }) => ({
          __typename: 'PullRequestChangedFile',
          path,
          additions: added,
          deletions: deleted,
          changeType: 'MODIFIED',
          viewerViewedState: 'UNVIEWED',
        })),
        args,
      ),
    reviews: (args: Args) => connection(reviewViews(chosenReviews(pull, args)), args),
    latestReviews: (args: Args) => connection(reviewViews(latestReviews(pull)), args),
    latestOpinionatedReviews: (args: Args) =>
      connection(reviewViews(latestOpinions(pull, { writersOnly: args['writersOnly'] === true })), args),
    reviewThreads: (args: Args) =>
      connection(
        pull.threads.map((thread) => threadView(viewing, { pull, thread })),
        args,
      ),
    reviewRequests: (args: Args) =>
      connection(
        pull.requested.map((login) => requestView(viewing, { pull, login })),
        args,
      ),
    closingIssuesReferences: (args: Args) =>
      connection(
        closes(pull).map((issue) => issueView(viewing, issue)),
        args,
      ),
    timelineItems: (args: Args) => timeline(viewing, { pull, args }),
    totalCommentsCount: pull.comments.length + pull.threads.flatMap((thread) => thread.comments).length,
    ...{ viewerCanEnableAutoMerge: writes, viewerCanDisableAutoMerge: writes, viewerCanUpdateBranch: writes, viewerCanMergeAsAdmin: false },
  };
}

/** Asking starts the computation on GitHub; of several questions in one request only the first counts. */
function ask<T>(viewing: Viewing, pull: Pull, answer: T): T {
  viewing.asked.add(pull);
  return answer;
}

/** After the request is answered. */
export function countQuestions({ asked }: Viewing): void {
  for (const pull of asked) askedWhetherMergeable(pull);
}

function autoMergeView(viewing: Viewing, pull: Pull): View | null {
  if (pull.autoMerge === null) return null;
  const { by, at, method, title } = pull.autoMerge;
  return {
    __typename: 'AutoMergeRequest',
    ...{ enabledAt: at, mergeMethod: method.toUpperCase(), commitHeadline: title, commitBody: null, authorEmail: null },
    ...{ enabledBy: () => actorView(viewing, by), pullRequest: () => pullView(viewing, pull) },
  };
}

function commitOf(viewing: Viewing, { pull, sha }: { readonly pull: Pull; readonly sha: string }): View {
  const path = `/${fullName(pull.repository)}/pull/${pull.number}/commits/${sha}`;
  return {
    __typename: 'PullRequestCommit',
    ...{ id: `PRC_${pull.id}_${sha}`, url: `${viewing.world.url}${path}`, resourcePath: path },
    ...{ commit: () => viewing.show.commit(pull.repository, sha), pullRequest: () => pullView(viewing, pull) },
  };
}

function chosenReviews(pull: Pull, { states, author }: Args): readonly Review[] {
  return pull.reviews
    .filter((review) => !Array.isArray(states) || states.includes(review.state))
    .filter((review) => typeof author !== 'string' || review.author === author);
}

function latestReviews(pull: Pull): readonly Review[] {
  return [...new Map(pull.reviews.map((review) => [review.author, review])).values()];
}

function reviewView(viewing: Viewing, { pull, review }: { readonly pull: Pull; readonly review: Review }): View {
  const url = `${viewing.world.url}/${fullName(pull.repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const comments = (): readonly View[] =>
    pull.threads.flatMap((thread) =>
      thread.comments.filter((one) => one.review === review.id).map((comment) => lineCommentView(viewing, { pull, thread, comment })),
    );
  return {
    __typename: 'PullRequestReview',
    ...written(viewing, { repository: pull.repository, author: review.author, body: review.body }),
    ...{ id: nodeId('PullRequestReview', review.id), databaseId: review.id, fullDatabaseId: String(review.id), state: review.state, url },
    ...{ submittedAt: review.submittedAt, createdAt: review.submittedAt, updatedAt: review.updatedAt, publishedAt: review.submittedAt },
    ...{ isMinimized: review.hidden !== null, minimizedReason: review.hidden, resourcePath: url.slice(viewing.world.url.length) },
    authorCanPushToRepository: () => may(pull.repository, review.author, 'write'),
    commit: () => viewing.show.commit(pull.repository, review.commit),
    pullRequest: () => pullView(viewing, pull),
    comments: (args: Args) => connection(comments(), args),
  };
}

export function threadView(viewing: Viewing, { pull, thread }: { readonly pull: Pull; readonly thread: Thread }): View {
  const resolved = thread.resolvedBy !== null;
  const writes = may(pull.repository, viewing.token.login, 'write') || pull.author === viewing.token.login;
  const outdated = (): boolean =>
    pull.repository.bare.file(thread.commit, thread.path) !== pull.repository.bare.file(pull.shown, thread.path);
  return {
    __typename: 'PullRequestReviewThread',
    id: nodeId('PullRequestReviewThread', thread.id),
    path: thread.path,
    originalLine: thread.line,
    startLine: null,
    originalStartLine: null,
    // A thread about lines that changed since has no line any more.
    ...{ line: () => (outdated() ? null : thread.line), isOutdated: outdated, isResolved: resolved, isCollapsed: resolved },
    diffSide: 'RIGHT',
    startDiffSide: null,
    subjectType: thread.line === null ? 'FILE' : 'LINE',
    resolvedBy: () => actorView(viewing, thread.resolvedBy),
    ...{ viewerCanReply: true, viewerCanResolve: writes && !resolved, viewerCanUnresolve: writes && resolved },
    comments: (args: Args) =>
      connection(
        thread.comments.map((comment) => lineCommentView(viewing, { pull, thread, comment })),
        args,
      ),
    pullRequest: () => pullView(viewing, pull),
    repository: () => viewing.show.repository(pull.repository),
  };
}

interface InThread {
  readonly pull: Pull;
  readonly thread: Thread;
  readonly comment: ThreadComment;
}

export function lineCommentView(viewing: Viewing, { pull, thread, comment }: InThread): View {
  const url = `${viewing.world.url}/${fullName(pull.repository)}/pull/${pull.number}#discussion_r${comment.id}`;
  const review = pull.reviews.find(({ id }) => id === comment.review);
  const replied = thread.comments.find(({ id }) => id === comment.replyTo);
  return {
    __typename: 'PullRequestReviewComment',
    ...written(viewing, { repository: pull.repository, author: comment.author, body: comment.body }),
    ...remark(comment),
    ...{ id: nodeId('PullRequestReviewComment', comment.id), url, resourcePath: url.slice(viewing.world.url.length), path: thread.path },
    line: thread.line,
    originalLine: thread.line,
    startLine: null,
    originalStartLine: null,
    diffHunk: `@@ -1,1 +${thread.line ?? 1},1 @@`,
    state: 'SUBMITTED',
    outdated: comment.commit !== pull.shown,
    subjectType: thread.line === null ? 'FILE' : 'LINE',
    draftedAt: comment.createdAt,
    commit: () => viewing.show.commit(pull.repository, pull.shown),
    originalCommit: () => viewing.show.commit(pull.repository, comment.commit),
    pullRequest: () => pullView(viewing, pull),
    pullRequestReview: () => (review === undefined ? null : reviewView(viewing, { pull, review })),
    replyTo: () => (replied === undefined ? null : lineCommentView(viewing, { pull, thread, comment: replied })),
  };
}

function requestView(viewing: Viewing, { pull, login }: { readonly pull: Pull; readonly login: string }): View {
  return {
    __typename: 'ReviewRequest',
    ...{ id: `RR_${pull.id}_${login}`, databaseId: null, asCodeOwner: false },
    ...{ requestedReviewer: () => actorView(viewing, login), pullRequest: () => pullView(viewing, pull) },
  };
}

function timeline(viewing: Viewing, { pull, args }: { readonly pull: Pull; readonly args: Args }): object {
  const all = [
    ...pull.comments.map((comment) => ({ at: comment.createdAt, id: comment.id, view: commentView(viewing, { item: pull, comment }) })),
    ...pull.reviews.map((review) => ({ at: review.submittedAt, id: review.id, view: reviewView(viewing, { pull, review }) })),
    ...pull.events.map((event) => ({ at: event.at, id: event.id, view: eventView(viewing, { pull, event }) })),
  ].toSorted((one, other) => one.at.localeCompare(other.at) || one.id - other.id);
  const { itemTypes, since } = args;
  const kind = (view: View): string => view.__typename.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
  const found = all
    .filter(({ view }) => !Array.isArray(itemTypes) || itemTypes.includes(kind(view)))
    .filter(({ at }) => typeof since !== 'string' || at >= since);
  return {
    ...connection(
      found.map(({ view }) => view),
      args,
    ),
    filteredCount: found.length,
    pageCount: found.length,
    updatedAt: pull.updatedAt,
  };
}

function eventView(viewing: Viewing, { pull, event }: { readonly pull: Pull; readonly event: Event }): View {
  const { repository } = pull;
  const words = event.event === 'renamed' ? 'renamed_title' : event.event;
  const { more } = event;
  const path = `/${fullName(repository)}/pull/${pull.number}#event-${event.id}`;
  const label = repository.labels.get((more['label'] ?? '').toLowerCase());
  const commit = (): View | null => (event.commit === null ? null : viewing.show.commit(repository, event.commit));
  return {
    __typename: `${words.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`,
    id: nodeId('Event', event.id),
    createdAt: event.at,
    actor: () => actorView(viewing, event.actor),
    url: `${viewing.world.url}${path}`,
    resourcePath: path,
    pullRequest: () => pullView(viewing, pull),
    closable: () => pullView(viewing, pull),
    closer: commit,
    commit,
    beforeCommit: commit,
    afterCommit: commit,
    stateReason: null,
    mergeRefName: pull.base,
    mergeRef: () => viewing.show.ref(repository, pull.base),
    reason: more['reason'] ?? null,
    ...{ enqueuer: () => actorView(viewing, event.actor), mergeQueue: () => viewing.show.queue(repository, pull.base) },
    previousTitle: more['from'],
    currentTitle: more['to'],
    previousRefName: more['from'],
    currentRefName: more['to'],
    oldBase: more['from'],
    newBase: more['to'],
    ...{ headRefName: pull.head.branch, baseRefName: pull.base, enabler: () => actorView(viewing, event.actor), reasonCode: null },
    label: () => (label === undefined ? null : labelView(viewing, { repository, label })),
    assignee: () => actorView(viewing, more['assignee'] ?? null),
    requestedReviewer: () => actorView(viewing, more['reviewer'] ?? null),
  };
}
