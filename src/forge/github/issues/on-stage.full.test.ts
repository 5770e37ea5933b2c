// What the contract does not ask of every forge: what GitHub does at its worst, and what a read costs. On the stage, whose
// answers are GitHub's.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { contentOf } from '../../../core/sync/issue-draft.ts';
import { accountOf } from '../../../ports/forge.samples.ts';
import { isOurs, issueAt, marker, mayWrite, readFrom, sampleContent } from '../../../ports/forge-issues.samples.ts';
import { secondaryLimit } from '../../../../test/forge-stage/faults.ts';
import { addLabels, editIssueText, say } from '../../../../test/forge-stage/conversation.ts';
import { newItem } from '../../../../test/forge-stage/pull-acts.ts';
import type { Issue } from '../../../../test/forge-stage/state.ts';
import { name } from '../stage.samples.ts';
import { issuesOnStage, type IssuesOnStage } from './issues-stage.samples.ts';

let stage: IssuesOnStage;
beforeEach(async () => {
  stage = await issuesOnStage();
});
afterEach(() => stage.dispose());

const github = () => stage.on.github;
const at = (number: number) => ({ repository: name, number });
const requests = () => github().requests();
/** What was asked since the given number of requests, with what was sent. */
const since = (count: number) =>
  requests()
    .slice(count)
    .filter(({ method, path }) => method !== 'GET' && path !== '/graphql')
    .map(({ method, path, body }) => [method, path.replace(/^.*acme\/app\//, ''), body]);

describe('the cost', () => {
  /** Each has a past: it was edited, labelled, and has a comment of ours. */
  const many = (count: number): void => {
    github().limits().secondary = false;
    const repository = stage.on.repository();
    for (let index = 0; index < count; index += 1) {
      const issue: Issue = { ...newItem(repository, { by: 'grace', title: 'An issue', body: 'text' }), kind: 'issue' };
      repository.items.set(issue.number, issue);
      addLabels(issue, { by: 'grace', names: ['auto-dispatch', `l${index}`] });
      editIssueText(issue, { by: 'eve', title: `Issue ${index}`, body: 'edited' });
      say(issue, { by: 'ada', body: marker });
    }
  };

  it('of two hundred issues is few requests and points, and less once their past is known', async () => {
    many(200);
    const asked = async () => {
      const [count, before] = [requests().length, stage.account.points().used];
      const { issues } = await readFrom(stage, { labels: ['auto-dispatch'], since: 0, numbers: [1, 2, 3] });
      expect(issues).toHaveLength(200);
      expect(issues.every(({ comment, revisions, labelled }) => comment !== null && revisions.length === 2 && labelled !== null)).toBe(
        true,
      );
      const made = requests().slice(count);
      return {
        requests: made.length,
        points: made.reduce((sum, { points }) => sum + points, 0),
        used: stage.account.points().used - before,
      };
    };
    const [first, second] = [await asked(), await asked()];
    expect(first.requests).toBeLessThanOrEqual(22);
    expect(first.points).toBeLessThanOrEqual(32);
    expect(second.requests).toBeLessThanOrEqual(8);
    expect(second.points).toBeLessThanOrEqual(14);
    // The budget counts what GitHub counts, and a request whose connection broke.
    for (const { used, points } of [first, second]) {
      expect(used).toBeGreaterThanOrEqual(points);
      expect(used).toBeLessThanOrEqual(points + 3);
    }
  });

  it('of asking whether anything has changed is nothing, once it was asked', async () => {
    many(1);
    await stage.issues.changedAt(stage.repository);
    const before = github().points('ada').rest;
    for (const _ of ['once', 'twice']) await stage.issues.changedAt(stage.repository);
    expect(github().points('ada').rest).toBe(before);
  });

  it('of writing is one request with what is otherwise', async () => {
    const number = await stage.open({ by: 'eve', title: 'One', body: 'text', labels: ['bug'] });
    const from = contentOf(await issueAt(stage, number));
    const count = requests().length;
    await stage.issues.write({ repository: stage.repository, number, from, set: { ...from, title: 'Two', labels: ['Bug', 'new'] } });
    expect(since(count)).toEqual([['PATCH', `issues/${number}`, { title: 'Two', labels: ['Bug', 'new'] }]]);
    await stage.issues.write({ repository: stage.repository, number, from, set: { title: 'Three' } });
    expect(since(count)).toHaveLength(1);
  });
});

describe('a past that is longer than a page', () => {
  it('of edits, titles, labels and comments is read to its end', async () => {
    const number = await stage.open({ by: 'eve', title: 'T0', body: 'b0', labels: ['auto-dispatch'] });
    const item = stage.on.repository().items.get(number)!;
    for (let index = 1; index <= 120; index += 1) {
      stage.tick();
      editIssueText(item, { by: 'grace', title: `T${index}`, body: `b${index}` });
      github().as('grace').label(at(number), 'status:queued');
      github().as('grace').unlabel(at(number), 'status:queued');
      await stage.comment({ number, by: 'grace', text: `c${index}` });
    }
    const id = await stage.comment({ number, by: 'ada', text: marker });
    const { revisions, labelled, comment } = await issueAt(stage, number);
    expect(revisions.map(({ title, body }) => `${title} ${body}`)).toEqual(
      Array.from({ length: 121 }, (_, index) => `T${index} b${index}`),
    );
    expect(revisions[0]?.by.login).toBe('eve');
    expect(labelled?.by.login).toBe('eve');
    expect(comment?.id).toBe(id);
  });

  it('is asked for again only where it has changed', async () => {
    const numbers = [await stage.open({ by: 'eve' }), await stage.open({ by: 'eve' })];
    const pasts = async () => {
      const count = requests().length;
      const { issues } = await readFrom(stage, { numbers });
      const asked = requests()
        .slice(count)
        .flatMap(({ body }) => {
          const { query = '', variables } = (body ?? {}) as { query?: string; variables?: { ids?: readonly string[] } };
          return query.includes('labelings:') ? (variables?.ids ?? []) : [];
        });
      return { asked: asked.length, issues };
    };
    expect((await pasts()).asked).toBe(2);
    expect((await pasts()).asked).toBe(0);
    // In the same second as before, so that the time of the issue tells nothing.
    await stage.edit({ number: numbers[0]!, by: 'grace', body: 'edited' });
    const id = await stage.comment({ number: numbers[1]!, by: 'ada', text: marker });
    const { asked, issues } = await pasts();
    expect([asked, issues[0]?.revisions.length, issues[1]?.comment?.id]).toEqual([2, 2, id]);
  });

  it('that GitHub cannot answer at once is asked for in halves', async () => {
    const numbers = await Promise.all(Array.from({ length: 4 }, () => stage.open({ by: 'eve' })));
    github().fail({ path: '/graphql', body: 'labelings', times: 3, how: { status: 502 } });
    expect((await readFrom(stage, { numbers })).issues).toHaveLength(4);
  });
});

describe('who may write', () => {
  it('is asked once for some minutes, and those who may only triage may not', async () => {
    stage.on.repository().permissions.set('tom', 'triage');
    const number = await stage.open({ by: 'eve' });
    const person = github().as('tom');
    stage.tick();
    person.editIssue(at(number), { body: 'by tom' });
    person.label(at(number), 'auto-dispatch');
    const { revisions, labelled } = await issueAt(stage, number);
    expect(revisions.at(-1)?.by).toEqual({ login: 'tom', association: 'NONE' });
    expect(mayWrite(labelled!.by)).toBe(false);
    await issueAt(stage, number);
    expect(requests().filter(({ path }) => path.includes('/collaborators/tom/'))).toHaveLength(1);
  });

  it('is nobody, where the token may not ask', async () => {
    github().fail({ path: '/collaborators/', how: { status: 403 } });
    const number = await stage.open({ by: 'eve' });
    await stage.edit({ number, by: 'grace', labels: ['auto-dispatch'] });
    expect((await issueAt(stage, number)).labelled?.by).toEqual({ login: 'grace', association: 'NONE' });
    expect(stage.account.lacks()).toMatchObject([{ right: 'push access' }]);
  });

  it('does not matter for a first version that somebody deleted: it is nobody’s', async () => {
    const number = await stage.open({ by: 'grace', body: 'secret' });
    await stage.edit({ number, by: 'grace', body: 'better' });
    github().as('grace').deleteVersion(at(number), 0);
    const { revisions } = await issueAt(stage, number);
    expect(revisions.map(({ by, body }) => [by.login, body])).toEqual([
      ['ghost', ''],
      ['grace', 'better'],
    ]);
  });
});

describe('a repository', () => {
  it('that was renamed is read and written under its old name', async () => {
    const number = await stage.open({ by: 'eve' });
    github().rename(name, 'acme/renamed');
    const issue = await issueAt(stage, number);
    expect(issue.dependencies).toEqual([]);
    const { repository, issues } = stage;
    expect(await issues.write({ repository, number, from: contentOf(issue), set: { title: 'Two' } })).toBe(true);
    await issues.comment({ repository, number, id: null, text: 'Hello.' });
    const made = await issues.create({ repository, content: sampleContent(), isOurs });
    await issues.depend({ repository, number, on: made, is: true });
    for (const to of [made, null, made])
      expect(await issues.setParent({ repository, number, from: to === null ? made : null, to })).toBe(true);
    expect(await issueAt(stage, number)).toMatchObject({ title: 'Two', dependencies: [made], parent: made });
  });

  it.each([
    ['dependencies', { dependencies: null, parent: 'none' }],
    ['sub-issues', { dependencies: [], parent: null }],
    ['dependencies and sub-issues', { dependencies: null, parent: null }],
  ])('of an older host has no %s, which is asked once', async (lacking, expected) => {
    const number = await stage.open({ by: 'eve' });
    if (lacking.includes('dependencies')) github().withoutDependencies();
    if (lacking.includes('sub-issues')) github().withoutSubIssues();
    expect(await issueAt(stage, number)).toMatchObject(expected);
    expect(github().violations().join()).toContain("doesn't exist on type 'Issue'");
    github().forgetViolations();
    expect(await issueAt(stage, number)).toMatchObject(expected);
    expect(github().violations()).toEqual([]);
  });
});

describe('what is never done', () => {
  it('an issue that was moved is not written where it is now', async () => {
    const number = await stage.open({ by: 'eve', title: 'One' });
    const from = contentOf(await issueAt(stage, number));
    await stage.transfer(number);
    await expect(stage.issues.write({ repository: stage.repository, number, from, set: { title: 'Two' } })).rejects.toMatchObject({
      code: 'forge-gone',
    });
    expect([...github().repository('acme/other').items.values()].map(({ title }) => title)).toEqual(['One']);
  });

  test.each(['before', 'after'] as const)('an issue is not opened twice when an answer is lost %s its effect', async (drop) => {
    github().fail({ method: 'POST', path: /\/issues$/, how: { drop } });
    const create = () => stage.issues.create({ repository: stage.repository, content: sampleContent(), isOurs });
    if (drop === 'before') await expect(create()).rejects.toMatchObject({ code: 'forge-away', data: { unclear: true } });
    expect(await create()).toBe(1);
    expect(stage.on.repository().items.size).toBe(1);
  });
});

describe('faults', () => {
  test.each([
    ['a refusal', { status: 403, message: 'Resource not accessible by personal access token' }, 'forge-refused'],
    ['a limit', secondaryLimit(60), 'forge-limited'],
    ['a failure', { status: 500 }, 'forge-away'],
  ])('%s is told as of any other call', async (_, how, code) => {
    const number = await stage.open({ by: 'eve' });
    const from = contentOf(await issueAt(stage, number));
    github().fail({ method: 'PATCH', times: 3, how });
    const writing = stage.issues.write({ repository: stage.repository, number, from, set: { title: 'Two' } });
    await expect(writing).rejects.toMatchObject({ code });
    github().healAll();
  });

  it('of a token that may not read issues names the right', async () => {
    const number = await stage.open({ by: 'eve' });
    github().fail({ path: '/graphql', how: { refuseField: 'issueOrPullRequest' } });
    await expect(issueAt(stage, number)).rejects.toMatchObject({ code: 'forge-refused', data: { lacking: 'issues: read' } });
  });
});

describe('signing in', () => {
  it('as GitHub Actions works, and what it wrote is its own', async () => {
    const rights = { issues: 'write', metadata: 'read' } as const;
    stage.on.actions(github().token({ login: 'github-actions[bot]', kind: 'app', rights }));
    stage.on.repository().permissions.set('github-actions[bot]', 'write');
    const account = await accountOf({ ...stage.on, secret: 'env:ACTIONS' });
    expect(account.login).toBe('github-actions[bot]');
    const { repository } = stage;
    const ours = ({ by }: { readonly by: { readonly login: string } }): boolean => by.login === account.login;
    const create = () => account.issues.create({ repository, content: sampleContent(), isOurs: ours });
    const number = await create();
    expect(await create()).toBe(number);
    const id = await account.issues.comment({ repository, number, id: null, text: 'Hello.' });
    const asked = { repository, labels: [], since: null, numbers: [number], intake: 'x', isOurs: ours };
    expect((await account.issues.read(asked)).issues).toMatchObject([{ comment: { id }, revisions: [{ by: { login: account.login } }] }]);
  });

  it('with a token that may not write issues is told by the probe, which opens none', async () => {
    expect(await stage.account.probe(stage.repository)).toEqual([]);
    stage.on.actions(github().token({ login: 'ada', kind: 'fine-grained', rights: { issues: 'read', metadata: 'read' } }));
    const account = await accountOf({ ...stage.on, secret: 'env:ACTIONS' });
    expect(await account.probe(stage.repository)).toContainEqual(expect.objectContaining({ right: 'issues: write' }));
    expect(stage.on.repository().items.size).toBe(0);
  });
});
