// Rows <-> the domain's words. The only place that encodes and decodes JSON columns and flags.
import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Attempt, Launch, Stop } from '../core/attempt.ts';
import type { Batch } from '../core/batch.ts';
import type { Task, TaskRequest } from '../core/task.ts';
import type { Exit, Tokens, TranscriptEvent } from '../core/transcript.ts';
import type { Verdict } from '../core/verdict.ts';
import type { AttemptPatch, StoredEvent, TaskPatch, Transition } from '../ports/store.ts';
import type { AttemptTable, BatchTable, EventTable, Flag, Json, TaskTable, TransitionTable } from './schema.ts';

/** An attempt's row with what belongs to its task. */
export type AttemptRow = Selectable<AttemptTable> & { readonly repo: string; readonly task_id: string };

export function toTask(row: Selectable<TaskTable>): Task {
  return {
    key: row.key,
    repo: row.repo,
    id: row.id,
    title: row.title,
    body: row.body,
    tags: decode<readonly string[]>(row.tags),
    model: row.model,
    agent: row.agent,
    blockedBy: decode<readonly string[]>(row.blocked_by),
    batch: row.batch,
    estimate: row.estimate,
    line: row.line,
    wanted: row.wanted === 1,
    state: row.state,
    reason: row.reason,
    notBefore: row.not_before,
    retries: row.retries,
    attempts: row.attempts,
    countFrom: row.count_from,
    branch: row.branch,
    base: row.base,
    worktree: row.worktree,
    deliveredCommit: row.delivered_commit,
    prUrl: row.pr_url,
    evidence: row.evidence,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The columns that a request fills; the closed list of what a later request may change. */
export function requestColumns(task: TaskRequest) {
  return {
    title: task.title,
    body: task.body,
    tags: JSON.stringify(task.tags),
    model: task.model,
    agent: task.agent,
    blocked_by: JSON.stringify(task.blockedBy),
    batch: task.batch,
    estimate: task.estimate,
    line: task.line,
    wanted: flag(task.wanted),
  } satisfies Partial<Insertable<TaskTable>>;
}

export function taskColumns(patch: TaskPatch): Updateable<TaskTable> {
  return given({
    not_before: patch.notBefore,
    retries: patch.retries,
    count_from: patch.countFrom,
    branch: patch.branch,
    base: patch.base,
    worktree: patch.worktree,
    delivered_commit: patch.deliveredCommit,
    evidence: patch.evidence,
    wanted: patch.wanted === undefined ? undefined : flag(patch.wanted),
    batch: patch.batch,
  });
}

export function toTransition(row: Selectable<TransitionTable>): Transition {
  return { from: row.from_state, to: row.to_state, reason: row.reason, at: row.at };
}

export function toBatch(row: Selectable<BatchTable>): Batch {
  return { name: row.name, state: row.state, concurrency: row.concurrency, createdAt: row.created_at };
}

export function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    taskKey: row.task_key,
    repo: row.repo,
    taskId: row.task_id,
    number: row.number,
    state: row.state,
    route: {
      agent: row.agent,
      model: row.model,
      account: row.account,
      billing: row.route_billing,
      place: row.place,
      reasons: decode<readonly string[]>(row.reasons),
    },
    session: row.session,
    launch: decodeOrNull<Launch>(row.launch),
    stop: decodeOrNull<Stop>(row.stop),
    worktree: row.worktree,
    branch: row.branch,
    outOffset: row.out_offset,
    errOffset: row.err_offset,
    lastEventAt: row.last_event_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exit: decodeOrNull<Exit>(row.exit),
    verdict: decodeOrNull<Verdict>(row.verdict),
    billing: row.billing,
    cost: row.cost,
    tokens: { input: row.tokens_input, output: row.tokens_output, cacheRead: row.tokens_cache_read, cacheWrite: row.tokens_cache_write },
    steps: row.steps,
    commits: row.commits,
  };
}

/** All of a patch but `stop`, which is stored only where none is. */
export function attemptColumns(patch: AttemptPatch): Updateable<AttemptTable> {
  return given({
    state: patch.state,
    launch: patch.launch === undefined ? undefined : JSON.stringify(patch.launch),
    session: patch.session,
    worktree: patch.worktree,
    branch: patch.branch,
    exit: patch.exit === undefined ? undefined : JSON.stringify(patch.exit),
    ended_at: patch.endedAt,
    billing: patch.billing,
  });
}

export function tokenColumns(tokens: Tokens) {
  return {
    tokens_input: tokens.input,
    tokens_output: tokens.output,
    tokens_cache_read: tokens.cacheRead,
    tokens_cache_write: tokens.cacheWrite,
  } satisfies Updateable<AttemptTable>;
}

export function toEvent(row: Selectable<EventTable>): StoredEvent {
  return { seq: row.seq, at: row.at, event: decode<TranscriptEvent>(row.event) };
}

/** Nobody but this program writes these columns, so their shape is what was encoded. */
function decode<T>(text: Json): T {
  return JSON.parse(text) as T;
}

function decodeOrNull<T>(text: Json | null): T | null {
  return text === null ? null : decode<T>(text);
}

function flag(value: boolean): Flag {
  return value ? 1 : 0;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the columns of which the caller said nothing: they stay as they are. */
function given<T extends object>(columns: T): Given<T> {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as Given<T>;
}
