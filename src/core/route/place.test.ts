import { expect, test } from 'vitest';
import { hasAgent, placeFor, unknownPlace, usedPlaces, type PlaceChoice } from './place.ts';
import { samplePlace } from '../core.samples.ts';

const local = samplePlace;
const pool = { ...samplePlace, name: 'pool', agents: ['ours'], accounts: ['plan', 'key'] };
const known = [local, pool];

test.each([
  ['the first in use', ['local', 'pool'], 'ours', 'plan', 'local'],
  ['the order is that of use', ['pool', 'local'], 'ours', 'key', 'pool'],
  ['another agent', ['pool', 'local'], 'theirs', 'key', 'local'],
  ['another account', ['pool', 'local'], 'ours', 'other', 'local'],
  ['none takes it', ['pool'], 'ours', 'other', null],
  ['none is used', [], 'ours', 'plan', null],
])('placeFor: %s', (_, use, agent, account, name) => {
  expect(placeFor({ places: { use, known, full: () => false }, agent, account })?.name ?? null).toBe(name);
});

test.each([
  ['goes to the next that takes it', ['local', 'pool'], 'ours', 'plan', ['local'], 'pool'],
  ['is left in its order while another one is full', ['local', 'pool'], 'ours', 'plan', ['pool'], 'local'],
  ['never goes to one that does not take it', ['local', 'pool'], 'theirs', 'key', ['local'], 'local'],
  ['waits for the preferred one where all are full', ['pool', 'local'], 'ours', 'key', ['pool', 'local'], 'pool'],
])('placeFor: a worker whose place is full %s', (_, use, agent, account, full, name) => {
  const asked: string[] = [];
  const isFull: PlaceChoice['full'] = (wanted) => (asked.push(wanted.agent), full.includes(wanted.place.name));
  expect(placeFor({ places: { use, known, full: isFull }, agent, account })?.name).toBe(name);
  expect(new Set(asked)).toEqual(new Set([agent]));
});

test('an agent is there when a place in use takes it', () => {
  const has = (use: string[]): boolean[] => ['ours', 'theirs'].map((agent) => hasAgent({ use, known }, agent));
  expect([has(['pool']), has(['pool', 'local']), has([])]).toEqual([
    [true, false],
    [true, true],
    [false, false],
  ]);
});

test('what is used and not there is told, and left out', () => {
  expect(unknownPlace({ use: ['pool', 'local'], known })).toBeNull();
  const places = { use: ['moon', 'local'], known };
  expect(unknownPlace(places)).toBe('moon');
  expect(usedPlaces(places)).toEqual([local]);
});
