import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { attributesOf, hasAttributes, withoutAttributes } from '../../test/support/file-attributes.ts';
import { openPorts, openStore } from './compose.ts';

afterEach(() => void vi.useRealTimers());

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

test('a supervisor reads a configuration again when somebody changed it, and only then', async () => {
  const root = mkdtempSync(join(tmpdir(), 'yard-home-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const file = join(root, 'yardmaster.yaml');
  const says = (text: string, ago: number): void => {
    writeFileSync(file, text);
    utimesSync(file, Date.now() / 1000 - ago, Date.now() / 1000 - ago);
  };
  says('models: {default: haiku}\n', 60);
  vi.useFakeTimers({ toFake: ['Date'] });
  const { ports, end } = await openPorts({ env: { HOME: root, YARDMASTER_HOME: join(root, 'home') }, cwd: root });
  onTestFinished(end);
  const later = (): ReturnType<typeof ports.settings> => {
    vi.setSystemTime(Date.now() + 3000);
    return ports.settings(root);
  };
  const first = await later();
  expect(first.models.default).toBe('haiku');
  // An unchanged configuration is not read again: every read creates a new object.
  expect([(await later()) === first, (await later()) === first]).toEqual([true, true]);
  says('models: {default: opus}\n', 30);
  expect((await later()).models.default).toBe('opus');
});

test('a folder that cannot be listed is not taken for one that is not there', async () => {
  const root = mkdtempSync(join(tmpdir(), 'yard-home-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const { ports, end } = await openPorts({ env: { HOME: root, YARDMASTER_HOME: join(root, 'home') }, cwd: root });
  onTestFinished(end);
  expect(await ports.listFolder(join(root, 'none'))).toEqual([]);
  await expect(ports.listFolder(join(root, 'home/yardmaster.db'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
