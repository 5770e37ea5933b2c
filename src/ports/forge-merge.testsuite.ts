// The contract of every forge, second part: checks, merges and branches. Only the given head is ever merged, and only the
// given commit is ever deleted.
import { afterEach, beforeEach, describe, expect, it, test, type TestContext } from 'vitest';
import type { ForgeAccount, PullAt } from './forge.ts';
import { accountOf, openingFor, pullAt, repositoryOf, seen, type ForgeStage } from './forge.samples.ts';

export function forgeMergeContract(name: string, makeStage: () => Promise<ForgeStage>): void {
  describe(`${name}: a forge`, () => {
    let stage: ForgeStage;
    let account: ForgeAccount;
    let at: PullAt;
    let head: string;
    beforeEach(async () => {
      stage = await makeStage();
      account = await accountOf(stage);
      const pull = await account.open(await openingFor(stage));
      at = pullAt(stage, pull);
      head = pull.head.commit;
    });
    afterEach(() => stage.dispose());

    const checksOf = async (commit = head) => {
      const checks = await account.checks({ repository: at.repository, commit, base: 'main' });
      if (!checks.known) throw new Error(checks.lacking);
      return checks.checks;
    };
    const merging = (more: { readonly head?: string } = {}) => ({ ...at, head, method: 'squash', title: null, ...more }) as const;

    describe('checks', () => {
      test('are those of one commit, as they are now', async () => {
        expect(await checksOf()).toEqual([]);
        await stage.check({ commit: head, name: 'build', state: 'pending' });
        expect(await checksOf()).toMatchObject([{ name: 'build', state: 'pending', required: false }]);
        await stage.check({ commit: head, name: 'build', state: 'red' });
        await stage.check({ commit: head, name: 'lint', state: 'green' });
        expect(new Map((await checksOf()).map((check) => [check.name, check.state]))).toEqual(
          new Map([
            ['build', 'red'],
            ['lint', 'green'],
          ]),
        );
        const main = (await stage.at('main')) ?? '';
        expect(await checksOf(main)).toEqual([]);
      });

      test('that are required are told apart, and are pending until they report', async () => {
        await stage.require('build');
        await stage.check({ commit: head, name: 'lint', state: 'green' });
        const states = async () => (await checksOf()).map((check) => `${check.name} ${check.state} ${check.required}`).toSorted();
        expect(await states()).toEqual(['build pending true', 'lint green false']);
        expect((await seen(account, at)).pull.blocked).toBe(true);
        await stage.check({ commit: head, name: 'build', state: 'green' });
        expect(await states()).toEqual(['build green true', 'lint green false']);
        expect((await seen(account, at)).pull.blocked).toBe(false);
      });

      test('that failed have the end of their log, and are run again', async () => {
        await stage.check({ commit: head, name: 'build', state: 'red', log: 'first line\nlast line' });
        const [check] = await checksOf();
        if (check === undefined) throw new Error('there is no check');
        expect(check.canRerun).toBe(true);
        expect(await account.checkLog({ repository: at.repository, check, limit: 1000 })).toBe('first line\nlast line');
        expect(await account.checkLog({ repository: at.repository, check, limit: 4 })).toBe('line');
        await account.rerun({ repository: at.repository, checks: [check] });
        const [again] = await checksOf();
        expect(again).toMatchObject({ name: 'build', state: 'pending' });
        expect(again?.startedAt).toBeGreaterThanOrEqual(check.startedAt ?? NaN);
      });
    });

    describe('merging', () => {
      it('merges this head, once', async () => {
        const merged = await account.merge(merging());
        if (merged.merge !== 'merged') throw new Error(JSON.stringify(merged));
        expect(await stage.at('main')).toBe(merged.commit);
        expect(await account.merge(merging())).toEqual(merged);
        expect(await stage.at('main')).toBe(merged.commit);
        const { pull } = await seen(account, at);
        expect(pull).toMatchObject({ state: 'merged', mergedCommit: merged.commit, endedBy: stage.login });
      });

      it('does not merge another head than the given one', async () => {
        const main = await stage.at('main');
        await stage.push({ branch: 'yardmaster/t1', from: 'yardmaster/t1', path: 'two.txt', text: 'two\n' });
        expect(await account.merge(merging())).toMatchObject({ merge: 'moved' });
        expect(await account.merge(merging({ head: '0'.repeat(40) }))).toMatchObject({ merge: 'moved' });
        expect(await stage.at('main')).toBe(main);
        expect((await seen(account, at)).pull.state).toBe('open');
      });

      it('says why the forge refuses it', async () => {
        await stage.require('build');
        const refused = await account.merge(merging());
        expect(refused).toMatchObject({ merge: 'refused' });
        expect(refused.merge === 'refused' && refused.message).not.toBe('');
      });

      it('does not merge what is closed', async () => {
        await stage.close(at.number);
        expect(await account.merge(merging())).toMatchObject({ merge: 'refused' });
        expect((await seen(account, at)).pull.state).toBe('closed');
      });

      it('in the background is asked for by its id', async () => {
        await stage.mergeLater();
        const pending = await account.merge(merging());
        if (pending.merge !== 'pending') throw new Error(JSON.stringify(pending));
        expect(await account.mergeStatus({ ...at, id: pending.id })).toMatchObject({ merge: 'pending' });
        await stage.carryOut();
        expect(await account.mergeStatus({ ...at, id: pending.id })).toEqual({ merge: 'merged', commit: await stage.at('main') });
      });

      it('by a queue is queued, and an ejection is seen', async (context: TestContext) => {
        if (stage.queue === null) return context.skip('the stage has no merge queue');
        await stage.queue();
        expect(await account.merge(merging())).toEqual({ merge: 'queued' });
        expect(await account.merge(merging())).toEqual({ merge: 'queued' });
        expect(await seen(account, at)).toMatchObject({ pull: { inQueue: true }, ejectedAt: null });
        await stage.eject(at.number);
        const { pull, ejectedAt } = await seen(account, at);
        expect(pull).toMatchObject({ inQueue: false, state: 'open' });
        expect(ejectedAt).toEqual(expect.any(Number));
      });
    });

    describe('a branch', () => {
      const repository = () => repositoryOf(stage);
      const branch = 'yardmaster/t1';

      it('is deleted at the given commit, and stays deleted', async () => {
        await account.merge(merging());
        expect(await account.deleteBranch({ repository: repository(), branch, commit: head })).toBe(true);
        expect(await stage.at(branch)).toBeNull();
        expect(await account.deleteBranch({ repository: repository(), branch, commit: head })).toBe(true);
        expect((await seen(account, at)).pull).toMatchObject({ state: 'merged', head: { commit: head } });
      });

      it('that has moved is kept', async () => {
        const commit = await stage.push({ branch, from: branch, path: 'two.txt', text: 'two\n' });
        expect(await account.deleteBranch({ repository: repository(), branch, commit: head })).toBe(false);
        expect(await stage.at(branch)).toBe(commit);
      });

      it('that is the base of an open pull request is kept', async () => {
        await stage.push({ branch: 'yardmaster/t2', from: branch, path: 'two.txt', text: 'two\n' });
        const upper = await account.open({ ...(await openingOnTop()), base: branch });
        await account.merge(merging());
        expect(await account.deleteBranch({ repository: repository(), branch, commit: head })).toBe(false);
        expect(await stage.at(branch)).toBe(head);
        await account.edit({ ...pullAt(stage, upper), base: 'main' });
        expect(await account.deleteBranch({ repository: repository(), branch, commit: head })).toBe(true);
        expect((await seen(account, pullAt(stage, upper))).pull).toMatchObject({ state: 'open', base: { branch: 'main' } });
      });

      const openingOnTop = async () => {
        const { owner } = repository();
        return {
          ...{ repository: repository(), head: { owner, branch: 'yardmaster/t2' }, title: 't2: On top', body: '', draft: false },
          ...{ labels: [], reviewers: [], assignees: [] },
        };
      };
    });
  });
}
