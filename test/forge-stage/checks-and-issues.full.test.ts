// Checks that tests script for each new head, their logs and reruns; and what issues have beyond pull requests.
// `npm test` has what the stories use of it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addApp, connect, openOne } from './stage.samples.ts';
import type { Client } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';
import type { Issue } from './state.ts';

let stage: ForgeStage;
let robot: Client;
const app = '/repos/acme/app';

beforeEach(async () => {
  stage = await ForgeStage.start();
  robot = addApp(stage);
});

afterEach(async () => {
  expect(stage.violations()).toEqual([]);
  await stage.close();
});

test('a check for each new head, its log by a redirect, and a rerun that turns green', async () => {
  stage.onPush(({ repository, branch, sha }) => {
    if (branch === 't1')
      stage.check({
        repository: `${repository.owner}/${repository.name}`,
        sha,
        name: 'unit',
        conclusion: 'failure',
        log: `not ok on ${sha}\n`,
      });
  });
  stage.onRerun(
    ({ repository, check }) =>
      void stage.check({ repository: `${repository.owner}/${repository.name}`, sha: check.sha, name: check.name, conclusion: 'success' }),
  );
  openOne(stage);
  const sha = stage.pull('acme/app', 1).shown;
  const read = async () => (await robot.rest('GET', `${app}/commits/${sha}/check-runs`)).body;
  const { total_count, check_runs } = await read();
  expect(total_count).toBe(1);
  const [red] = check_runs;
  expect(red).toMatchObject({ name: 'unit', status: 'completed', conclusion: 'failure', pull_requests: [{ number: 1 }] });
  const logs = await robot.rest('GET', `${app}/actions/jobs/${red.id}/logs`);
  expect(logs.status).toBe(302);
  const log = await fetch(logs.headers.get('location') ?? '');
  expect(await log.text()).toBe(`not ok on ${sha}\n`);
  const run = /runs\/(\d+)\/job/.exec(red.html_url)?.[1];
  expect((await robot.rest('POST', `${app}/actions/runs/${run}/rerun-failed-jobs`)).status).toBe(201);
  expect(await read()).toMatchObject({ total_count: 1, check_runs: [{ name: 'unit', conclusion: 'success' }] });
  expect((await robot.rest('POST', `${app}/actions/runs/${run}/rerun-failed-jobs`)).status).toBe(403);
});

test('the combined status of a commit: pending without any, then by the worst', async () => {
  openOne(stage);
  const sha = stage.pull('acme/app', 1).shown;
  const state = async () => (await robot.rest('GET', `${app}/commits/${sha}/status`)).body.state;
  expect(await state()).toBe('pending');
  stage.status({ repository: 'acme/app', sha, context: 'deploy', state: 'success' });
  expect(await state()).toBe('success');
  stage.status({ repository: 'acme/app', sha, context: 'audit', state: 'error' });
  expect(await state()).toBe('failure');
});

test('a list of issues has pull requests in it too, newest first, and filters', async () => {
  openOne(stage);
  stage.as('alice').openIssue({ repository: 'acme/app', title: 'Bug', labels: ['bug'] });
  const list = (await robot.rest('GET', `${app}/issues`)).body;
  expect(list.map((one: { number: number; pull_request?: object }) => [one.number, one.pull_request !== undefined])).toEqual([
    [2, false],
    [1, true],
  ]);
  expect((await robot.rest('GET', `${app}/issues?labels=bug`)).body).toHaveLength(1);
  expect((await robot.rest('GET', `${app}/issues?state=closed`)).body).toHaveLength(0);
  stage.as('alice').assign({ repository: 'acme/app', number: 2 }, 'robot', 'stranger');
  const assigned = async (to: string) =>
    (await robot.rest('GET', `${app}/issues?assignee=${to}`)).body.map(({ number }: { number: number }) => number);
  expect([await assigned('robot'), await assigned('*'), await assigned('none'), await assigned('stranger')]).toEqual([[2], [2], [1], []]);
});

test('labels that do not exist are made; those of strangers are dropped', async () => {
  const { body } = await robot.rest('POST', `${app}/issues`, { title: 'New', labels: ['status:queued'] });
  expect(body.labels).toMatchObject([{ name: 'status:queued', color: 'ededed' }]);
  await robot.rest('DELETE', `${app}/issues/${body.number}/labels/STATUS:QUEUED`);
  expect((await robot.rest('DELETE', `${app}/issues/${body.number}/labels/status:queued`)).status).toBe(404);
  const stranger = connect(stage, stage.token({ login: 'stranger' }));
  expect((await stranger.rest('POST', `${app}/issues`, { title: 'Spam', labels: ['bug'] })).body.labels).toEqual([]);
});

