// One story that passes every route of REST at least once. Where GitHub's description is on the machine, every answer of it
// is held against that.
import type { ForgeStage } from './stage.ts';
import { addApp, connect, openOne } from './stage.samples.ts';
import type { Client } from './stage.samples.ts';

const app = '/repos/acme/app';

export async function passEveryRoute(stage: ForgeStage): Promise<void> {
  const robot = addApp(stage);
  const root = connect(stage, stage.token({ login: 'root' }));
  await repositories(stage, { robot, root });
  await pulls(stage, robot);
  await merges(stage, robot);
  await issues(robot);
  await checks(stage, robot);
}

async function repositories(stage: ForgeStage, { robot, root }: { readonly robot: Client; readonly root: Client }): Promise<void> {
  stage.protect('acme/app', 'main', { checks: ['ci'], approvals: 1, strict: true, conversations: true });
  stage.addQueue('acme/app', 'main', { method: 'squash' });
  stage.addRepository({ name: 'robot/app', forkOf: 'acme/app' });
  for (const path of [
    '/user',
    '/users/alice',
    '/meta',
    '/rate_limit',
    app,
    '/repos/robot/app',
    `${app}/contents/README.md`,
    `${app}/branches`,
  ])
    await robot.rest('GET', path);
  for (const path of ['branches/main', 'rules/branches/main', 'git/ref/heads/main', 'collaborators/alice/permission', 'assignees/alice'])
    await robot.rest('GET', `${app}/${path}`);
  await root.rest('GET', `${app}/branches/main/protection`);
  const main = stage.repository('acme/app').seen.get('main');
  await robot.rest('POST', `${app}/git/refs`, { ref: 'refs/heads/spare', sha: main });
  await robot.rest('DELETE', `${app}/git/refs/heads/spare`);
  await robot.rest('GET', `${app}/branches/spare`);
  await robot.rest('POST', `${app}/labels`, { name: 'status:queued', color: 'ffffff', description: 'waits' });
  await robot.rest('PATCH', `${app}/labels/status:queued`, { color: '000000' });
  await robot.rest('GET', `${app}/labels/status:queued`);
  await robot.rest('GET', `${app}/labels?per_page=2`);
  stage.repository('acme/app').protections.clear();
  stage.repository('acme/app').queues.clear();
}

async function pulls(stage: ForgeStage, robot: Client): Promise<void> {
  stage.as('robot').push({ repository: 'acme/app', branch: 't1', files: { 'a.txt': 'one\n' } });
  await robot.rest('POST', `${app}/pulls`, { head: 't1', base: 'main', title: 'T1', body: 'Work', draft: false });
  await robot.rest('POST', `${app}/pulls`, { head: 't1', base: 'main', title: 'T1' });
  const one = `${app}/pulls/1`;
  stage
    .as('alice')
    .review(
      { repository: 'acme/app', number: 1 },
      { state: 'CHANGES_REQUESTED', body: 'no', remarks: [{ path: 'a.txt', line: 1, body: 'why' }] },
    );
  const [review] = stage.pull('acme/app', 1).reviews;
  const comment = stage.pull('acme/app', 1).threads[0]?.comments[0];
  await robot.rest('GET', `${app}/pulls?state=all&head=acme:t1&base=main&sort=updated&direction=desc&per_page=50`);
  for (const path of [
    '',
    '/commits',
    '/files',
    '/merge',
    '/requested_reviewers',
    '/reviews',
    `/reviews/${review?.id}`,
    `/reviews/${review?.id}/comments`,
    '/comments',
  ])
    await robot.rest('GET', `${one}${path}`);
  await robot.rest('PATCH', one, { title: 'T1 better', body: 'More', state: 'closed' });
  await robot.rest('PATCH', one, { state: 'open' });
  await robot.rest('POST', `${one}/requested_reviewers`, { reviewers: ['alice'] });
  await robot.rest('DELETE', `${one}/requested_reviewers`, { reviewers: ['alice'] });
  await robot.rest('POST', `${one}/reviews`, { event: 'COMMENT', body: 'A word', comments: [{ path: 'a.txt', line: 1, body: 'here' }] });
  await robot.rest('PUT', `${one}/reviews/${review?.id}/dismissals`, { message: 'done' });
  await robot.rest('POST', `${one}/comments`, {
    body: 'there',
    commit_id: stage.pull('acme/app', 1).shown,
    path: 'a.txt',
    line: 1,
    side: 'RIGHT',
  });
  await robot.rest('POST', `${one}/comments/${comment?.id}/replies`, { body: 'because' });
  await robot.rest('GET', `${app}/pulls/comments/${comment?.id}`);
  await robot.rest('PATCH', `${app}/pulls/comments/${comment?.id}`, { body: 'why?' });
}

async function merges(stage: ForgeStage, robot: Client): Promise<void> {
  stage.as('alice').push({ repository: 'acme/app', branch: 'main', files: { 'main.txt': 'moved\n' } });
  await robot.rest('PUT', `${app}/pulls/1/update-branch`, { expected_head_sha: stage.pull('acme/app', 1).shown });
  await robot.rest('PUT', `${app}/pulls/1/merge`, { sha: '0'.repeat(40) });
  await robot.rest('PUT', `${app}/pulls/1/merge`, { sha: stage.pull('acme/app', 1).shown, merge_method: 'squash', commit_title: 'T1' });
  await robot.rest('GET', `${app}/pulls/1/merge`);
  await robot.rest('PUT', `${app}/pulls/1/merge`, {});
  const later = openOne(stage, 'later');
  const asked = await robot.rest('PUT', `${app}/pulls/${later.number}/merge-async`, {
    sha: stage.pull('acme/app', later.number).shown,
    merge_method: 'rebase',
  });
  for (const _ of ['pending', 'merged']) await robot.rest('GET', `${app}/pulls/${later.number}/merge-async/${asked.body.details.uuid}`);
  await robot.rest('PUT', `${app}/pulls/${later.number}/merge-async`, {});
}

