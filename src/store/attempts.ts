// Attempts: each is claimed in one transaction, written to only under its lease, and closed together with the task's next
// state.
import type { Attempt, LastAttempt } from '../core/task/attempt.ts';
import type { Stop } from '../core/task/stop.ts';
import { overruling } from '../core/task/action.ts';
import { Fault } from '../core/fault.ts';
import type { TaskState } from '../core/task/task.ts';
import { answerOf } from '../core/delivery/delivery.ts';
import type { AnswerKind } from '../core/delivery/answer-kind.ts';
import { noTokens } from '../core/transcript/transcript.ts';
import type { Claim, Store, Taken, Written } from '../ports/store.ts';
import { heldBy, isOpen, selectAttempts, selectOpen } from './attempt-queries.ts';
import type { Engine, Reader } from './engine.ts';
import { isHeld } from './holds.ts';
import { leaseColumns } from './leases.ts';
import { addToLedger } from './ledger.ts';
import { attemptColumns, toAttempt, toLastAttempt, tokenColumns, toStop, type FullAttemptRow, type LastAttemptRow } from './rows.ts';
import type { AttemptRow, TaskRow } from './schema.ts';
import { assigned, chunksOf, listed, record, sql, type Sql } from './sql.ts';
import { changeState, taskByKey } from './tasks.ts';

export async function findAttempt(read: Reader, id: string): Promise<Attempt | null> {
  const row = await read.one<FullAttemptRow>(sql`${selectAttempts} where attempts.id = ${id}`);
  return row === undefined ? null : toAttempt(row);
}

export async function openAttempts(read: Reader): Promise<readonly Attempt[]> {
  return (await read.all<FullAttemptRow>(selectOpen)).map(toAttempt);
}

export function attemptsOf(read: Reader, taskKeys: readonly number[]): Promise<readonly Attempt[]> {
  return inChunks(read, {
    names: taskKeys.toSorted((a, b) => a - b),
    query: (keys) => sql`${selectAttempts} where attempts.task_key in ${keys} order by attempts.task_key, attempts.number`,
  });
}

export async function lastAttempts(read: Reader, taskKeys: readonly number[]): Promise<readonly LastAttempt[]> {
  const found: LastAttempt[] = [];
  for (const keys of chunksOf({ all: taskKeys })) {
    // A task counts its attempts, and the number of its last attempt is that count.
    const rows = await read.all<LastAttemptRow>(sql`
      select task_key, attempts.agent, attempts.model, account, billing, verdict
      from attempts join tasks on tasks.key = task_key and attempts.number = tasks.attempts where tasks.key in ${listed(keys)}`);
    for (const row of rows) found.push(toLastAttempt(row));
  }
  return found;
}

export function attemptsByIds(read: Reader, ids: readonly string[]): Promise<readonly Attempt[]> {
  return inChunks(read, { names: ids, query: (list) => sql`${selectAttempts} where attempts.id in ${list}` });
}

async function inChunks(
  read: Reader,
  given: { readonly names: readonly (string | number)[]; readonly query: (list: Sql) => Sql },
): Promise<readonly Attempt[]> {
  const found: Attempt[] = [];
  for (const names of chunksOf({ all: given.names })) {
    const rows = await read.all<FullAttemptRow>(given.query(listed(names)));
    for (const row of rows) found.push(toAttempt(row));
  }
  return found;
}

/** The state is a literal, so that the planner can use the partial index. */
export async function peaks(read: Reader, given: Parameters<Store['peaks']>[0]): Promise<readonly number[]> {
  const rows = await read.all<{ readonly peak_memory: number }>(sql`
    select peak_memory from attempts where agent = ${given.agent} and state = 'closed' and peak_memory is not null
    order by ended_at desc, id desc limit ${given.limit}`);
  return rows.map((row) => row.peak_memory);
}

type Claiming = Parameters<Store['claim']>[0];

export function claim(engine: Engine, given: Claiming): Promise<Claim> {
  const { id, taskKey, holder, reason, at } = given;
  return engine.write(async (tx) => {
    const task = await tx.one<Pick<TaskRow, 'repo' | 'id' | 'state' | 'attempts'>>(
      sql`select repo, id, state, attempts from tasks where key = ${taskKey}`,
    );
    const delivered = task?.state === 'delivered' ? await taskByKey(tx, taskKey) : null;
    const answer = delivered === null ? null : answerOf(delivered);
    if (task === undefined || (task.state !== 'queued' && answer === null)) return { claimed: false, why: 'not-queued' };
    if (await isHeld(tx, taskKey)) return { claimed: false, why: 'held' };
    const open = await taken(tx);
    // A person may queue the task again while its last worker is still being settled.
    if (open.some((one) => one.taskKey === taskKey)) return { claimed: false, why: 'open-attempt' };
    if (!given.admit(open)) return { claimed: false, why: 'caps' };
    const number = task.attempts + 1;
    const row = newAttempt({ claiming: given, number, answer: answer?.kind ?? null });
    await tx.run(sql`insert into attempts ${record(row)}`);
    await changeState(tx, { key: taskKey, from: task.state, to: 'running', reason, at, columns: { attempts: number } });
    return { claimed: true, attempt: toAttempt({ ...row, repo: task.repo, task_id: task.id }), lease: { attempt: id, holder, fence: 1 } };
  });
}

