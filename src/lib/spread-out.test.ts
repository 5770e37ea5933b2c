import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { attributesOf, hasAttributes, withoutAttributes } from '../../test/support/file-attributes.ts';
import { spreadOut } from './spread-out.ts';

function folderOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'yard-spread-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, name));
  return join(folder, name);
}

test('folders are told to the file system as such whose subfolders are unrelated', async ({ skip }) => {
  skip(!hasAttributes(folderOf('probe')), withoutAttributes);
  const folder = folderOf('all worktrees');
  expect(attributesOf(folder)).not.toContain('T');
  await spreadOut([folder]);
  expect(attributesOf(folder)).toContain('T');
});

test('a file system that refuses it, or a folder that is gone, is no error', async () => {
  await expect(spreadOut(['/proc/self', join(folderOf('some'), 'missing')])).resolves.toBeUndefined();
});
