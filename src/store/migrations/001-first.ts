// The first schema. Portable but for the self-numbering keys, for which each dialect has its own words.
// Finished tasks and attempts pile up for ever: what a pulse asks for (queued tasks, open attempts) is indexed apart.
import { sql, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const first: Migration = { up };

async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('repos')
    .addColumn('root', 'text', (c) => c.primaryKey().notNull())
    .addColumn('added_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('batches')
    .addColumn('name', 'text', (c) => c.primaryKey().notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('concurrency', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await tasks(db);
  await attempts(db);
}

async function tasks(db: Kysely<Schema>): Promise<void> {
  await selfNumbered({ db, table: 'tasks', column: 'key' })
    .addColumn('repo', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('body', 'text')
    .addColumn('tags', 'text', (c) => c.notNull())
    .addColumn('model', 'text')
    .addColumn('agent', 'text')
    .addColumn('blocked_by', 'text', (c) => c.notNull())
    .addColumn('batch', 'text')
    .addColumn('estimate', 'bigint')
    .addColumn('line', 'text', (c) => c.notNull())
    .addColumn('wanted', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('not_before', 'bigint')
    .addColumn('retries', 'integer', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('count_from', 'integer', (c) => c.notNull())
    .addColumn('branch', 'text')
    .addColumn('base', 'text')
    .addColumn('worktree', 'text')
    .addColumn('delivered_commit', 'text')
    .addColumn('pr_url', 'text')
    .addColumn('evidence', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('one_task_per_repo_and_id', ['repo', 'id'])
    .execute();
  await db.schema.createIndex('tasks_by_state').on('tasks').columns(['state', 'repo']).execute();
  await db.schema.createIndex('tasks_by_batch').on('tasks').columns(['batch', 'state']).where('batch', 'is not', null).execute();
  await db.schema
    .createIndex('tasks_with_worktree')
    .on('tasks')
    .columns(['state', 'repo'])
    .where(sql`worktree`, 'is not', null)
    .execute();

  await selfNumbered({ db, table: 'transitions', column: 'id' })
    .addColumn('task_key', 'integer', (c) => c.notNull().references('tasks.key'))
    .addColumn('from_state', 'text', (c) => c.notNull())
    .addColumn('to_state', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('transitions_by_task').on('transitions').column('task_key').execute();
}

async function attempts(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('attempts')
    .addColumn('id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('task_key', 'integer', (c) => c.notNull().references('tasks.key'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('agent', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('account', 'text')
    .addColumn('route_billing', 'text')
    .addColumn('place', 'text', (c) => c.notNull())
    .addColumn('reasons', 'text', (c) => c.notNull())
    .addColumn('session', 'text')
    .addColumn('launch', 'text')
    .addColumn('stop', 'text')
    .addColumn('worktree', 'text')
    .addColumn('branch', 'text')
    .addColumn('out_offset', 'bigint', (c) => c.notNull())
    .addColumn('err_offset', 'bigint', (c) => c.notNull())
    .addColumn('last_event_at', 'bigint')
    .addColumn('started_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('exit', 'text')
    .addColumn('verdict', 'text')
    .addColumn('billing', 'text')
    .addColumn('cost', 'bigint', (c) => c.notNull())
    .addColumn('tokens_input', 'bigint', (c) => c.notNull())
    .addColumn('tokens_output', 'bigint', (c) => c.notNull())
    .addColumn('tokens_cache_read', 'bigint', (c) => c.notNull())
    .addColumn('tokens_cache_write', 'bigint', (c) => c.notNull())
    .addColumn('steps', 'integer', (c) => c.notNull())
    .addColumn('commits', 'integer', (c) => c.notNull())
    .addColumn('holder', 'text')
    .addColumn('fence', 'integer', (c) => c.notNull())
    .addColumn('lease_until', 'bigint', (c) => c.notNull())
    .addColumn('event_count', 'integer', (c) => c.notNull())
    .addUniqueConstraint('attempts_are_numbered', ['task_key', 'number'])
    .execute();
  // Serves twice: the database itself refuses a second open attempt, and the open ones are found without the closed.
  await db.schema
    .createIndex('one_open_attempt_per_task')
    .unique()
    .on('attempts')
    .column('task_key')
    .where(sql`state`, '<>', sql.lit('closed'))
    .execute();

  await db.schema
    .createTable('events')
    .addColumn('attempt', 'text', (c) => c.notNull().references('attempts.id'))
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('events_in_order', ['attempt', 'seq'])
    .execute();
}

function selfNumbered<C extends string>(given: { db: Kysely<Schema>; table: string; column: C }): CreateTableBuilder<string, C> {
  const { db, table, column } = given;
  // What a dialect can do tells it apart: only SQLite is bound to one connection.
  const sqlite = !db.getExecutor().adapter.supportsMultipleConnections;
  return db.schema
    .createTable(table)
    .addColumn(column, 'integer', (c) => (sqlite ? c.primaryKey().autoIncrement() : c.primaryKey().generatedByDefaultAsIdentity()));
}
