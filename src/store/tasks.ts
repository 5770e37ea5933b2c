// Tasks and their transitions. Every change of a state goes through `changeState`, which asks the core whether it is legal
// and adds the transition's row. Nothing else writes the column.
import type { TaskReason } from '../core/reason/task-reason.ts';
import { mayBecome, nextTaskId, type Task, type TaskRequest, type TaskState } from '../core/task/task.ts';
import { asRequested } from '../core/todo/request.ts';
import type { Instant } from '../core/time.ts';
import type { Put, Store, TaskFilter, Transition, Written } from '../ports/store.ts';
import type { TaskPatch } from '../ports/task-moves.ts';
import { heldBy } from './attempt-queries.ts';
import type { Engine, Reader, Writer } from './engine.ts';
import { enterTask } from './feed.ts';
import { requestColumns, taskColumns, toTask, toTransition, type FullTaskRow } from './rows.ts';
import type { TaskRow, TransitionRow } from './schema.ts';
import { assigned, chunksOf, listed, record, sql, type Sql } from './sql.ts';
import { selectTasks, selectTasksWithSite, writeRecords } from './task-records.ts';

type Request = Parameters<Store['putTask']>[0];

export async function putTask(engine: Engine, put: Request): Promise<Put> {
  // Intake stores the whole list again at every pulse; lines that are up to date must not take the write lock.
  const seen = await findTask(engine.read, { repo: put.repo, id: put.task.id });
  const known = seen === null ? null : changes(seen, put.task);
  if (typeof known === 'string') return known;
  return engine.write(async (tx) => {
    const stored = await findTask(tx, { repo: put.repo, id: put.task.id });
    if (stored === null) {
      await tx.run(sql`insert into tasks ${record(newTask(put))}`);
      return 'added';
    }
    const columns = changes(stored, put.task);
    if (typeof columns === 'string') return columns;
    await tx.run(sql`update tasks set ${assigned({ ...columns, updated_at: put.at })} where key = ${stored.key}`);
    return 'updated';
  });
}

export function addTask(engine: Engine, given: Parameters<Store['addTask']>[0]): Promise<Task | null> {
  const { repo, task, taken, prefix, at } = given;
  return engine.write(async (tx) => {
    const stored = await tx.all<Pick<TaskRow, 'id'>>(sql`select id from tasks where repo = ${repo}`);
    const ids = stored.map(({ id }) => id);
    const id = task.id ?? nextTaskId({ taken: [...taken, ...ids], ids: prefix });
    if (ids.includes(id)) return null;
    await tx.run(sql`insert into tasks ${record(newTask({ repo, task: { ...task, id }, at }))}`);
    return findTask(tx, { repo, id });
  });
}

/** The columns after the request, or why the request changes nothing. */
function changes(stored: Task, request: TaskRequest): ReturnType<typeof requestColumns> | 'same' | 'clash' {
  const changed = asRequested(stored, request);
  if (typeof changed === 'string') return changed === 'clash' ? 'clash' : 'same';
  const after = requestColumns(changed);
  const before: Record<string, unknown> = requestColumns(stored);
  return Object.entries(after).some(([column, value]) => before[column] !== value) ? after : 'same';
}

function newTask(put: Request) {
  return {
    ...requestColumns(put.task),
    repo: put.repo,
    id: put.task.id,
    state: 'queued',
    reason: JSON.stringify({ code: 'added', facts: {} } satisfies TaskReason),
    not_before: null,
    retries: 0,
    attempts: 0,
    count_from: 0,
    ticks: '[]',
    created_at: put.at,
    updated_at: put.at,
  } satisfies Omit<TaskRow, 'key'>;
}

export function findTask(read: Reader, given: Parameters<Store['task']>[0]): Promise<Task | null> {
  return oneTask(read, sql`${selectTasks} where repo = ${given.repo} and id = ${given.id}`);
}

export function taskByKey(read: Reader, key: number): Promise<Task | null> {
  return oneTask(read, sql`${selectTasks} where key = ${key}`);
}

async function oneTask(read: Reader, query: Sql): Promise<Task | null> {
  const row = await read.one<FullTaskRow>(query);
  return row === undefined ? null : toTask(row);
}

