import { describe, expect, it } from 'vitest';
import { sampleDelivery, sampleTask } from '../core.samples.ts';
import type { PullStanding } from '../delivery/pull-standing.ts';
import { samplePlan, sampleRecord } from '../delivery/pull.samples.ts';
import { standingOf } from '../task/standing.ts';
import { standingWords, type About, type StandingWords } from './standing-words.ts';

const explained = (more: Parameters<typeof sampleTask>[0], about: Partial<About> = {}): StandingWords => {
  const task = sampleTask({ id: 't7', ...more });
  const standing = standingOf({ task, queued: { code: 'unlooked', facts: {} }, last: null, orphaned: false, beyondReach: null });
  return standingWords(standing, { task, supervisors: new Set(), paused: [], signIn: null, ...about });
};

describe('a task with a pull request', () => {
  it('gets its pull request from a supervisor', () => {
    const opening = { state: 'delivered', delivery: sampleDelivery({ pull: samplePlan }) } as const;
    expect(explained(opening)).toEqual({
      text: 'its work arrived, and its pull request at forge.test/acme/app is not open yet',
      advice: 'start a supervisor, which opens it',
      command: 'yardmaster run',
      until: null,
    });
    expect(explained(opening, { supervisors: new Set(['run']) })).toEqual({
      text: 'its work arrived, and its pull request at forge.test/acme/app is being opened',
      advice: 'it goes on by itself after that',
      command: 'yardmaster status',
      until: null,
    });
  });

  it('is in review: where its pull request stands', () => {
    const inReview = (more: Parameters<typeof sampleRecord>[0]): StandingWords =>
      explained({ state: 'delivered', delivery: sampleDelivery({ pull: sampleRecord(more) }) });
    expect(inReview({}).text).toBe('the forge has not finished computing the state of #7');
    const why = { code: 'ready-to-merge', facts: {} } as const;
    expect(inReview({ stands: { why, waitsFor: 'people', needsPerson: true } })).toEqual({
      text: '#7 is ready to merge',
      advice: 'merge it',
      command: 'yardmaster merge t7',
      until: null,
    });
    const mergeAsked = { head: 'h1', at: 1 };
    expect(inReview({ mergeAsked }).text).toBe('the forge has not finished computing the state of #7; somebody has asked for its merge');
    const red = { code: 'checks-failed', facts: { names: ['test'], rounds: { kind: 'checks', used: 3, most: 3 } } } as const;
    expect(inReview({ stands: { why: red, waitsFor: 'people', needsPerson: true } }).command).toBe('yardmaster retry t7');
    expect(inReview({ stands: { why: red, waitsFor: null, needsPerson: false } }).command).toBe('yardmaster pr t7');
  });

  it('because of its pull request, which says what helps', () => {
    const blocked = (why: PullStanding) =>
      explained({
        state: 'blocked',
        reason: { code: 'pull', facts: { number: 7, why } },
        delivery: sampleDelivery({ pull: sampleRecord() }),
      });
    expect(blocked({ code: 'closed', facts: { by: 'ada' } })).toEqual({
      text: '#7 was closed without being merged by ada',
      advice:
        'if its work is not needed, cancel it with yardmaster cancel t7; if another pull request is to be opened for it, run yardmaster retry t7; otherwise reopen this one on its page, and its task goes on',
      command: 'yardmaster open t7',
      until: null,
    });
    expect(blocked({ code: 'verify-failed', facts: { command: 'npm test', output: '1 failed' } })).toMatchObject({
      advice: 'mend the base, for example by a new task, then verify it again',
      command: 'yardmaster retry t7',
    });
    const lost = { code: 'not-opened', facts: { message: 'its branch is gone', hint: 'push it, then try again' } } as const;
    expect(explained({ state: 'blocked', reason: lost, delivery: sampleDelivery({ pull: samplePlan }) })).toMatchObject({
      text: 'no pull request can be opened for its work: its branch is gone',
      advice: 'push it, then try again',
      command: 'yardmaster retry t7',
    });
    // No standing without a command blocks a task today; a retry helps wherever one would.
    expect(blocked({ code: 'merging', facts: {} }).command).toBe('yardmaster retry t7');
  });
});
