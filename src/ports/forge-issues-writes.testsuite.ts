// The contract of the issues of every forge, second part: writing. Everything can be repeated without a second effect.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { contentOf, type IssueContent } from '../core/sync/issue-draft.ts';
import { isOurs, issueAt, marker, readFrom, sampleContent, type IssuesStage } from './forge-issues.samples.ts';

export function forgeIssuesWritesContract(name: string, makeStage: () => Promise<IssuesStage>): void {
  describe(`${name}: writing issues`, () => {
    let stage: IssuesStage;
    beforeEach(async () => {
      stage = await makeStage();
    });
    afterEach(() => stage.dispose());

    const create = (content: IssueContent) => stage.issues.create({ repository: stage.repository, content, isOurs });
    const write = (number: number, from: IssueContent, set: Partial<IssueContent>) =>
      stage.issues.write({ repository: stage.repository, number, from, set });
    const changedAt = () => stage.issues.changedAt(stage.repository);

    describe('an issue', () => {
      it('is opened with all that was asked for; labels are made, and whoever cannot be assigned is left out', async () => {
        const content = sampleContent({ labels: ['bug', 'status:queued'], assignees: ['grace', 'eve'] });
        const number = await create(content);
        const issue = await issueAt(stage, number);
        expect(contentOf({ ...issue, labels: issue.labels.toSorted() })).toEqual({ ...content, assignees: ['grace'] });
        expect(issue.revisions).toMatchObject([{ by: { login: 'ada' }, title: content.title, body: content.body }]);
      });

      it('is opened once, however often it is asked for, and brought to what is asked for', async () => {
        const number = await create(sampleContent());
        expect(await create(sampleContent({ title: 'Another', labels: ['bug'] }))).toBe(number);
        expect(await issueAt(stage, number)).toMatchObject({ title: 'Another', labels: ['bug'] });
        expect((await readFrom(stage, { since: 0 })).issues).toHaveLength(1);
        expect(await create(sampleContent({ body: 'without a marker' }))).toBe(number);
        expect(await create(sampleContent({ body: 'without a marker' }))).not.toBe(number);
      });

      it('is opened once when the answer is lost', async () => {
        stage.loseAnswer('create');
        await create(sampleContent()).catch(() => null);
        const number = await create(sampleContent());
        expect((await readFrom(stage, { since: 0 })).issues.map((issue) => issue.number)).toEqual([number]);
      });

      it('of a stranger with the same marker is not taken for ours', async () => {
        const theirs = await stage.open({ by: 'eve', body: `mine ${marker}` });
        expect(await create(sampleContent())).not.toBe(theirs);
      });

      it('is opened closed, if that is asked for', async () => {
        const number = await create(sampleContent({ state: 'closed', reason: 'not-planned' }));
        expect(await issueAt(stage, number)).toMatchObject({ state: 'closed', reason: 'not-planned', closedBy: 'ada' });
      });

      it('is written if nobody has changed it, and only what is otherwise', async () => {
        const number = await stage.open({ by: 'eve', title: 'One', body: 'text', labels: ['bug'] });
        stage.tick();
        const from = contentOf(await issueAt(stage, number));
        const set = { title: 'Two', labels: ['bug', 'status:queued'], assignees: ['ada'] };
        expect(await write(number, from, set)).toBe(true);
        const issue = await issueAt(stage, number);
        expect(contentOf({ ...issue, labels: issue.labels.toSorted() })).toEqual({ ...from, ...set });
        expect(issue.revisions.map(({ by, body }) => [by.login, body])).toEqual([
          ['eve', 'text'],
          ['ada', 'text'],
        ]);
        const at = await changedAt();
        stage.tick();
        expect(await write(number, contentOf(issue), contentOf(issue))).toBe(true);
        expect(await write(number, contentOf(issue), {})).toBe(true);
        expect(await changedAt()).toBe(at);
      });

      test.each([
        ['title', { title: 'Theirs' }],
        ['text', { body: 'Theirs' }],
        ['labels', { labels: ['theirs'] }],
        ['assignees', { assignees: ['grace'] }],
        ['state', { state: 'closed' as const }],
      ])('is not written if somebody has changed its %s', async (_, change) => {
        const number = await create(sampleContent());
        const from = contentOf(await issueAt(stage, number));
        await stage.edit({ number, by: 'grace', ...change });
        const theirs = contentOf(await issueAt(stage, number));
        expect(await write(number, from, { title: 'Ours', body: 'Ours', labels: ['ours'] })).toBe(false);
        expect(contentOf(await issueAt(stage, number))).toEqual(theirs);
      });

      it('keeps the labels of people when ours change, and the order of names says nothing', async () => {
        const number = await stage.open({ by: 'grace', labels: ['Bug', 'status:queued', 'späte Arbeit'] });
        const from = contentOf(await issueAt(stage, number));
        const labels = ['späte Arbeit', 'Bug', 'status:claimed'];
        expect(await write(number, { ...from, labels: from.labels.toReversed() }, { labels })).toBe(true);
        const now = (await issueAt(stage, number)).labels.map((label) => label.toLowerCase());
        expect(now.toSorted()).toEqual(['bug', 'späte arbeit', 'status:claimed']);
      });

      it('is closed and opened again', async () => {
        const number = await create(sampleContent());
        for (const set of [
          { state: 'closed', reason: 'completed' },
          { state: 'closed', reason: 'not-planned' },
          { state: 'open', reason: null },
        ] as const) {
          expect(await write(number, contentOf(await issueAt(stage, number)), set)).toBe(true);
          expect(await issueAt(stage, number)).toMatchObject(set);
        }
        expect(await issueAt(stage, number)).toMatchObject({ closedBy: 'ada', reopenedBy: 'ada' });
      });

      test.each([
        ['line ends of all kinds', 'one\r\ntwo\nthree\r\n'],
        ['the longest text', '🚂'.repeat(32_768)],
      ])('with %s is written byte for byte', async (_, body) => {
        const number = await stage.open({ by: 'eve' });
        expect(await write(number, contentOf(await issueAt(stage, number)), { body })).toBe(true);
        expect((await issueAt(stage, number)).body).toBe(body);
      });

      it('with a text that is too long is refused', async () => {
        const body = 'x'.repeat(65_537);
        await expect(create(sampleContent({ body }))).rejects.toMatchObject({ code: 'forge-refused' });
        const number = await stage.open({ by: 'eve' });
        const from = contentOf(await issueAt(stage, number));
        await expect(write(number, from, { body })).rejects.toMatchObject({ code: 'forge-refused' });
        expect(contentOf(await issueAt(stage, number))).toEqual(from);
      });
    });

    it('lets an issue wait for another one, and no longer, each as often as it is asked for', async () => {
      const [number, on, other] = [await stage.open({ by: 'eve' }), await stage.open({ by: 'eve' }), await stage.open({ by: 'eve' })];
      const depend = (is: boolean, at = on) => stage.issues.depend({ repository: stage.repository, number, on: at, is });
      for (const at of [on, on, other]) await depend(true, at);
      expect(new Set((await issueAt(stage, number)).dependencies)).toEqual(new Set([on, other]));
      for (const _ of ['once', 'twice']) await depend(false);
      expect((await issueAt(stage, number)).dependencies).toEqual([other]);
    });

    describe('a parent', () => {
      const open = (count: number) => Promise.all(Array.from({ length: count }, () => stage.open({ by: 'eve' })));
      const parentOf = async (number: number) => (await issueAt(stage, number)).parent;
      const set = (number: number, from: number | null, to: number | null) =>
        stage.issues.setParent({ repository: stage.repository, number, from, to });

      it('is set, replaced and removed, each as often as it is asked for', async () => {
        const [number = 0, one = 0, other = 0] = await open(3);
        for (const [from, to] of [
          [null, one],
          [one, other],
          [other, null],
        ] as const) {
          for (const _ of ['once', 'twice']) expect(await set(number, from, to)).toBe(true);
          expect(await parentOf(number)).toBe(to ?? 'none');
        }
      });

      it.each(['none', 'elsewhere', 'another'] as const)('is left as it is if a person has made it another one: %s', async (kind) => {
        const [number = 0, one = 0, other = 0, theirs = 0] = await open(4);
        await set(number, null, one);
        const to = kind === 'another' ? theirs : kind;
        await stage.setParent(number, to);
        for (const wanted of [other, null]) expect(await set(number, one, wanted)).toBe(kind === 'none' && wanted === null);
        expect(await parentOf(number)).toBe(to);
      });

      it('is refused where the issue would stand above itself, and everything stays as it is', async () => {
        const [top = 0, middle = 0, low = 0] = await open(3);
        await set(middle, null, top);
        await set(low, null, middle);
        for (const to of [top, low])
          await expect(set(top, null, to)).rejects.toMatchObject({ code: 'forge-refused', data: { status: 422 } });
        expect(await Promise.all([top, middle, low].map(parentOf))).toEqual(['none', top, middle]);
      });

      it('is set once when the answer is lost', async () => {
        const [number = 0, one = 0] = await open(2);
        stage.loseAnswer('setParent');
        await set(number, null, one).catch(() => null);
        expect(await set(number, null, one)).toBe(true);
        expect(await parentOf(number)).toBe(one);
      });

      it('that is gone is none any more', async () => {
        const [number = 0, one = 0] = await open(2);
        await set(number, null, one);
        await stage.remove(one);
        expect(await parentOf(number)).toBe('none');
      });
    });

    describe('our comment', () => {
      const comment = (number: number, id: string | null, text: string) =>
        stage.issues.comment({ repository: stage.repository, number, id, text: `${text} ${marker}` });

      it('is written once and then edited', async () => {
        const number = await stage.open({ by: 'eve' });
        const id = await comment(number, null, 'One.');
        expect(await comment(number, id, 'Two.')).toBe(id);
        expect((await issueAt(stage, number)).comment).toEqual({ id, text: `Two. ${marker}` });
        expect(await comment(number, null, 'Two.')).toBe(id);
      });

      it('is written anew if somebody deleted it', async () => {
        const number = await stage.open({ by: 'eve' });
        const id = await comment(number, null, 'One.');
        await stage.deleteComment({ number, id });
        const next = await comment(number, id, 'Two.');
        expect(next).not.toBe(id);
        expect((await issueAt(stage, number)).comment).toEqual({ id: next, text: `Two. ${marker}` });
      });

      it('is written once when the answer is lost', async () => {
        const number = await stage.open({ by: 'eve' });
        stage.loseAnswer('comment');
        await comment(number, null, 'One.').catch(() => null);
        const id = await comment(number, null, 'One.');
        expect((await issueAt(stage, number)).comment?.id).toBe(id);
        await stage.deleteComment({ number, id });
        expect((await issueAt(stage, number)).comment).toBeNull();
      });
    });

    it('of an issue that is gone is a fault', async () => {
      const { repository, issues } = stage;
      const there = await stage.open({ by: 'eve' });
      for (const leave of [stage.remove, stage.transfer]) {
        const number = await stage.open({ by: 'eve' });
        const from = contentOf(await issueAt(stage, number));
        await leave(number);
        const gone = { code: 'forge-gone' };
        await expect(write(number, from, { title: 'x' })).rejects.toMatchObject(gone);
        await expect(issues.comment({ repository, number, id: null, text: 'x' })).rejects.toMatchObject(gone);
        await expect(issues.depend({ repository, number, on: there, is: true })).rejects.toMatchObject(gone);
        await expect(issues.depend({ repository, number: there, on: number, is: true })).rejects.toMatchObject(gone);
        await expect(issues.setParent({ repository, number, from: null, to: there })).rejects.toMatchObject(gone);
        await expect(issues.setParent({ repository, number: there, from: null, to: number })).rejects.toMatchObject(gone);
      }
    });
  });
}
