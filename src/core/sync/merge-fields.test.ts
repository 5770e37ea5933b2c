import { describe, expect, it } from 'vitest';
import type { Values } from './fields.ts';
import { conflictsOf, mergeFields, type MergeFacts } from './merge-fields.ts';
import { nextSnapshot, noSnapshot, readSnapshot, type Snapshot } from './snapshot.ts';

const values = (more: Partial<Values> = {}): Values => ({
  title: 'A',
  body: '',
  state: 'open',
  assignee: '',
  tags: [],
  blockedBy: [],
  ...more,
});
const after = (common: Partial<Values>, last: Snapshot = noSnapshot): Snapshot =>
  nextSnapshot({ last, common, frozen: last.frozen, named: ['t1', 't2'] });
const base = after(values({ tags: ['a', 'b'] }));

function facts(more: Partial<MergeFacts>): MergeFacts {
  return { todo: values(), issue: values(), base, own: base, onward: true, keep: {}, ...more };
}

const title = (more: Partial<MergeFacts>) => mergeFields(facts(more)).texts.title;
const tags = (todo: readonly string[], issue: readonly string[], more: Partial<MergeFacts> = {}) =>
  mergeFields(facts({ todo: values({ tags: todo }), issue: values({ tags: issue }), ...more })).sets.tags;

const B = values({ title: 'B' });
const C = values({ title: 'C' });
const none = values({ title: '' });
const frozen = { ...base, frozen: ['title'] as const };
const movedTo = after({ title: 'B' }, base);

describe('a text', () => {
  const table: readonly [name: string, given: Partial<MergeFacts>, expected: unknown][] = [
    ['equal', {}, { flow: 'none' }],
    ['changed alike', { todo: B, issue: B }, { flow: 'none' }],
    ['changed in the list', { todo: B }, { flow: 'to-issue' }],
    ['changed at the issue', { issue: B }, { flow: 'to-todo' }],
    ['emptied in the list', { todo: none }, { flow: 'to-issue' }],
    ['changed on both sides', { todo: B, issue: C }, { flow: 'conflict', why: 'both', stays: true }],
    ['frozen, and back on one side', { base: frozen, issue: B }, { flow: 'conflict', why: 'both', stays: true }],
    ['frozen, and equal', { base: frozen, todo: B, issue: B }, { flow: 'none' }],
    [
      'frozen since the first contact',
      { base: { ...noSnapshot, frozen: ['title'] }, issue: B },
      { flow: 'conflict', why: 'first', stays: true },
    ],
    ['settled for the list', { base: frozen, todo: B, issue: C, keep: { title: 'todo' } }, { flow: 'to-issue' }],
    ['settled for the issue', { base: frozen, todo: B, issue: C, keep: { title: 'issue' } }, { flow: 'to-todo' }],
    ['at the first contact', { base: noSnapshot, own: null, issue: B }, { flow: 'conflict', why: 'first', stays: true }],
    ['at the first contact, empty in the list', { base: noSnapshot, own: null, todo: none }, { flow: 'to-todo' }],
    ['at the first contact, empty at the issue', { base: noSnapshot, own: null, issue: none }, { flow: 'to-issue' }],
    ['changed, without a memory', { own: null, todo: B }, { flow: 'to-issue' }],
    ['an earlier value, without a memory', { base: movedTo, own: null, issue: B }, { flow: 'conflict', why: 'behind', stays: false }],
    ['our value, and another machine went on', { base: movedTo, issue: B }, { flow: 'conflict', why: 'behind', stays: false }],
    ['edited on an unknown value', { base: movedTo, todo: C, issue: B }, { flow: 'conflict', why: 'both', stays: true }],
    ['undone by a person', { base: movedTo, own: movedTo, issue: B }, { flow: 'to-issue' }],
    [
      'an earlier value of another branch',
      { base: movedTo, own: movedTo, onward: false, issue: B },
      { flow: 'conflict', why: 'behind', stays: false },
    ],
    ['a new value of another branch', { base: movedTo, own: movedTo, onward: false, todo: C, issue: B }, { flow: 'to-issue' }],
  ];
  it.each(table)('%s', (_name, given, expected) => {
    expect(title(given)).toEqual(expected);
  });
});

