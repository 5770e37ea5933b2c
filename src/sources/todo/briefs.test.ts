// Briefs that are replaced, and files that lines link.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { todoFile } from './list-file.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'todo-briefs-'));
});
afterEach(() => rm(root, { recursive: true }));

const brief = (): string => join(root, 'todo/tasks/t1-brief.md');

it('makes a brief, and replaces it only if it is as it was', async () => {
  expect(await todoFile.setBrief({ root, id: 't1', from: null, text: 'one\n' })).toBe(true);
  expect(readFileSync(brief(), 'utf8')).toBe('one\n');
  expect(await todoFile.setBrief({ root, id: 't1', from: null, text: 'two\n' })).toBe(false);
  expect(await todoFile.setBrief({ root, id: 't1', from: 'other', text: 'two\n' })).toBe(false);
  await chmod(brief(), 0o640);
  expect(await todoFile.setBrief({ root, id: 't1', from: 'one\n', text: 'two\n' })).toBe(true);
  expect(readFileSync(brief(), 'utf8')).toBe('two\n');
  expect((await stat(brief())).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(root, 'todo/tasks'))).toEqual(['t1-brief.md']);
});

it('writes through a symbolic link, and says what keeps it from writing', async () => {
  await mkdir(join(root, 'todo/tasks'), { recursive: true });
  await writeFile(join(root, 'real.md'), 'one');
  await symlink(join(root, 'real.md'), brief());
  expect(await todoFile.setBrief({ root, id: 't1', from: 'one', text: 'two' })).toBe(true);
  expect(readFileSync(join(root, 'real.md'), 'utf8')).toBe('two');
  await rm(join(root, 'todo'), { recursive: true });
  await writeFile(join(root, 'todo'), '');
  await expect(todoFile.setBrief({ root, id: 't1', from: null, text: 'x' })).rejects.toMatchObject({ code: 'todo-unwritable' });
});

it('reads what a line links only inside of the repository', async () => {
  const linked = (path: string) => todoFile.linked({ root, path });
  await writeFile(join(root, 'PLANS.md'), '\uFEFF# Plan\n');
  expect(await linked('PLANS.md')).toBe('# Plan\n');
  expect(await linked('./PLANS.md')).toBe('# Plan\n');
  await symlink('/etc/passwd', join(root, 'away.md'));
  await mkdir(join(root, '.git'));
  await writeFile(join(root, '.git/config'), 'x');
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const path of ['none.md', 'away.md', '../../etc/passwd', '/etc/passwd', '.git/config', '.', 'pipe'])
    expect([path, await linked(path)]).toEqual([path, null]);
  expect(existsSync(join(root, 'none.md'))).toBe(false);
});
