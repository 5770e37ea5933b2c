// GraphQL: what the schema has is answered, what it has not is refused and reported; costs by GitHub's published rules; the
// conversation of a pull request; what a token may not read.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addApp, connect, openOne } from './stage.samples.ts';
import type { Client } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';

let stage: ForgeStage;
let robot: Client;
const one = { repository: 'acme/app', number: 1 };

beforeEach(async () => {
  stage = await ForgeStage.start();
  robot = addApp(stage);
});

afterEach(() => stage.close());

const ofPull = (selects: string, number = 1): string =>
  `{ repository(owner: "acme", name: "app") { pullRequest(number: ${number}) { ${selects} } } }`;

test('the viewer, the limits, and a repository', async () => {
  const { body } = await robot.graphql(
    '{ viewer { login databaseId } rateLimit { cost limit remaining used nodeCount } repository(owner: "acme", name: "app") { id nameWithOwner defaultBranchRef { name target { oid ... on Commit { messageHeadline } } } squashMergeAllowed autoMergeAllowed viewerPermission } }',
  );
  expect(body.data).toMatchObject({
    viewer: { login: 'robot' },
    rateLimit: { cost: 1, limit: 5_000, remaining: 4_999, used: 1 },
    repository: {
      nameWithOwner: 'acme/app',
      defaultBranchRef: { name: 'main', target: { messageHeadline: 'First commit' } },
      viewerPermission: 'WRITE',
    },
  });
  expect(stage.violations()).toEqual([]);
});

test('the conversation: reviews, threads, answers, and resolved ones', async () => {
  openOne(stage);
  stage.person('linter[bot]');
  const thread = stage.as('linter[bot]').threadOn(one, { path: 't1.txt', line: 1, body: 'A space is missing.' });
  stage.as('stranger').comment(one, 'Buy this.');
  stage.as('alice').requestChanges(one, 'Please mend it.');
  const { body } = await robot.graphql(
    ofPull(
      'reviews(last: 20) { nodes { state body author { __typename login } authorAssociation commit { oid } } } reviewThreads(last: 20) { nodes { id isResolved isOutdated path line comments(first: 20) { nodes { databaseId body author { __typename login } authorAssociation } } } } comments(last: 20) { nodes { body authorAssociation isMinimized } } latestOpinionatedReviews(last: 5, writersOnly: true) { nodes { state author { login } } }',
    ),
  );
  const { reviews, reviewThreads, comments, latestOpinionatedReviews } = body.data.repository.pullRequest;
  // The login of a bot is written without its suffix, other than in REST.
  expect(reviews.nodes).toMatchObject([
    { state: 'COMMENTED', author: { __typename: 'Bot', login: 'linter' }, authorAssociation: 'NONE' },
    { state: 'CHANGES_REQUESTED', body: 'Please mend it.', author: { login: 'alice' }, authorAssociation: 'MEMBER' },
  ]);
  expect(comments.nodes).toEqual([{ body: 'Buy this.', authorAssociation: 'NONE', isMinimized: false }]);
  expect(latestOpinionatedReviews.nodes).toEqual([{ state: 'CHANGES_REQUESTED', author: { login: 'alice' } }]);
  const [shown] = reviewThreads.nodes;
  expect(shown).toMatchObject({ isResolved: false, isOutdated: false, path: 't1.txt', line: 1 });
  const reply =
    'mutation($id: ID!) { addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $id, body: "Done." }) { comment { id body } } }';
  expect((await robot.graphql(reply, { id: shown.id })).body.data.addPullRequestReviewThreadReply.comment.body).toBe('Done.');
  await robot.graphql('mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { isResolved } } }', { id: shown.id });
  expect(thread).toMatchObject({ resolvedBy: 'robot', comments: [{ author: 'linter[bot]' }, { author: 'robot', body: 'Done.' }] });
  // An answer makes a review of its own, which has no text.
  expect(stage.pull('acme/app', 1).reviews.at(-1)).toMatchObject({ author: 'robot', state: 'COMMENTED', body: '' });
  expect(stage.violations()).toEqual([]);
});

test('a comment about a line may arrive after its review', async () => {
  openOne(stage);
  const review = stage.as('alice').requestChanges(one, 'See below.');
  const query = ofPull('reviews(first: 5) { nodes { body comments(first: 5) { nodes { body } } } }');
  const read = async () => (await robot.graphql(query)).body.data.repository.pullRequest.reviews.nodes;
  expect(await read()).toEqual([{ body: 'See below.', comments: { nodes: [] } }]);
  stage.as('alice').remarkLater(one, { review, remark: { path: 't1.txt', line: 1, body: 'Here.' } });
  expect(await read()).toEqual([{ body: 'See below.', comments: { nodes: [{ body: 'Here.' }] } }]);
});

