// A pull request's life with real git: cloned, pushed, opened, merged by each method, refused where GitHub refuses.
// `npm test` has what the stories use of it.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addApp, connect, git, openOne } from './stage.samples.ts';
import type { Client } from './stage.samples.ts';
import { ForgeStage } from './stage.ts';

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

/** A clone with one commit on a branch, pushed. */
async function pushWithGit(branch: string): Promise<{ readonly clone: string; readonly head: string }> {
  const clone = join(stage.world.folder, `clone-${branch}`);
  await git(stage.world.folder, 'clone', '--quiet', stage.remote('acme/app'), clone);
  await git(clone, 'switch', '--quiet', '-c', branch);
  await git(clone, 'commit', '--quiet', '--allow-empty', '-m', 'Nothing yet');
  await git(clone, 'mv', 'README.md', `${branch}.md`);
  await git(clone, 'commit', '--quiet', '-m', `Rename for ${branch}`);
  await git(clone, 'push', '--quiet', 'origin', branch);
  return { clone, head: await git(clone, 'rev-parse', 'HEAD') };
}

test.each([
  { method: 'squash', parents: 1, commits: 1 },
  { method: 'merge', parents: 2, commits: 3 },
  { method: 'rebase', parents: 1, commits: 2 },
])('$method: pushed by git, opened, merged, and fetched', async ({ method, parents, commits }) => {
  const { clone, head } = await pushWithGit('t1');
  const opened = await robot.rest('POST', `${app}/pulls`, { head: 't1', base: 'main', title: 'T1', body: 'Work' });
  expect(opened).toMatchObject({ status: 201, body: { number: 1, mergeable: true, mergeable_state: 'clean', head: { sha: head } } });
  const before = await git(clone, 'rev-parse', 'origin/main');
  const merged = await robot.rest('PUT', `${app}/pulls/1/merge`, { sha: head, merge_method: method });
  expect(merged).toMatchObject({ status: 200, body: { merged: true } });
  await git(clone, 'fetch', '--quiet', 'origin');
  expect(await git(clone, 'rev-parse', 'origin/main')).toBe(merged.body.sha);
  expect((await git(clone, 'log', '-1', '--format=%P', 'origin/main')).split(' ')).toHaveLength(parents);
  expect(await git(clone, 'rev-list', '--count', `${before}..origin/main`)).toBe(String(commits));
  expect(await git(clone, 'show', 'origin/main:t1.md')).toBe('# app');
  const after = await robot.rest('GET', `${app}/pulls/1`);
  expect(after.body).toMatchObject({ state: 'closed', merged: true, merge_commit_sha: merged.body.sha, merged_by: { login: 'robot' } });
});

test('the head follows a push by git, and a push can be told to a test', async () => {
  const pushes: string[] = [];
  stage.onPush(({ branch, sha }) => pushes.push(`${branch} ${sha}`));
  const { clone, head } = await pushWithGit('t1');
  openOne(stage, 't2');
  await robot.rest('POST', `${app}/pulls`, { head: 't1', base: 'main', title: 'T1' });
  await git(clone, 'commit', '--quiet', '--amend', '-m', 'Otherwise');
  await git(clone, 'push', '--quiet', '--force', 'origin', 't1');
  const moved = await git(clone, 'rev-parse', 'HEAD');
  expect((await robot.rest('GET', `${app}/pulls/2`)).body.head.sha).toBe(moved);
  expect(pushes.filter((push) => push.startsWith('t1'))).toEqual([`t1 ${head}`, `t1 ${moved}`]);
  expect(stage.pull('acme/app', 2).events.map(({ event }) => event)).toEqual(['head_ref_force_pushed']);
});

test('a late head: the old one is shown, and a merge of either is refused until the new one is', async () => {
  const at = openOne(stage);
  const old = stage.pull('acme/app', 1).shown;
  const release = stage.holdHeads('acme/app');
  const next = stage.as('robot').push({ repository: 'acme/app', branch: 't1', files: { 't1.txt': 'more\n' } });
  expect((await robot.rest('GET', `${app}/pulls/1`)).body.head.sha).toBe(old);
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, { sha: old })).status).toBe(409);
  expect((await robot.rest('PUT', `${app}/pulls/1/merge`, { sha: next })).status).toBe(409);
  release();
  expect((await robot.rest('GET', `${app}/pulls/1`)).body.head.sha).toBe(next);
  expect((await robot.rest('PUT', `${app}/pulls/${at.number}/merge`, { sha: next })).status).toBe(200);
});

