// Repositories and batches: small lists that are stored as they are given.
import type { Batch } from '../core/task/batch.ts';
import type { Store } from '../ports/store.ts';
import type { Engine, Reader } from './engine.ts';
import { toBatch } from './rows.ts';
import type { BatchRow } from './schema.ts';
import { record, sql } from './sql.ts';

export function addRepo(engine: Engine, given: Parameters<Store['addRepo']>[0]): Promise<boolean> {
  const row = record({ root: given.root, added_at: given.at });
  return engine.write(async (tx) => (await tx.run(sql`insert into repos ${row} on conflict (root) do nothing`)) === 1);
}

export async function listRepos(read: Reader): Promise<readonly string[]> {
  const rows = await read.all<{ readonly root: string }>(sql`select root from repos order by added_at, root`);
  return rows.map(({ root }) => root);
}

export function putBatch(engine: Engine, batch: Batch): Promise<'added' | 'exists'> {
  const { name, state, concurrency, mcp, role, createdAt } = batch;
  const row = record({ name, state, concurrency, mcp: mcp === null ? null : JSON.stringify(mcp), role, created_at: createdAt });
  return engine.write(async (tx) =>
    (await tx.run(sql`insert into batches ${row} on conflict (name) do nothing`)) === 1 ? 'added' : 'exists',
  );
}

/** False if there is no such batch. */
export function patchBatch(engine: Engine, given: Parameters<Store['patchBatch']>[0]): Promise<boolean> {
  const { name, state = null, concurrency = null } = given;
  return engine.write(
    async (tx) =>
      (await tx.run(sql`
        update batches set state = coalesce(${state}, state), concurrency = coalesce(${concurrency}, concurrency)
        where name = ${name}`)) === 1,
  );
}

export async function listBatches(read: Reader): Promise<readonly Batch[]> {
  return (await read.all<BatchRow>(sql`select * from batches order by created_at, name`)).map(toBatch);
}
