// Budgets at work: a cheaper tier when most is spent, no new worker when nearly all is, and never in the middle of a task.
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { openYard, type Told } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });
const spend = (cost: number): Action => ({ step: { cost } });
const tiers = { big: 'acme/coder-1', small: 'acme/coder-2' };

test('when most of the day’s budget is spent the next task gets the cheaper tier, and when nearly all is spent the rest wait for tomorrow', async () => {
  const yard = await openYard({
    todo: ['t1', 't2', 't3'].map((id) => `- [ ] ${id} Task #auto-dispatch\n`).join(''),
    actions: {
      t1: [[{ say: 'a' }, spend(0.85), commit('one.txt')]],
      t2: [[{ say: 'b' }, spend(0.12), commit('two.txt')]],
      t3: [[commit('three.txt')]],
    },
    config: { models: { default: 'big', tiers, cheaper: { big: 'small' } }, budget: { dailyUsd: 1 } },
  });
  await yard.run('run', '--until', 'idle', '--concurrency', '1');
  const told = await yard.json<(Told & { model: string; notBefore: string | null })[]>('ls');
  expect(told.map(({ state, model }) => [state, model])).toEqual([
    ['done', tiers.big],
    ['done', tiers.small],
    ['queued', null],
  ]);
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 0);
  expect(told[2]?.notBefore).toBe(midnight.toISOString());
  const route = await yard.run('route', '--json');
  expect([route.code, JSON.parse(route.stdout)]).toEqual([
    3,
    expect.objectContaining({ refused: 'budget', until: midnight.toISOString() }),
  ]);
  const explained = await yard.json<{ why: string; moves: string }>('explain', 't3');
  expect(explained).toMatchObject({ why: expect.stringContaining('the budget of the day'), moves: expect.stringContaining('budget') });
  const drift = await yard.run('budget', 'report');
  expect(drift.stdout).toContain('small');
});
