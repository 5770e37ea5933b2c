// Attempts: claimed in one transaction, written to under a lease only, closed together with the task's next state.
import type { Attempt, Lease, Route, Stop } from '../core/attempt.ts';
import { Fault } from '../core/fault.ts';
import type { Task, TaskState } from '../core/task.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { AttemptPatch, Claim, Closing, TaskPatch, Written } from '../ports/store.ts';
import { isOpen, selectAttempts, selectOpen, writeAttempt } from './attempt-queries.ts';
import { reading, type Engine, type Reader, type Writer } from './engine.ts';
import { isHeld } from './holds.ts';
import { attemptColumns, toAttempt, toTask, tokenColumns } from './rows.ts';
import { changeState, taskByKey } from './tasks.ts';

/** Keys per query; databases limit the parameters of a statement. */
const keysPerQuery = 500;

export async function findAttempt(read: Reader, id: string): Promise<Attempt | null> {
  const row = await selectAttempts(read).where('attempts.id', '=', id).executeTakeFirst();
  return row === undefined ? null : toAttempt(row);
}

export async function openAttempts(read: Reader): Promise<readonly Attempt[]> {
  return (await selectOpen(read).execute()).map(toAttempt);
}

export async function attemptsOf(read: Reader, taskKeys: readonly number[]): Promise<readonly Attempt[]> {
  const found: Attempt[] = [];
  for (let from = 0; from < taskKeys.length; from += keysPerQuery) {
    const keys = taskKeys.slice(from, from + keysPerQuery);
    const rows = await selectAttempts(read)
      .where('attempts.task_key', 'in', keys)
      .orderBy('attempts.task_key')
      .orderBy('attempts.number')
      .execute();
    found.push(...rows.map(toAttempt));
  }
  return found;
}

interface Claiming {
  readonly id: string;
  readonly taskKey: number;
  readonly route: Route;
  readonly session: string;
  readonly holder: string;
  readonly leaseFor: Duration;
  readonly at: Instant;
  readonly reason: string;
  readonly admit: (open: readonly { readonly attempt: Attempt; readonly task: Task }[]) => boolean;
}

export function claim(engine: Engine, given: Claiming): Promise<Claim> {
  return engine.write(async (tx) => {
    const stored = await taskByKey(reading(tx), given.taskKey);
    if (stored?.state !== 'queued') return { claimed: false, why: 'not-queued' };
    if (await isHeld(reading(tx), stored.key)) return { claimed: false, why: 'held' };
    const open = await openWithTasks(reading(tx));
    // A person may have queued the task again while its last worker is still being settled.
    if (open.some(({ task }) => task.key === stored.key)) return { claimed: false, why: 'open-attempt' };
    if (!given.admit(open)) return { claimed: false, why: 'caps' };
    await insertAttempt(tx, { claiming: given, number: stored.attempts + 1 });
    await changeState(tx, { stored, to: 'running', reason: given.reason, at: given.at, attempts: stored.attempts + 1 });
    const attempt = await findAttempt(reading(tx), given.id);
    if (attempt === null) throw new Error(`attempt ${given.id} was not stored`);
    return { claimed: true, attempt, lease: { attempt: given.id, holder: given.holder, fence: 1 } };
  });
}

async function openWithTasks(read: Reader): Promise<readonly { attempt: Attempt; task: Task }[]> {
  const attempts = await openAttempts(read);
  if (attempts.length === 0) return [];
  const rows = await read
    .selectFrom('tasks')
    .selectAll()
    .where(
      'key',
      'in',
      attempts.map(({ taskKey }) => taskKey),
    )
    .execute();
  const tasks = new Map(rows.map((row) => [row.key, toTask(row)]));
  return attempts.flatMap((attempt) => {
    const task = tasks.get(attempt.taskKey);
    return task === undefined ? [] : [{ attempt, task }];
  });
}

