import { describe, expect, it } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import { mergedWithoutForge, mergePlanOf, mergeWayOf, movedBranchWords, notMergedWords } from './merge-without-forge.ts';
import { sampleRecord } from './pull.samples.ts';

describe('what is merged without a forge', () => {
  const arrived = sampleDelivery({ commit: 'c1' });
  const merged = { base: 'main', commit: 'm1' };
  it.each(['done', 'delivered'] as const)('the delivered commit of a task that is %s', (state) => {
    const task = sampleTask({ state, delivery: arrived });
    expect(mergePlanOf({ task, lower: null })).toEqual({ merges: true, branch: 'yard/t1', commit: 'c1', from: null });
  });

  it.each([
    ['while its pull request is to be opened', 'delivered', { ...arrived, pull: { ...sampleRecord({}), seen: null } }, /is not open yet/],
    ['that is queued again', 'queued', arrived, /t1 is queued/],
    ['that failed', 'failed', arrived, /t1 is failed/],
    ['without a delivery', 'done', null, /delivered no branch/],
    ['without a branch', 'done', { ...arrived, branch: null }, /delivered no branch/],
    ['where no change was needed', 'done', sampleDelivery(), /delivered no branch/],
    ['that is merged', 'done', { ...arrived, merged, evidence: 'it was merged' }, /t1 is merged already: it was merged/],
    ['that is merged, without words', 'done', { ...arrived, merged }, /t1 is merged already: m1/],
  ] as const)('nothing of a task %s', (_, state, delivery, why) => {
    expect(mergePlanOf({ task: sampleTask({ state, delivery }), lower: null })).toMatchObject({
      merges: false,
      why: expect.stringMatching(why),
    });
  });
});

describe('one of a stack without a forge', () => {
  const task = sampleTask({ state: 'done', delivery: sampleDelivery({ commit: 'c1', stackedOn: { task: 't0', branch: 'yard/t0' } }) });
  it.each([
    ['is merged with its own changes after the lower one', { is: 'merged', base: 'main' }, { merges: true, from: 'b1' }],
    ['is merged as a whole where the lower one is nowhere any more', null, { merges: true, from: null }],
    [
      'is refused before',
      { is: 'open' },
      { merges: false, why: 't1 builds on yard/t0, which is merged first', instead: 'yardmaster merge t0, then yardmaster merge t1' },
    ],
    ['is refused where the lower task was given up', { is: 'gone' }, { merges: false }],
  ] as const)('%s', (_, lower, plan) => expect(mergePlanOf({ task, lower })).toMatchObject(plan));
});

it.each([
  ['squash', 'squash'],
  ['merge', 'merge'],
  ['rebase', 'ff'],
] as const)('the method %s becomes %s', (method, way) => expect(mergeWayOf(method)).toBe(way));

describe('the words', () => {
  const at = { id: 't1', branch: 'yard/t1', base: 'main', remote: 'origin' };
  const here = { ...at, remote: null };
  const conflict = (count: number) => ({ why: 'conflict', paths: Array.from({ length: count }, (_, number) => `f${number}`) }) as const;
  it.each([
    [{ ...at, ended: conflict(2) }, /conflicts in f0, f1$/, 'merge it by hand: git fetch origin && git merge origin/yard/t1'],
    [{ ...here, ended: conflict(12) }, /f8, f9 and 2 more$/, 'merge it by hand: git merge yard/t1'],
    [{ ...here, ended: { why: 'checked-out', message: 'run: git merge' } }, /^t1 was not merged$/, 'run: git merge'],
    [{ ...at, ended: { why: 'refused', message: 'protected' } }, /^t1 was not merged: protected$/, 'yardmaster merge t1 tries it again'],
    [{ ...at, ended: { why: 'moved', message: 'main moved' } }, /^t1 was not merged: main moved$/, 'yardmaster merge t1 tries it again'],
    [{ ...at, ended: { why: 'unreachable', message: 'no route' } }, /^t1 was not merged: no route$/, 'yardmaster merge t1 tries it again'],
  ] as const)('%j', (given, why, instead) => {
    expect(notMergedWords(given)).toEqual({ why: expect.stringMatching(why), instead });
  });

  it('about a branch that is gone or was moved', () => {
    const given = { ...at, commit: 'c'.repeat(40) };
    expect(movedBranchWords({ ...given, found: null }).why).toBe('there is no branch yard/t1 at origin any more');
    expect(movedBranchWords({ ...given, found: 'd'.repeat(40) })).toEqual({
      why: 'yard/t1 at origin is at dddddddddddd, and t1 delivered cccccccccccc: somebody else moved it',
      instead: 'merge it by hand: git fetch origin yard/t1 && git merge FETCH_HEAD',
    });
  });

  it('about what was merged', () => {
    const given = { ...at, commit: 'c'.repeat(40), into: 'd'.repeat(40) };
    const text = 'branch yard/t1 at cccccccccccc was merged into main';
    expect(mergedWithoutForge({ ...given, deleted: true })).toBe(`${text} at origin as dddddddddddd, and the branch is deleted`);
    expect(mergedWithoutForge({ ...given, remote: null, deleted: false })).toBe(`${text} in the repository as dddddddddddd`);
  });
});
