// Notices to people: each condition is notified once, whichever supervisor finds it, and a notice that cannot be sent does
// not delay the work.
import { expect, test } from 'vitest';
import { phaseStage, stepOf, type PhaseStage } from '../phase-stage.samples.ts';
import { because } from '../../core/core.samples.ts';
import { Fault } from '../../core/fault.ts';
import { claimBy, closeAs, closing, ledgerRow } from '../../ports/store.samples.ts';
import { account } from './account.ts';

const block = async ({ store, add, now }: PhaseStage, id: string): Promise<void> => {
  const { key } = await add(id);
  await store.moveTask({ key, from: ['queued'], to: 'blocked', reason: because('request: the model is unknown'), at: now() });
};

test('a blocked task is notified once, even if two supervisors find it, and again after a person retried it', async () => {
  const stage = await phaseStage({});
  await block(stage, 't1');
  const other = await stage.supervisor('other');
  await stage.pulse('account', 'account');
  await stage.pulseOf(other, 'account');
  expect(stage.notices).toMatchObject([{ kind: 'blocked', task: 't1', command: 'yardmaster explain t1' }]);
  const { key } = await stage.task('t1');
  const claim = (await stage.store.act({ key, action: 'retry', at: stage.now() }), await claimBy(stage.store, { taskKey: key }));
  if (claim.claimed) await closeAs(stage.store, { lease: claim.lease, to: 'blocked' });
  await stage.pulse('account');
  expect(stage.notices).toHaveLength(2);
});

test('tasks that this supervisor does not look after are left to the others', async () => {
  const stage = await phaseStage({});
  await block(stage, 't1');
  const elsewhere = await stage.supervisor('elsewhere', { scope: { repo: '/other', batch: null, named: null } });
  await stage.pulseOf(elsewhere, 'account');
  expect(stage.notices).toEqual([]);
  await stage.pulse('account');
  expect(stage.notices).toHaveLength(1);
});

test('a daily budget is notified once for each of its thresholds', async () => {
  const { settings } = (await phaseStage({})).world;
  const budget = { ...(await settings('/repo')).budget, dailyUsd: 1 };
  const stage = await phaseStage({ settings: { budget } });
  await stage.store.addRepo({ root: '/repo', at: stage.now() });
  const spend = async (id: string, dollars: number): Promise<void> => {
    const claim = await claimBy(stage.store, { taskKey: (await stage.add(id)).key });
    const ledger = [ledgerRow({ charged: dollars * 1e6, equivalent: dollars * 1e6 })];
    if (claim.claimed) await closeAs(stage.store, { lease: claim.lease, to: 'failed', closing: closing({ at: stage.now(), ledger }) });
    await stage.pulse('account', 'account');
  };
  const budgets = () => stage.notices.filter(({ kind }) => kind === 'budget').length;
  await spend('t1', 0.5);
  expect(budgets()).toBe(0);
  await spend('t2', 0.35);
  expect(budgets()).toBe(1);
  await spend('t3', 0.05);
  expect(budgets()).toBe(1);
  await spend('t4', 0.2);
  expect(budgets()).toBe(2);
});

test('a notice that cannot be sent is a warning, and keeps no other from being sent', async () => {
  const stage = await phaseStage({});
  for (const id of ['t1', 't2']) await block(stage, id);
  const sent: unknown[] = [];
  const world = await stage.supervisor('mute', {
    notify: async ({ task }) => {
      if (task === 't1') throw new Fault({ code: 'not-notified', message: 'the command exited with 1', hint: 'look at notify.command' });
      sent.push(task);
    },
  });
  await stage.pulseOf(world, 'account', 'account');
  expect(sent).toEqual(['t2']);
  expect(stage.warnings()).toEqual(['not-notified']);
});

test('the costs of open attempts so far are added up', async () => {
  const stage = await phaseStage({ worker: () => [stepOf(0.25), { hang: true }] });
  for (const id of ['t1', 't2']) await stage.add(id);
  expect(await account(stage.world)).toBeNull();
  await stage.pulse('dispatch', 'watch');
  expect(await account(stage.world)).toBe('$0.5000 by 2 open attempts so far');
});
