// What the contract does not ask of every forge: what GitHub does at its worst. On the stage, whose answers are GitHub's.
// `npm test` has the contract only.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { ForgeAccount, Opening, PullAt } from '../../../ports/forge.ts';
import { accountOf, openingFor, pullAt, repositoryOf, seen } from '../../../ports/forge.samples.ts';
import { name, onStage, pullIn, type OnStage } from '../stage.samples.ts';

let stage: OnStage;
let account: ForgeAccount;
let opening: Opening;
beforeEach(async () => {
  stage = await onStage();
  account = await accountOf(stage);
  opening = await openingFor(stage);
});
afterEach(() => stage.dispose());

/** Requests that changed something, since the stage began. */
const writes = () =>
  stage.github
    .requests()
    .filter(({ method, path, body }) => (path === '/graphql' ? JSON.stringify(body).includes('"mutation') : method !== 'GET'))
    .map(({ method, path, fields }) => (path === '/graphql' ? fields.join() : `${method} ${path.replace(/^.*acme\/app\//, '')}`));
const opened = async (): Promise<PullAt & { readonly head: string }> => {
  const pull = await account.open(opening);
  return { ...pullAt(stage, pull), head: pull.head.commit };
};
const squash = { method: 'squash', title: null } as const;

describe('an answer that is lost', () => {
  test.each(['before', 'after'] as const)('%s a pull request is opened: there is one in the end', async (drop) => {
    stage.github.fail({ method: 'POST', path: /\/pulls$/, how: { drop } });
    if (drop === 'before') await expect(account.open(opening)).rejects.toMatchObject({ code: 'forge-away', data: { unclear: true } });
    expect((await account.open(opening)).number).toBe(1);
    expect(writes().filter((write) => write === 'POST pulls')).toHaveLength(drop === 'before' ? 2 : 1);
  });

  test.each(['before', 'after'] as const)('%s a comment is made: it is made once', async (drop) => {
    const at = await opened();
    stage.github.fail({ method: 'POST', path: '/comments', how: { drop } });
    const words = { ...at, thread: null, text: 'Done.' };
    if (drop === 'before') await expect(account.say(words)).rejects.toMatchObject({ code: 'forge-away' });
    await account.say(words);
    expect((await seen(account, at)).items).toHaveLength(1);
  });

  test.each(['before', 'after'] as const)('%s an answer in a thread: it is said once', async (drop) => {
    const at = await opened();
    await stage.remark({ number: at.number, path: 'yardmaster-t1.txt', line: 1, text: 'Why?' });
    const thread = (await seen(account, at)).items[0]?.thread ?? null;
    stage.github.fail({ body: 'addPullRequestReviewThreadReply', how: { drop } });
    const words = { ...at, thread, text: 'Because.' };
    if (drop === 'before') await expect(account.say(words)).rejects.toMatchObject({ code: 'forge-away' });
    await account.say(words);
    expect((await seen(account, at)).items.map(({ text }) => text)).toEqual(['Why?', 'Because.']);
  });

  test.each(['before', 'after'] as const)('%s a merge: it is merged once', async (drop) => {
    const at = await opened();
    stage.github.fail({ method: 'PUT', path: /\/merge$/, how: { drop } });
    if (drop === 'before') await expect(account.merge({ ...at, ...squash })).rejects.toMatchObject({ code: 'forge-away' });
    expect(await account.merge({ ...at, ...squash })).toEqual({ merge: 'merged', commit: await stage.at('main') });
  });

  test('after a branch is deleted: it is deleted, and one of the same name made meanwhile is kept', async () => {
    const at = await opened();
    await account.merge({ ...at, ...squash });
    stage.github.fail({ method: 'DELETE', how: { drop: 'after' } });
    const branch = { repository: at.repository, branch: 'yardmaster/t1', commit: at.head };
    await expect(account.deleteBranch(branch)).rejects.toMatchObject({ code: 'forge-away' });
    expect(await account.deleteBranch(branch)).toBe(true);
    await stage.push({ branch: 'yardmaster/t1', from: 'main', path: 'x', text: 'x\n' });
    expect(await account.deleteBranch(branch)).toBe(false);
  });
});