export async function listTasks(read: Reader, filter: TaskFilter): Promise<readonly Task[]> {
  if (filter.states?.length === 0) return [];
  const conditions = [
    ...(filter.states === undefined ? [] : [sql`state in ${listed(filter.states)}`]),
    ...(filter.repo === undefined ? [] : [sql`repo = ${filter.repo}`]),
    ...(filter.batch === undefined ? [] : [sql`batch = ${filter.batch}`]),
    ...(filter.line === undefined ? [] : [sql`line = ${filter.line}`]),
    ...(filter.withSite === true ? [sql`sites.task_key = tasks.key`] : []),
  ];
  const where = conditions.reduce((all, one) => sql`${all} and ${one}`, sql`true`);
  const select = filter.withSite === true ? selectTasksWithSite : selectTasks;
  const rows: FullTaskRow[] = [];
  for (const named of filter.ids === undefined ? [sql``] : chunksOf({ all: filter.ids }).map((ids) => sql`and id in ${listed(ids)}`))
    rows.push(...(await read.all<FullTaskRow>(sql`${select} where ${where} ${named} order by key`)));
  return rows.map(toTask);
}

export async function tasksByKeys(read: Reader, keys: readonly number[]): Promise<readonly Task[]> {
  const found: Task[] = [];
  for (const some of chunksOf({ all: keys })) {
    const rows = await read.all<FullTaskRow>(sql`${selectTasks} where key in ${listed(some)}`);
    for (const row of rows) found.push(toTask(row));
  }
  return found;
}

interface Change {
  readonly key: number;
  readonly from: TaskState;
  readonly to: TaskState;
  readonly reason: TaskReason;
  readonly at: Instant;
  readonly patch?: TaskPatch;
  readonly columns?: Pick<TaskRow, 'attempts'>;
}

/** Runs inside the caller's transaction. A task that is not in the state `from` stays unchanged. */
export async function changeState(tx: Writer, change: Change): Promise<'ok' | 'illegal'> {
  const { key, from, to, at, patch = {}, columns } = change;
  const reason = JSON.stringify(change.reason);
  if (!mayBecome(from, to)) return 'illegal';
  const set = assigned({ ...taskColumns(patch), ...columns, state: to, reason, updated_at: at });
  if ((await tx.run(sql`update tasks set ${set} where key = ${key} and state = ${from}`)) === 0) return 'ok';
  await writeRecords(tx, { key, patch });
  await tx.run(sql`
    insert into transitions (task_key, number, from_state, to_state, reason, at)
    select ${key}, coalesce(max(number), 0) + 1, ${from}, ${to}, ${reason}, ${at} from transitions where task_key = ${key}`);
  await enterTask(tx, { key, at, type: 'task', facts: `{"from":"${from}","to":"${to}","reason":${reason}}` });
  return 'ok';
}

export async function patchTask(engine: Engine, given: Parameters<Store['patchTask']>[0]): Promise<Written> {
  const { key, patch, at, lease } = given;
  if (Object.keys(patch).length === 0) return 'ok';
  const held = lease === undefined ? sql`` : sql`and exists (select 1 from attempts where ${heldBy(lease)})`;
  return engine.write(async (tx) => {
    const isThere = await patchWithin(tx, { key, patch, at, held });
    return isThere || lease === undefined ? 'ok' : 'lost';
  });
}

/**
 * Runs inside the caller's transaction. `held`: a further condition. Returns false if there is no such task, or if the
 * condition does not hold.
 */
export async function patchWithin(
  tx: Writer,
  given: { readonly key: number; readonly patch: TaskPatch; readonly at: Instant; readonly held?: Sql },
): Promise<boolean> {
  const { key, patch, at, held = sql`` } = given;
  const set = assigned({ ...taskColumns(patch), updated_at: at });
  if ((await tx.run(sql`update tasks set ${set} where key = ${key} ${held}`)) === 0) return false;
  await writeRecords(tx, given);
  return true;
}

export async function listTransitions(read: Reader, key: number): Promise<readonly Transition[]> {
  return (await read.all<TransitionRow>(sql`select * from transitions where task_key = ${key} order by number`)).map(toTransition);
}
