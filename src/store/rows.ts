// Converts between rows and the types of the rules. The only place that encodes and decodes JSON columns and flags.
import type { Delivery } from '../core/delivery/delivery.ts';
import type { StackedOn } from '../core/delivery/stacked-on.ts';
import type { PullPlan, PullRecord } from '../core/delivery/pull-record.ts';
import type { Attempt, LastAttempt, Launch } from '../core/task/attempt.ts';
import type { Stop } from '../core/task/stop.ts';
import type { Batch } from '../core/task/batch.ts';
import { storedReason, storedRoute, storedStop, storedVerdict } from '../core/reason/legacy.ts';
import type { RouteReason } from '../core/reason/route-reason.ts';
import type { Task, TaskRequest, Tick } from '../core/task/task.ts';
import type { Exit, Tokens, TranscriptEvent } from '../core/transcript/transcript.ts';
import type { FeedEntry } from '../ports/feed-store.ts';
import type { AttemptPatch, Schedule, StoredEvent, Supervisor, Transition } from '../ports/store.ts';
import type { TaskPatch } from '../ports/task-moves.ts';
import type {
  AttemptRow,
  BatchRow,
  DeliveryRow,
  EventRow,
  FeedRow,
  Flag,
  Json,
  ScheduleRow,
  SiteRow,
  SupervisorRow,
  TaskRow,
  TransitionRow,
} from './schema.ts';
import type { Value } from './sql.ts';

/** An attempt's row with columns of its task. */
export type FullAttemptRow = AttemptRow & { readonly repo: string; readonly task_id: string };

/** A task's row with its records: `delivery` is null if it has no delivery, `checkout` if it has no site. */
export type FullTaskRow = TaskRow &
  Omit<DeliveryRow, 'task_key'> & { readonly delivery: number | null; readonly checkout: SiteRow['checkout'] | null };

export function toTask(row: FullTaskRow): Task {
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
    mcp: decodeOrNull<readonly string[]>(row.mcp),
    role: row.role,
    batch: row.batch,
    estimate: row.estimate,
    line: row.line,
    wanted: row.wanted === 1,
    state: row.state,
    reason: storedReason(row.reason),
    notBefore: row.not_before,
    retries: row.retries,
    attempts: row.attempts,
    countFrom: row.count_from,
    delivery: row.delivery === null ? null : toDelivery(row),
    site: row.checkout === null ? null : { checkout: row.checkout },
    ticks: decode<readonly Tick[]>(row.ticks),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toDelivery(row: Omit<DeliveryRow, 'task_key'>): Delivery {
  const { branch, base, delivered_commit: commit, evidence } = row;
  return {
    ...{ branch, base, commit, evidence, pull: toPull(row.pull) },
    merged: decodeOrNull<NonNullable<Delivery['merged']>>(row.merged),
    stackedOn: decodeOrNull<StackedOn>(row.stacked_on),
  };
}

export function toPull(pull: Json | null): PullPlan | PullRecord | null {
  return decodeOrNull<PullPlan | PullRecord>(pull);
}

/** The columns that a request fills, which are the only ones that a later request may change. */
export function requestColumns(task: TaskRequest) {
  return {
    title: task.title,
    body: task.body,
    tags: JSON.stringify(task.tags),
    model: task.model,
    agent: task.agent,
    blocked_by: JSON.stringify(task.blockedBy),
    mcp: task.mcp === null ? null : JSON.stringify(task.mcp),
    role: task.role,
    batch: task.batch,
    estimate: task.estimate,
    line: task.line,
    wanted: flag(task.wanted),
  } satisfies Partial<TaskRow>;
}

export function taskColumns(patch: TaskPatch) {
  return given({
    reason: patch.reason === undefined ? undefined : JSON.stringify(patch.reason),
    not_before: patch.notBefore,
    retries: patch.retries,
    count_from: patch.countFrom,
    ticks: patch.ticks === undefined ? undefined : JSON.stringify(patch.ticks),
    wanted: patch.wanted === undefined ? undefined : flag(patch.wanted),
    batch: patch.batch,
    line: patch.line,
  });
}

function asJson<T extends object>(value: T | null | undefined): string | null | undefined {
  return value === undefined || value === null ? value : JSON.stringify(value);
}

export function deliveryColumns(patch: Partial<Delivery>) {
  const { branch, base, commit, evidence, pull, merged, stackedOn } = patch;
  const documents = { pull: asJson(pull), merged: asJson(merged), stacked_on: asJson(stackedOn) };
  return given({ branch, base, delivered_commit: commit, evidence, ...documents });
}

export function toTransition(row: TransitionRow): Transition {
  return { from: row.from_state, to: row.to_state, reason: storedReason(row.reason), at: row.at };
}

export function toBatch(row: BatchRow): Batch {
  const { name, state, concurrency, role, created_at: createdAt } = row;
  return { name, state, concurrency, mcp: decodeOrNull<readonly string[]>(row.mcp), role, createdAt };
}

export function toAttempt(row: FullAttemptRow): Attempt {
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
      host: row.host,
      reasons: storedRoute(decode<readonly (RouteReason | string)[]>(row.reasons)),
    },
    session: row.session,
    role: row.role,
    launch: row.launch === null ? null : toLaunch(decode<StoredLaunch>(row.launch)),
    stop: toStop(row.stop),
    worktree: row.worktree,
    branch: row.branch,
    outOffset: row.out_offset,
    lastEventAt: row.last_event_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exit: decodeOrNull<Exit>(row.exit),
    verdict: row.verdict === null ? null : storedVerdict(decode(row.verdict)),
    billing: row.billing,
    cost: row.cost,
    tokens: { input: row.tokens_input, output: row.tokens_output, cacheRead: row.tokens_cache_read, cacheWrite: row.tokens_cache_write },
    steps: row.steps,
    commits: row.commits,
    peakMemory: row.peak_memory,
    answer: row.answer,
  };
}

