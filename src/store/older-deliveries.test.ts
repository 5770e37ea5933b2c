// A database of the twelfth version, in which a task's row contained where its checkout is and how its work arrived.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { closeAs, instant, reach } from '../ports/store.samples.ts';
import { migrate } from './migrate.ts';
import { first } from './migrations/001-first.ts';
import { second } from './migrations/002-watched.ts';
import { third } from './migrations/003-holds.ts';
import { fourth } from './migrations/004-accounts.ts';
import { fifth } from './migrations/005-ledger.ts';
import { sixth } from './migrations/006-tools.ts';
import { seventh } from './migrations/007-roles.ts';
import { eighth } from './migrations/008-hosts.ts';
import { ninth } from './migrations/009-lease-clock.ts';
import { tenth } from './migrations/010-ticks.ts';
import { eleventh } from './migrations/011-reasons.ts';
import { twelfth } from './migrations/012-unused-columns.ts';
import { openStore } from './open.ts';
import { sqliteEngine } from './sqlite-engine.ts';

const upToTwelfth = {
  ...{ '001-first': first, '002-watched': second, '003-holds': third, '004-accounts': fourth, '005-ledger': fifth },
  ...{ '006-tools': sixth, '007-roles': seventh, '008-hosts': eighth, '009-lease-clock': ninth, '010-ticks': tenth },
  ...{ '011-reasons': eleventh, '012-unused-columns': twelfth },
};

/** By id: state, branch, base, worktree, delivered commit, evidence. */
const rows = {
  t1: ['queued', null, null, null, null, null],
  t2: ['running', 'yard/t2', 'b2', '/w/2-t2-1', null, null],
  t3: ['failed', 'yard/t3', 'b3', '/w/3-t3-1', null, null],
  t4: ['delivered', 'yard/t4', 'b4', '/w/4-t4-1', 'c4', 'pushed'],
  t5: ['done', 'yard/t5', 'b5', null, 'c5', 'pushed'],
  t6: ['done', 'yard/t6', 'b6', null, null, 'no change needed'],
  t7: ['done', null, null, null, null, 'it was so'],
} as const;

async function twelfthVersion(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-older-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'db');
  const database = new DatabaseSync(file);
  const engine = sqliteEngine({ database, file, patience: 0 });
  await migrate({ engine, file, known: upToTwelfth });
  for (const [id, [state, ...values]] of Object.entries(rows))
    database
      .prepare(
        `insert into tasks (repo, id, title, tags, blocked_by, line, wanted, state, reason, retries, attempts, count_from, created_at, updated_at,
           branch, base, worktree, delivered_commit, evidence)
         values ('/r', ?, '', '[]', '[]', 'none', 1, ?, '', 0, 1, 0, 1, 1, ?, ?, ?, ?, ?)`,
      )
      .run(id, state, ...values);
  database.exec(
    `insert into attempts (id, task_key, number, state, agent, model, place, host, reasons, worktree, branch, out_offset, started_at, cost,
       tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, steps, commits, holder, fence, lease_until, event_count)
     values ('a2', 2, 1, 'running', 'ours', 'p/m', 'local', 'this', '[]', '/w/2-t2-1', 'yard/t2', 0, 1, 0, 0, 0, 0, 0, 0, 0, 'older', 1, 5, 0)`,
  );
  await engine.end();
  return file;
}

test('what its rows said stands in the records, and the copy is as it was', async () => {
  const file = await twelfthVersion();
  const store = await openStore({ file, lives: async () => false });
  const found = (await store.tasks({})).map(({ id, state, delivery, site }) => [id, [state, delivery, site]]);
  const begun = (id: string) => ({
    branch: `yard/t${id}`,
    base: `b${id}`,
    commit: null,
    evidence: null,
    pull: null,
    merged: null,
    stackedOn: null,
  });
  expect(Object.fromEntries(found)).toEqual({
    t1: ['queued', null, null],
    t2: ['running', begun('2'), { checkout: '/w/2-t2-1' }],
    t3: ['failed', begun('3'), { checkout: '/w/3-t3-1' }],
    t4: ['delivered', { ...begun('4'), commit: 'c4', evidence: 'pushed' }, { checkout: '/w/4-t4-1' }],
    t5: ['done', { ...begun('5'), commit: 'c5', evidence: 'pushed' }, null],
    t6: ['done', { ...begun('6'), evidence: 'no change needed' }, null],
    t7: ['done', { branch: null, base: null, commit: null, evidence: 'it was so', pull: null, merged: null, stackedOn: null }, null],
  });
  expect((await store.tasks({ withSite: true })).map(({ id }) => id)).toEqual(['t2', 't3', 't4']);
  await store.end();
  const copy = new DatabaseSync(`${file}.before-013-deliveries`);
  const kept = copy.prepare('select id, state, branch, base, worktree, delivered_commit, evidence from tasks').all();
  copy.close();
  expect(Object.fromEntries(kept.map((row) => Object.values(row)).map(([id, ...values]) => [id, values]))).toEqual(rows);
});

test('its open attempt is taken over, and its task is delivered', async () => {
  const store = await openStore({ file: await twelfthVersion(), lives: async () => false });
  const [taken] = await store.takeOver({ holder: 'newer', leaseFor: 10, at: instant(100), reach });
  expect(taken).toMatchObject({ attempt: { id: 'a2', worktree: '/w/2-t2-1', branch: 'yard/t2' } });
  const patch = { delivery: { commit: 'c2', evidence: 'pushed' } };
  expect(await closeAs(store, { lease: taken!.lease, to: 'delivered', patch })).toBe('ok');
  expect(await store.task({ repo: '/r', id: 't2' })).toMatchObject({
    state: 'delivered',
    delivery: { branch: 'yard/t2', base: 'b2', commit: 'c2', evidence: 'pushed' },
    site: { checkout: '/w/2-t2-1' },
  });
  await store.end();
});
