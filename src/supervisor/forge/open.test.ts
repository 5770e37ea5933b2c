// The pull request of delivered work: opened once, after a person decided that, or taken over where the branch has one.
import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { closeIn } from '../../../test/support/memory-forge-state.ts';
import { pullStage, type PullStage } from './pull-stage.samples.ts';

const lost = new Fault({ code: 'forge-away', message: 'the connection was lost', hint: 'it is asked again' });

test('delivered work gets a pull request, and waits in `delivered` until that is merged', async () => {
  const { stage, deliver, round, pull, calls, head } = await pullStage();
  await deliver();
  await round();
  await round(1);
  expect(pull()).toMatchObject({ number: 1, title: expect.stringMatching(/^t1: /), base: 'main', draft: false });
  expect(calls('open')).toBe(1);
  expect(await stage.task('t1')).toMatchObject({
    state: 'delivered',
    delivery: { pull: { seen: { number: 1 }, head: { commit: head() } } },
  });
});

test('a pull request whose opening was not answered is taken over, and not opened twice', async () => {
  const { deliver, round, repository, record, state } = await pullStage();
  state.faults.push({ call: 'open', fault: lost, after: true });
  await deliver();
  await round();
  await round(1);
  expect(repository.pulls).toHaveLength(1);
  expect((await record()).seen.number).toBe(1);
});

test('an open pull request that a person made for the branch is taken over as it is', async () => {
  const { stage, deliver, round, repository, record, calls, world, forge } = await pullStage();
  await deliver();
  const { delivery } = await stage.task('t1');
  const { host, owner, name } = repository.at;
  const signal = new AbortController().signal;
  const person = await forge.forge.signIn({ host, hosts: [], secret: null, pointsPerHour: 100, signal });
  if (person.signedIn)
    await person.account.open({
      ...{ repository: { host, owner, name }, head: { owner, branch: delivery!.branch! }, base: 'main', title: 'Mine', body: 'My words' },
      ...{ draft: false, labels: [], reviewers: [], assignees: [] },
    });
  await round(0, world);
  expect(calls('open')).toBe(1);
  expect((await record()).seen).toMatchObject({ number: 1, title: 'Mine', body: 'My words' });
});

/** Somebody deletes the branch, which closes the pull request, and tries the task again. */
async function deletedAndRetried({ stage, deliver, round, pull, state, repository }: PullStage): Promise<void> {
  await deliver();
  await round();
  repository.branches.delete(pull().head.branch);
  closeIn(state, { pull: pull(), by: 'grace' });
  await round(5);
  expect(await stage.task('t1')).toMatchObject({ state: 'blocked', reason: { code: 'pull' } });
  const { key } = await stage.task('t1');
  expect(await stage.store.act({ key, action: 'retry', at: stage.now() })).toEqual({ acted: 'moved' });
}

test.each(['with', 'without'])('a branch that was deleted is pushed again, %s a site of the task', async (site) => {
  const opened = await pullStage();
  const { stage, round, repository, record, updates } = opened;
  await deletedAndRetried(opened);
  const { key, delivery } = await stage.task('t1');
  if (site === 'without') await stage.store.patchTask({ key, patch: { site: null }, at: stage.now() });
  await round(1);
  expect((await record()).seen).toMatchObject({ number: 2, state: 'open' });
  expect(await stage.task('t1')).toMatchObject({
    state: 'delivered',
    delivery: { evidence: expect.stringMatching(/, pushed to origin$/) },
  });
  expect(repository.branches.get(delivery!.branch!)).toBe(delivery!.commit);
  expect([updates, stage.warnings()]).toEqual([[], []]);
});

