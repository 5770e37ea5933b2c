import { expect, test } from 'vitest';
import { placeFor, unknownPlace, usedPlaces } from './place.ts';
import { samplePlace } from './samples.testsuite.ts';

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
  expect(placeFor({ places: { use, known }, agent, account })?.name ?? null).toBe(name);
});

test('what is used and not there is told, and left out', () => {
  expect(unknownPlace({ use: ['pool', 'local'], known })).toBeNull();
  const places = { use: ['moon', 'local'], known };
  expect(unknownPlace(places)).toBe('place "moon" (places.use) is not one of local, pool');
  expect(usedPlaces(places)).toEqual([local]);
});