export function toStop(stop: Json | null): Stop | null {
  return stop === null ? null : storedStop(decode(stop));
}

/** The stored form. Before hosts were stored, the fields that are now in `ref` were at the top level. */
type StoredLaunch = Launch | (Omit<Launch, 'host' | 'ref'> & { readonly [own: string]: unknown });

function toLaunch(stored: StoredLaunch): Launch {
  if ('ref' in stored) return stored as Launch;
  const { place, at, marker, ...ref } = stored;
  return { place, host: null, at, marker, ref };
}

export type LastAttemptRow = Pick<AttemptRow, 'task_key' | 'agent' | 'model' | 'account' | 'billing' | 'verdict'>;

export function toLastAttempt(row: LastAttemptRow): LastAttempt {
  const { agent, model, account } = row;
  return {
    taskKey: row.task_key,
    route: { agent, model, account },
    billing: row.billing,
    verdict: row.verdict === null ? null : storedVerdict(decode(row.verdict)),
  };
}

/** All of a patch except `stop`, which is stored only if there is none yet. */
export function attemptColumns(patch: AttemptPatch) {
  return given({
    state: patch.state,
    launch: patch.launch === undefined ? undefined : JSON.stringify(patch.launch),
    session: patch.session,
    role: patch.role,
    worktree: patch.worktree,
    branch: patch.branch,
    exit: patch.exit === undefined ? undefined : JSON.stringify(patch.exit),
    ended_at: patch.endedAt,
    billing: patch.billing,
    peak_memory: patch.peakMemory,
  });
}

export function tokenColumns(tokens: Tokens) {
  return {
    tokens_input: tokens.input,
    tokens_output: tokens.output,
    tokens_cache_read: tokens.cacheRead,
    tokens_cache_write: tokens.cacheWrite,
  } satisfies Partial<AttemptRow>;
}

export function toEvent(row: EventRow): StoredEvent {
  return { seq: row.seq, at: row.at, event: decode<TranscriptEvent>(row.event) };
}

export function toSupervisor(row: SupervisorRow): Supervisor {
  return { holder: row.holder, kind: row.kind, pid: row.pid, startedAt: row.started_at, wish: row.wish };
}

export function toFeedEntry({ facts, ...row }: FeedRow): FeedEntry {
  return { ...row, facts: decode<FeedEntry['facts']>(facts) };
}

export function toSchedule(row: ScheduleRow): Schedule {
  return {
    id: row.id,
    repo: row.repo,
    cron: row.cron,
    target: { kind: row.target_kind, name: row.target_name },
    nextAt: row.next_at,
    lastAt: row.last_at,
    missed: row.missed,
    createdAt: row.created_at,
  };
}

/** Only this program writes these columns, so their shape is known. */
function decode<T>(text: Json): T {
  return JSON.parse(text) as T;
}

function decodeOrNull<T>(text: Json | null): T | null {
  return text === null ? null : decode<T>(text);
}

function flag(value: boolean): Flag {
  return value ? 1 : 0;
}

/** Drops the columns that the caller did not give: they stay as they are. */
function given(columns: Readonly<Record<string, Value | undefined>>): Readonly<Record<string, Value>> {
  const said: Record<string, Value> = {};
  for (const [column, value] of Object.entries(columns)) if (value !== undefined) said[column] = value;
  return said;
}
