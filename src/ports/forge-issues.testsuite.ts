// The contract of the issues of every forge: reading them with their past. `forge-issues-writes.testsuite.ts` has the rest.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { isOurs, issueAt, marker, mayWrite, readFrom, type IssuesStage } from './forge-issues.samples.ts';

const numbersOf = ({ issues }: Awaited<ReturnType<typeof readFrom>>): readonly number[] => issues.map(({ number }) => number);

export function forgeIssuesContract(name: string, makeStage: () => Promise<IssuesStage>): void {
  describe(`${name}: reading issues`, () => {
    let stage: IssuesStage;
    beforeEach(async () => {
      stage = await makeStage();
    });
    afterEach(() => stage.dispose());

    it('shows an issue that nobody changed', async () => {
      const number = await stage.open({ by: 'eve', title: 'It breaks', body: 'Often.' });
      const issue = await issueAt(stage, number);
      expect(issue).toMatchObject({
        ...{ number, title: 'It breaks', body: 'Often.', state: 'open', reason: null, closedBy: null, reopenedBy: null, isPull: false },
        ...{ labels: [], assignees: [], labelled: null, dependencies: [], parent: 'none', comment: null },
      });
      expect(issue.revisions).toMatchObject([{ by: { login: 'eve', association: 'NONE' }, title: 'It breaks', body: 'Often.' }]);
    });

    it('says who wrote which text, and who may write', async () => {
      const number = await stage.open({ by: 'eve', title: 'One', body: 'first' });
      stage.tick();
      await stage.edit({ number, by: 'grace', title: 'Two', body: 'second' });
      stage.tick();
      await stage.edit({ number, by: 'eve', body: 'third' });
      stage.tick();
      await stage.edit({ number, by: 'grace', title: 'Three' });
      const { revisions } = await issueAt(stage, number);
      expect(revisions.map(({ by, title, body }) => [by.login, mayWrite(by), title, body])).toEqual([
        ['eve', false, 'One', 'first'],
        ['grace', true, 'Two', 'second'],
        ['eve', false, 'Two', 'third'],
        ['grace', true, 'Three', 'third'],
      ]);
      const times = revisions.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set(times).size).toBe(4);
    });

    it('says who added the label for intake last', async () => {
      const number = await stage.open({ by: 'eve' });
      stage.tick();
      await stage.edit({ number, by: 'grace', labels: ['auto-dispatch', 'bug'] });
      const first = (await issueAt(stage, number)).labelled;
      expect(first?.by.login).toBe('grace');
      expect(mayWrite(first!.by)).toBe(true);
      stage.tick();
      await stage.edit({ number, by: 'grace', labels: ['bug'] });
      await stage.edit({ number, by: 'ada', labels: ['bug', 'Auto-Dispatch'] });
      const again = (await issueAt(stage, number)).labelled;
      expect(again?.by.login).toBe('ada');
      expect(again!.at).toBeGreaterThan(first!.at);
    });

    it('says how it was closed, by whom, and who opened it again', async () => {
      const number = await stage.open({ by: 'ada' });
      await stage.edit({ number, by: 'grace', state: 'closed', reason: 'not-planned' });
      expect(await issueAt(stage, number)).toMatchObject({ state: 'closed', reason: 'not-planned', closedBy: 'grace', reopenedBy: null });
      await stage.edit({ number, by: 'eve', state: 'open' });
      expect(await issueAt(stage, number)).toMatchObject({ state: 'open', reason: null, closedBy: 'grace', reopenedBy: 'eve' });
      await stage.edit({ number, by: 'ada', state: 'closed', reason: 'completed' });
      expect(await issueAt(stage, number)).toMatchObject({ state: 'closed', reason: 'completed', closedBy: 'ada' });
    });

    it('shows labels, assignees and our oldest comment', async () => {
      const number = await stage.open({ by: 'grace', labels: ['bug', 'späte Arbeit'] });
      await stage.edit({ number, by: 'grace', assignees: ['ada', 'grace'] });
      await stage.comment({ number, by: 'grace', text: `not ours ${marker}` });
      const id = await stage.comment({ number, by: 'ada', text: `ours ${marker}` });
      await stage.comment({ number, by: 'ada', text: `a second one ${marker}` });
      const issue = await issueAt(stage, number);
      expect(issue.labels.toSorted()).toEqual(['bug', 'späte Arbeit']);
      expect(issue.assignees.toSorted()).toEqual(['ada', 'grace']);
      expect(issue.comment).toEqual({ id, text: `ours ${marker}` });
      await stage.deleteComment({ number, id });
      expect((await issueAt(stage, number)).comment?.text).toBe(`a second one ${marker}`);
    });

    describe('which issues', () => {
      it('are read: open ones with any of the labels, each once', async () => {
        const both = await stage.open({ by: 'grace', labels: ['auto-dispatch', 'bug'] });
        const one = await stage.open({ by: 'grace', labels: ['bug'] });
        await stage.open({ by: 'grace', labels: ['other'] });
        const closed = await stage.open({ by: 'grace', labels: ['bug'] });
        await stage.edit({ number: closed, by: 'grace', state: 'closed' });
        expect(numbersOf(await readFrom(stage, { labels: ['auto-dispatch', 'bug', 'not-there'] }))).toEqual([both, one]);
        expect(numbersOf(await readFrom(stage))).toEqual([]);
        expect(numbersOf(await readFrom(stage, { labels: ['bug'], numbers: [one, closed] }))).toEqual([both, one, closed]);
      });

      it('are read: those that were changed at a time or later', async () => {
        const [first, second] = [await stage.open({ by: 'eve' }), await stage.open({ by: 'eve' })];
        stage.tick();
        const third = await stage.open({ by: 'eve' });
        const since = await stage.issues.changedAt(stage.repository);
        expect(numbersOf(await readFrom(stage, { since }))).toEqual([third]);
        stage.tick();
        await stage.comment({ number: first, by: 'eve', text: 'Me too.' });
        expect(numbersOf(await readFrom(stage, { since }))).toEqual([first, third]);
        stage.tick();
        await stage.edit({ number: second, by: 'grace', labels: ['bug'] });
        const { until, issues } = await readFrom(stage, { since });
        expect(issues.map(({ number }) => number)).toEqual([first, second, third]);
        expect(until).toBeGreaterThan(since!);
        expect(numbersOf(await readFrom(stage, { since: until }))).toEqual([second]);
      });

      it('pull requests are none, unless they are asked for', async () => {
        const pull = await stage.openPull();
        const number = await stage.open({ by: 'eve' });
        expect(number).not.toBe(pull);
        const { issues, gone } = await readFrom(stage, { since: 0, numbers: [number] });
        expect([issues.map((issue) => issue.number), gone]).toEqual([[number], []]);
        expect((await readFrom(stage, { numbers: [pull] })).issues).toMatchObject([{ number: pull, isPull: true, state: 'open' }]);
      });

      it('are gone: deleted, moved, made a discussion, or never there', async () => {
        const [deleted, moved, discussed, stays] = await Promise.all(Array.from({ length: 4 }, () => stage.open({ by: 'eve' })));
        await stage.remove(deleted!);
        const to = await stage.transfer(moved!);
        await stage.convert(discussed!);
        const { issues, gone } = await readFrom(stage, { since: 0, numbers: [deleted!, moved!, discussed!, stays!, 999] });
        expect(issues.map(({ number }) => number)).toEqual([stays]);
        expect(gone.toSorted((a, b) => a.number - b.number)).toEqual(
          [
            { number: deleted, gone: 'deleted', to: null },
            { number: moved, gone: 'moved', to },
            { number: discussed, gone: 'discussion', to: null },
            { number: 999, gone: 'deleted', to: null },
          ].toSorted((a, b) => a.number! - b.number!),
        );
        expect((await readFrom(stage, { since: 0 })).gone).toEqual([]);
      });
    });

    it('says when something was changed last', async () => {
      const { issues, repository } = stage;
      expect(await issues.changedAt(repository)).toBeNull();
      expect((await readFrom(stage, { since: 0 })).until).toBeNull();
      const number = await stage.open({ by: 'eve' });
      const opened = await issues.changedAt(repository);
      expect(await issues.changedAt(repository)).toBe(opened);
      stage.tick();
      await stage.comment({ number, by: 'eve', text: 'Hello.' });
      const said = await issues.changedAt(repository);
      expect(said).toBeGreaterThan(opened!);
      expect((await readFrom(stage, { since: said })).until).toBe(said);
    });

    test.each([
      ['line ends of all kinds', 'one\r\ntwo\nthree\r\n\r\nfour'],
      ['signs that are written like nothing', 'null \\0 \\u0000 %00 ␀ undefined {} [object Object]'],
      ['signs outside of the common plane', '👩‍👩‍👧‍👦 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u202Eright to left\u202C \uFEFF\u200B'],
      ['markup, quotes and shell', '<!-- --> </script> $(id) `"\' \\" ${x} \u2028 {{ }}'],
      ['the longest text', `${'é'.repeat(65_535)}x`],
    ])('a text with %s stays byte for byte', async (_, body) => {
      const number = await stage.open({ by: 'eve', title: 'a "title" with <b> 🚂', body });
      expect(await issueAt(stage, number)).toMatchObject({ title: 'a "title" with <b> 🚂', body });
      stage.tick();
      await stage.edit({ number, by: 'grace', body: 'short' });
      const { revisions } = await issueAt(stage, number);
      expect(revisions.map((revision) => revision.body)).toEqual([body, 'short']);
    });

    it('of a repository that is not there is a fault', async () => {
      const repository = { ...stage.repository, name: 'not-there' };
      await expect(readFrom(stage, { repository, numbers: [1] })).rejects.toMatchObject({ code: 'forge-gone' });
      await expect(stage.issues.changedAt(repository)).rejects.toMatchObject({ code: 'forge-gone' });
      const content = { title: 'x', body: '', state: 'open', reason: null, labels: [], assignees: [] } as const;
      await expect(stage.issues.create({ repository, content, isOurs })).rejects.toMatchObject({ code: 'forge-gone' });
    });
  });
}
