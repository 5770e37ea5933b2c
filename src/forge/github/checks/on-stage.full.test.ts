// Checks as tokens with few rights see them, and what a worker is given of their output.
// `npm test` has the contract only.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { Check } from '../../../core/delivery/pull-facts.ts';
import type { ForgeAccount, PullAt } from '../../../ports/forge.ts';
import { accountOf, openingFor, pullAt } from '../../../ports/forge.samples.ts';
import { github } from '../adapter.ts';
import { name, onStage, type OnStage } from '../stage.samples.ts';
import { worldWith } from '../tiny-host.samples.ts';

let stage: OnStage;
let account: ForgeAccount;
let at: PullAt & { readonly head: string };
beforeEach(async () => {
  stage = await onStage();
  account = await accountOf(stage);
  const pull = await account.open(await openingFor(stage));
  at = { ...pullAt(stage, pull), head: pull.head.commit };
});
afterEach(() => stage.dispose());

type Rights = Parameters<OnStage['github']['token']>[0]['rights'];

/** An account with a fine-grained token, which can never read check runs. */
async function fineGrained(rights: NonNullable<Rights>): Promise<ForgeAccount> {
  const values = { 'env:T': stage.github.token({ login: 'ada', kind: 'fine-grained', rights: { metadata: 'read', ...rights } }) };
  const forge = github(worldWith({ values }));
  return await accountOf({ ...stage, forge, secret: 'env:T' });
}

const checksFor = (one: ForgeAccount) => one.checks({ repository: at.repository, commit: at.head, base: 'main' });
const only = (checks: Awaited<ReturnType<typeof checksFor>>): Check => {
  const [check] = checks.known ? checks.checks : [];
  if (check === undefined) throw new Error('there is no check');
  return check;
};

describe('a token that may not read check runs', () => {
  beforeEach(async () => {
    await stage.check({ commit: at.head, name: 'build', state: 'red', log: 'it broke' });
    stage.github.status({ repository: name, sha: at.head, context: 'ci/old', state: 'success' });
  });

  it('sees the jobs of GitHub Actions and the statuses, and says once what it lacks', async () => {
    const few = await fineGrained({ actions: 'write', statuses: 'read', contents: 'read', pull_requests: 'write' });
    for (let round = 0; round < 2; round += 1) {
      const checks = await checksFor(few);
      expect(checks).toMatchObject({
        known: true,
        checks: [
          { name: 'build', state: 'red' },
          { name: 'ci/old', state: 'green' },
        ],
      });
    }
    expect(few.lacks()).toEqual([
      { right: 'checks: read', follows: 'in acme/app, the checks of other apps than GitHub Actions are not seen' },
    ]);
    const check = only(await checksFor(few));
    expect(await few.checkLog({ repository: at.repository, check, limit: 99 })).toBe('it broke');
    await few.rerun({ repository: at.repository, checks: [check] });
    expect(only(await checksFor(few)).state).toBe('pending');
  });

  it('and not the jobs either knows nothing, which is never green', async () => {
    stage.repository().private = true;
    const few = await fineGrained({ statuses: 'read', contents: 'read', pull_requests: 'write' });
    expect(await checksFor(few)).toEqual({ known: false, lacking: 'checks: read' });
    expect(few.lacks().map(({ right }) => right)).toEqual(['checks: read', 'actions: read']);
  });

  it('and not the statuses knows nothing either', async () => {
    stage.repository().private = true;
    const few = await fineGrained({ actions: 'read', contents: 'read', pull_requests: 'write' });
    expect(await checksFor(few)).toEqual({ known: false, lacking: 'commit statuses: read' });
  });
});

test.each([
  ['success', 'green', false],
  ['neutral', 'green', false],
  ['skipped', 'green', false],
  ['failure', 'red', false],
  ['action_required', 'red', false],
  ['cancelled', 'red', true],
  ['timed_out', 'red', true],
] as const)('a check that ended with %s is %s', async (conclusion, state, byMachine) => {
  stage.github.check({ repository: name, sha: at.head, name: 'build', conclusion });
  expect(only(await checksFor(account))).toMatchObject({ state, byMachine });
});

it('the check of another app has the text that the app wrote, and is run again by its own way', async () => {
  stage.github.check({
    repository: name,
    sha: at.head,
    name: 'scan',
    conclusion: 'failure',
    byApp: true,
    title: 'Two findings',
    summary: 'a.ts: 1',
  });
  const check = only(await checksFor(account));
  expect(await account.checkLog({ repository: at.repository, check, limit: 99 })).toBe('Two findings\n\na.ts: 1');
  await account.rerun({ repository: at.repository, checks: [check] });
  await account.rerun({ repository: at.repository, checks: [check] });
  expect(only(await checksFor(account)).state).toBe('pending');
});

it('a status has no log', async () => {
  stage.github.status({ repository: name, sha: at.head, context: 'ci/old', state: 'error' });
  const check = only(await checksFor(account));
  expect(check).toMatchObject({ state: 'red', byMachine: true, canRerun: false });
  expect(await account.checkLog({ repository: at.repository, check, limit: 99 })).toBeNull();
});

it('two failed jobs of one run are run again together, once', async () => {
  for (const job of ['build', 'lint']) await stage.check({ commit: at.head, name: job, state: 'red' });
  const checks = await checksFor(account);
  const failed = checks.known ? checks.checks : [];
  await account.rerun({ repository: at.repository, checks: failed });
  const again = await checksFor(account);
  expect(again.known && again.checks.map(({ state }) => state)).toEqual(['pending', 'pending']);
  const posts = stage.github.requests().filter(({ method, path }) => method === 'POST' && path.includes('rerun'));
  expect(posts.map(({ path }) => path.split('/').at(-1))).toEqual(['rerun-failed-jobs']);
});

it('asking again costs nothing while nothing has changed', async () => {
  await stage.check({ commit: at.head, name: 'build', state: 'green' });
  await checksFor(account);
  const { used } = account.points();
  await checksFor(account);
  expect(account.points().used).toBe(used);
});

describe('probing', () => {
  it('finds nothing lacking for a token that may do all, and changes nothing', async () => {
    const before = stage.repository().bare.branches().size;
    expect(await account.probe(at.repository)).toEqual([]);
    expect([stage.repository().items.size, stage.repository().bare.branches().size]).toEqual([1, before]);
  });

  it('says what a token with few rights lacks', async () => {
    stage.repository().private = true;
    const few = await fineGrained({ contents: 'read' });
    const rights = (await few.probe(at.repository)).map(({ right }) => right);
    const reads = ['actions', 'checks', 'commit statuses', 'issues', 'pull requests'].map((right) => `${right}: read`);
    expect(rights.toSorted()).toEqual([...reads, 'contents: write', 'issues: write', 'pull requests: write'].toSorted());
  });
});

it('the text for a new pull request is found where GitHub looks for it', async () => {
  expect((await account.repository(at.repository)).template).toBeNull();
  await stage.push({ branch: 'main', from: 'main', path: '.github/pull_request_template.md', text: 'What and why?\n' });
  expect((await account.repository(at.repository)).template).toBe('What and why?\n');
});
