import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIdName, isWorktreeOf, keyIn, nameOfId, taskFolderName, trialFolderName, worktreeName } from './folder-names.ts';

test.each([
  ['t3', '7-t3', '7-t3-2'],
  ['t3.1', '7-t3.1', '7-t3.1-2'],
  ['AUTH-12.1', '7-AUTH-12.1', '7-AUTH-12.1-2'],
  ['my_own-4', '7-my_own-4', '7-my_own-4-2'],
  ['GH-12', '7-GH-12', '7-GH-12-2'],
  ['feature/x', '7-feature_x', '7-feature_x-2'],
  ['../../etc', '7-_.__._etc', '7-_.__._etc-2'],
])('the folders of a task with the id %s', (id, folder, worktree) => {
  const task = { key: 7, id };
  expect(taskFolderName(task)).toBe(folder);
  expect(worktreeName({ task, attempt: 2 })).toBe(worktree);
});

test('a name of a worktree is compared with the record of the task', () => {
  const task = { key: 7, id: 't3' };
  const names = ['7-t3-1', '7-t3-10', '7-t3', '7-t3-', '7-t3-old', '7-t30-1', '7-t3.1-1', '8-t3-1', 'notes'];
  expect(names.filter((name) => isWorktreeOf({ task, name }))).toEqual(['7-t3-1', '7-t3-10']);
  expect(isWorktreeOf({ task: { key: 7, id: 'feature/x' }, name: '7-feature_x-1' })).toBe(true);
});

test('the key is the number before the first hyphen', () => {
  const names = ['7-t3-1', '12-feature_x', '7', '7-', 'x-t4', 'my-notes', '-1-t1', '9999999999999999-t1', trialFolderName('1-2')];
  expect(names.map(keyIn)).toEqual([7, 12, null, null, null, null, null, null, null]);
});

test('a UUID, as attempts and deletions are named', () => {
  expect(['0b0e8a5e-7f5c-4f0e-9d62-7a4c1c9b2f10', '0b0e8a5e', 'notes'].map(isIdName)).toEqual([true, false, false]);
});

test('an id of TODO.md, with the longest that it may have, is its own name', () => {
  const ids = fc.stringMatching(/^(?:t|[A-Za-z](?:[\w-]{0,18}[A-Za-z_-])?)\d{1,12}(?:\.\d{1,12}){0,2}$/);
  fc.assert(
    fc.property(ids, (id) => {
      expect(nameOfId(id)).toBe(id);
    }),
  );
});

test('any id gives a name that is short and safe, and its folders are found again by the record', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), fc.nat(), (id, key, attempt) => {
      const task = { key, id };
      const name = worktreeName({ task, attempt });
      expect(nameOfId(id)).toMatch(/^\w[\w.-]{0,79}$/);
      expect(nameOfId(id)).not.toMatch(/\.\.|\.lock$|\.$/i);
      expect([keyIn(name), keyIn(taskFolderName(task))]).toEqual([key, key]);
      expect(isWorktreeOf({ task, name })).toBe(true);
    }),
  );
});
