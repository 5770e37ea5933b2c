// How GraphQL sees repositories, branches, commits and merge queues.
import { protectionOf } from './merge-rules.ts';
import { nodeId } from './node-id.ts';
import { checkSuites, rollupView } from './graphql-checks-view.ts';
import { issueView } from './graphql-whole-issue-view.ts';
import { pullState, pullView } from './graphql-pull-view.ts';
import { actorView, connection } from './graphql-viewing.ts';
import type { Args, View, Viewing } from './graphql-viewing.ts';
import { notFound } from './refusal.ts';
import { comparison } from './rest-commits.ts';
import type { Issue, Pull, Repository } from './state.ts';
import { account, fullName, isPull, may, permission, pullsOf } from './state.ts';

export function repositoryView(viewing: Viewing, repository: Repository): View {
  const { name, id, methods, parent } = repository;
  const views = (pulls: readonly Pull[]): readonly View[] => pulls.map((pull) => pullView(viewing, pull));
  return {
    __typename: 'Repository',
    id: nodeId('Repository', id),
    databaseId: id,
    name,
    nameWithOwner: fullName(repository),
    url: `${viewing.world.url}/${fullName(repository)}`,
    resourcePath: `/${fullName(repository)}`,
    isPrivate: repository.private,
    isArchived: repository.archived,
    isFork: parent !== null,
    ...{ isDisabled: false, isLocked: false, isEmpty: repository.seen.size === 0, isTemplate: false, isMirror: false, description: null },
    createdAt: repository.createdAt,
    updatedAt: repository.pushedAt,
    pushedAt: repository.pushedAt,
    archivedAt: null,
    hasIssuesEnabled: true,
    visibility: repository.private ? 'PRIVATE' : 'PUBLIC',
    autoMergeAllowed: repository.allowAutoMerge,
    deleteBranchOnMerge: repository.deleteBranchOnMerge,
    squashMergeAllowed: methods.includes('squash'),
    mergeCommitAllowed: methods.includes('merge'),
    rebaseMergeAllowed: methods.includes('rebase'),
    allowUpdateBranch: true,
    forkingAllowed: true,
    isInOrganization: account(viewing.world, repository.owner).kind === 'organization',
    viewerDefaultMergeMethod: (methods[0] ?? 'merge').toUpperCase(),
    viewerPermission: () => permission(repository, viewing.token.login).toUpperCase().replace('NONE', 'READ'),
    viewerCanAdminister: () => may(repository, viewing.token.login, 'admin'),
    owner: () => actorView(viewing, repository.owner),
    parent: () => (parent === null ? null : repositoryView(viewing, parent)),
    defaultBranchRef: () => refView(viewing, repository, repository.defaultBranch),
    ref: ({ qualifiedName }: Args) => refView(viewing, repository, String(qualifiedName).replace(/^refs\/heads\//, '')),
    refs: (args: Args) =>
      connection(
        [...repository.seen.keys()].map((branch) => refView(viewing, repository, branch)),
        args,
      ),
    object: (args: Args) => objectView(viewing, repository, args),
    mergeQueue: ({ branch }: Args) => queueView(viewing, repository, typeof branch === 'string' ? branch : repository.defaultBranch),
    pullRequest: ({ number }: Args) => pullView(viewing, numbered(repository, { number, type: 'PullRequest' }) as Pull),
    issue: ({ number }: Args) => issueView(viewing, numbered(repository, { number, type: 'Issue' })),
    issueOrPullRequest: ({ number }: Args) => {
      const item = repository.items.get(Number(number));
      if (item === undefined || item.gone !== null)
        throw notFound(`Could not resolve to an issue or pull request with the number of ${String(number)}.`);
      return isPull(item) ? pullView(viewing, item) : issueView(viewing, item);
    },
    pullRequests: (args: Args) => connection(views(chosenPulls(repository, args)), args),
    issues: (args: Args) =>
      connection(
        chosenIssues(repository, args).map((issue) => issueView(viewing, issue)),
        args,
      ),
    pullRequestTemplates: () => templates(repository),
    branchProtectionRules: (args: Args) =>
      connection(
        [...repository.protections.keys()].map((branch) => protectionView(viewing, repository, branch)),
        args,
      ),
  };
}

function numbered(repository: Repository, { number, type }: { readonly number: unknown; readonly type: 'PullRequest' | 'Issue' }) {
  const item = repository.items.get(Number(number));
  if (item === undefined || item.gone !== null || isPull(item) !== (type === 'PullRequest'))
    throw notFound(`Could not resolve to ${type === 'Issue' ? 'an Issue' : 'a PullRequest'} with the number of ${String(number)}.`);
  return item;
}

function chosenPulls(repository: Repository, args: Args): readonly Pull[] {
  const { states, headRefName, baseRefName, orderBy } = args;
  const found = pullsOf(repository)
    .filter((pull) => !Array.isArray(states) || states.includes(pullState(pull)))
    .filter((pull) => typeof headRefName !== 'string' || pull.head.branch === headRefName)
    .filter((pull) => typeof baseRefName !== 'string' || pull.base === baseRefName);
  return ordered(found, orderBy);
}

/** By `orderBy`; by number where it is not given. */
function ordered<T extends Issue>(found: readonly T[], orderBy: unknown): readonly T[] {
  const { field, direction } = (orderBy ?? { field: 'CREATED_AT', direction: 'ASC' }) as {
    readonly field: string;
    readonly direction: string;
  };
  const key = field === 'UPDATED_AT' ? 'updatedAt' : 'createdAt';
  const up = direction === 'DESC' ? -1 : 1;
  return found.toSorted((one, other) => up * (one[key].localeCompare(other[key]) || one.number - other.number));
}

function chosenIssues(repository: Repository, { states, labels, orderBy, filterBy }: Args): readonly Issue[] {
  const { since, createdBy } = (filterBy ?? {}) as { readonly since?: string; readonly createdBy?: string };
  const found = [...repository.items.values()]
    .filter((item) => !isPull(item) && item.gone === null)
    .filter((item) => !Array.isArray(states) || states.includes(item.state.toUpperCase()))
    .filter((item) => since === undefined || Date.parse(item.updatedAt) >= Date.parse(since))
    .filter((item) => createdBy === undefined || item.author.replace(/\[bot\]$/, '') === createdBy.replace(/\[bot\]$/, ''))
    .filter((item) => !Array.isArray(labels) || labels.some((label) => item.labels.includes(String(label))));
  return ordered(found, orderBy);
}

function templates(repository: Repository): readonly View[] {
  const tip = repository.seen.get(repository.defaultBranch);
  const names = [
    '.github/pull_request_template.md',
    '.github/PULL_REQUEST_TEMPLATE.md',
    'pull_request_template.md',
    'PULL_REQUEST_TEMPLATE.md',
    'docs/pull_request_template.md',
  ];
  const found = names.find((name) => tip !== undefined && repository.bare.file(tip, name) !== null);
  if (found === undefined || tip === undefined) return [];
  return [{ __typename: 'PullRequestTemplate', filename: found.split('/').at(-1), body: repository.bare.file(tip, found) }];
}

export function refView(viewing: Viewing, repository: Repository, branch: string): View | null {
  const sha = repository.seen.get(branch);
  if (sha === undefined) return null;
  return {
    __typename: 'Ref',
    id: `REF_${nodeId('Repository', repository.id)}_${Buffer.from(branch).toString('base64url')}`,
    name: branch,
    prefix: 'refs/heads/',
    repository: () => repositoryView(viewing, repository),
    target: () => commitView(viewing, repository, sha),
    branchProtectionRule: () => protectionView(viewing, repository, branch),
    compare: ({ headRef }: Args) => comparisonView(viewing, repository, { base: sha, head: String(headRef) }),
    associatedPullRequests: (args: Args) =>
      connection(
        chosenPulls(repository, args)
          .filter((pull) => pull.head.branch === branch && pull.head.repository === repository)
          .map((pull) => pullView(viewing, pull)),
        args,
      ),
  };
}

function comparisonView(viewing: Viewing, repository: Repository, given: { readonly base: string; readonly head: string }): View | null {
  const { base } = given;
  const head = repository.seen.get(given.head.replace(/^refs\/heads\//, '')) ?? repository.bare.resolve(given.head);
  if (head === null) return null;
  const { ahead, behind, status } = comparison(repository, { base, head });
  return {
    __typename: 'Comparison',
    ...{ id: `CMP_${base}_${head}`, aheadBy: ahead.length, behindBy: behind.length, status: status.toUpperCase() },
    baseTarget: () => commitView(viewing, repository, base),
    headTarget: () => commitView(viewing, repository, head),
  };
}

function protectionView(viewing: Viewing, repository: Repository, branch: string): View | null {
  const rule = protectionOf(repository, branch);
  if (rule === null) return null;
  return {
    __typename: 'BranchProtectionRule',
    id: `BPR_${repository.id}_${branch}`,
    pattern: branch,
    requiredApprovingReviewCount: rule.approvals,
    requiresApprovingReviews: rule.approvals > 0,
    ...{ requiredStatusCheckContexts: rule.checks, requiresStatusChecks: rule.checks.length > 0, requiresStrictStatusChecks: rule.strict },
    ...{ dismissesStaleReviews: rule.dismissStale, requiresConversationResolution: rule.conversations, requiresCodeOwnerReviews: false },
    ...{ isAdminEnforced: true, allowsForcePushes: false, allowsDeletions: false, requiresLinearHistory: false },
    repository: () => repositoryView(viewing, repository),
  };
}

function objectView(viewing: Viewing, repository: Repository, { oid, expression }: Args): View | null {
  const text = String(oid ?? expression);
  const colon = text.indexOf(':');
  if (colon < 0) {
    const sha = repository.bare.resolve(text);
    return sha === null ? null : commitView(viewing, repository, sha);
  }
  const commit = repository.bare.resolve(text.slice(0, colon));
  const file = commit === null ? null : repository.bare.file(commit, text.slice(colon + 1));
  if (file === null) return null;
  const blob = repository.bare.git(['rev-parse', text]);
  return {
    __typename: 'Blob',
    id: `B_${blob}`,
    oid: blob,
    text: file,
    byteSize: Buffer.byteLength(file),
    isBinary: false,
    isTruncated: false,
  };
}

export function commitView(viewing: Viewing, repository: Repository, sha: string): View {
  const url = `${viewing.world.url}/${fullName(repository)}/commit/${sha}`;
  const commit = repository.bare.commit(sha);
  const [headline = '', ...rest] = commit.message.split('\n');
  const person = ({ name, email, date }: typeof commit.author): object => ({ __typename: 'GitActor', name, email, date, user: null });
  return {
    __typename: 'Commit',
    ...{ id: `C_${repository.id}_${sha}`, oid: sha, abbreviatedOid: sha.slice(0, 7), message: commit.message, messageHeadline: headline },
    ...{ messageBody: rest.join('\n').trim(), committedDate: commit.committer.date, authoredDate: commit.author.date, url, commitUrl: url },
    resourcePath: `/${fullName(repository)}/commit/${sha}`,
    author: () => person(commit.author),
    committer: () => person(commit.committer),
    repository: () => repositoryView(viewing, repository),
    parents: (args: Args) =>
      connection(
        commit.parents.map((parent) => commitView(viewing, repository, parent)),
        args,
      ),
    statusCheckRollup: () => rollupView(viewing, { repository, sha }),
    checkSuites: (args: Args) => connection(checkSuites(viewing, { repository, sha }), args),
    associatedPullRequests: (args: Args) =>
      connection(
        pullsOf(repository)
          .filter((pull) => pull.shown === sha || pull.merged?.commit === sha)
          .map((pull) => pullView(viewing, pull)),
        args,
      ),
  };
}

export function queueView(viewing: Viewing, repository: Repository, branch: string): View | null {
  const queue = repository.queues.get(branch);
  if (queue === undefined) return null;
  const waiting = pullsOf(repository).filter((pull) => pull.base === branch && pull.queued !== null);
  return {
    __typename: 'MergeQueue',
    id: nodeId('MergeQueue', repository.id),
    url: `${viewing.world.url}/${fullName(repository)}/queue/${branch}`,
    nextEntryEstimatedTimeToMerge: null,
    resourcePath: `/${fullName(repository)}/queue/${branch}`,
    repository: () => repositoryView(viewing, repository),
    entries: (args: Args) =>
      connection(
        waiting.map((pull) => entryView(viewing, pull)),
        args,
      ),
    configuration: {
      mergeMethod: queue.method.toUpperCase(),
      checkResponseTimeout: 60,
      maximumEntriesToBuild: 5,
      maximumEntriesToMerge: 5,
      minimumEntriesToMerge: 1,
      minimumEntriesToMergeWaitTime: 5,
      mergingStrategy: 'ALLGREEN',
    },
  };
}

export function entryView(viewing: Viewing, pull: Pull): View | null {
  const entry = pull.queued;
  if (entry === null) return null;
  const { repository } = pull;
  const before = pullsOf(repository).filter((other) => other.base === pull.base && other.queued !== null && other.queued.id < entry.id);
  return {
    __typename: 'MergeQueueEntry',
    id: nodeId('MergeQueueEntry', entry.id),
    enqueuedAt: entry.at,
    position: before.length + 1,
    state: 'AWAITING_CHECKS',
    jump: false,
    solo: false,
    ...{ estimatedTimeToMerge: null, enqueuer: () => actorView(viewing, entry.by), pullRequest: () => pullView(viewing, pull) },
    headCommit: () => commitView(viewing, repository, entry.head),
    baseCommit: () => commitView(viewing, repository, repository.seen.get(pull.base) ?? entry.head),
    mergeQueue: () => queueView(viewing, repository, pull.base),
  };
}
