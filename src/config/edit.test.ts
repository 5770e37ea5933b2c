import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { editConfig } from './edit.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'yard-edit-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const daily = { path: ['budget', 'dailyUsd'], value: 5 };

test('a file that is not there is made, with its folder', async () => {
  const file = join(folder, 'deep', 'config.yaml');
  await editConfig({ file, changes: [daily, { path: ['budget', 'perAccountUsd', 'a.b'], value: 2 }] });
  expect(readFileSync(file, 'utf8')).toBe('budget:\n  dailyUsd: 5\n  perAccountUsd:\n    a.b: 2\n');
});

test('comments, other keys, line ends, mode and a link to it stay', async () => {
  const [file, link] = [join(folder, 'real.yaml'), join(folder, 'link.yaml')];
  const text = '# mine\r\nworker:\r\n  maxSteps: 3 # few\r\n\r\nbudget:\r\n  dailyUsd: 1 # poor\r\n';
  writeFileSync(file, text);
  chmodSync(file, 0o640);
  symlinkSync(file, link);
  await editConfig({ file: link, changes: [daily, { path: ['budget', 'perTaskUsd'], value: null }] });
  expect(readFileSync(file, 'utf8')).toBe(`${text.replace('dailyUsd: 1', 'dailyUsd: 5')}  perTaskUsd: null\r\n`);
  expect([statSync(file).mode & 0o777, readlinkSync(link)]).toEqual([0o640, file]);
});

test('a byte order mark stays, and the first line is understood behind it', async () => {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, '\ufeffbudget:\n  dailyUsd: 1\n');
  await editConfig({ file, changes: [daily] });
  expect(readFileSync(file, 'utf8')).toBe('\ufeffbudget:\n  dailyUsd: 5\n');
});

test.each([
  ['a wrong value', '# mine\n', [{ ...daily, value: -5 }], /^budget\.dailyUsd: /],
  ['a file that was wrong before', 'budgets: 1\n', [daily], /:1: there is no key budgets/],
  ['an alias in the way', 'worker: &w {}\nbudget: *w\n', [daily], /cannot be changed/],
])('%s changes nothing', async (_, text, changes, message) => {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  await expect(editConfig({ file, changes })).rejects.toMatchObject({ code: 'config', message: expect.stringMatching(message) });
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(readdirSync(folder)).toEqual(['config.yaml']);
});

test('many edits at once are all in the file', async () => {
  const file = join(folder, 'deep', 'config.yaml');
  const names = Array.from({ length: 10 }, (_, index) => `account-${index}`);
  await Promise.all(
    names.map((name, index) => editConfig({ file, changes: [{ path: ['budget', 'perAccountUsd', name], value: index + 1 }] })),
  );
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.slice(2).toSorted()).toEqual(names.map((name, index) => `    ${name}: ${index + 1}`));
  expect(readdirSync(join(folder, 'deep'))).toEqual(['config.yaml']);
});

test('of those who want the same path only the first one gets it', async () => {
  const file = join(folder, 'config.yaml');
  const path = ['budget', 'perAccountUsd', 'work'];
  const answers = await Promise.all([1, 2, 3].map((value) => editConfig({ file, unless: path, changes: [{ path, value }] })));
  const won = answers.indexOf(true);
  expect(answers.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(file, 'utf8')).toBe(`budget:\n  perAccountUsd:\n    work: ${won + 1}\n`);
});

test('a folder in its place is told', async () => {
  await expect(editConfig({ file: folder, changes: [daily] })).rejects.toMatchObject({ code: 'not-written' });
});
