// Holds: tasks that are kept from being dispatched and reaped while a process works on them outside of an attempt.
// A hold and a claim exclude each other: both are made in write transactions, which run one at a time.
import type { Hold } from '../ports/store.ts';
import type { Engine, Reader } from './engine.ts';

export async function hold(engine: Engine, given: Hold & { readonly instead?: string }): Promise<boolean> {
  const { key, holder, what, at, instead } = given;
  const result = await engine.write((tx) =>
    tx
      .insertInto('holds')
      .values({ task_key: key, holder, what, at })
      .onConflict((conflict) => {
        const stands = conflict.column('task_key');
        return instead === undefined ? stands.doNothing() : stands.doUpdateSet({ holder, what, at }).where('holds.holder', '=', instead);
      })
      .executeTakeFirst(),
  );
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function unhold(engine: Engine, given: { readonly key: number; readonly holder: string }): Promise<void> {
  await engine.write((tx) => tx.deleteFrom('holds').where('task_key', '=', given.key).where('holder', '=', given.holder).execute());
}

export async function listHolds(read: Reader): Promise<readonly Hold[]> {
  const rows = await read.selectFrom('holds').selectAll().orderBy('task_key').execute();
  return rows.map(({ task_key, holder, what, at }) => ({ key: task_key, holder, what, at }));
}

export async function isHeld(read: Reader, key: number): Promise<boolean> {
  return (await read.selectFrom('holds').select('task_key').where('task_key', '=', key).executeTakeFirst()) !== undefined;
}