test('what is refused changes nothing, and a title is not blank', async () => {
  const { number } = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Idea' });
  const change = { title: 'Never', labels: ['bug'], state: 'closed', assignees: ['stranger'] };
  expect((await robot.rest('PATCH', `${app}/issues/${number}`, change)).status).toBe(422);
  expect((await robot.rest('GET', `${app}/issues/${number}`)).body).toMatchObject({ title: 'Idea', state: 'open', labels: [] });
  expect((await robot.rest('POST', `${app}/issues`, { title: ' ' })).status).toBe(422);
  expect((await robot.rest('GET', `${app}/issues?state=all`)).body).toHaveLength(1);
});

test('closed with its reason, reopened, and both in the timeline', async () => {
  const { number } = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Idea' });
  const one = `${app}/issues/${number}`;
  expect((await robot.rest('PATCH', one, { state: 'closed', state_reason: 'not_planned' })).body).toMatchObject({
    state: 'closed',
    state_reason: 'not_planned',
    closed_by: { login: 'robot' },
  });
  stage.as('alice').reopen({ repository: 'acme/app', number });
  expect((await robot.rest('GET', one)).body).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null });
  expect((await robot.rest('GET', `${one}/timeline`)).body.map(({ event }: { event: string }) => event)).toEqual(['closed', 'reopened']);
});

test('sub-issues have one parent, and dependencies are counted', async () => {
  const [parent, child] = ['Parent', 'Child'].map((title) => stage.as('alice').openIssue({ repository: 'acme/app', title }));
  const of = (issue: typeof parent) => `${app}/issues/${issue?.number}`;
  expect((await robot.rest('POST', `${of(parent)}/sub_issues`, { sub_issue_id: child?.id })).status).toBe(201);
  expect((await robot.rest('POST', `${of(parent)}/sub_issues`, { sub_issue_id: child?.id })).status).toBe(422);
  await robot.rest('POST', `${of(parent)}/dependencies/blocked_by`, { issue_id: child?.id });
  await robot.rest('PATCH', of(child), { state: 'closed' });
  expect((await robot.rest('GET', of(parent))).body).toMatchObject({
    sub_issues_summary: { total: 1, completed: 1, percent_completed: 100 },
    issue_dependencies_summary: { blocked_by: 0, total_blocked_by: 1 },
  });
});

test('of sub-issues GitHub refuses a second parent, one that stands above itself, more than a hundred, and more than eight levels', async () => {
  const open = () => stage.as('alice').openIssue({ repository: 'acme/app', title: 'One' });
  const add = async (parent: Issue, sub: Issue, more: object = {}) => {
    const { status, body } = await robot.rest('POST', `${app}/issues/${parent.number}/sub_issues`, { sub_issue_id: sub.id, ...more });
    return status === 422 ? body.errors[0].message : status;
  };
  const [top, other, sub] = [open(), open(), open()];
  expect(await add(top, sub)).toBe(201);
  expect(await add(top, sub, { replace_parent: true })).toMatch(/duplicate/);
  expect(await add(other, sub)).toMatch(/only have one parent/);
  expect(await add(other, sub, { replace_parent: true })).toBe(201);
  expect((await robot.rest('GET', `${app}/issues/${sub.number}/parent`)).body.number).toBe(other.number);
  expect([top.subIssues, other.subIssues]).toEqual([[], [sub]]);
  for (const one of [other, sub]) expect(await add(sub, one, { replace_parent: true })).toMatch(/ancestor/);
  let deep = sub;
  for (let level = 2; level <= 8; level += 1) {
    const next = open();
    expect(await add(deep, next)).toBe(201);
    deep = next;
  }
  expect(await add(deep, open())).toMatch(/8 levels/);
  expect(await add(top, other)).toMatch(/8 levels/);
  for (let index = 0; index < 100; index += 1)
    stage.as('alice').setParent({ repository: 'acme/app', number: open().number }, { repository: 'acme/app', number: top.number });
  expect(await add(top, open())).toMatch(/more than 100/);
  await robot.rest('DELETE', `${app}/issues/${other.number}/sub_issue`, { sub_issue_id: sub.id });
  expect((await robot.rest('GET', `${app}/issues/${sub.number}/parent`)).status).toBe(404);
});

test('reviewers must be collaborators, and nobody approves their own pull request', async () => {
  openOne(stage);
  expect((await robot.rest('POST', `${app}/pulls/1/requested_reviewers`, { reviewers: ['stranger'] })).status).toBe(422);
  expect((await robot.rest('POST', `${app}/pulls/1/requested_reviewers`, { reviewers: ['alice'] })).body.requested_reviewers).toMatchObject(
    [{ login: 'alice' }],
  );
  expect(await robot.rest('POST', `${app}/pulls/1/reviews`, { event: 'APPROVE' })).toMatchObject({
    status: 422,
    body: { errors: ['Review Can not approve your own pull request'] },
  });
  stage.as('alice').approve({ repository: 'acme/app', number: 1 });
  expect((await robot.rest('GET', `${app}/pulls/1/requested_reviewers`)).body.users).toEqual([]);
});
