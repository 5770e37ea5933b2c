// Tasks and their transitions. Every change of a state passes through `changeState`, which asks the core whether it
// is legal and leaves the transition's row; nothing else writes the column.
import { mayBecome, taskStates, type Task, type TaskRequest, type TaskState } from '../core/task.ts';
import type { Instant } from '../core/time.ts';
import type { Moved, TaskFilter, TaskPatch, Transition } from '../ports/store.ts';
import { reading, type Engine, type Reader, type Writer } from './engine.ts';
import { requestColumns, taskColumns, toTask, toTransition } from './rows.ts';

interface Put {
  readonly repo: string;
  readonly task: TaskRequest;
  readonly at: Instant;
}

/** A settled task is history, and a running or delivered one is what its worker was told. */
const mayBeUpdated: readonly TaskState[] = ['queued', 'blocked', 'failed'];

export async function putTask(engine: Engine, put: Put): Promise<'added' | 'updated' | 'same'> {
  // Intake puts the whole list again at every pulse; what is up to date must not cost a turn at the write lock.
  const seen = await findTask(engine.read, { repo: put.repo, id: put.task.id });
  if (seen !== null && changes(seen, put.task) === null) return 'same';
  return engine.write(async (tx) => {
    const stored = await findTask(reading(tx), { repo: put.repo, id: put.task.id });
    if (stored === null) {
      await insertTask(tx, put);
      return 'added';
    }
    const columns = changes(stored, put.task);
    if (columns === null) return 'same';
    await tx
      .updateTable('tasks')
      .set({ ...columns, updated_at: put.at })
      .where('key', '=', stored.key)
      .execute();
    return 'updated';
  });
}

/** The columns after the request, null when it changes nothing. What is wanted, or in a batch, stays so. */
function changes(stored: Task, request: TaskRequest): ReturnType<typeof requestColumns> | null {
  if (!mayBeUpdated.includes(stored.state)) return null;
  const after = requestColumns({ ...request, wanted: stored.wanted || request.wanted, batch: stored.batch ?? request.batch });
  const before: Record<string, unknown> = requestColumns(stored);
  return Object.entries(after).some(([column, value]) => before[column] !== value) ? after : null;
}

async function insertTask(tx: Writer, put: Put): Promise<void> {
  await tx
    .insertInto('tasks')
    .values({
      ...requestColumns(put.task),
      repo: put.repo,
      id: put.task.id,
      state: 'queued',
      reason: 'added',
      not_before: null,
      retries: 0,
      attempts: 0,
      count_from: 0,
      branch: null,
      base: null,
      worktree: null,
      delivered_commit: null,
      pr_url: null,
      evidence: null,
      created_at: put.at,
      updated_at: put.at,
    })
    .execute();
}

export async function findTask(read: Reader, given: { readonly repo: string; readonly id: string }): Promise<Task | null> {
  const row = await read.selectFrom('tasks').selectAll().where('repo', '=', given.repo).where('id', '=', given.id).executeTakeFirst();
  return row === undefined ? null : toTask(row);
}

export async function taskByKey(read: Reader, key: number): Promise<Task | null> {
  const row = await read.selectFrom('tasks').selectAll().where('key', '=', key).executeTakeFirst();
  return row === undefined ? null : toTask(row);
}

export function selectTasks(read: Reader, filter: TaskFilter) {
  let query = read.selectFrom('tasks').selectAll();
  // All states named: otherwise SQLite reads the whole table in the order of its keys instead of the few by the index.
  const states = filter.states ?? (filter.withWorktree === true ? taskStates : undefined);
  if (states !== undefined) query = query.where('state', 'in', states);
  if (filter.repo !== undefined) query = query.where('repo', '=', filter.repo);
  if (filter.batch !== undefined) query = query.where('batch', '=', filter.batch);
  if (filter.withWorktree === true) query = query.where('worktree', 'is not', null);
  return query.orderBy('key');
}

export async function listTasks(read: Reader, filter: TaskFilter): Promise<readonly Task[]> {
  if (filter.states?.length === 0) return [];
  return (await selectTasks(read, filter).execute()).map(toTask);
}

export interface Move {
  readonly key: number;
  readonly to: TaskState;
  readonly reason: string;
  readonly at: Instant;
  readonly patch?: TaskPatch;
}

export function moveTask(engine: Engine, move: Move): Promise<Moved> {
  return engine.write(async (tx) => {
    const stored = await taskByKey(reading(tx), move.key);
    if (stored === null) return 'unknown';
    return changeState(tx, { ...move, stored });
  });
}

/** Inside the caller's transaction, in which `stored` was read. */
export async function changeState(
  tx: Writer,
  given: Omit<Move, 'key'> & { readonly stored: Task; readonly attempts?: number },
): Promise<'ok' | 'illegal'> {
  const { stored, to, reason, at, patch = {}, attempts = stored.attempts } = given;
  if (!mayBecome(stored.state, to)) return 'illegal';
  await tx
    .updateTable('tasks')
    .set({ ...taskColumns(patch), state: to, reason, attempts, updated_at: at })
    .where('key', '=', stored.key)
    .execute();
  await tx.insertInto('transitions').values({ task_key: stored.key, from_state: stored.state, to_state: to, reason, at }).execute();
  return 'ok';
}

export async function patchTask(
  engine: Engine,
  given: { readonly key: number; readonly patch: TaskPatch; readonly at: Instant },
): Promise<void> {
  const columns = taskColumns(given.patch);
  if (Object.keys(columns).length === 0) return;
  await engine.write((tx) =>
    tx
      .updateTable('tasks')
      .set({ ...columns, updated_at: given.at })
      .where('key', '=', given.key)
      .execute(),
  );
}

export async function listTransitions(read: Reader, key: number): Promise<readonly Transition[]> {
  const rows = await read.selectFrom('transitions').selectAll().where('task_key', '=', key).orderBy('id').execute();
  return rows.map(toTransition);
}
