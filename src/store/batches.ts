// Repositories and batches: small lists, kept as they are told.
import type { Batch } from '../core/batch.ts';
import type { Instant } from '../core/time.ts';
import type { Engine, Reader } from './engine.ts';
import { toBatch } from './rows.ts';

export async function addRepo(engine: Engine, given: { readonly root: string; readonly at: Instant }): Promise<boolean> {
  const result = await engine.write((tx) =>
    tx
      .insertInto('repos')
      .values({ root: given.root, added_at: given.at })
      .onConflict((conflict) => conflict.column('root').doNothing())
      .executeTakeFirst(),
  );
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function listRepos(read: Reader): Promise<readonly string[]> {
  const rows = await read.selectFrom('repos').select('root').orderBy('added_at').orderBy('root').execute();
  return rows.map(({ root }) => root);
}

export async function putBatch(engine: Engine, batch: Batch): Promise<'added' | 'exists'> {
  const result = await engine.write((tx) =>
    tx
      .insertInto('batches')
      .values({ name: batch.name, state: batch.state, concurrency: batch.concurrency, created_at: batch.createdAt })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst(),
  );
  return result.numInsertedOrUpdatedRows === 1n ? 'added' : 'exists';
}

/** False when there is no such batch. */
export function patchBatch(
  engine: Engine,
  given: { readonly name: string; readonly state?: Batch['state']; readonly concurrency?: number },
): Promise<boolean> {
  const { name, state, concurrency } = given;
  return engine.write(async (tx) => {
    const stored = await tx.selectFrom('batches').selectAll().where('name', '=', name).executeTakeFirst();
    if (stored === undefined) return false;
    await tx
      .updateTable('batches')
      .set({ state: state ?? stored.state, concurrency: concurrency ?? stored.concurrency })
      .where('name', '=', name)
      .execute();
    return true;
  });
}

export async function listBatches(read: Reader): Promise<readonly Batch[]> {
  const rows = await read.selectFrom('batches').selectAll().orderBy('created_at').orderBy('name').execute();
  return rows.map(toBatch);
}