test('issues of a repository, by label and state', async () => {
  openOne(stage);
  stage.as('alice').openIssue({ repository: 'acme/app', title: 'Bug', labels: ['bug'] });
  stage.as('alice').openIssue({ repository: 'acme/app', title: 'Other' });
  const { body } = await robot.graphql(
    '{ repository(owner: "acme", name: "app") { issues(first: 10, labels: ["bug"], states: [OPEN]) { totalCount nodes { title state labels(first: 5) { nodes { name } } author { login } } } } }',
  );
  expect(body.data.repository.issues).toMatchObject({
    totalCount: 1,
    nodes: [{ title: 'Bug', state: 'OPEN', author: { login: 'alice' } }],
  });
});

test('a thread about a file that changed since is outdated', async () => {
  openOne(stage);
  stage.as('alice').threadOn(one, { path: 't1.txt', line: 1, body: 'hm' });
  stage.as('robot').push({ repository: 'acme/app', branch: 't1', files: { 't1.txt': 'better\n' } });
  const { body } = await robot.graphql(ofPull('reviewThreads(first: 1) { nodes { isOutdated line originalLine } }'));
  expect(body.data.repository.pullRequest.reviewThreads.nodes).toEqual([{ isOutdated: true, line: null, originalLine: 1 }]);
});

const checks =
  'headRefOid statusCheckRollup { state contexts(first: 50) { nodes { __typename ... on CheckRun { databaseId name status conclusion isRequired(pullRequestNumber: 1) checkSuite { workflowRun { databaseId } app { slug } } } ... on StatusContext { context state isRequired(pullRequestNumber: 1) } } } }';

test('checks and statuses, required or not', async () => {
  stage.protect('acme/app', 'main', { checks: ['unit'] });
  openOne(stage);
  const red = stage.check({ repository: 'acme/app', branch: 't1', name: 'unit', conclusion: 'failure' });
  stage.status({ repository: 'acme/app', branch: 't1', context: 'deploy', state: 'pending' });
  const { statusCheckRollup } = (await robot.graphql(ofPull(checks))).body.data.repository.pullRequest;
  expect(statusCheckRollup).toEqual({
    state: 'FAILURE',
    contexts: {
      nodes: [
        {
          __typename: 'CheckRun',
          databaseId: red.id,
          name: 'unit',
          status: 'COMPLETED',
          conclusion: 'FAILURE',
          isRequired: true,
          checkSuite: { workflowRun: { databaseId: red.run }, app: { slug: 'github-actions' } },
        },
        { __typename: 'StatusContext', context: 'deploy', state: 'PENDING', isRequired: false },
      ],
    },
  });
  expect(stage.violations()).toEqual([]);
});

test('a fine-grained token cannot read check runs: an error for each, or no data at all', async () => {
  openOne(stage);
  stage.check({ repository: 'acme/app', branch: 't1', name: 'unit', conclusion: 'success' });
  stage.status({ repository: 'acme/app', branch: 't1', context: 'deploy', state: 'success' });
  const rights = { pull_requests: 'write', contents: 'write', checks: 'write', statuses: 'read' } as const;
  const fine = connect(stage, stage.token({ login: 'robot', kind: 'fine-grained', rights }));
  const partly = await fine.graphql(ofPull(checks));
  expect(partly.body.errors).toMatchObject([
    {
      type: 'FORBIDDEN',
      message: 'Resource not accessible by personal access token',
      path: ['repository', 'pullRequest', 'statusCheckRollup', 'contexts', 'nodes', 0],
    },
  ]);
  expect(partly.body.data.repository.pullRequest.statusCheckRollup.contexts.nodes).toMatchObject([null, { context: 'deploy' }]);
  stage.world.refusalsFailAll = true;
  expect((await fine.graphql(ofPull(checks))).body).toMatchObject({ data: null, errors: [{ type: 'FORBIDDEN' }] });
  const app = connect(stage, stage.token({ login: 'robot', kind: 'app', rights }));
  expect((await app.graphql(ofPull(checks))).body.errors).toBeUndefined();
});

