// A deletion by an ordinary user, who has to open folders before they can be emptied.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const asOrdinary: readonly [string, ...string[]] =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
const trash = new URL('./trash.ts', import.meta.url).href;
const record = new URL('./record.ts', import.meta.url).href;

let root: string;
let path: string;

beforeEach(({ skip }) => {
  root = mkdtempSync(join(tmpdir(), 'yard-trash-'));
  path = join(root, 'home', 'worktrees', 't1');
  chmodSync(root, 0o777);
  try {
    asUser(`mkdir -p "${path}"; cat "${new URL(trash).pathname}"`);
  } catch {
    skip('this user cannot read the program');
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function asUser(script: string): string {
  const [file, ...args] = [...asOrdinary, '/bin/sh', '-c', script];
  return execFileSync(file, args, { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const deleted = (): string => {
  const program = `const [{ deleteFolders }, { folderId }] = await Promise.all([import('${trash}'), import('${record}')]);
    const path = '${path}';
    console.log(await deleteFolders([{ path, id: folderId(path) }]).then(() => 'well', ({ code }) => code));`;
  return asUser(`'${process.execPath}' --input-type=module -e "${program}"`).trim();
};

test('folders that cannot be written or read go; a file that has a second name elsewhere keeps its mode there', () => {
  const store = join(root, 'store');
  asUser(`cd "${path}"; mkdir -p cache/a/b closed/in; echo x >cache/a/b/file; echo x >"${store}"; chmod 444 "${store}"
    ln "${store}" cache/linked; touch closed/in/file; chmod 555 cache/a/b cache/a cache; chmod 000 closed/in closed`);
  expect(deleted()).toBe('well');
  expect([existsSync(path), statSync(store).mode & 0o777]).toEqual([false, 0o444]);
});

test('a link in the place of the trash is not followed', () => {
  const theirs = join(root, 'theirs');
  mkdirSync(theirs);
  writeFileSync(join(theirs, 'mine.txt'), 'of a person\n');
  symlinkSync(theirs, join(root, 'home', 'trash'));
  expect(deleted()).toBe('worktree-failed');
  expect([existsSync(join(theirs, 'mine.txt')), existsSync(path)]).toEqual([true, true]);
});

test('what was moved away is deleted later on, but never by way of a link', () => {
  const finished = (at: string): string => {
    const program = `const { finishDeletion } = await import('${trash}');
      console.log(await finishDeletion('${at}').then(() => 'well', ({ code }) => code));`;
    return asUser(`'${process.execPath}' --input-type=module -e "${program}"`).trim();
  };
  const left = join(root, 'home', 'trash', 'left');
  asUser(`mkdir -p "${left}/a"; chmod 500 "${left}/a" "${left}"`);
  expect([finished(left), finished(left), existsSync(left)]).toEqual(['well', 'well', false]);
  const theirs = join(root, 'theirs');
  mkdirSync(join(theirs, 'left'), { recursive: true });
  rmSync(join(root, 'home', 'trash'), { recursive: true });
  symlinkSync(theirs, join(root, 'home', 'trash'));
  expect([finished(left), existsSync(join(theirs, 'left'))]).toEqual(['worktree-failed', true]);
});
