import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { spreadOut } from './spread-out.ts';

const attributesOf = (folder: string): string | undefined =>
  execFileSync('lsattr', ['-d', folder], { encoding: 'utf8', stdio: 'pipe' }).split(' ')[0];

function folderOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'yard-spread-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** Other file systems have no such attributes. */
function hasAttributes(): boolean {
  try {
    execFileSync('chattr', ['+T', folderOf('probe')], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

test('folders are told to the file system as such whose subfolders are unrelated', async ({ skip }) => {
  skip(!hasAttributes(), 'the file system of the temporary folder has no attribute T');
  const folder = folderOf('all worktrees');
  expect(attributesOf(folder)).not.toContain('T');
  await spreadOut([folder]);
  expect(attributesOf(folder)).toContain('T');
});

test('a file system that refuses it, or a folder that is gone, is no error', async () => {
  await expect(spreadOut(['/proc/self', join(folderOf('some'), 'missing')])).resolves.toBeUndefined();
});
