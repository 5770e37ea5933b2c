import { describe, expect, it } from 'vitest';
import { labelsFor, statusOf, statuses, tagsOfIssue, tagsOfLine, tagToWrite, type StatusFacts } from './labels.ts';

describe('the status', () => {
  const table: readonly [state: StatusFacts['state'], more: Partial<StatusFacts>, status: string][] = [
    ['queued', {}, 'queued'],
    ['running', {}, 'claimed'],
    ['delivered', {}, 'in-review'],
    ['blocked', {}, 'blocked'],
    ['blocked', { verifyFailed: true }, 'verify-failed'],
    ['failed', {}, 'blocked'],
    ['done', {}, 'available'],
    ['done', { isClosed: true }, 'done'],
    ['cancelled', {}, 'available'],
    ['cancelled', { isClosed: true }, 'done'],
    [null, {}, 'available'],
    [null, { isClosed: true }, 'done'],
  ];
  it.each(table)('of a task that is %s %j is %s', (state, more, status) => {
    expect(statusOf({ state, verifyFailed: false, isClosed: false, ...more })).toBe(status);
    expect(statuses).toContain(status);
  });
});

describe('tags and labels', () => {
  it('stand for each other', () => {
    const given = { intake: 'Yard' };
    expect(tagsOfLine({ ...given, tags: ['feat', 'Docs', 'bug', 'auto-dispatch', 'status:done', 'x'.repeat(51)] })).toEqual([
      'bug',
      'documentation',
      'enhancement',
      'yard',
    ]);
    const labels = ['Enhancement', 'bug', 'yard', 'auto-dispatch', 'good first issue', 'status:done', 'dispatched:x', '12'];
    expect(tagsOfIssue({ ...given, labels })).toEqual(['bug', 'enhancement', 'yard']);
    expect(['enhancement', 'yard', 'bug'].map((name) => tagToWrite({ ...given, name }))).toEqual(['feat', 'auto-dispatch', 'bug']);
  });
});

describe('labels', () => {
  it('keep those of people, and have one status', () => {
    const given = { intake: 'auto-dispatch', status: 'claimed', dispatched: 'opus', implemented: 'opus' } as const;
    const now = ['Bug', 'ui', 'good first issue', 'status:queued', 'Status:Claimed', 'dispatched:sonnet'];
    const labels = [
      'Bug',
      'good first issue',
      'Status:Claimed',
      'dispatched:sonnet',
      'documentation',
      'dispatched:opus',
      'implemented:opus',
    ];
    expect(labelsFor({ ...given, now, tags: ['bug', 'documentation'] })).toEqual(labels);
    expect(labelsFor({ ...given, now: labels, tags: ['bug', 'documentation'] })).toEqual(labels);
    expect(labelsFor({ ...given, now: [], tags: [], dispatched: null, implemented: null })).toEqual(['status:claimed']);
  });
});