async function insertAttempt(tx: Writer, given: { readonly claiming: Claiming; readonly number: number }): Promise<void> {
  const { id, taskKey, route, session, holder, leaseFor, at } = given.claiming;
  await tx
    .insertInto('attempts')
    .values({
      id,
      task_key: taskKey,
      number: given.number,
      state: 'preparing',
      agent: route.agent,
      model: route.model,
      account: route.account,
      route_billing: route.billing,
      place: route.place,
      reasons: JSON.stringify(route.reasons),
      session,
      out_offset: 0,
      err_offset: 0,
      started_at: at,
      cost: 0,
      ...tokenColumns({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }),
      steps: 0,
      commits: 0,
      holder,
      fence: 1,
      lease_until: at + leaseFor,
      event_count: 0,
    })
    .execute();
}

/**
 * A stop is stored only where none is: the first reason is the one by which the worker is ended, and a person's
 * cancellation must not become a stall because both came at once.
 */
export function patchAttempt(engine: Engine, given: { readonly lease: Lease; readonly patch: AttemptPatch }): Promise<Written> {
  const { lease, patch } = given;
  const { stop } = patch;
  return engine.write(async (tx) => {
    const rows = await writeAttempt(tx, lease)
      // The fence to itself: a patch without columns still asks whether the lease holds.
      .set((column) => ({
        fence: lease.fence,
        ...attemptColumns(patch),
        ...(stop === undefined ? {} : { stop: column.fn.coalesce('stop', column.val(JSON.stringify(stop))) }),
      }))
      .returning('id')
      .execute();
    return rows.length === 1 ? 'ok' : 'lost';
  });
}

/** True also when another stop was stored before: the worker is being ended. */
export function requestStop(engine: Engine, given: { readonly attempt: string; readonly stop: Stop }): Promise<boolean> {
  return engine.write(async (tx) => {
    const rows = await tx
      .updateTable('attempts')
      .set((column) => ({ stop: column.fn.coalesce('stop', column.val(JSON.stringify(given.stop))) }))
      .where('id', '=', given.attempt)
      .where(isOpen)
      .returning('id')
      .execute();
    return rows.length === 1;
  });
}

interface Close {
  readonly lease: Lease;
  readonly closing: Closing;
  readonly task: { readonly to: TaskState; readonly reason: string; readonly patch: TaskPatch };
}

export function close(engine: Engine, given: Close): Promise<Written> {
  const { lease, closing, task } = given;
  return engine.write(async (tx) => {
    const closed = await writeAttempt(tx, lease)
      .set((column) => ({
        state: 'closed' as const,
        verdict: JSON.stringify(closing.verdict),
        cost: closing.cost,
        ...tokenColumns(closing.tokens),
        steps: closing.steps,
        commits: closing.commits,
        ended_at: column.fn.coalesce('ended_at', column.val(closing.at)),
      }))
      .returning('task_key')
      .executeTakeFirst();
    if (closed === undefined) return 'lost';
    const stored = await taskByKey(reading(tx), closed.task_key);
    // In any other state somebody else has moved the task since (cancelled it, queued it anew), and that stands, even
    // where the attempt's own move would be legal from there: a retry must not bring a cancelled task back.
    if (stored?.state === 'running') await moveOrFault(tx, { stored, ...task, at: closing.at });
    return 'ok';
  });
}

async function moveOrFault(
  tx: Writer,
  move: { readonly stored: Task; readonly to: TaskState; readonly reason: string; readonly patch: TaskPatch; readonly at: Instant },
): Promise<void> {
  if ((await changeState(tx, move)) === 'ok') return;
  throw new Fault({
    code: 'illegal-move',
    message: `task ${move.stored.id} cannot become ${move.to} from ${move.stored.state} when its attempt closes`,
    hint: 'this is a mistake in Yardmaster: please report it',
    data: { task: move.stored.key, from: move.stored.state, to: move.to },
  });
}
