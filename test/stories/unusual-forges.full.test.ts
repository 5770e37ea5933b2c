// Forges as people really have them: a fork as the remote, protected bases, a base that was renamed, merge queues, merges in the
// background, a repository that moved, a token that was revoked, and a forge that is down for a while.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ForgeStage } from '../forge-stage/stage.ts';
import { openForgeYard, repository, type ForgeYard } from '../support/forge-yard.ts';
import { ended, type Yard } from '../support/yard.ts';

const todo = '- [ ] t1 Write the parser #auto-dispatch model:opus\n';
const branch = 'yard/t1-write-the-parser';
const work = (file: string) => [[{ commit: { file, content: 'x\n', message: `write ${file}` } }]];
const notify = { command: 'printf "%s | %s\\n" "$YARDMASTER_MESSAGE" "$YARDMASTER_COMMAND" >>"$HOME/notices"' };
const first = { repository, number: 1 };

interface Pull {
  readonly task: string;
  readonly number: number;
  readonly state: string;
  readonly standing: string;
  readonly base: string;
}

/** Whatever is pushed beside the base is green at once. */
function green(forge: ForgeStage, { name = repository, base = 'main', checks = ['test'], ...rules }: Green = {}): void {
  forge.protect(name, base, { checks, ...rules });
  forge.onPush(({ branch: pushed }) => {
    if (!pushed.startsWith('yard/')) return;
    for (const check of checks) forge.check({ repository: name, branch: pushed, name: check, conclusion: 'success' });
  });
}

type Green = Partial<Parameters<ForgeStage['protect']>[2]> & { readonly name?: string; readonly base?: string };

async function oneTask({ delivery = {}, prepare = () => {} }: Partial<OneTask> = {}): Promise<ForgeYard> {
  const opened = await openForgeYard({
    todo,
    actions: { t1: work('parser.txt'), t2: work('printer.txt') },
    config: { notify, delivery },
    prepare,
  });
  green(opened.forge);
  return opened;
}

interface OneTask {
  readonly delivery: object;
  readonly prepare: (forge: ForgeStage) => void;
}

const pulls = (yard: Yard): Promise<Pull[]> => yard.json<Pull[]>('pr');

/** What a person was notified of, without the pull requests that are ready to merge. */
function notices(yard: Yard): readonly string[] {
  const file = join(yard.root, 'person/notices');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines.filter((line) => !line.includes('is ready to merge'));
}

test('the remote is a fork: its pull requests are the fork’s own, and doctor says so', async () => {
  const fork = { name: 'robot/app', forkOf: repository, people: { robot: 'admin' }, associations: { robot: 'OWNER' } } as const;
  const { yard, forge, writes } = await oneTask({ prepare: (stage) => void stage.addRepository(fork) });
  const { path } = forge.repository(fork.name).bare;
  yard.git('push', '--quiet', '--force', path, 'main');
  green(forge, { name: fork.name });
  yard.git('remote', 'rename', 'origin', 'upstream');
  yard.git('remote', 'add', 'origin', forge.remote(fork.name));
  yard.git('fetch', '--quiet', path, '+main:refs/remotes/origin/main');
  expect((await yard.run('doctor')).stdout).toContain('robot/app is a fork of acme/app; pull requests are opened in the fork');
  expect((await yard.run('run')).code).toBe(0);
  expect(await yard.run('merge', 't1')).toMatchObject({ code: 0, stderr: '' });
  expect(forge.pull(fork.name, 1)).toMatchObject({ base: 'main', merged: expect.any(Object) });
  expect(writes().filter((one) => one.includes(repository))).toEqual([]);
});

