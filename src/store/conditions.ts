// Observed conditions of accounts and providers, one document per name. A document is read, changed by a rule and written
// in one transaction, so two supervisors never overwrite each other's observations.
import { storedAccount, storedRepository } from '../core/reason/legacy.ts';
import type { ConditionKind, Conditions } from '../ports/conditions.ts';
import type { Engine, Reader, Writer } from './engine.ts';
import type { ConditionRow } from './schema.ts';
import { record, sql } from './sql.ts';

export async function listConditions<K extends ConditionKind>(read: Reader, kind: K): Promise<ReadonlyMap<string, Conditions[K]>> {
  const rows = await read.all<ConditionRow>(sql`select * from conditions where kind = ${kind} order by name`);
  return new Map(rows.map(({ name, state }) => [name, parsed(kind, state)]));
}

export async function findCondition<K extends ConditionKind>(
  read: Reader,
  given: { readonly kind: K; readonly name: string },
): Promise<Conditions[K] | null> {
  const row = await read.one<ConditionRow>(sql`select * from conditions where kind = ${given.kind} and name = ${given.name}`);
  return row === undefined ? null : parsed(given.kind, row.state);
}

function parsed<K extends ConditionKind>(kind: K, state: string): Conditions[K] {
  return fromStored[kind](JSON.parse(state) as Conditions[K]);
}

/** Rows of older versions have texts where this one has reasons. */
const fromStored: { readonly [K in ConditionKind]: (state: Conditions[K]) => Conditions[K] } = {
  account: storedAccount,
  repository: storedRepository,
  provider: (state) => state,
  program: (state) => state,
  forge: (state) => state,
  issues: (state) => state,
};

interface Change<K extends ConditionKind> {
  readonly kind: K;
  readonly name: string;
  readonly change: (state: Conditions[K] | null) => Conditions[K];
}

export async function changeCondition<K extends ConditionKind>(engine: Engine, given: Change<K>): Promise<Conditions[K]> {
  const { kind, name, change } = given;
  const stands = await findCondition(engine.read, { kind, name });
  // Most observations change nothing, and those need no lock.
  if (stands !== null && change(stands) === stands) return stands;
  return engine.write((tx) => changeWithin(tx, given));
}

/** Runs inside the caller's transaction. */
export async function changeWithin<K extends ConditionKind>(tx: Writer, { kind, name, change }: Change<K>): Promise<Conditions[K]> {
  const after = change(await findCondition(tx, { kind, name }));
  const written = { kind, name, state: JSON.stringify(after) } satisfies ConditionRow;
  await tx.run(sql`insert into conditions ${record(written)} on conflict (kind, name) do update set state = excluded.state`);
  return after;
}