async function issues(robot: Client): Promise<void> {
  const made = await robot.rest('POST', `${app}/issues`, { title: 'First', body: 'text', labels: ['bug', 'new'], assignees: ['alice'] });
  const other = await robot.rest('POST', `${app}/issues`, { title: 'Second' });
  const one = `${app}/issues/${made.body.number}`;
  await robot.rest('GET', `${app}/issues?state=all&labels=bug&assignee=alice&creator=robot&sort=updated&direction=asc&per_page=1&page=1`);
  await robot.rest('GET', `${app}/issues?state=all&since=2020-01-01T00:00:00Z`);
  await robot.rest('PATCH', one, { title: 'First!', labels: ['bug'], assignees: [], state: 'closed', state_reason: 'not_planned' });
  await robot.rest('PATCH', one, { state: 'open' });
  const said = await robot.rest('POST', `${one}/comments`, { body: 'hello' });
  for (const path of ['', '/comments', '/labels']) await robot.rest('GET', `${one}${path}`);
  await robot.rest('GET', `${app}/issues/comments?sort=updated&direction=desc&per_page=1&since=2020-01-01T00:00:00Z`);
  await robot.rest('GET', `${app}/issues/comments/${said.body.id}`);
  await robot.rest('POST', `${app}/issues`, { title: 'Third', assignees: ['nobody'] });
  await robot.rest('POST', `${app}/issues`, { title: '', body: '' });
  await robot.rest('PATCH', `${app}/issues/comments/${said.body.id}`, { body: 'hello again' });
  await robot.rest('POST', `${one}/labels`, { labels: ['documentation'] });
  await robot.rest('PUT', `${one}/labels`, { labels: ['bug', 'enhancement'] });
  await robot.rest('DELETE', `${one}/labels/bug`);
  await robot.rest('POST', `${one}/assignees`, { assignees: ['alice'] });
  await robot.rest('DELETE', `${one}/assignees`, { assignees: ['alice'] });
  await robot.rest('POST', `${one}/sub_issues`, { sub_issue_id: other.body.id });
  await robot.rest('GET', `${one}/sub_issues`);
  await robot.rest('GET', `${app}/issues/${other.body.number}/parent`);
  await robot.rest('DELETE', `${one}/sub_issue`, { sub_issue_id: other.body.id });
  await robot.rest('POST', `${one}/dependencies/blocked_by`, { issue_id: other.body.id });
  await robot.rest('GET', `${one}/dependencies/blocked_by`);
  await robot.rest('GET', `${app}/issues/${other.body.number}/dependencies/blocking`);
  await robot.rest('DELETE', `${one}/dependencies/blocked_by/${other.body.id}`);
  for (const path of ['timeline', 'events'])
    for (const number of [1, made.body.number]) await robot.rest('GET', `${app}/issues/${number}/${path}`);
  await robot.rest('DELETE', `${app}/issues/comments/${said.body.id}`);
}

async function checks(stage: ForgeStage, robot: Client): Promise<void> {
  const { number } = openOne(stage, 'checked');
  const sha = stage.pull('acme/app', number).shown;
  const check = { repository: 'acme/app', branch: 'checked' };
  const red = stage.check({ ...check, name: 'unit', conclusion: 'failure', log: 'expected 1 to be 2\n' });
  const own = stage.check({ ...check, name: 'lint', conclusion: 'failure', byApp: true, title: 'Lint', summary: 'one problem' });
  stage.check({ ...check, name: 'slow', conclusion: 'success' });
  await robot.rest('POST', `${app}/statuses/${sha}`, {
    state: 'success',
    context: 'deploy',
    description: 'up',
    target_url: 'http://127.0.0.1/x',
  });
  for (const path of ['', '/check-runs', '/check-runs?filter=all&check_name=unit&status=completed', '/status', '/statuses'])
    await robot.rest('GET', `${app}/commits/${sha}${path}`);
  await robot.rest('GET', `${app}/compare/main...checked`);
  await robot.rest('GET', `${app}/check-runs/${red.id}`);
  await robot.rest('POST', `${app}/check-runs/${own.id}/rerequest`);
  await robot.rest('GET', `${app}/actions/runs?head_sha=${sha}&per_page=10`);
  for (const path of ['', '/jobs', '/jobs?filter=all']) await robot.rest('GET', `${app}/actions/runs/${red.run}${path}`);
  await robot.rest('GET', `${app}/actions/jobs/${red.id}`);
  await robot.rest('GET', `${app}/actions/jobs/${red.id}/logs`);
  await robot.rest('POST', `${app}/actions/runs/${red.run}/rerun-failed-jobs`);
  stage.check({ ...check, name: 'unit', conclusion: 'failure' });
  await robot.rest('POST', `${app}/actions/runs/${red.run}/rerun`);
  stage.check({ ...check, name: 'unit', conclusion: 'failure' });
  const slow = stage.check({ ...check, name: 'slow', conclusion: 'success' });
  await robot.rest('POST', `${app}/actions/jobs/${slow.id}/rerun`);
}
