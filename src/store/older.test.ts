// What an update of the database waits for, and what it keeps.
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimed } from '../ports/store.samples.ts';
import { openStore } from './open.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
  file = join(folder, "yard's.db");
});
afterEach(() => rm(folder, { recursive: true }));

const raw = <T>(path: string, ask: (database: DatabaseSync) => T): T => {
  const database = new DatabaseSync(path);
  try {
    return ask(database);
  } finally {
    database.close();
  }
};
const columns = (path: string): readonly unknown[] =>
  raw(path, (database) =>
    database
      .prepare(`select name from pragma_table_info('tasks')`)
      .all()
      .map(({ name }) => name),
  );

/** A database of the previous version, with a task, a supervisor and a worker's lease, and the holders of both. */
async function older(): Promise<void> {
  const store = await openStore({ file });
  await claimed(store, 't1', { holder: 'leaseholder' });
  await store.enlist({ holder: 'supervisor', kind: 'up', pid: 12, at: 1 });
  await store.end();
  raw(file, (database) => database.exec(`alter table tasks drop column ticks; delete from kysely_migration where name = '010-ticks'`));
}

const opened = (living: readonly string[]): Promise<unknown> =>
  openStore({ file, lives: async (holder) => living.includes(holder) }).then(
    async (store) => {
      const tasks = await store.tasks({});
      await store.end();
      return tasks;
    },
    (error: unknown) => error,
  );

test.each([
  [['supervisor'], 'up, pid 12'],
  [['leaseholder'], 'another command'],
  [['supervisor', 'leaseholder'], 'up, pid 12; another command'],
])('while %s lives, an older database is left as it is, without a copy', async (living, who) => {
  await older();
  expect(await opened(living)).toMatchObject({
    code: 'older-version-at-work',
    message: expect.stringContaining(`(${who})`),
    hint: expect.stringContaining('yardmaster down'),
  });
  expect(columns(file)).not.toContain('ticks');
  expect(await readdir(folder)).toEqual(["yard's.db"]);
  // A caller that cannot check assumes that every process lives.
  await expect(openStore({ file })).rejects.toMatchObject({ code: 'older-version-at-work' });
  // The database can be read as it is, so that the older supervisor can be asked to end.
  const store = await openStore({ file, updates: false });
  await store.askSupervisor({ holder: 'supervisor', wish: 'drain' });
  expect(await store.supervisors()).toMatchObject([{ holder: 'supervisor', wish: 'drain' }]);
  await store.end();
});

test('once they are gone it is updated, and a private copy of it as it was can be put in its place', async () => {
  await older();
  expect(await opened([])).toMatchObject([{ id: 't1', ticks: [] }]);
  const copy = `${file}.before-010-ticks`;
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
  expect(columns(copy)).not.toContain('ticks');
  expect(raw(copy, (database) => database.prepare('pragma integrity_check').get())).toEqual({ integrity_check: 'ok' });
  await rename(copy, file);
  expect(columns(file)).not.toContain('ticks');
  expect(await opened([])).toMatchObject([{ id: 't1' }]);
  expect(columns(copy)).not.toContain('ticks');
});

test('a new database, and one that is up to date, are not copied', async () => {
  await (await openStore({ file })).end();
  await (await openStore({ file })).end();
  expect(await readdir(folder)).toEqual(["yard's.db"]);
});

test('the last two copies are kept, and nothing else is touched', async () => {
  await older();
  for (const name of ['002-watched', '008-hosts', '009-lease-clock']) await writeFile(`${file}.before-${name}`, '');
  for (const name of ["yard's.db.mine", 'other.before-001', "yard's.db.before-lunch"]) await writeFile(join(folder, name), '');
  // Somebody was killed while copying.
  await writeFile(`${file}.before-010-ticks.draft`, 'half of it');
  expect(await opened([])).toHaveLength(1);
  expect((await readdir(folder)).toSorted()).toEqual(
    ["yard's.db", "yard's.db.before-009-lease-clock", "yard's.db.before-010-ticks", "yard's.db.before-lunch", "yard's.db.mine"]
      .concat('other.before-001')
      .toSorted(),
  );
});

test('without a copy nothing is updated', async () => {
  await older();
  await mkdir(join(`${file}.before-010-ticks.draft`, 'in the way'), { recursive: true });
  expect(await opened([])).toMatchObject({ code: 'database-unwritable', message: expect.stringContaining('before-010-ticks') });
  expect(columns(file)).not.toContain('ticks');
});

test('a supervisor that opened the database before a newer version updated it does not begin', async () => {
  const store = await openStore({ file });
  raw(file, (database) => database.exec(`insert into kysely_migration (name, timestamp) values ('999-later', '')`));
  await expect(store.enlist({ holder: 'late', kind: 'run', pid: 1, at: 1 })).rejects.toMatchObject({ code: 'database-too-new' });
  expect(await store.supervisors()).toEqual([]);
  await store.end();
});

test('many who open an older database at once update it once', async () => {
  await older();
  expect(await Promise.all([1, 2, 3, 4].map(() => opened([])))).toMatchObject([1, 2, 3, 4].map(() => [{ id: 't1' }]));
  expect(columns(`${file}.before-010-ticks`)).not.toContain('ticks');
});
