// What a git folder's files name, read within one limit for all of them, because a worker can quickly make a file of
// nothing but line ends. No git is needed for it.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { idsIn, oddity } from './git-files.ts';
import { refTip } from './git-refs.ts';
import { holdingsOf } from './holdings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-holdings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const id = (number: number): string => number.toString(16).padStart(40, '0');
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const ends = (count: number): string => '\n'.repeat(count);
const zeros = (name: string, bytes: number): void => (write(name, ''), truncateSync(join(folder, name), bytes));
const many = 600_000;
const tooMuch = expect.objectContaining({ code: 'worktree-failed', message: expect.stringContaining('more references and logs') });

test('references, packed ones and loose ones, operations, worktrees and logs', () => {
  write('HEAD', 'ref: refs/heads/main\n');
  write('packed-refs', `# pack-refs with: peeled\n${id(1)} refs/heads/main\n${id(2)} refs/tags/v1\n^${id(3)}\n`);
  write('refs/heads/main', `${id(4)}\n`);
  write('MERGE_HEAD', `${id(5)}\n${id(6)}\n`);
  write('worktrees/w/HEAD', `${id(7)}\n`);
  write('logs/HEAD', `${id(0)} ${id(8)} A <a@b> 1 +0000\tcommit\n${id(8)} ${id(4)} A <a@b> 2 +0000`);
  write('worktrees/w/logs/HEAD', `${id(0)} ${id(9)} A <a@b> 1 +0000\n`);
  const { named, logged, unusual } = holdingsOf(folder);
  expect([[...named].sort(), [...logged].sort(), unusual]).toEqual([[2, 4, 5, 6, 7].map(id), [8, 9].map(id), true]);
});

test.each<[string, () => void]>([
  ['a log', () => write('logs/x', ends(many))],
  ['several logs together', () => ['a', 'b', 'c'].forEach((name) => write(`logs/${name}`, ends(many / 2)))],
  ['the log of a worktree', () => write('worktrees/w/logs/HEAD', ends(many))],
  ['packed references', () => write('packed-refs', ends(many))],
  ['an operation', () => write('MERGE_HEAD', ends(many))],
  ['several logs that are together too large', () => ['a', 'b', 'c'].forEach((name) => zeros(`logs/${name}`, 30 * 2 ** 20))],
  ['a log that is too large alone', () => zeros('logs/a', 70 * 2 ** 20)],
  ['references that are too large', () => ['a', 'b', 'c'].forEach((name) => zeros(`refs/heads/${name}`, 30 * 2 ** 20))],
])('%s: more than is read', (_, make) => {
  make();
  expect(() => holdingsOf(folder)).toThrow(tooMuch);
});

test('one reference is found among lines of any number, and not in a comment or a longer name', () => {
  write('packed-refs', `# ${id(1)} refs/heads/a\n${id(2)} refs/heads/a/b\n${id(3)} refs/heads/a\n${ends(many)}`);
  expect(refTip(folder, 'refs/heads/a')).toBe(id(3));
  expect(refTip(folder, 'refs/heads/b')).toBeNull();
});

test('ids of a file: no more lines are looked at than are allowed', () => {
  write('MERGE_HEAD', `${id(1)}\n${ends(10)}`);
  const budget = { bytes: 1000, lines: 20 };
  expect([idsIn(join(folder, 'MERGE_HEAD'), budget), budget]).toEqual([[id(1)], { bytes: 1000 - 51, lines: 20 - 12 }]);
  expect(() => idsIn(join(folder, 'MERGE_HEAD'), budget)).toThrow(tooMuch);
});

test('what has the name of a folder and is a file names nothing', () => {
  for (const name of ['worktrees', 'logs', 'refs', 'modules']) write(name, 'text');
  expect(holdingsOf(folder)).toMatchObject({ named: new Set(), logged: new Set() });
});

test('more entries than are looked at are odd', () => {
  for (const name of ['a', 'b/c', 'b/d']) write(name, '');
  expect(oddity(folder, { entries: 4 })).toBeNull();
  expect(oddity(folder, { entries: 3 })).toBe(`${folder} holds more than 3 files and folders`);
});
