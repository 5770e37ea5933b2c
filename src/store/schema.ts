// The tables as Kysely sees them. Only portable column types are used: text, integer (flags, counters) and bigint
// (times in ms, money in micro-dollars, tokens, offsets). A dialect must hand bigint back as a JavaScript number:
// all of these stay far below 2^53. Structures are JSON text; rows.ts is the only place that knows their shape.
import type { Generated } from 'kysely';
import type { AttemptState } from '../core/attempt.ts';
import type { Batch } from '../core/batch.ts';
import type { HoldKind } from '../core/schedule.ts';
import type { LineState, TaskState } from '../core/task.ts';

export type Flag = 0 | 1;
/** Text that holds one JSON document. */
export type Json = string;

export interface Schema {
  repos: RepoTable;
  batches: BatchTable;
  tasks: TaskTable;
  transitions: TransitionTable;
  attempts: AttemptTable;
  events: EventTable;
  holds: HoldTable;
}

export interface RepoTable {
  root: string;
  added_at: number;
}

export interface BatchTable {
  name: string;
  state: Batch['state'];
  concurrency: number;
  created_at: number;
}

/** `repo` and `batch` are no foreign keys: a task may name a batch that is made after it. */
export interface TaskTable {
  key: Generated<number>;
  repo: string;
  id: string;
  title: string;
  body: string | null;
  tags: Json;
  model: string | null;
  agent: string | null;
  blocked_by: Json;
  batch: string | null;
  estimate: number | null;
  line: LineState;
  wanted: Flag;
  state: TaskState;
  reason: string;
  not_before: number | null;
  retries: number;
  attempts: number;
  count_from: number;
  branch: string | null;
  base: string | null;
  worktree: string | null;
  delivered_commit: string | null;
  pr_url: string | null;
  evidence: string | null;
  created_at: number;
  updated_at: number;
}

export interface TransitionTable {
  id: Generated<number>;
  task_key: number;
  from_state: TaskState;
  to_state: TaskState;
  reason: string;
  at: number;
}

/** `route_billing` is what the route planned, `billing` what was really billed. `holder` is null once released. */
export interface AttemptTable {
  id: string;
  task_key: number;
  number: number;
  state: AttemptState;
  agent: string;
  model: string;
  account: string | null;
  route_billing: string | null;
  place: string;
  reasons: Json;
  session: string | null;
  launch: Json | null;
  stop: Json | null;
  worktree: string | null;
  branch: string | null;
  out_offset: number;
  err_offset: number;
  last_event_at: number | null;
  started_at: number;
  ended_at: number | null;
  exit: Json | null;
  verdict: Json | null;
  billing: string | null;
  cost: number;
  tokens_input: number;
  tokens_output: number;
  tokens_cache_read: number;
  tokens_cache_write: number;
  steps: number;
  commits: number;
  holder: string | null;
  fence: number;
  lease_until: number;
  /** How many events are stored; the next one's seq is one more. */
  event_count: number;
}

export interface EventTable {
  attempt: string;
  seq: number;
  at: number;
  event: Json;
}

export interface HoldTable {
  task_key: number;
  holder: string;
  what: HoldKind;
  at: number;
}
