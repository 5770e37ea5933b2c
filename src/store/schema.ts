// The types of the tables' rows. Only portable column types are used: text, integer (flags, counters) and bigint (times in
// ms, money in micro-dollars, tokens, offsets). Structures are JSON text; only rows.ts knows their shape.
import type { AttemptState } from '../core/task/attempt.ts';
import type { AnswerKind } from '../core/delivery/answer-kind.ts';
import type { Batch } from '../core/task/batch.ts';
import type { LedgerRow } from '../core/money/ledger.ts';
import type { HoldKind } from '../core/task/schedule.ts';
import type { LineState, TaskState } from '../core/task/task.ts';
import type { ConditionKind } from '../ports/conditions.ts';
import type { Schedule, Supervisor } from '../ports/store.ts';

export type Flag = 0 | 1;
/** Text that holds one JSON document. */
export type Json = string;

export interface BatchRow {
  readonly name: string;
  readonly state: Batch['state'];
  readonly concurrency: number;
  readonly created_at: number;
  readonly mcp: Json | null;
  readonly role: string | null;
}

export interface RememberedIssueRow {
  readonly repo: string;
  readonly forge: string;
  readonly task: string;
  readonly number: number;
  readonly own: Json;
  readonly next: Json | null;
  readonly common: Json;
}

/** `repo` and `batch` are not foreign keys: a task may name a batch that is created later. */
export interface TaskRow {
  readonly key: number;
  readonly repo: string;
  readonly id: string;
  readonly title: string;
  readonly body: string | null;
  readonly tags: Json;
  readonly model: string | null;
  readonly agent: string | null;
  readonly blocked_by: Json;
  readonly batch: string | null;
  readonly estimate: number | null;
  readonly line: LineState;
  readonly wanted: Flag;
  readonly state: TaskState;
  readonly reason: string;
  readonly not_before: number | null;
  readonly retries: number;
  readonly attempts: number;
  readonly count_from: number;
  readonly ticks: Json;
  readonly created_at: number;
  readonly updated_at: number;
  readonly mcp: Json | null;
  readonly role: string | null;
}

/** One for each task that has a checkout, as long as it has one. */
export interface SiteRow {
  readonly task_key: number;
  readonly checkout: string;
}

/** One for each task. */
export interface DeliveryRow {
  readonly task_key: number;
  readonly branch: string | null;
  readonly base: string | null;
  readonly delivered_commit: string | null;
  readonly evidence: string | null;
  readonly pull: Json | null;
  readonly merged: Json | null;
  readonly stacked_on: Json | null;
}

/** Numbered from 1 within a task. */
export interface TransitionRow {
  readonly task_key: number;
  readonly number: number;
  readonly from_state: TaskState;
  readonly to_state: TaskState;
  readonly reason: string;
  readonly at: number;
}

/** `route_billing` is the planned billing, `billing` the real one. `holder` is null once the lease is released. */
export interface AttemptRow {
  readonly id: string;
  readonly task_key: number;
  readonly number: number;
  readonly state: AttemptState;
  readonly agent: string;
  readonly model: string;
  readonly account: string | null;
  readonly route_billing: string | null;
  readonly place: string;
  readonly reasons: Json;
  readonly session: string | null;
  readonly launch: Json | null;
  readonly stop: Json | null;
  readonly worktree: string | null;
  readonly branch: string | null;
  readonly out_offset: number;
  readonly last_event_at: number | null;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly exit: Json | null;
  readonly verdict: Json | null;
  readonly billing: string | null;
  readonly cost: number;
  readonly tokens_input: number;
  readonly tokens_output: number;
  readonly tokens_cache_read: number;
  readonly tokens_cache_write: number;
  readonly steps: number;
  readonly commits: number;
  readonly holder: string | null;
  readonly fence: number;
  /** By the wall clock, for supervisors of versions before 009; the columns below use the boot clock. */
  readonly lease_until: number;
  /** Null if such a supervisor granted the lease. It did so too if `lease_fence` differs from `fence`. */
  readonly lease_boot: string | null;
  readonly lease_boot_until: number | null;
  readonly lease_fence: number | null;
  /** How many events are stored; the next event's seq is one more. */
  readonly event_count: number;
  readonly peak_memory: number | null;
  readonly role: string | null;
  /** Null if the attempt was claimed before hosts were stored. */
  readonly host: string | null;
  readonly answer: AnswerKind | null;
}

/** `at`: when the attempt was closed. Costs are null if they are unknown. */
export interface LedgerTableRow {
  readonly attempt: string;
  readonly model: string;
  /** Null for a trial of a sign-in. */
  readonly task_key: number | null;
  readonly at: number;
  readonly agent: string;
  readonly account: string | null;
  readonly billing: LedgerRow['billing'];
  readonly tokens_input: number;
  readonly tokens_output: number;
  readonly tokens_cache_read: number;
  readonly tokens_cache_write: number;
  readonly charged: number | null;
  readonly equivalent: number | null;
  readonly source: LedgerRow['source'];
  readonly requested_model: string;
  readonly requested_tier: string | null;
  readonly tier: string | null;
}

export interface EventRow {
  readonly attempt: string;
  readonly seq: number;
  readonly at: number;
  readonly event: Json;
}

export interface SupervisorRow {
  readonly holder: string;
  readonly kind: Supervisor['kind'];
  readonly pid: number;
  readonly started_at: number;
  readonly wish: Supervisor['wish'];
}

/** `repo` and the target's name are not foreign keys, for the same reason as in tasks. */
export interface ScheduleRow {
  readonly id: number;
  readonly repo: string;
  readonly cron: string;
  readonly target_kind: Schedule['target']['kind'];
  readonly target_name: string;
  readonly next_at: number;
  readonly last_at: number | null;
  readonly missed: number;
  readonly created_at: number;
}

export interface HoldRow {
  readonly task_key: number;
  readonly holder: string;
  readonly what: HoldKind;
  readonly at: number;
}

export interface ConditionRow {
  readonly kind: ConditionKind;
  readonly name: string;
  readonly state: Json;
}

/** `task` and `attempt` are ids and not foreign keys: an entry stays after its task or attempt is gone. */
export interface FeedRow {
  readonly mark: number;
  readonly at: number;
  readonly type: string;
  readonly repo: string | null;
  readonly task: string | null;
  readonly attempt: string | null;
  readonly facts: Json;
}