test('a protected base gets its checks, its approval and its last commits before the merge', async () => {
  const { yard, forge } = await oneTask({ delivery: { merge: { when: 'approved' } } });
  green(forge, { checks: ['test', 'lint'], approvals: 1, strict: true, dismissStale: true });
  expect((await yard.run('run')).code).toBe(0);
  const early = await yard.run('merge', 't1');
  expect([early.code, early.stdout]).toEqual([1, expect.stringContaining('#1 waits for people: a review')]);

  forge.as('ada').approve(first);
  forge.as('ada').push({ repository, branch: 'main', files: { 'other.txt': 'y' } });
  // The branch is brought up to date, and the rules take that for something new to look at.
  await yard.run('run', '--until', 'done');
  expect(await pulls(yard)).toMatchObject([{ state: 'open', standing: 'waiting-for-people' }]);
  forge.as('ada').approve(first);
  await yard.run('run', '--until', 'done');
  expect(await pulls(yard)).toMatchObject([{ state: 'merged' }]);
  expect(notices(yard)).toEqual([]);
});

test('the default branch is renamed while a pull request is open: it follows, and new work starts from the new one', async () => {
  const { yard, forge } = await oneTask();
  await yard.run('run');
  forge.renameBranch(repository, 'main', 'trunk');
  forge.as('ada').push({ repository, branch: 'trunk', files: { 'other.txt': 'y\n' } });
  yard.writeTodo(`${todo}- [ ] t2 Write the printer #auto-dispatch model:opus\n`);
  const ran = await yard.run('run');
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(/origin\/HEAD is recorded here as main.*trunk today/)]);
  expect(yard.git('symbolic-ref', 'refs/remotes/origin/HEAD')).toBe('refs/remotes/origin/main');
  expect(await pulls(yard)).toMatchObject(['t1', 't2'].map((task) => ({ task, base: 'trunk', standing: 'ready-to-merge' })));
  expect(await yard.run('merge', 't1', 't2')).toMatchObject({ code: 0 });
  expect(forge.repository(repository).bare.git(['ls-tree', '--name-only', 'trunk'])).toMatch(/other\.txt\nparser\.txt\nprinter\.txt/);
});