describe('observing', () => {
  test.each([
    ['answered without it', false],
    ['refused as a whole', true],
  ])('a query with a field that the token may not read, %s, shows the rest and says so once', async (_, all) => {
    const at = await opened();
    await stage.comment({ number: at.number, text: 'Nice.' });
    stage.github.world.refusalsFailAll = all;
    stage.github.fail({ path: '/graphql', times: 50, how: { refuseField: 'reviewDecision' } });
    for (let round = 0; round < 2; round += 1)
      expect(await account.observe([at])).toMatchObject([{ pull: { state: 'open', mergeable: true }, items: [{ text: 'Nice.' }] }]);
    expect(account.lacks()).toHaveLength(1);
    expect(account.lacks()[0]?.right).toBe('pull requests: read (reviewDecision)');
    // The second round does not ask for the field any more.
    const queries = stage.github.requests().filter(({ path }) => path === '/graphql');
    expect(JSON.stringify(queries.at(-1)?.body)).not.toContain('reviewDecision');
  });

  it('asks for what people said only where something is new', async () => {
    const at = await opened();
    await account.observe([at]);
    const count = () => stage.github.requests().length;
    const before = count();
    await account.observe([at]);
    expect(count()).toBe(before + 1);
    await stage.comment({ number: at.number, text: 'Nice.' });
    await account.observe([at]);
    expect(count()).toBe(before + 3);
  });

  it('notices a thread that somebody resolved, although GitHub does not count that as an update', async () => {
    const at = await opened();
    await stage.remark({ number: at.number, path: 'yardmaster-t1.txt', line: 1, text: 'Why?' });
    expect((await seen(account, at)).items[0]?.closed).toBe(false);
    const thread = pullIn(stage.repository(), at.number).threads[0];
    if (thread !== undefined) stage.github.as('grace').resolve(thread);
    expect((await seen(account, at)).items[0]?.closed).toBe(true);
  });

  it('sees fifty pull requests for few points, so that an hour of rounds stays under 500', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
    for (const number of numbers) {
      stage.github.as('ada').push({ repository: name, branch: `b${number}`, files: { [`f${number}`]: 'x\n' } });
      stage.github.as('ada').open({ repository: name, head: `b${number}` });
    }
    const pulls = numbers.map((number) => ({ repository: repositoryOf(stage), number }));
    expect(await account.observe(pulls)).toHaveLength(50);
    const spent = () => stage.github.points('ada').rest + stage.github.points('ada').graphql;
    const before = { ours: account.points().used, theirs: spent() };
    expect(await account.observe(pulls)).toHaveLength(50);
    const round = spent() - before.theirs;
    expect(account.points().used - before.ours).toBe(round);
    // People are waited for in rounds of a minute.
    expect(round * 60).toBeLessThan(500);
  });

  it('leaves out what is empty or not sent, and shows what was dismissed or hidden as closed', async () => {
    const at = await opened();
    const grace = stage.github.as('grace');
    const review = grace.requestChanges({ repository: name, number: at.number }, 'No.');
    grace.review({ repository: name, number: at.number }, { state: 'PENDING', body: 'a draft' });
    const hidden = grace.comment({ repository: name, number: at.number }, 'spam');
    hidden.hidden = 'SPAM';
    review.state = 'DISMISSED';
    const { items, pull } = await seen(account, at);
    expect(items.map(({ text, closed, verdict }) => [text, closed, verdict])).toEqual([
      ['No.', true, null],
      ['spam', true, null],
    ]);
    expect(pull.review).toBe('none');
  });

  it('misses nothing that was said, however much it is', async () => {
    const at = await opened();
    const grace = stage.github.as('grace');
    const on = { repository: name, number: at.number };
    const remark = (text: string) => ({ path: 'yardmaster-t1.txt', line: 1, body: text });
    const thread = grace.threadOn(on, remark('thread 0'));
    for (let nth = 0; nth < 60; nth += 1) {
      grace.comment(on, `comment ${nth}`);
      grace.review(on, { state: 'COMMENTED', body: `review ${nth}` });
      grace.reply(on, thread, `reply ${nth}`);
      grace.threadOn(on, remark(`thread ${nth + 1}`));
    }
    const { items } = await seen(account, at);
    const counted = (kind: string): number => items.filter(({ text }) => text.startsWith(kind)).length;
    expect(['comment', 'review', 'reply', 'thread'].map(counted)).toEqual([60, 60, 60, 61]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    const { used } = account.points();
    await account.observe([at]);
    expect(account.points().used - used).toBe(1);
  });

  it('tells a bot by a name that no person can have', async () => {
    const at = await opened();
    stage.github.person('reviewer', { kind: 'bot' });
    stage.github.as('reviewer').comment({ repository: name, number: at.number }, 'beep');
    expect((await seen(account, at)).items[0]?.author).toMatchObject({ login: 'reviewer[bot]', bot: true });
  });

  it('shows a head that GitHub has not noticed yet as it is shown', async () => {
    const at = await opened();
    const release = stage.github.holdHeads(name);
    const commit = await stage.push({ branch: 'yardmaster/t1', from: 'yardmaster/t1', path: 'two', text: 'two\n' });
    expect((await seen(account, at)).pull.head.commit).toBe(at.head);
    release();
    expect((await seen(account, at)).pull.head.commit).toBe(commit);
  });

  it('of a repository that was renamed goes on, and says where it is now', async () => {
    const at = await opened();
    stage.github.rename(name, 'acme/new-name');
    expect(await account.observe([at])).toMatchObject([{ pull: { number: at.number } }]);
    expect((await account.repository(at.repository)).at).toEqual({ ...at.repository, name: 'new-name' });
  });
});