test('work that cannot be pushed again blocks its task once, says why, and is opened once a retry finds its branch', async () => {
  const opened = await pullStage({ repo: { pushHead: async () => ({ pushed: false, why: 'refused', message: 'the hook declined it' }) } });
  const { stage, round, repository, record, calls } = opened;
  await deletedAndRetried(opened);
  await round(1);
  const tried = calls('open');
  for (let time = 0; time < 3; time += 1) await round(5);
  expect(calls('open')).toBe(tried);
  const { key, delivery, ...task } = await stage.task('t1');
  expect(task).toMatchObject({
    state: 'blocked',
    reason: { code: 'not-opened', facts: { message: expect.stringMatching(/is no longer at origin.*the hook declined it$/) } },
  });
  expect(delivery!.evidence).toMatch(/which is no longer at origin$/);
  expect(stage.warnings()).toEqual([]);
  repository.branches.set(delivery!.branch!, delivery!.commit!);
  await stage.store.act({ key, action: 'retry', at: stage.now() });
  await round(1);
  expect((await record()).seen).toMatchObject({ number: 2, state: 'open' });
});

test('a remote that does not answer blocks nothing: the branch is pushed in a later round', async () => {
  let isAway = true;
  const opened = await pullStage({
    repo: {
      hasSite: async () => {
        if (isAway) throw new Fault({ code: 'unreachable', message: 'the remote does not answer', hint: 'check the network' });
        return true;
      },
    },
  });
  const { stage, round, record } = opened;
  await deletedAndRetried(opened);
  await round(1);
  expect(await stage.task('t1')).toMatchObject({ state: 'delivered' });
  isAway = false;
  await round(5);
  expect((await record()).seen).toMatchObject({ number: 2, state: 'open' });
});

test('what the forge does not open although the branch is there is tried for two minutes, and then blocks the task', async () => {
  const { stage, deliver, round, state } = await pullStage();
  const refused = new Fault({ code: 'forge-refused', message: 'there is no base', hint: 'set another base', data: { status: 422 } });
  state.faults.push({ call: 'open', fault: refused }, { call: 'open', fault: refused });
  await deliver();
  await round();
  expect(await stage.task('t1')).toMatchObject({ state: 'delivered' });
  await round(5);
  expect(await stage.task('t1')).toMatchObject({
    state: 'blocked',
    reason: { code: 'not-opened', facts: { message: 'there is no base' } },
  });
});

test('nothing is opened before somebody decided that, and that is told once for the repository', async () => {
  const { stage, deliver, round, repository, world } = await pullStage({ open: 'ask' });
  await deliver('t1');
  await deliver('t2');
  await stage.pulseOf(world, 'settle');
  await round();
  expect(repository.pulls).toEqual([]);
  expect(stage.notices).toMatchObject([{ kind: 'alarm', command: "yardmaster run --repo '/repo'" }]);
  expect([await stage.task('t1'), await stage.task('t2')]).toMatchObject([{ state: 'done' }, { state: 'done' }]);
});

test.each([
  ['always', 1],
  ['never', 0],
] as const)('what a person answered for the repository holds there: %s', async (answer, opened) => {
  const pullRequest = { open: 'ask', repositories: { 'github.com/acme/app': answer }, draft: false } as const;
  const none = { labels: [], reviewers: [], assignees: [] };
  const { stage, deliver, round, repository } = await pullStage({ delivery: { pullRequest: { ...pullRequest, ...none } } });
  await deliver();
  await round();
  expect(repository.pulls).toHaveLength(opened);
  expect(stage.notices).toEqual([]);
});

test('with `never`, work ends at its pushed branch, and the forge is not asked', async () => {
  const { stage, deliver, state, world } = await pullStage({ open: 'never' });
  await deliver();
  await stage.pulseOf(world, 'settle', 'forge');
  expect(state.calls).toEqual([]);
  expect(stage.notices).toEqual([]);
  expect(await stage.task('t1')).toMatchObject({ state: 'done', delivery: { pull: null } });
});

test.each([
  ['git@git.example.org:acme/app.git', ['no-forge']],
  ['/srv/git/app.git', []],
  ['file:///srv/git/app.git', []],
] as const)('with `always`, a remote at an unknown host is told once: %s', async (address, warned) => {
  const { stage, deliver, world } = await pullStage({ repo: { remoteAddress: async () => ({ fetch: [], push: [address] }) } });
  for (const id of ['t1', 't2']) await deliver(id);
  await stage.pulseOf(world, 'settle', 'forge');
  expect(stage.warnings()).toEqual(warned);
  expect([await stage.task('t1'), await stage.task('t2')]).toMatchObject([{ state: 'done' }, { state: 'done' }]);
});
