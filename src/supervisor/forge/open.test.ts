// The pull request of delivered work: opened once, after a person decided that, or taken over where the branch has one.
import { expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { pullStage } from './pull-stage.samples.ts';

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
