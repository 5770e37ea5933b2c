// The contract of every forge, first part: signing in, opening, observing, and what people say. Every write can be repeated
// without a second effect. `forge-merge.testsuite.ts` has the second part.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { ForgeAccount } from './forge.ts';
import { accountOf, openingFor, pullAt, repositoryOf, seen, type ForgeStage } from './forge.samples.ts';

const signal = new AbortController().signal;

export function forgeContract(name: string, makeStage: () => Promise<ForgeStage>): void {
  describe(`${name}: a forge`, () => {
    let stage: ForgeStage;
    let account: ForgeAccount;
    beforeEach(async () => {
      stage = await makeStage();
      account = await accountOf(stage);
    });
    afterEach(() => stage.dispose());

    const opened = async (more: Parameters<typeof openingFor>[1] = {}) => account.open(await openingFor(stage, more));

    describe('signing in', () => {
      it('says who it is, and by which reference', () => {
        const repository = repositoryOf(stage);
        expect(account).toMatchObject({ host: repository.host, login: stage.login });
        expect(account.foundIn).not.toBe('');
        expect(account.lacks()).toEqual([]);
      });

      it('with a token that is not accepted says so', async () => {
        const { host } = repositoryOf(stage);
        const given = { host, hosts: stage.hosts, secret: stage.refused, pointsPerHour: 1500, signal };
        expect(await stage.forge.signIn(given)).toMatchObject({ signedIn: false, why: 'refused' });
      });

      it('finds nothing of its own in an address of another host', () => {
        expect(stage.forge.locate({ address: 'https://other.example/acme/app.git', hosts: stage.hosts })).toBeNull();
        expect(stage.forge.locate({ address: '/srv/git/app.git', hosts: stage.hosts })).toBeNull();
      });

      test('calls of an account whose signal aborted end', async () => {
        const within = account.within(AbortSignal.abort());
        await expect(within.repository(repositoryOf(stage))).rejects.toMatchObject({ code: 'stopped' });
        expect((await account.repository(repositoryOf(stage))).defaultBranch).toBe('main');
      });
    });

    describe('a repository', () => {
      it('says what it allows', async () => {
        const repository = repositoryOf(stage);
        expect(await account.repository(repository)).toMatchObject({
          at: repository,
          defaultBranch: 'main',
          archived: false,
          canPush: true,
          parent: null,
        });
        expect((await account.repository(repository)).methods).toContain('squash');
      });

      it('that is not there is gone, and does not hide the others', async () => {
        const pull = await opened();
        const nowhere = { ...repositoryOf(stage), name: 'not-there' };
        await expect(account.repository(nowhere)).rejects.toMatchObject({ code: 'forge-gone' });
        const all = await account.observe([{ repository: nowhere, number: 1 }, pullAt(stage, pull), pullAt(stage, { number: 999 })]);
        expect(all.map(({ at }) => at)).toEqual([pullAt(stage, pull)]);
      });

      it('that was removed is gone', async () => {
        const pull = await opened();
        await stage.remove();
        expect(await account.observe([pullAt(stage, pull)])).toEqual([]);
        await expect(account.say({ ...pullAt(stage, pull), thread: null, text: 'hello' })).rejects.toMatchObject({ code: 'forge-gone' });
      });
    });

    describe('a pull request', () => {
      it('is opened with all that was asked for', async () => {
        const opening = await openingFor(stage, { title: 't1: Fix “it”', body: 'Line one.\n\nLine two.' });
        const pull = await account.open(opening);
        const commit = await stage.at('yardmaster/t1');
        const { owner, name } = repositoryOf(stage);
        expect(pull).toMatchObject({
          ...{ state: 'open', draft: false, title: 't1: Fix “it”', body: 'Line one.\n\nLine two.', author: stage.login, review: 'none' },
          ...{ head: { commit, branch: 'yardmaster/t1', repository: `${owner}/${name}` }, base: { branch: 'main' } },
          ...{ mergedCommit: null, endedBy: null, inQueue: false },
        });
        expect((await seen(account, pullAt(stage, pull))).pull).toMatchObject({
          id: pull.id,
          number: pull.number,
          mergeable: true,
          blocked: false,
          behind: false,
        });
      });

      it('is opened once, however often it is asked for', async () => {
        const opening = await openingFor(stage);
        const pull = await account.open(opening);
        expect((await account.open({ ...opening, title: 'another' })).number).toBe(pull.number);
        expect(await account.ofBranch(opening)).toHaveLength(1);
      });

      it('is opened anew after the first was closed; the newest is found first', async () => {
        const opening = await openingFor(stage);
        const first = await account.open(opening);
        await stage.close(first.number);
        const second = await account.open(opening);
        expect((await account.ofBranch(opening)).map(({ number, state }) => [number, state])).toEqual([
          [second.number, 'open'],
          [first.number, 'closed'],
        ]);
      });

      it('is found by its branch and owner alone', async () => {
        const { repository, head } = await openingFor(stage);
        await opened({ branch: 'yardmaster/t10', title: 'about yardmaster/t1' });
        expect(await account.ofBranch({ repository, head })).toEqual([]);
        expect(await account.ofBranch({ repository, head: { owner: 'somebody-else', branch: 'yardmaster/t10' } })).toEqual([]);
        expect(await account.ofBranch({ repository, head: { ...head, branch: 'yardmaster/t10' } })).toHaveLength(1);
      });

      it('of a branch without commits of its own is refused', async () => {
        const opening = await openingFor(stage);
        await expect(account.open({ ...opening, base: 'yardmaster/t1' })).rejects.toMatchObject({ code: 'forge-refused' });
      });

      it('that is a draft can be made ready, and back', async () => {
        const at = pullAt(stage, await opened({ draft: true }));
        expect((await seen(account, at)).pull.draft).toBe(true);
        for (const draft of [false, false, true]) {
          await account.edit({ ...at, draft });
          expect((await seen(account, at)).pull.draft).toBe(draft);
        }
      });

      it('is changed as it was said', async () => {
        const at = pullAt(stage, await opened());
        await stage.push({ branch: 'release', from: 'main', path: 'r.txt', text: 'r\n' });
        await account.edit({ ...at, title: 'new', body: 'text', base: 'release' });
        expect((await seen(account, at)).pull).toMatchObject({ title: 'new', body: 'text', base: { branch: 'release' } });
        await account.edit({ ...at, state: 'closed' });
        expect((await seen(account, at)).pull).toMatchObject({ state: 'closed', endedBy: stage.login });
        await account.edit({ ...at, state: 'open' });
        expect((await seen(account, at)).pull).toMatchObject({ state: 'open', endedBy: null });
      });

      it('shows a head that was pushed', async () => {
        const at = pullAt(stage, await opened());
        const commit = await stage.push({ branch: 'yardmaster/t1', from: 'yardmaster/t1', path: 'two.txt', text: 'two\n' });
        expect((await seen(account, at)).pull.head.commit).toBe(commit);
      });

      it('whose merge is still being computed says nothing about it', async () => {
        const at = pullAt(stage, await opened());
        await stage.computing({ number: at.number, is: true });
        expect((await seen(account, at)).pull.mergeable).toBeNull();
        await stage.computing({ number: at.number, is: false });
        expect((await seen(account, at)).pull.mergeable).toBe(true);
      });
    });

    describe('what people say', () => {
      it('is seen with who said it and where, once something is new', async () => {
        const at = pullAt(stage, await opened());
        expect((await seen(account, at)).items).toEqual([]);
        await stage.comment({ number: at.number, text: 'Nice.' });
        expect((await seen(account, at)).items).toMatchObject([
          { kind: 'comment', thread: null, text: 'Nice.', verdict: null, closed: false },
        ]);
        await stage.review({ number: at.number, verdict: 'changes', text: 'Please rename it.' });
        await stage.remark({ number: at.number, path: 'yardmaster-t1.txt', line: 1, text: 'Why?' });
        const { items, pull } = await seen(account, at);
        expect(pull.review).toBe('changes');
        expect(items.map(({ kind }) => kind).toSorted()).toEqual(['comment', 'review', 'thread']);
        expect(items.find(({ kind }) => kind === 'review')).toMatchObject({
          verdict: 'changes',
          text: 'Please rename it.',
          commit: pull.head.commit,
        });
        const remark = items.find(({ kind }) => kind === 'thread');
        expect(remark).toMatchObject({ text: 'Why?', place: { path: 'yardmaster-t1.txt', line: 1 }, author: { bot: false } });
        expect(new Set(items.map(({ id }) => id)).size).toBe(3);
        expect(['OWNER', 'MEMBER', 'COLLABORATOR']).toContain(remark?.author.association);
        await stage.review({ number: at.number, verdict: 'approved', text: '' });
        expect((await seen(account, at)).pull.review).toBe('approved');
      });

      it('is answered in its thread, once', async () => {
        const at = pullAt(stage, await opened());
        await stage.remark({ number: at.number, path: 'yardmaster-t1.txt', line: 1, text: 'Why?' });
        const [remark] = (await seen(account, at)).items;
        const thread = remark?.thread ?? 'none';
        const id = await account.say({ ...at, thread, text: 'Because.' });
        expect(await account.say({ ...at, thread, text: 'Because.' })).toBe(id);
        const { items } = await seen(account, at);
        expect(items.map(({ text, thread: in_ }) => [text, in_])).toEqual([
          ['Why?', thread],
          ['Because.', thread],
        ]);
        expect(items[1]).toMatchObject({ id, author: { login: stage.login }, closed: false });
        await account.resolve({ ...at, thread });
        await account.resolve({ ...at, thread });
        expect((await seen(account, at)).items.map(({ closed }) => closed)).toEqual([true, true]);
      });

      it('we say once on a pull request, whatever others say', async () => {
        const at = pullAt(stage, await opened());
        await stage.comment({ number: at.number, text: 'Done.' });
        const id = await account.say({ ...at, thread: null, text: 'Done.' });
        expect(await account.say({ ...at, thread: null, text: 'Done.' })).toBe(id);
        expect(await account.say({ ...at, thread: null, text: 'Done again.' })).not.toBe(id);
        expect((await seen(account, at)).items.map(({ text }) => text)).toEqual(['Done.', 'Done.', 'Done again.']);
      });
    });

    it('counts what it uses', async () => {
      const before = account.points();
      await account.repository(repositoryOf(stage));
      const after = account.points();
      expect(after.limit).toBe(1500);
      expect(after.used).toBeGreaterThan(before.used);
      expect(after.left).toBeLessThanOrEqual(1500 - after.used);
      expect(after.spent.reduce((total, { points }) => total + points, 0)).toBe(after.used);
    });

    it('counts once what was used before', () => {
      const { spent, used } = account.points();
      const earlier = spent.map(({ at, points }) => ({ at, points: points + 200 }));
      for (let times = 0; times < 2; times += 1) account.recall(earlier);
      expect(account.points()).toMatchObject({ used: used + 200 * spent.length, spent: earlier });
    });
  });
}
