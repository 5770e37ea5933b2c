import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { attributesOf, hasAttributes, withoutAttributes } from '../../test/support/file-attributes.ts';
import { openPorts } from './compose.ts';

test('a new home tells the file system that the folders of its tasks have nothing to do with each other', async ({ skip }) => {
  const root = mkdtempSync(join(tmpdir(), 'yard-home-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  skip(!hasAttributes(root), withoutAttributes);
  const home = join(root, 'home');
  const { end } = await openPorts({ env: { HOME: root, YARDMASTER_HOME: home }, cwd: root });
  await end();
  const folders = readdirSync(home, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const spread = folders.filter((name) => attributesOf(join(home, name)).includes('T'));
  expect(spread.toSorted()).toEqual(['attempts', 'readers', 'tasks', 'worktrees']);
});
