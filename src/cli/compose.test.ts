import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { attributesOf, hasAttributes, withoutAttributes } from '../../test/support/file-attributes.ts';
import { openPorts, openStore } from './compose.ts';

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

test.each([
  ['a worker is told that it may not change the state', { YARDMASTER_ATTEMPT: 'a1' }, 'say in your last message'],
  ['a person is told what to look at', {}, 'permissions'],
])('where the database cannot be written, %s', async (_, marker, hint) => {
  const root = mkdtempSync(join(tmpdir(), 'yard-home-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'yardmaster.db'));
  await expect(openStore({ env: { YARDMASTER_HOME: root, ...marker } })).rejects.toMatchObject({
    code: 'database-unwritable',
    hint: expect.stringContaining(hint) as string,
  });
});
