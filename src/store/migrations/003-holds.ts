// Holds: one row per held task, for as long as it is held.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const holds: Migration = { up };

async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('holds')
    .addColumn('task_key', 'integer', (c) => c.primaryKey().notNull().references('tasks.key'))
    .addColumn('holder', 'text', (c) => c.notNull())
    .addColumn('what', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
}
