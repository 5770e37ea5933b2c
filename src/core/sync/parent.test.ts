import { describe, expect, it, test } from 'vitest';
import { planParent, type ParentFacts } from './parent.ts';
import { noSnapshot, type Snapshot } from './snapshot.ts';

type Parents = readonly (number | null)[];
const remembering = (parents: Parents): Snapshot => ({ ...noSnapshot, parents });

describe('the parent of an issue', () => {
  test.each<[string, ParentFacts['wanted'], ParentFacts['present'], Parents | null, string | null, Parents | null]>([
    ['a line without a parent', null, 'none', null, null, null],
    ['a line that becomes a subtask', 5, 'none', null, 'none → 5', [5, null]],
    ['one that has been the sub-issue already', 5, 5, null, null, [5, null]],
    ['a subtask of another line', 6, 5, [5, null], '5 → 6', [6, 5, null]],
    ['a subtask no longer', null, 5, [5, null], '5 → none', [null, 5]],
    ['one that a person has removed before', null, 'none', [5, null], null, [null, 5]],
    ['nothing new, and it is so', 5, 5, [5, null], null, [5, null]],
    ['nothing new, and a person has removed it', 5, 'none', [5, null], null, [5, null]],
    ['nothing new, and a person has set another one', 5, 7, [5, null], null, [5, null]],
    ['nothing new, and a person has set one', null, 7, null, null, null],
    ['another line, and a person has removed it', 6, 'none', [5, null], 'none → 6', [6, 5, null]],
    ['another line, and a person has set another one', 6, 7, [5, null], null, [6, 5, null]],
    ['another line, and a person has set one of another repository', 6, 'elsewhere', [5, null], null, [6, 5, null]],
    ['no line any more, and a person has set another one', null, 7, [5, null], null, [null, 5]],
    ['a new subtask, and a person has set another one', 5, 7, null, null, [5, null]],
    ['back to an earlier line', 5, 6, [6, 5, null], '6 → 5', [5, 6, null]],
    ['the fifth one', 5, 4, [4, 3, 2, 1], '4 → 5', [5, 4, 3, 2]],
    ['a forge without sub-issues', 5, null, null, null, null],
  ])('%s', (_name, wanted, present, last, change, parents) => {
    const base = last === null ? noSnapshot : remembering(last);
    const plan = planParent({ wanted, present, base, own: base, onward: true });
    const said = plan.change === null ? null : `${plan.change.from ?? 'none'} → ${plan.change.to ?? 'none'}`;
    expect([said, plan.parents ?? null, plan.isBehind]).toEqual([change, parents, false]);
  });
});

describe('an older copy of the list', () => {
  const base = remembering([6, 5, null]);
  const facts: ParentFacts = { wanted: 5, present: 6, base, own: base, onward: true };
  it.each<[string, Partial<ParentFacts>, boolean]>([
    ['is none if it has only gone on since we made the base', {}, false],
    ['may be one if it has not only gone on', { onward: false }, true],
    ['may be one if another machine made the base', { own: remembering([5, null]) }, true],
    ['may be one if another machine made the base, and nobody here had one', { wanted: null, own: noSnapshot }, true],
    ['may be one if nothing is remembered here', { own: null }, true],
    ['says nothing that never was', { wanted: 7, own: null, onward: false }, false],
    ['says nothing new if the forge has it', { present: 5, onward: false }, false],
  ])('%s', (_name, more, isBehind) => {
    const plan = planParent({ ...facts, ...more });
    expect(plan.isBehind).toBe(isBehind);
    if (isBehind) expect([plan.change, plan.parents]).toEqual([null, base.parents]);
  });

  it('does not change what is remembered, even if the forge has it', () => {
    const plan = planParent({ ...facts, present: 5, onward: false });
    expect([plan.change, plan.parents]).toEqual([null, base.parents]);
  });
});
