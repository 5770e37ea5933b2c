// The rules of a base, and what GitHub merges by itself: auto-merge, the merge queue and `merge-async`.
// `npm test` has what the stories use of it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addApp, openOne } from './stage.samples.ts';
import type { Client } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';

let stage: ForgeStage;
let robot: Client;
const app = '/repos/acme/app';
const one = { repository: 'acme/app', number: 1 };

beforeEach(async () => {
  stage = await ForgeStage.start();
  robot = addApp(stage);
});

afterEach(async () => {
  expect(stage.violations()).toEqual([]);
  await stage.close();
});

const fields = 'id headRefOid mergeable mergeStateStatus reviewDecision isDraft isInMergeQueue autoMergeRequest { mergeMethod } merged';
const pull = async (number = 1) =>
  (await robot.graphql(`{ repository(owner: "acme", name: "app") { pullRequest(number: ${number}) { ${fields} } } }`)).body.data.repository
    .pullRequest;
const mutate = (name: string, input: object, type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`, selects = 'clientMutationId') =>
  robot.graphql(`mutation($input: ${type}!) { ${name}(input: $input) { ${selects} } }`, { input });

test('what the base demands: a review, then a required check, then being up to date', async () => {
  stage.protect('acme/app', 'main', { checks: ['ci'], approvals: 1, strict: true });
  openOne(stage);
  expect(await pull()).toMatchObject({ mergeable: 'MERGEABLE', mergeStateStatus: 'BLOCKED', reviewDecision: 'REVIEW_REQUIRED' });
  stage.as('stranger').approve(one);
  expect(await pull()).toMatchObject({ reviewDecision: 'REVIEW_REQUIRED' });
  stage.as('alice').requestChanges(one, 'No.');
  expect(await pull()).toMatchObject({ reviewDecision: 'CHANGES_REQUESTED' });
  stage.as('alice').approve(one);
  expect(await pull()).toMatchObject({ mergeStateStatus: 'BLOCKED', reviewDecision: 'APPROVED' });
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, {})).body.message).toBe('Required status check "ci" is expected.');
  stage.check({ repository: 'acme/app', branch: 't1', name: 'ci', conclusion: 'success' });
  expect(await pull()).toMatchObject({ mergeStateStatus: 'CLEAN' });
  stage.as('alice').push({ repository: 'acme/app', branch: 'main', files: { m: 'm' } });
  expect(await pull()).toMatchObject({ mergeStateStatus: 'BEHIND' });
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, {})).status).toBe(405);
  const { id, headRefOid } = await pull();
  const updated = await mutate('updatePullRequestBranch', { pullRequestId: id, expectedHeadOid: headRefOid, updateMethod: 'REBASE' });
  expect(updated.body.errors).toBeUndefined();
  expect(await pull()).toMatchObject({ mergeStateStatus: 'BLOCKED' });
  stage.check({ repository: 'acme/app', branch: 't1', name: 'ci', conclusion: 'success' });
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, {})).status).toBe(200);
});

test('a check that is not required makes it unstable; it merges all the same', async () => {
  openOne(stage);
  stage.check({ repository: 'acme/app', branch: 't1', name: 'lint', conclusion: 'failure' });
  expect(await pull()).toMatchObject({ mergeStateStatus: 'UNSTABLE', reviewDecision: null });
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, { merge_method: 'squash' })).status).toBe(200);
});

test('a draft becomes ready by GraphQL alone', async () => {
  stage.as('robot').push({ repository: 'acme/app', branch: 't1', files: { a: 'a' } });
  await robot.rest('POST', `${app}/pulls`, { head: 't1', base: 'main', title: 'T1', draft: true });
  const { id } = await pull();
  expect(await pull()).toMatchObject({ isDraft: true, mergeStateStatus: 'DRAFT' });
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, {})).body.message).toBe('Pull Request is still a draft');
  await mutate('markPullRequestReadyForReview', { pullRequestId: id });
  expect(await pull()).toMatchObject({ isDraft: false, mergeStateStatus: 'CLEAN' });
  await mutate('convertPullRequestToDraft', { pullRequestId: id });
  expect(await pull()).toMatchObject({ isDraft: true });
});

test('auto-merge is refused for a clean one, and merges a blocked one once its rules are fulfilled', async () => {
  openOne(stage);
  const { id, headRefOid } = await pull();
  const input = { pullRequestId: id, mergeMethod: 'SQUASH', expectedHeadOid: headRefOid };
  const clean = await mutate('enablePullRequestAutoMerge', input);
  expect(clean.body.errors).toMatchObject([{ type: 'UNPROCESSABLE', message: 'Pull request Pull request is in clean status' }]);
  stage.protect('acme/app', 'main', { checks: ['ci'] });
  expect((await mutate('enablePullRequestAutoMerge', input)).body.errors).toBeUndefined();
  expect(await pull()).toMatchObject({ merged: false, autoMergeRequest: { mergeMethod: 'SQUASH' } });
  stage.check({ repository: 'acme/app', branch: 't1', name: 'ci', conclusion: 'success' });
  expect(await pull()).toMatchObject({ merged: true, autoMergeRequest: null });
});

test('the queue: not past it, into it, thrown out, and merged', async () => {
  stage.addQueue('acme/app', 'main', { method: 'squash' });
  openOne(stage);
  const { id } = await pull();
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, {})).body.message).toContain('merge queue');
  const entered = await mutate('enqueuePullRequest', { pullRequestId: id }, undefined, 'mergeQueueEntry { position state }');
  expect(entered.body.data.enqueuePullRequest.mergeQueueEntry).toEqual({ position: 1, state: 'AWAITING_CHECKS' });
  expect(await pull()).toMatchObject({ isInMergeQueue: true });
  stage.eject('acme/app', 1, { reason: 'failed_checks' });
  const removed = await robot.graphql(
    '{ repository(owner: "acme", name: "app") { pullRequest(number: 1) { isInMergeQueue timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) { nodes { ... on RemovedFromMergeQueueEvent { createdAt reason } } } } } }',
  );
  expect(removed.body.data.repository.pullRequest).toMatchObject({
    isInMergeQueue: false,
    timelineItems: { nodes: [{ reason: 'failed_checks' }] },
  });
  expect((await robot.rest('GET', `${app}/issues/1/timeline`)).body.map(({ event }: { event: string }) => event)).toContain(
    'removed_from_merge_queue',
  );
  await mutate('enqueuePullRequest', { pullRequestId: id });
  stage.runQueue('acme/app', 'main');
  expect((await robot.rest('GET', `${app}/pulls/1`)).body).toMatchObject({ merged: true, merged_by: { login: 'github-merge-queue[bot]' } });
});

test('a push throws it out of the queue', async () => {
  stage.addQueue('acme/app', 'main');
  openOne(stage);
  await mutate('enqueuePullRequest', { pullRequestId: (await pull()).id });
  stage.as('alice').push({ repository: 'acme/app', branch: 't1', files: { b: 'b' } });
  expect(await pull()).toMatchObject({ isInMergeQueue: false });
  expect(stage.pull('acme/app', 1).events.map(({ event }) => event)).toContain('removed_from_merge_queue');
});

test('merge-async: pending, then merged; a head that moved meanwhile fails it', async () => {
  openOne(stage, 't1');
  openOne(stage, 't2');
  const ask = (number: number) =>
    robot.rest('PUT', `${app}/pulls/${number}/merge-async`, { sha: stage.pull('acme/app', number).shown, merge_method: 'squash' });
  const first = await ask(1);
  expect(first).toMatchObject({ status: 202, body: { status: 'pending', details: { merge_method: 'squash' } } });
  expect((await ask(1)).status).toBe(409);
  const result = async (number: number, uuid: string) =>
    (await robot.rest('GET', `${app}/pulls/${number}/merge-async/${uuid}`)).body.status;
  expect([await result(1, first.body.details.uuid), await result(1, first.body.details.uuid)]).toEqual(['pending', 'merged']);
  expect(await ask(1)).toMatchObject({ status: 200, body: { status: 'merged' } });
  const second = await ask(2);
  stage.as('alice').push({ repository: 'acme/app', branch: 't2', files: { b: 'b' } });
  expect([await result(2, second.body.details.uuid), await result(2, second.body.details.uuid)]).toEqual(['pending', 'failed']);
});

test('merge-async puts it into the queue where there is one, and does not exist on every host', async () => {
  stage.addQueue('acme/app', 'main');
  openOne(stage);
  stage.world.mergeAsyncReads = 0;
  const { body } = await robot.rest('PUT', `${app}/pulls/1/merge-async`, {});
  const result = async () => (await robot.rest('GET', `${app}/pulls/1/merge-async/${body.details.uuid}`)).body.status;
  expect(await result()).toBe('enqueued');
  stage.runQueue('acme/app', 'main');
  expect(await result()).toBe('merged');
  stage.repository('acme/app').mergeAsync = false;
  expect((await robot.rest('PUT', `${app}/pulls/1/merge-async`, {})).status).toBe(404);
});

test('a method that the repository does not allow is refused', async () => {
  stage.repository('acme/app').methods = ['squash'];
  openOne(stage);
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, { merge_method: 'merge' })).body.message).toBe(
    'Merge commits are not allowed on this repository.',
  );
});

test('approvals of an older head can be dismissed by a push', async () => {
  stage.protect('acme/app', 'main', { approvals: 1, dismissStale: true });
  openOne(stage);
  stage.as('alice').approve(one);
  expect(await pull()).toMatchObject({ reviewDecision: 'APPROVED' });
  stage.as('robot').push({ repository: 'acme/app', branch: 't1', files: { b: 'b' } });
  expect(await pull()).toMatchObject({ reviewDecision: 'REVIEW_REQUIRED' });
});

test('a queue that works by itself merges in its order, and throws out what conflicts', async () => {
  stage.addQueue('acme/app', 'main', { method: 'squash' });
  openOne(stage, 't1', { 'README.md': 'one' });
  openOne(stage, 't2', { 'README.md': 'two' });
  for (const number of [1, 2]) await mutate('enqueuePullRequest', { pullRequestId: (await pull(number)).id });
  const queue = stage.repository('acme/app').queues.get('main');
  if (queue !== undefined) queue.automatic = true;
  expect(await pull(1)).toMatchObject({ merged: true });
  expect(await pull(2)).toMatchObject({ merged: false, isInMergeQueue: false, mergeStateStatus: 'DIRTY' });
  expect(stage.pull('acme/app', 2).events.at(-1)).toMatchObject({ event: 'removed_from_merge_queue', more: { reason: 'merge_conflict' } });
});

test('how far a branch is behind is told by a comparison, whatever blocks it', async () => {
  stage.protect('acme/app', 'main', { approvals: 1, strict: true });
  openOne(stage);
  stage.as('alice').push({ repository: 'acme/app', branch: 'main', files: { m: 'm' } });
  expect(await pull()).toMatchObject({ mergeStateStatus: 'BLOCKED' });
  const behind = await robot.graphql(
    '{ repository(owner: "acme", name: "app") { ref(qualifiedName: "main") { compare(headRef: "t1") { aheadBy behindBy status } } } }',
  );
  expect(behind.body.data.repository.ref.compare).toEqual({ aheadBy: 1, behindBy: 1, status: 'DIVERGED' });
  expect((await robot.rest('GET', `${app}/compare/main...acme:t1`)).body).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 1 });
});
