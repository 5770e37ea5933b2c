// Opening: modes, settings, and a clear Fault for every file that cannot be used.
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from './migrate.ts';
import { first } from './migrations/001-first.ts';
import { openSqlite, openStore } from './open.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('a new database', () => {
  test('lies in a private folder, is private, and uses WAL', async () => {
    const file = join(folder, 'a', 'b', 'yardmaster.db');
    const store = await openStore({ file });
    await store.addRepo({ root: '/r', at: 1 });
    expect(await mode(join(folder, 'a'))).toBe(0o700);
    expect(await mode(join(folder, 'a', 'b'))).toBe(0o700);
    for (const end of ['', '-wal', '-shm']) expect(await mode(file + end)).toBe(0o600);
    await store.end();
    await expect(stat(`${file}-wal`)).rejects.toMatchObject({ code: 'ENOENT' });
    const again = await openStore({ file });
    expect(await again.repos()).toEqual(['/r']);
    await again.end();
  });

  test('a file that was open to others is closed to them, a folder that was there is left alone', async () => {
    await chmod(folder, 0o755);
    const file = join(folder, 'yardmaster.db');
    await writeFile(file, '');
    await chmod(file, 0o644);
    await (await openStore({ file })).end();
    expect(await mode(file)).toBe(0o600);
    expect(await mode(folder)).toBe(0o755);
  });

  test('waits while another process is just making the file', async () => {
    const file = join(folder, 'db');
    const maker = new DatabaseSync(file);
    maker.exec('begin immediate');
    // The change to WAL fails at once then, whatever the busy timeout.
    const opening = openStore({ file }).then((store) => store.end());
    opening.catch(() => {});
    await (await openStore({ file: join(folder, 'meanwhile') })).end();
    maker.exec('commit');
    maker.close();
    await expect(opening).resolves.toBeUndefined();
  });

  test('may be opened many times at once', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ file: join(folder, 'db') })));
    for (const store of stores) {
      expect(await store.batches()).toEqual([]);
      await store.end();
    }
  });

  test('settings hold on the connection', async () => {
    const engine = await openSqlite({ file: join(folder, 'db') });
    const pragma = async (name: string): Promise<unknown> =>
      engine.write(async (tx) => Object.values((await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(tx)).rows[0] ?? {})[0]);
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('foreign_keys')).toBe(1);
    expect(await pragma('synchronous')).toBe(1);
    expect(await pragma('busy_timeout')).toBe(5000);
    await engine.end();
  });
});

describe('what cannot be used', () => {
  const fault = async (file: string): Promise<unknown> =>
    openStore({ file }).then(
      (store) => store.end(),
      (error: unknown) => error,
    );

  test('a file that is no database, and it is left as it is', async () => {
    const file = join(folder, 'db');
    const text = 'this is no database\n'.repeat(100);
    await writeFile(file, text);
    expect(await fault(file)).toMatchObject({
      name: 'Fault',
      code: 'database-unreadable',
      hint: expect.stringContaining('move the file away') as string,
    });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('a database whose pages are damaged', async () => {
    const file = join(folder, 'db');
    await (await openStore({ file })).end();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0x5a, 100));
    expect(await fault(file)).toMatchObject({ code: 'database-unreadable' });
  });

  test('a database of another program', async () => {
    const file = join(folder, 'db');
    const foreign = new DatabaseSync(file);
    foreign.exec('create table theirs (a)');
    foreign.close();
    expect(await fault(file)).toMatchObject({
      code: 'database-unreadable',
      message: expect.stringContaining('not a database of Yardmaster') as string,
    });
    const tables = new DatabaseSync(file);
    expect(tables.prepare('select name from sqlite_master').all()).toEqual([{ name: 'theirs' }]);
    tables.close();
  });

  test('a database of a newer version', async () => {
    const file = join(folder, 'db');
    await (await openStore({ file })).end();
    const raw = new DatabaseSync(file);
    raw.exec(`insert into kysely_migration (name, timestamp) values ('999-later', '2030-01-01T00:00:00.000Z')`);
    raw.close();
    expect(await fault(file)).toMatchObject({
      code: 'database-too-new',
      data: { unknown: ['999-later'] },
      hint: expect.stringContaining('update') as string,
    });
  });

  test('a folder where the file should be, and a file where the folder should be', async () => {
    await mkdir(join(folder, 'db'));
    await writeFile(join(folder, 'plain'), '');
    expect(await fault(join(folder, 'db'))).toMatchObject({ code: 'database-unwritable' });
    expect(await fault(join(folder, 'plain', 'db'))).toMatchObject({
      code: 'database-unwritable',
      hint: expect.stringContaining('YARDMASTER_HOME') as string,
    });
  });

  // Root may write anywhere, so for root there is no such folder.
  test('a folder that may not be written to', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may write everywhere');
    await chmod(folder, 0o500);
    expect(await fault(join(folder, 'db'))).toMatchObject({ code: 'database-unwritable' });
    await chmod(folder, 0o700);
  });
});

describe('migrations', () => {
  test('one that fails leaves the whole schema as it was', async () => {
    const database = new DatabaseSync(':memory:');
    const db = new Kysely<Schema>({ dialect: sqliteDialect({ database, file: ':memory:' }) });
    const failing = {
      up: async (): Promise<void> => {
        throw new Error('second fails');
      },
    };
    await expect(migrate({ db, file: ':memory:', known: { '001-first': first, '002-second': failing } })).rejects.toThrow('second fails');
    expect(database.prepare(`select name from sqlite_master where name in ('tasks', 'attempts')`).all()).toEqual([]);
    await migrate({ db, file: ':memory:' });
    expect(await db.selectFrom('tasks').selectAll().execute()).toEqual([]);
    await db.destroy();
  });
});
