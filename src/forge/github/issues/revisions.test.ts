import { expect, test } from 'vitest';
import type { Person } from '../../../core/sync/sync-facts.ts';
import { revisionsOf, type Told } from './revisions.ts';

const ann: Person = { login: 'ann', association: 'MEMBER' };
const eve: Person = { login: 'eve', association: 'NONE' };
const never: Told = { author: eve, createdAt: 1, title: 'T', body: 'a', isEdited: false, hasFirst: false, edits: [], renames: [] };

function shown(more: Partial<Told>): readonly string[] {
  return revisionsOf({ ...never, ...more }).map(({ by, title, body }) => `${by.login} ${title} ${body}`);
}

const opened = { by: eve, at: 1, text: 'a' };

test.each<[string, Partial<Told>, readonly string[]]>([
  ['never edited', {}, ['eve T a']],
  [
    'edited, with the text as it was opened',
    { body: 'b', isEdited: true, hasFirst: true, edits: [opened, { by: ann, at: 2, text: 'b' }] },
    ['eve T a', 'ann T b'],
  ],
  [
    'a title that was changed around an edit',
    {
      ...{ title: 'V', body: 'b', isEdited: true, hasFirst: true, edits: [opened, { by: ann, at: 3, text: 'b' }] },
      renames: [
        { by: ann, at: 2, from: 'T', to: 'U' },
        { by: eve, at: 4, from: 'U', to: 'V' },
      ],
    },
    ['eve T a', 'ann U a', 'ann U b', 'eve V b'],
  ],
  [
    'a title and a text by one person at once',
    {
      ...{ title: 'U', body: 'b', isEdited: true, hasFirst: true, edits: [opened, { by: ann, at: 2, text: 'b' }] },
      renames: [{ by: ann, at: 2, from: 'T', to: 'U' }],
    },
    ['eve T a', 'ann U b'],
  ],
  [
    'a title by one who may write and a text by a stranger in the same second: the stranger comes last',
    {
      ...{ title: 'U', body: 'b', isEdited: true, hasFirst: true, edits: [opened, { by: eve, at: 2, text: 'b' }] },
      renames: [{ by: ann, at: 2, from: 'T', to: 'U' }],
    },
    ['eve T a', 'ann U a', 'eve U b'],
  ],
  [
    'the same the other way round',
    {
      ...{ title: 'U', body: 'b', isEdited: true, hasFirst: true, edits: [opened, { by: ann, at: 2, text: 'b' }] },
      renames: [{ by: eve, at: 2, from: 'T', to: 'U' }],
    },
    ['eve T a', 'ann T b', 'eve U b'],
  ],
  [
    'an issue from before GitHub kept versions',
    { author: ann, body: 'c', isEdited: true, edits: [{ by: ann, at: 9, text: 'c' }] },
    ['ghost T ', 'ann T c'],
  ],
  ['an edit of which nothing is known any more', { author: ann, body: 'c', isEdited: true }, ['ghost T ', 'ghost T c']],
  [
    'a first version that was deleted from the history',
    {
      author: ann,
      body: 'b',
      isEdited: true,
      hasFirst: true,
      edits: [
        { ...opened, text: null },
        { by: ann, at: 2, text: 'b' },
      ],
    },
    ['ghost T ', 'ann T b'],
  ],
  [
    'a later version that was deleted from the history',
    {
      ...{ body: 'c', isEdited: true, hasFirst: true },
      edits: [opened, { by: ann, at: 2, text: null }, { by: eve, at: 3, text: 'c' }],
    },
    ['eve T a', 'eve T c'],
  ],
  [
    'a present text that the history does not have: nobody wrote it',
    {
      author: ann,
      body: 'z',
      isEdited: true,
      hasFirst: true,
      edits: [
        { ...opened, by: ann },
        { by: ann, at: 2, text: 'b' },
      ],
    },
    ['ann T a', 'ann T b', 'ghost T z'],
  ],
  [
    'a present title that the history does not have',
    { author: ann, title: 'Z', renames: [{ by: ann, at: 2, from: 'T', to: 'U' }] },
    ['ann T a', 'ann U a', 'ghost Z a'],
  ],
  [
    'other line ends in the history',
    { body: 'b\r\nc', isEdited: true, hasFirst: true, edits: [opened, { by: ann, at: 2, text: 'b\nc\n' }] },
    ['eve T a', 'ann T b\r\nc'],
  ],
])('%s', (_, told, expected) => {
  expect(shown(told)).toEqual(expected);
});

test('what nobody is known to have written is later than any label, and is a time', () => {
  const revisions = revisionsOf({ ...never, isEdited: true });
  expect(revisions.map(({ at }) => at > Date.UTC(9999, 0))).toEqual([true, true]);
  expect(() => revisions.map(({ at }) => new Date(at).toISOString())).not.toThrow();
});