describe('opening', () => {
  it('adds labels, reviewers and assignees, and what is not accepted does not undo it', async () => {
    const pull = await account.open({ ...opening, labels: ['bug'], reviewers: ['grace'], assignees: ['grace'] });
    const made = pullIn(stage.repository(), pull.number);
    expect(made).toMatchObject({ labels: ['bug'], requested: ['grace'], assignees: ['grace'] });
    expect((await seen(account, pullAt(stage, pull))).pull.review).toBe('requested');
    const before = writes();
    await account.open({ ...opening, labels: ['bug'], reviewers: ['grace'], assignees: ['grace'] });
    expect(writes()).toEqual(before);
    const wanted = { reviewers: ['nobody-here', 'grace'], assignees: ['nobody-here', 'grace'] };
    const second = await account.open({ ...(await openingFor(stage, { branch: 'yardmaster/t2' })), ...wanted });
    expect(pullIn(stage.repository(), second.number)).toMatchObject({ state: 'open', requested: ['grace'], assignees: ['grace'] });
    expect(account.lacks().map(({ right }) => right)).toEqual(['reviewers in acme/app: nobody-here', 'assignees in acme/app: nobody-here']);
  });
});

describe('merging', () => {
  it('goes on where the host merges in the background, and finds out once where it does not', async () => {
    const at = await opened();
    await account.merge({ ...at, ...squash });
    const second = await account.open(await openingFor(stage, { branch: 'yardmaster/t2' }));
    await account.merge({ ...pullAt(stage, second), head: second.head.commit, ...squash });
    expect(writes().filter((write) => write.includes('merge'))).toEqual([
      'PUT pulls/1/merge-async',
      'PUT pulls/1/merge',
      'PUT pulls/2/merge',
    ]);
    const bodies = stage.github
      .requests()
      .filter(({ method }) => method === 'PUT')
      .map(({ body }) => body);
    expect(bodies.slice(0, 2)).toEqual([1, 2].map(() => ({ sha: at.head, merge_method: 'squash' })));
  });

  it('in the background answers the same id again, and the result once it is known', async () => {
    await stage.mergeLater();
    const at = await opened();
    const first = await account.merge({ ...at, ...squash });
    expect(first).toMatchObject({ merge: 'pending' });
    expect(await account.merge({ ...at, ...squash })).toEqual(first);
    await stage.carryOut();
    const status = await account.mergeStatus({ ...at, id: first.merge === 'pending' ? first.id : '' });
    expect(status).toEqual({ merge: 'merged', commit: await stage.at('main') });
    // A day later the forge has forgotten the id.
    expect(await account.mergeStatus({ ...at, id: '630b9d5e-3f2a-4f7e-8b0c-2d5f9a8c1e42' })).toEqual(status);
  });

  it('in the background, whose answer was lost, is asked for once', async () => {
    await stage.mergeLater();
    const at = await opened();
    stage.github.fail({ method: 'PUT', path: '/merge-async', how: { drop: 'after' } });
    await expect(account.merge({ ...at, ...squash })).rejects.toMatchObject({ code: 'forge-away', data: { unclear: true } });
    expect(await account.merge({ ...at, ...squash })).toMatchObject({ merge: 'pending' });
    expect(pullIn(stage.repository(), at.number).asked.size).toBe(1);
  });

  it('in the background of an earlier head is not taken for one of this head', async () => {
    await stage.mergeLater();
    const at = await opened();
    await account.merge({ ...at, ...squash });
    const head = await stage.push({ branch: 'yardmaster/t1', from: 'yardmaster/t1', path: 'two', text: 'two\n' });
    expect(await account.merge({ ...at, head, ...squash })).toMatchObject({ merge: 'moved' });
  });

  it('in the background says how a merge failed', async () => {
    await stage.mergeLater();
    const at = await opened();
    const asked = await account.merge({ ...at, ...squash });
    await stage.require('build');
    await stage.carryOut();
    expect(await account.mergeStatus({ ...at, id: asked.merge === 'pending' ? asked.id : '' })).toMatchObject({ merge: 'refused' });
  });
});
