// Holds: tasks that are not dispatched or reaped while a process works on them outside of an attempt. A hold and a claim
// exclude each other, because both are made in write transactions, which run one at a time.
import type { Hold, Store } from '../ports/store.ts';
import { hasOpenAttempt } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import type { HoldRow } from './schema.ts';
import { record, sql } from './sql.ts';

export function hold(engine: Engine, given: Parameters<Store['hold']>[0]): Promise<boolean> {
  const { key, holder, what, at, instead = null } = given;
  const row = { task_key: key, holder, what, at } satisfies HoldRow;
  return engine.write(async (tx) => {
    if (what === 'clearing' && (await hasOpenAttempt(tx, key))) return false;
    const rows = await tx.run(sql`
      insert into holds ${record(row)}
      on conflict (task_key) do update set holder = excluded.holder, what = excluded.what, at = excluded.at
        where holds.holder = ${instead}`);
    return rows === 1;
  });
}

export async function unhold(engine: Engine, given: Parameters<Store['unhold']>[0]): Promise<void> {
  await engine.write((tx) => tx.run(sql`delete from holds where task_key = ${given.key} and holder = ${given.holder}`));
}

export async function listHolds(read: Reader): Promise<readonly Hold[]> {
  const rows = await read.all<HoldRow>(sql`select * from holds order by task_key`);
  return rows.map(({ task_key: key, holder, what, at }) => ({ key, holder, what, at }));
}

export async function isHeld(read: Reader, key: number): Promise<boolean> {
  return (await read.one(sql`select at from holds where task_key = ${key}`)) !== undefined;
}
