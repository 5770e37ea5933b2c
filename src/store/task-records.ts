// The records beside a task: the site with its checkout, and its delivery. They are read together with the task, and
// written in the transaction that writes the task.
import type { TaskPatch } from '../ports/task-moves.ts';
import type { Writer } from './engine.ts';
import { deliveryColumns, toPull } from './rows.ts';
import type { DeliveryRow } from './schema.ts';
import { assigned, record, sql, type Row, type Sql } from './sql.ts';

const columns = sql`tasks.*, checkout, deliveries.task_key as delivery, branch, base, delivered_commit, evidence, pull, merged, stacked_on`;
const withDeliveries = sql`left join deliveries on deliveries.task_key = tasks.key`;

/** A `where` clause has to follow. */
export const selectTasks = sql`select ${columns} from tasks left join sites on sites.task_key = tasks.key ${withDeliveries}`;

/**
 * Only tasks that have a site, if the condition joins the two tables. SQLite executes a cross join in the written order;
 * on its own it would search all finished tasks for the few that still have a site.
 */
export const selectTasksWithSite = sql`select ${columns} from sites cross join tasks ${withDeliveries}`;

export async function writeRecords(tx: Writer, given: { readonly key: number; readonly patch: TaskPatch }): Promise<void> {
  const { key, patch } = given;
  if (patch.site !== undefined) await write(tx, { key, table: sql`sites`, columns: patch.site && { checkout: patch.site.checkout } });
  if (patch.delivery !== undefined)
    await write(tx, { key, table: sql`deliveries`, columns: patch.delivery && deliveryColumns(patch.delivery) });
  if (patch.pull !== undefined) {
    const row = await tx.one<Pick<DeliveryRow, 'pull'>>(sql`select pull from deliveries where task_key = ${key}`);
    const pull = toPull(row?.pull ?? null);
    if (pull?.seen != null) await write(tx, { key, table: sql`deliveries`, columns: deliveryColumns({ pull: patch.pull(pull) }) });
  }
}

/** `columns`: null removes the record; if all columns are null, no record is created. */
async function write(tx: Writer, given: { readonly key: number; readonly table: Sql; readonly columns: Row | null }): Promise<void> {
  const { key, table, columns } = given;
  if (columns === null) await tx.run(sql`delete from ${table} where task_key = ${key}`);
  else if (Object.values(columns).some((value) => value !== null))
    await tx.run(sql`
      insert into ${table} ${record({ task_key: key, ...columns })} on conflict (task_key) do update set ${assigned(columns)}`);
  else if (Object.keys(columns).length > 0) await tx.run(sql`update ${table} set ${assigned(columns)} where task_key = ${key}`);
}