function taken(read: Reader): Promise<readonly Taken[]> {
  return read.all<Taken>(sql`
    select task_key as "taskKey", tasks.repo, tasks.batch, attempts.agent, attempts.model, account, place, host
    from attempts join tasks on tasks.key = task_key where ${isOpen}`);
}

function newAttempt(given: { readonly claiming: Claiming; readonly number: number; readonly answer: AnswerKind | null }) {
  const { id, taskKey, route, session, holder, leaseFor, leaseFrom, at } = given.claiming;
  return {
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
    launch: null,
    stop: null,
    worktree: null,
    branch: null,
    out_offset: 0,
    last_event_at: null,
    started_at: at,
    ended_at: null,
    exit: null,
    verdict: null,
    billing: null,
    cost: 0,
    ...tokenColumns(noTokens),
    steps: 0,
    commits: 0,
    holder,
    fence: 1,
    ...leaseColumns({ leaseFor, at: leaseFrom }),
    lease_fence: 1,
    event_count: 0,
    peak_memory: null,
    role: null,
    host: route.host,
    answer: given.answer,
  } satisfies AttemptRow;
}

/**
 * Stores a stop only if there is none. The first reason is the one for which the worker is ended: a person's cancellation
 * must not become a stall because both happened at once.
 */
const firstStop = (stop: Stop): Sql => sql`stop = coalesce(stop, ${JSON.stringify(stop)})`;

export function patchAttempt(engine: Engine, given: Parameters<Store['patchAttempt']>[0]): Promise<Written> {
  const { lease, patch } = given;
  // The fence is set to its own value, so that a patch without columns still checks the lease.
  const columns = assigned({ fence: lease.fence, ...attemptColumns(patch) });
  const set = patch.stop === undefined ? columns : sql`${columns}, ${firstStop(patch.stop)}`;
  return engine.write(async (tx) => ((await tx.run(sql`update attempts set ${set} where ${heldBy(lease)}`)) === 1 ? 'ok' : 'lost'));
}

/** Also true if another stop was stored before: the worker is being ended. */
export function requestStop(engine: Engine, given: Parameters<Store['requestStop']>[0]): Promise<boolean> {
  const { attempt, stop } = given;
  return engine.write(async (tx) => (await tx.run(sql`update attempts set ${firstStop(stop)} where id = ${attempt} and ${isOpen}`)) === 1);
}

export function close(engine: Engine, given: Parameters<Store['close']>[0]): ReturnType<Store['close']> {
  const { lease, closing, task } = given;
  const columns = {
    state: 'closed',
    verdict: JSON.stringify(closing.verdict),
    cost: closing.cost,
    ...tokenColumns(closing.tokens),
    steps: closing.steps,
    commits: closing.commits,
  } satisfies Partial<AttemptRow>;
  return engine.write(async (tx) => {
    const held = await tx.one<Pick<AttemptRow, 'task_key' | 'agent' | 'stop'>>(
      sql`select task_key, agent, stop from attempts where ${heldBy(lease)}`,
    );
    if (held === undefined) return 'lost';
    const stop = overruling({ stop: toStop(held.stop), verdict: closing.verdict.kind });
    if (stop !== null) return { overruledBy: stop };
    await tx.run(sql`update attempts set ${assigned(columns)}, ended_at = coalesce(ended_at, ${closing.at}) where id = ${lease.attempt}`);
    await addToLedger(tx, { id: lease.attempt, taskKey: held.task_key, agent: held.agent, at: closing.at, rows: closing.ledger });
    // If the task is in any other state, a supervisor of an older version has moved it. That state stays, even if the
    // attempt's own move would be legal from there.
    const moved = await changeState(tx, { ...task, key: held.task_key, from: 'running', at: closing.at });
    if (moved === 'illegal') throw illegalMove({ key: held.task_key, to: task.to });
    return 'ok';
  });
}

function illegalMove(given: { readonly key: number; readonly to: TaskState }): Fault {
  return new Fault({
    code: 'illegal-move',
    message: `a running task cannot become ${given.to} when its attempt closes`,
    hint: 'this is a mistake in Yardmaster: please report it',
    data: { task: given.key, to: given.to },
  });
}
