// Opening: modes, settings, and a clear Fault for every file that cannot be used.
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unseen } from '../core/route/account.ts';
import { migrate } from './migrate.ts';
import { first } from './migrations/001-first.ts';
import { second } from './migrations/002-watched.ts';
import { third } from './migrations/003-holds.ts';
import { fourth } from './migrations/004-accounts.ts';
import { fifth } from './migrations/005-ledger.ts';
import { sixth } from './migrations/006-tools.ts';
import { seventh } from './migrations/007-roles.ts';
import { openSqlite, openStore } from './open.ts';
import { sql } from './sql.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { storeOn } from './store.ts';
import { because } from '../core/core.samples.ts';

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
    // In this state the change to WAL fails at once, whatever the busy timeout.
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
      Object.values((await engine.read.one<Record<string, unknown>>({ text: `pragma ${name}`, values: [] })) ?? {})[0];
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('foreign_keys')).toBe(1);
    expect(await pragma('synchronous')).toBe(1);
    // Waiting inside SQLite would block the thread.
    expect(await pragma('busy_timeout')).toBe(0);
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
      message: expect.stringContaining('it is no Yardmaster database') as string,
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

  test('a home that may not be written to; once it may, what it holds is there', async () => {
    const file = join(folder, 'db');
    const store = await openStore({ file });
    await store.addRepo({ root: '/r', at: 1 });
    await store.end();
    await chmod(file, 0o444);
    await chmod(folder, 0o555);
    // Root may write everywhere. The file is opened before the first wait, so no other code runs under the other user id.
    if (process.getuid?.() === 0) process.seteuid?.(65534);
    const opening = fault(file);
    if (process.getuid?.() === 0) process.seteuid?.(0);
    expect(await opening).toMatchObject({ code: 'database-unwritable', hint: expect.stringContaining('permissions') as string });
    await chmod(folder, 0o700);
    await chmod(file, 0o600);
    const again = await openStore({ file });
    expect(await again.repos()).toEqual(['/r']);
    await again.end();
  });
});