test('a field that a test refuses', async () => {
  openOne(stage);
  stage.fail({ path: '/graphql', how: { refuseField: 'reviewThreads' } });
  const query = ofPull('number reviewThreads(first: 1) { totalCount }');
  expect((await robot.graphql(query)).body.errors).toMatchObject([
    { type: 'FORBIDDEN', path: ['repository', 'pullRequest', 'reviewThreads'] },
  ]);
  expect((await robot.graphql(query)).body.errors).toBeUndefined();
});

test.each([
  { what: 'a field that does not exist', query: '{ viewer { password } }', says: 'Cannot query field "password" on type "User".' },
  {
    what: 'a connection without a limit',
    query: ofPull('comments { totalCount }'),
    says: 'You must provide a `first` or `last` value to properly paginate the `comments` connection.',
  },
  { what: 'a limit over 100', query: ofPull('comments(first: 101) { totalCount }'), says: 'exceeds the `first` limit of 100 records' },
  { what: 'what cannot be read', query: '{ viewer { login }', says: 'Syntax Error' },
])('$what is refused with 200, and reported', async ({ query, says }) => {
  openOne(stage);
  const { status, body } = await robot.graphql(query);
  expect({ status, data: body.data }).toEqual({ status: 200, data: undefined });
  expect(body.errors[0].message).toContain(says);
  expect(stage.violations().join('\n')).toContain(says);
});

test('what the schema has but the stage has not is reported', async () => {
  await robot.graphql('{ repository(owner: "acme", name: "app") { licenseInfo { name } } }');
  expect(stage.violations()).toEqual(['the stage has no Repository.licenseInfo']);
});

test('what is not there is an error in its own place', async () => {
  openOne(stage);
  const { body: missing } = await robot.graphql('{ repository(owner: "acme", name: "nothing") { id } viewer { login } }');
  expect(missing).toMatchObject({
    data: { repository: null, viewer: { login: 'robot' } },
    errors: [{ type: 'NOT_FOUND', path: ['repository'] }],
  });
  const { id } = (await robot.graphql(ofPull('id'))).body.data.repository.pullRequest;
  const nodes = await robot.graphql('query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on PullRequest { number } } }', {
    ids: [id, 'PR_kwOTk5'],
  });
  expect(nodes.body).toMatchObject({ data: { nodes: [{ number: 1 }, null] }, errors: [{ type: 'NOT_FOUND', path: ['nodes', 1] }] });
});

test.each([
  // The example of GitHub's documentation: 1 + 100 + 5,000 requests are 51 points.
  {
    query:
      '{ rateLimit { cost } viewer { repositories(first: 100) { nodes { issues(first: 50) { nodes { labels(first: 60) { nodes { name } } } } } } } }',
    points: 51,
  },
  {
    query:
      'query($n: Int = 100) { rateLimit { cost } a: viewer { followers(first: $n) { nodes { followers(first: 100) { totalCount } } } } }',
    points: 1,
  },
  {
    query: '{ rateLimit { cost } nodes(ids: ["a", "b", "c"]) { ... on PullRequest { comments(first: 100) { nodes { id } } } } }',
    points: 1,
  },
])('costs $points by the published rules', async ({ query, points }) => {
  const before = stage.points('robot').graphql;
  await robot.graphql(query);
  expect(stage.points('robot').graphql - before).toBe(points);
});

test('pages by cursors, from both ends', async () => {
  openOne(stage);
  for (const text of ['a', 'b', 'c']) stage.as('alice').comment(one, text);
  const read = async (args: string) =>
    (
      await robot.graphql(
        ofPull(`comments(${args}) { nodes { body } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } totalCount }`),
      )
    ).body.data.repository.pullRequest.comments;
  const first = await read('first: 2');
  expect(first).toMatchObject({ nodes: [{ body: 'a' }, { body: 'b' }], pageInfo: { hasNextPage: true }, totalCount: 3 });
  expect(await read(`first: 2, after: "${first.pageInfo.endCursor}"`)).toMatchObject({
    nodes: [{ body: 'c' }],
    pageInfo: { hasNextPage: false },
  });
  const last = await read('last: 1');
  expect(await read(`last: 5, before: "${last.pageInfo.startCursor}"`)).toMatchObject({ nodes: [{ body: 'a' }, { body: 'b' }] });
});

test('without a token nothing is answered', async () => {
  expect((await connect(stage, '').graphql('{ viewer { login } }')).status).toBe(401);
  expect((await connect(stage, 'wrong').graphql('{ viewer { login } }')).body.message).toBe('Bad credentials');
});