describe('a set', () => {
  it('is merged element by element', () => {
    expect(tags(['a', 'b'], ['a', 'b'])).toEqual({ flow: 'none' });
    expect(tags(['a', 'c'], ['b', 'd'])).toEqual({ flow: 'merged', to: ['c', 'd'] });
    expect(tags(['a', 'b', 'c'], ['b', 'd'])).toEqual({ flow: 'merged', to: ['b', 'c', 'd'] });
  });

  it('is joined at the first contact', () => {
    expect(tags(['a'], ['b'], { base: noSnapshot, own: null })).toEqual({ flow: 'merged', to: ['a', 'b'] });
  });

  it('is left alone if the list may be behind, if it is frozen, and taken over as a person decides', () => {
    const more = after({ tags: ['a'] }, base);
    expect(tags(['a', 'b'], ['a'], { base: more })).toEqual({ flow: 'conflict', why: 'behind', stays: false });
    expect(tags(['a', 'c'], ['a'], { base: more })).toEqual({ flow: 'conflict', why: 'both', stays: true });
    const still = { base: { ...base, frozen: ['tags'] as const } };
    expect(tags(['a', 'c'], ['a', 'b'], still)).toEqual({ flow: 'conflict', why: 'both', stays: true });
    expect(tags(['a'], ['b'], { ...still, keep: { tags: 'todo' } })).toEqual({ flow: 'merged', to: ['a'] });
    expect(tags(['a'], ['b'], { ...still, keep: { tags: 'issue' } })).toEqual({ flow: 'merged', to: ['b'] });
  });
});

describe('conflicts', () => {
  it('are told with the base where it is known', () => {
    const given = facts({ todo: B, issue: C });
    const merged = mergeFields(given);
    const one = { field: 'title', why: 'both', todo: 'B', issue: 'C' };
    expect(conflictsOf({ facts: given, merged, values: { title: 'A' } })).toEqual([{ ...one, base: 'A' }]);
    expect(conflictsOf({ facts: given, merged, values: { title: 'old' } })).toEqual([{ ...one, base: null }]);
    expect(conflictsOf({ facts: given, merged, values: {} })).toEqual([{ ...one, base: null }]);
  });
});

describe('a snapshot', () => {
  it('counts only when something has changed, and remembers three earlier values', () => {
    expect(after(values({ tags: ['a', 'b'] }), base)).toBe(base);
    const many = ['B', 'C', 'D', 'E', 'B'].reduce((last, one) => after({ title: one }, last), base);
    expect([many.rev, many.hashes.title.length]).toEqual([6, 4]);
  });

  it('keeps what is known of dependencies that cannot be named now', () => {
    const both = nextSnapshot({ last: noSnapshot, common: { blockedBy: ['t1', 't3'] }, frozen: [], named: ['t1', 't3'] });
    expect(after({ blockedBy: [] }, both).elements.blockedBy).toHaveLength(1);
    expect(nextSnapshot({ last: both, common: { blockedBy: [] }, frozen: [], named: ['t1', 't3'] }).elements.blockedBy).toEqual([]);
  });

  it('is read from a marker, whatever is in it', () => {
    expect(readSnapshot(JSON.parse(JSON.stringify(base)))).toEqual(base);
    for (const bad of [
      null,
      [],
      'x',
      {},
      { rev: 1 },
      { rev: 1.5 },
      { rev: 1, hashes: {}, elements: {} },
      { rev: 1, hashes: [], elements: {}, frozen: [] },
      { rev: 1, hashes: {}, elements: 1, frozen: [] },
    ])
      expect(readSnapshot(bad)).toBeNull();
    expect(readSnapshot({ rev: 1, hashes: { title: [1] }, elements: {}, frozen: ['x', 'body'] })).toEqual({
      ...noSnapshot,
      rev: 1,
      frozen: ['body'],
    });
  });
});