describe('migrations', () => {
  const inMemory = () => sqliteEngine({ database: new DatabaseSync(':memory:'), file: ':memory:', patience: 0 });

  test('one that fails leaves the whole schema as it was', async () => {
    const engine = inMemory();
    const file = ':memory:';
    const known = { '001-first': first, '002-second': () => ['create table half (a)', 'no sql'] };
    await expect(migrate({ engine, file, known })).rejects.toThrow('syntax error');
    expect(await engine.read.all({ text: engine.words.tables, values: [] })).toEqual([]);
    await migrate({ engine, file });
    expect(await storeOn(engine).tasks({})).toEqual([]);
    await engine.end();
  });

  test('a database of the first version keeps its tasks and their ways', async () => {
    const engine = inMemory();
    const file = ':memory:';
    await migrate({ engine, file, known: { '001-first': first } });
    const task = (id: string) => sql`
      insert into tasks (repo, id, title, tags, blocked_by, line, wanted, state, reason, retries, attempts, count_from, created_at, updated_at)
      values ('/r', ${id}, '', '[]', '[]', 'none', 1, 'delivered', '', 0, 0, 0, 1, 1)`;
    const moved = (key: number, from: string, to: string) =>
      sql`insert into transitions (task_key, from_state, to_state, reason, at) values (${key}, ${from}, ${to}, '', 5)`;
    await engine.write(async (tx) => {
      for (const one of [
        task('t1'),
        task('t2'),
        moved(2, 'queued', 'running'),
        moved(1, 'queued', 'running'),
        moved(2, 'running', 'delivered'),
      ])
        await tx.run(one);
    });
    const columns =
      'id, task_key, number, state, agent, model, place, reasons, out_offset, err_offset, started_at, ended_at, billing, cost';
    const counts = 'tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, steps, commits, fence, lease_until, event_count';
    const attempt = (number: number, state: string, rest: string): { text: string; values: [] } => ({
      text: `insert into attempts (${columns}, ${counts}) values ('a${number}', 1, ${number}, '${state}', 'ours', 'p/m', 'local', '[]', 0, 0, 5, ${rest}, 0, 0, 1, 0, 1, 0, 0)`,
      values: [],
    });
    await engine.write(async (tx) => {
      await tx.run(attempt(1, 'closed', `7, 'token', 90, 10, 20`));
      await tx.run(attempt(2, 'closed', `8, 'subscription', 90, 10, 20`));
      await tx.run(attempt(3, 'closed', 'null, null, 0, 10, 20'));
      await tx.run(attempt(4, 'closed', '9, null, 0, 0, 0'));
      await tx.run(attempt(5, 'running', 'null, null, 90, 10, 20'));
    });
    await migrate({ engine, file });
    const store = storeOn(engine);
    expect(
      (await store.ledger({ from: 0, to: 99 })).map(({ attempt: id, at, billing, charged, equivalent, source }) => [
        id,
        at,
        billing,
        charged,
        equivalent,
        source,
      ]),
    ).toEqual([
      ['a3', 5, 'token', null, null, 'none'],
      ['a1', 7, 'token', 90, 90, 'agent'],
      ['a2', 8, 'subscription', 0, 90, 'agent'],
    ]);
    expect(await store.moveTask({ key: 2, from: ['delivered'], to: 'done', reason: because(''), at: 6 })).toBe('ok');
    expect((await store.transitions(1)).map(({ to }) => to)).toEqual(['running']);
    expect((await store.transitions(2)).map(({ to }) => to)).toEqual(['running', 'delivered', 'done']);
    await engine.end();
  });

  test('a database of the seventh version keeps its open attempts: their workers’ references are read as they are now', async () => {
    const engine = inMemory();
    const file = ':memory:';
    const known = {
      ...{ '001-first': first, '002-watched': second, '003-holds': third, '004-accounts': fourth },
      ...{ '005-ledger': fifth, '006-tools': sixth, '007-roles': seventh },
    };
    await migrate({ engine, file, known });
    const old = { place: 'local', pid: 7, startTime: '99', bootId: 'b', group: 7, at: 8, marker: 'a1', isolated: true, folder: '/f' };
    const taskColumns =
      'repo, id, title, tags, blocked_by, line, wanted, state, reason, retries, attempts, count_from, created_at, updated_at';
    const columns =
      'id, task_key, number, state, agent, model, place, reasons, launch, holder, out_offset, err_offset, started_at, cost, ' +
      'tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, steps, commits, fence, lease_until, event_count';
    const counts = '5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 20, 0';
    await engine.write(async (tx) => {
      for (const [key, launch] of [
        [1, `'${JSON.stringify(old)}'`],
        [2, 'null'],
      ]) {
        const task = `'/r', 't${key}', '', '[]', '[]', 'none', 1, 'running', '', 0, 1, 0, 1, 1`;
        await tx.run({ text: `insert into tasks (${taskColumns}) values (${task})`, values: [] });
        const attempt = `'a${key}', ${key}, 1, 'running', 'ours', 'p/m', 'local', '[]', ${launch}, 'vm|b|3|4|u', ${counts}`;
        await tx.run({ text: `insert into attempts (${columns}) values (${attempt})`, values: [] });
      }
    });
    await migrate({ engine, file });
    const store = storeOn(engine);
    const { place, at, marker, ...ref } = old;
    const read = [
      { id: 'a1', route: { place: 'local', host: null }, launch: { place, host: null, at, marker, ref } },
      { id: 'a2', route: { place: 'local', host: null }, launch: null },
    ];
    expect(await store.openAttempts()).toMatchObject(read);
    // There was only one machine, so whoever reaches the place takes them over, and nobody else.
    const late = { holder: 'me', leaseFor: 10, at: { boot: 'this boot', ms: 30, wall: 30 } };
    expect(await store.takeOver({ ...late, reach: [{ place: 'pool', host: 'any' }] })).toEqual([]);
    expect(await store.takeOver({ ...late, reach: [{ place: 'local', host: 'any' }] })).toMatchObject(read.map((attempt) => ({ attempt })));
    await engine.end();
  });

  test('a database of the third version keeps its holds; nothing was seen of accounts, and its tasks name no servers and no role', async () => {
    const engine = inMemory();
    const file = ':memory:';
    await migrate({ engine, file, known: { '001-first': first, '002-watched': second, '003-holds': third } });
    const columns = 'repo, id, title, tags, blocked_by, line, wanted, state, reason, retries, attempts, count_from, created_at, updated_at';
    const values = `'/r', 't1', 'One', '[]', '[]', 'none', 1, 'queued', '', 0, 0, 0, 1, 1`;
    await engine.write((tx) => tx.run({ text: `insert into tasks (${columns}) values (${values})`, values: [] }));
    const hold = { key: 1, holder: 'me', what: 'attached', at: 5 } as const;
    expect(await storeOn(engine).hold(hold)).toBe(true);
    await migrate({ engine, file });
    const store = storeOn(engine);
    expect(await store.taskByKey(1)).toMatchObject({ id: 't1', mcp: null, role: null });
    expect(await store.holds()).toEqual([hold]);
    expect(await store.conditions('account')).toEqual(new Map());
    await store.changeCondition({ kind: 'account', name: 'key', change: () => unseen });
    expect(await store.conditions('account')).toEqual(new Map([['key', unseen]]));
    // A second time, it changes nothing.
    await migrate({ engine, file });
    expect(await store.conditions('account')).toEqual(new Map([['key', unseen]]));
    await engine.end();
  });
});