test('a conflict is found by a real merge, and cannot be merged', async () => {
  openOne(stage, 't1', { 'README.md': 'mine\n' });
  stage.as('alice').push({ repository: 'acme/app', branch: 'main', files: { 'README.md': 'theirs\n' } });
  expect((await robot.rest('GET', `${app}/pulls/1`)).body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
  expect(await robot.rest('PUT', `${app}/pulls/1/merge`, {})).toMatchObject({
    status: 405,
    body: { message: 'Pull Request is not mergeable' },
  });
  expect((await robot.rest('PUT', `${app}/pulls/1/update-branch`, {})).status).toBe(422);
});

test('whether it can be merged is not known for so many questions', async () => {
  stage.hideMergeable('acme/app', { reads: 2 });
  openOne(stage);
  const known = [];
  for (const _ of [1, 2, 3]) known.push((await robot.rest('GET', `${app}/pulls/1`)).body.mergeable);
  expect(known).toEqual([null, null, true]);
  stage.as('alice').push({ repository: 'acme/app', branch: 'main', files: { x: 'x' } });
  const query = '{ repository(owner: "acme", name: "app") { pullRequest(number: 1) { mergeable mergeStateStatus } } }';
  const answers = [];
  for (const _ of [1, 2, 3]) answers.push((await robot.graphql(query)).body.data.repository.pullRequest);
  const unknown = { mergeable: 'UNKNOWN', mergeStateStatus: 'UNKNOWN' };
  expect(answers).toEqual([unknown, unknown, { mergeable: 'MERGEABLE', mergeStateStatus: 'CLEAN' }]);
});

test.each([
  { what: 'a second one of the same branch', head: 't1', base: 'main', says: 'A pull request already exists for acme:t1.' },
  { what: 'one without a commit', head: 'same', base: 'main', says: 'No commits between main and same' },
  { what: 'a head that is not there', head: 'nothing', base: 'main', says: undefined },
  { what: 'a base that is not there', head: 't2', base: 'nothing', says: undefined },
])('$what is refused', async ({ head, base, says }) => {
  openOne(stage);
  const main = stage.repository('acme/app').seen.get('main');
  await robot.rest('POST', `${app}/git/refs`, { ref: 'refs/heads/same', sha: main });
  stage.as('robot').push({ repository: 'acme/app', branch: 't2', files: { b: 'b' } });
  const answer = await robot.rest('POST', `${app}/pulls`, { head, base, title: 'Again' });
  expect(answer).toMatchObject({ status: 422, body: { message: 'Validation Failed' } });
  expect(answer.body.errors[0].message).toBe(says);
});

test('deleting a branch closes the pull request that has it as its base, for good', async () => {
  openOne(stage, 'lower');
  stage.as('robot').push({ repository: 'acme/app', branch: 'upper', files: { u: 'u' }, onto: stage.pull('acme/app', 1).shown });
  await robot.rest('POST', `${app}/pulls`, { head: 'upper', base: 'lower', title: 'Upper' });
  stage.as('alice').merge({ repository: 'acme/app', number: 1 }, { method: 'squash' });
  expect((await robot.rest('DELETE', `${app}/git/refs/heads/lower`)).status).toBe(204);
  expect((await robot.rest('GET', `${app}/pulls/2`)).body).toMatchObject({ state: 'closed', merged: false });
  await robot.rest('POST', `${app}/git/refs`, { ref: 'refs/heads/lower', sha: stage.repository('acme/app').seen.get('main') });
  expect((await robot.rest('PATCH', `${app}/pulls/2`, { state: 'open' })).status).toBe(422);
});

test('with its base changed first it stays open, and shows only its own commits', async () => {
  openOne(stage, 'lower');
  stage.as('robot').push({ repository: 'acme/app', branch: 'upper', files: { u: 'u' }, onto: stage.pull('acme/app', 1).shown });
  await robot.rest('POST', `${app}/pulls`, { head: 'upper', base: 'lower', title: 'Upper' });
  stage.as('alice').merge({ repository: 'acme/app', number: 1 });
  expect((await robot.rest('PATCH', `${app}/pulls/2`, { base: 'main' })).body).toMatchObject({ commits: 1, base: { ref: 'main' } });
  await robot.rest('DELETE', `${app}/git/refs/heads/lower`);
  expect((await robot.rest('GET', `${app}/pulls/2`)).body).toMatchObject({ state: 'open', mergeable: true });
});

test('a repository that deletes branches itself gives those above the base of the merged one', async () => {
  stage.repository('acme/app').deleteBranchOnMerge = true;
  openOne(stage, 'lower');
  stage.as('robot').push({ repository: 'acme/app', branch: 'upper', files: { u: 'u' }, onto: stage.pull('acme/app', 1).shown });
  await robot.rest('POST', `${app}/pulls`, { head: 'upper', base: 'lower', title: 'Upper' });
  stage.as('alice').merge({ repository: 'acme/app', number: 1 });
  expect((await robot.rest('GET', `${app}/git/ref/heads/lower`)).status).toBe(404);
  expect((await robot.rest('GET', `${app}/pulls/2`)).body).toMatchObject({ state: 'open', base: { ref: 'main' } });
});

test('an issue that it says it closes is closed by its merge into the default branch', async () => {
  const issue = stage.as('alice').openIssue({ repository: 'acme/app', title: 'Broken' });
  stage.as('robot').push({ repository: 'acme/app', branch: 't1', files: { a: 'a' } });
  const { body } = await robot.rest('POST', `${app}/pulls`, {
    head: 't1',
    base: 'main',
    title: 'T1',
    body: `Mends it.\n\nCloses #${issue.number}`,
  });
  await robot.rest('PUT', `${app}/pulls/${body.number}/merge`, { merge_method: 'squash' });
  expect((await robot.rest('GET', `${app}/issues/${issue.number}`)).body).toMatchObject({ state: 'closed', state_reason: 'completed' });
});

test('one whose commits are pushed to the base by a person counts as merged; one that lost its commits is closed', async () => {
  openOne(stage, 't1');
  openOne(stage, 't2');
  const clone = join(stage.world.folder, 'clone');
  await git(stage.world.folder, 'clone', '--quiet', stage.remote('acme/app'), clone);
  await git(clone, 'push', '--quiet', '--force', 'origin', 'origin/main:refs/heads/t2');
  expect((await robot.rest('GET', `${app}/pulls/2`)).body).toMatchObject({ state: 'closed', merged: false });
  await git(clone, 'push', '--quiet', 'origin', 'origin/t1:refs/heads/main');
  expect((await robot.rest('GET', `${app}/pulls/1`)).body).toMatchObject({ state: 'closed', merged: true });
});

test('a fork: its head is named by its owner, and it is merged into the parent', async () => {
  stage.addRepository({ name: 'robot/app', forkOf: 'acme/app' });
  expect((await robot.rest('GET', '/repos/robot/app')).body).toMatchObject({
    fork: true,
    parent: { full_name: 'acme/app' },
    permissions: { push: true },
  });
  const head = stage.as('robot').push({ repository: 'robot/app', branch: 't1', files: { 'a.txt': 'a\n' } });
  const opened = await robot.rest('POST', `${app}/pulls`, { head: 'robot:t1', base: 'main', title: 'T1' });
  expect(opened.body).toMatchObject({ head: { label: 'robot:t1', sha: head, repo: { full_name: 'robot/app' } } });
  expect((await robot.rest('GET', `${app}/pulls?head=robot:t1`)).body).toHaveLength(1);
  expect((await robot.rest('GET', `${app}/pulls?head=acme:t1`)).body).toHaveLength(0);
  stage.as('alice').merge({ repository: 'acme/app', number: 1 }, { method: 'squash' });
  expect((await robot.rest('GET', `${app}/contents/a.txt`)).status).toBe(200);
});

test('git can demand a sign-in, and tells nobody of a repository that one may not read', async () => {
  stage.addRepository({ name: 'acme/secret', private: true, people: { robot: 'write', alice: 'read' }, signIn: 'always' });
  const as = (login: string): string => stage.remote('acme/secret').replace('http://', `http://x:${stage.token({ login })}@`);
  const heads = (address: string): Promise<string> => git(stage.world.folder, 'ls-remote', address);
  await expect(heads(stage.remote('acme/secret'))).rejects.toThrow('could not read Username');
  await expect(heads(as('stranger'))).rejects.toThrow('not found');
  const clone = join(stage.world.folder, 'clone');
  await git(stage.world.folder, 'clone', '--quiet', as('alice'), clone);
  await git(clone, 'commit', '--quiet', '--allow-empty', '-m', 'Nothing');
  await expect(git(clone, 'push', '--quiet', 'origin', 'main')).rejects.toThrow('403');
  await git(clone, 'push', '--quiet', as('robot'), 'main');
  expect(await heads(as('robot'))).toContain(await git(clone, 'rev-parse', 'HEAD'));
  expect((await connect(stage, stage.token({ login: 'stranger' })).rest('GET', '/repos/acme/secret')).status).toBe(404);
});

test('git refuses a push to a protected branch; another branch is taken', async () => {
  stage.protect('acme/app', 'main', { approvals: 1 });
  const { clone } = await pushWithGit('t1');
  await expect(git(clone, 'push', '--quiet', 'origin', 't1:main')).rejects.toThrow('Protected branch update failed');
});

test('a default branch that is renamed takes its pull requests and rules along', async () => {
  openOne(stage);
  stage.protect('acme/app', 'main', { checks: ['ci'] });
  stage.renameBranch('acme/app', 'main', 'trunk');
  expect((await robot.rest('GET', `${app}/pulls/1`)).body).toMatchObject({
    state: 'open',
    base: { ref: 'trunk' },
    mergeable_state: 'blocked',
  });
  expect((await robot.rest('GET', app)).body.default_branch).toBe('trunk');
  const clone = join(stage.world.folder, 'clone');
  await git(stage.world.folder, 'clone', '--quiet', stage.remote('acme/app'), clone);
  expect(await git(clone, 'branch', '--show-current')).toBe('trunk');
});

// git itself sends a push again whose connection was lost, and is then told that the branch exists.
test('a push whose answer is lost has arrived; one that is refused has not', async () => {
  const { clone } = await pushWithGit('t1');
  const push = async (branch: string) => {
    await expect(git(clone, 'push', '--quiet', 'origin', `t1:${branch}`)).rejects.toThrow('Command failed');
    return stage.repository('acme/app').bare.branches().has(branch);
  };
  stage.fail({ method: 'POST', path: 'git-receive-pack', how: { drop: 'after' } });
  expect(await push('lost')).toBe(true);
  stage.fail({ path: '/acme/app.git/', how: { status: 503 } });
  expect(await push('refused')).toBe(false);
});
