import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settingsMark } from './settings-mark.ts';

let root = '';
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'yard-mark-'))));
afterEach(() => rmSync(root, { recursive: true }));

const now = 1_800_000_000_000;
const mark = (): string | null => settingsMark({ env: { HOME: join(root, 'home') }, repo: join(root, 'repo'), now });

/** Gives files an old time, as if they had been written long ago. */
function write(path: string, text: string, at = now - 60_000): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, at / 1000, at / 1000);
  utimesSync(dirname(file), at / 1000, at / 1000);
}

const files = [
  'home/.config/yardmaster/config.yaml',
  'home/.config/yardmaster/agents/mcp.yaml',
  'home/.config/yardmaster/agents/roles/a.md',
  'repo/yardmaster.yaml',
  'repo/.yardmaster/mcp.yaml',
  'repo/.yardmaster/roles/a.md',
];

test.each(files)('%s that is made, changed in whatever way, or taken away', (path) => {
  const marks = [mark(), mark()];
  write(path, 'one');
  marks.push(mark(), mark());
  // The file has the same size and time.
  write(`${path}.new`, 'two');
  renameSync(join(root, `${path}.new`), join(root, path));
  utimesSync(dirname(join(root, path)), (now - 60_000) / 1000, (now - 60_000) / 1000);
  marks.push(mark(), mark());
  chmodSync(join(root, path), 0o600);
  marks.push(mark(), mark());
  rmSync(join(root, path));
  utimesSync(dirname(join(root, path)), (now - 90_000) / 1000, (now - 90_000) / 1000);
  marks.push(mark(), mark());
  const [a, b, c, d, e] = [0, 2, 4, 6, 8].map((at) => {
    expect(marks[at]).toBe(marks[at + 1]);
    return marks[at];
  });
  expect(new Set([a, b, c, d]).size).toBe(4);
  expect(e).not.toBe(d);
});

test('nothing is said of a file that was written just now', () => {
  write('repo/yardmaster.yaml', 'one', now - 1000);
  expect(mark()).toBeNull();
  write('repo/yardmaster.yaml', 'one', now - 2000);
  expect(mark()).not.toBeNull();
  write('repo/.yardmaster/roles/a.md', 'one', now + 1999);
  expect(mark()).toBeNull();
});
