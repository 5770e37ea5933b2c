import { describe, expect, it } from 'vitest';
import type { McpServer } from './mcp.ts';
import { ownServers, pieceId, standingOf, stepOf, type Piece, type Standing, type Step, type WrittenHash } from './piece.ts';
import { sampleServer } from '../core.samples.ts';

const ours = (hash: string): WrittenHash => ({ hash, pending: null });
const pending = (hash: string, was: string | null): WrittenHash => ({ hash, pending: { was } });

describe('a step', () => {
  it.each<[string | null, WrittenHash | null, string | null, Step]>([
    ['a', null, null, 'add'],
    ['a', null, 'a', 'same'],
    ['a', null, 'b', 'yours'],
    ['a', ours('a'), 'a', 'keep'],
    ['b', ours('a'), 'a', 'update'],
    ['a', ours('a'), 'b', 'changed'],
    ['b', ours('a'), 'c', 'changed'],
    ['b', ours('a'), 'b', 'same'],
    ['a', ours('a'), null, 'removed'],
    ['b', ours('a'), null, 'removed'],
    [null, ours('a'), 'a', 'remove'],
    [null, ours('a'), 'b', 'forget'],
    [null, ours('a'), null, 'forget'],
    [null, null, 'a', 'forget'],
    // We died before the write: the file contains the earlier value.
    ['a', pending('a', null), null, 'add'],
    ['b', pending('b', 'a'), 'a', 'update'],
    ['b', pending('b', null), 'x', 'yours'],
    ['b', pending('b', 'a'), null, 'removed'],
    // We died after the write.
    ['b', pending('b', 'a'), 'b', 'keep'],
    [null, pending('b', 'a'), 'a', 'remove'],
    [null, pending('b', 'a'), 'b', 'remove'],
    [null, pending('b', null), 'x', 'forget'],
  ])('wanted %j, written %j, present %j: %s', (wanted, written, present, step) => {
    expect(stepOf({ wanted, written, present })).toBe(step);
  });
});

it.each<[readonly Step[], Standing]>([
  [[], 'same'],
  [['keep', 'same', 'forget'], 'same'],
  [['keep', 'add', 'yours'], 'missing'],
  [['update', 'changed'], 'drifted'],
  [['remove'], 'drifted'],
  [['changed', 'removed'], 'changed'],
  [['removed', 'yours'], 'removed'],
  [['yours', 'keep'], 'yours'],
])('an item whose pieces are %j stands as %s', (steps, standing) => {
  expect(standingOf(steps)).toBe(standing);
});

it('an id is that of the place, and of the word where a list holds many', () => {
  const made = { of: { kind: 'rule', name: 'x' }, path: '/f' } as const;
  const entry = (value: unknown): Piece => ({ ...made, kind: 'entry', at: ['a', 'b'], value, order: null, wrap: null });
  const member = (value: string): Piece => ({ ...made, kind: 'member', at: ['a', 'b'], value });
  const file = (value: string): Piece => ({ ...made, kind: 'file', value, rivals: [] });
  expect(pieceId(entry(1))).toBe(pieceId(entry(2)));
  expect(pieceId(file('1'))).toBe(pieceId(file('2')));
  expect(pieceId(member('1'))).not.toBe(pieceId(member('2')));
  expect(new Set([entry('1'), member('1'), file('1')].map(pieceId)).size).toBe(3);
});

describe('servers for people', () => {
  const chosen = (given: Partial<McpServer>, problems: readonly string[] = []): ReturnType<typeof ownServers> =>
    ownServers({ servers: { docs: sampleServer(given) }, agent: 'one', inItsForm: ({ name }) => ({ value: { name }, problems }) });

  it.each<[string, Partial<McpServer>]>([
    ['any agent', {}],
    ['this one', { agents: ['one'] }],
  ])('for %s', (_, given) => {
    expect(chosen(given)).toEqual({ chosen: [{ of: { kind: 'server', name: 'docs' }, value: { name: 'docs' } }], lost: [] });
  });

  it.each<[string, Partial<McpServer>]>([
    ['workers only', { people: false }],
    ['another agent', { agents: ['two'] }],
  ])('not one for %s', (_, given) => {
    expect(chosen(given)).toEqual({ chosen: [], lost: [] });
  });

  it('one that is not filled in, or cannot be written, is told', () => {
    const of = { kind: 'server', name: 'docs' };
    expect(chosen({ env: { T: '${fill:your token}' } }, ['x']).lost).toEqual([
      { of, what: 'is left out: its values have to be filled in: your token' },
    ]);
    expect(chosen({}, ['no', 'never'])).toEqual({
      chosen: [],
      lost: [
        { of, what: 'is left out: no' },
        { of, what: 'is left out: never' },
      ],
    });
  });
});