test('a merge queue throws it out: a person is told, and what they ask for after that is queued again', async () => {
  const { yard, forge } = await oneTask();
  forge.addQueue(repository, 'main', { method: 'squash' });
  await yard.run('run');
  const isQueued = () => forge.request(() => forge.pull(repository, 1).queued !== null, AbortSignal.timeout(60_000));
  const thrownOut = ended(yard.start('merge', 't1'));
  await isQueued();
  forge.eject(repository, 1);
  expect(await thrownOut).toMatchObject({ code: 1, stdout: expect.stringContaining('#1 was thrown out of the merge queue') });
  expect(await pulls(yard)).toMatchObject([{ state: 'open', standing: 'ejected' }]);
  const told = notices(yard);
  expect(told).toEqual([expect.stringMatching(/^t1: #1 was thrown out of the merge queue \| yardmaster merge t1$/)]);

  const merged = ended(yard.start('merge', 't1'));
  await isQueued();
  forge.runQueue(repository, 'main');
  expect(await merged).toMatchObject({ code: 0, stderr: '' });
  expect(await pulls(yard)).toMatchObject([{ state: 'merged' }]);
  expect(notices(yard)).toEqual(told);
});

test('a forge that merges in the background is asked once, and then how it went', async () => {
  const { yard, writes } = await oneTask({
    prepare: (stage) => {
      Object.assign(stage.repository(repository), { mergeAsync: true });
      stage.world.mergeAsyncReads = 2;
    },
  });
  await yard.run('run');
  expect(await yard.run('merge', 't1')).toMatchObject({ code: 0, stderr: '' });
  expect(await pulls(yard)).toMatchObject([{ state: 'merged' }]);
  expect(writes().filter((one) => /merge(?:-async)?$/.test(one))).toEqual([`PUT /repos/${repository}/pulls/1/merge-async`]);
});

test('a draft has its labels and people; who is not accepted is told, and keeps nobody else away', async () => {
  const people = ['stranger', 'ada'];
  const pullRequest = { open: 'always', draft: true, labels: ['agent'], reviewers: people, assignees: people };
  const { yard, forge } = await oneTask({ delivery: { pullRequest } });
  const { code, stderr } = await yard.run('run');
  expect(code).toBe(0);
  for (const what of ['reviewers', 'assignees']) expect(stderr).toContain(`does not accept ${what} in acme/app: stranger;`);
  expect(forge.pull(repository, 1)).toMatchObject({ draft: true, requested: ['ada'], assignees: ['ada'], labels: ['agent'] });
  expect(await pulls(yard)).toMatchObject([{ state: 'draft', standing: 'draft' }]);
  expect(notices(yard)).toEqual(['t1: #1 is a draft | yardmaster open t1']);
  forge.as('ada').draft(first, false);
  forge.as('ada').approve(first);
  expect((await yard.run('merge', 't1')).code).toBe(0);
});

test('a repository that moved between two runs is followed, although the remote has its old address', async () => {
  const { yard, forge } = await oneTask();
  await yard.run('run');
  forge.rename(repository, 'acme/shop');
  green(forge, { name: 'acme/shop' });
  yard.writeTodo(`${todo}- [ ] t2 Write the printer #auto-dispatch model:opus\n`);
  expect((await yard.run('run')).code).toBe(0);
  expect(await yard.run('merge', 't1', 't2')).toMatchObject({ code: 0, stderr: '' });
  expect((await pulls(yard)).map(({ number, state }) => [number, state])).toEqual([
    [1, 'merged'],
    [2, 'merged'],
  ]);
});

test('a token that was revoked: nothing waits for ever, a person is told once, and another token goes on', async () => {
  const { yard, forge } = await oneTask();
  await yard.run('run');
  for (const token of forge.world.tokens.keys()) forge.revoke(token);
  const ran = await yard.run('run');
  expect(ran.stderr).toContain('does not accept the token from FORGE_TOKEN');
  expect(await yard.run('merge', 't1')).toMatchObject({ code: 1, stderr: expect.stringContaining('does not accept the token') });
  expect(notices(yard)).toEqual([expect.stringMatching(/does not accept the token from FORGE_TOKEN.* \| yardmaster doctor$/)]);
  const refused = await yard.run('cancel', 't1', '--close');
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('t1 is cancelled, but pull request #1 is still open')]);

  const env = { FORGE_TOKEN: forge.token({ login: 'robot' }) };
  expect(await ended(yard.startWith(env, 'cancel', 't1', '--close'))).toMatchObject({ code: 0 });
  expect(forge.pull(repository, 1)).toMatchObject({ state: 'closed', merged: null });
  const shown = await yard.run('pr', 't1');
  expect(shown.stdout).toContain('t1 is cancelled; #1 is closed');
  expect(await yard.run('merge', 't1')).toMatchObject({ code: 3, stderr: expect.stringContaining('t1 is cancelled') });
});

test('a forge that is down for a while in the middle of a run loses nothing, and is told once', async () => {
  const { yard, forge, writes } = await oneTask({ delivery: { merge: { when: 'green' } } });
  forge.onPush(({ branch: pushed }) => {
    if (pushed !== branch) return;
    forge.check({ repository, branch, name: 'test', conclusion: 'success' });
    forge.fail({ path: /^.(?:user|graphql|repos)/, times: 4, how: { status: 503 } });
  });
  const { code, stderr } = await yard.run('run', '--until', 'done');
  expect(code).toBe(0);
  expect(stderr.match(/warning/g)).toHaveLength(1);
  expect(stderr).toMatch(/answered with an error \(503|does not answer/);
  expect(await pulls(yard)).toMatchObject([{ number: 1, state: 'merged' }]);
  expect(writes().filter((one) => one === `POST /repos/${repository}/pulls`)).toHaveLength(1);
  expect(notices(yard)).toEqual([]);
});
