// The database is the only coordinator. Every change of a task's state is a legal transition and leaves a row with its
// reason; every write to an attempt is fenced by its lease and returns `lost` if the lease is gone.
import type { Attempt, AttemptState, LastAttempt, Launch, Lease, Route } from '../core/task/attempt.ts';
import type { Stop } from '../core/task/stop.ts';
import type { Batch } from '../core/task/batch.ts';
import type { Spending } from '../core/money/budget.ts';
import type { LeaseInstant } from '../core/task/lease.ts';
import type { LedgerRow } from '../core/money/ledger.ts';
import type { HoldKind } from '../core/task/schedule.ts';
import type { TaskReason } from '../core/reason/task-reason.ts';
import type { LineState, Task, TaskRequest, TaskState } from '../core/task/task.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Exit, MicroUsd, Tokens, TranscriptEvent } from '../core/transcript/transcript.ts';
import type { Verdict } from '../core/task/verdict.ts';
import type { ConditionKind, Conditions } from './conditions.ts';
import type { FeedStore } from './feed-store.ts';
import type { IssueMemory } from './issue-memory.ts';
import type { TaskMoves, TaskPatch } from './task-moves.ts';

export interface Transition {
  readonly from: TaskState;
  readonly to: TaskState;
  readonly reason: TaskReason;
  readonly at: Instant;
}

export interface StoredEvent {
  readonly seq: number;
  readonly at: Instant;
  readonly event: TranscriptEvent;
}

/**
 * Fields that are `null` are stored as unknown; absent fields stay unchanged, and so does a `stop` that is already stored.
 */
export interface AttemptPatch {
  readonly state?: Exclude<AttemptState, 'closed'>;
  readonly launch?: Launch;
  readonly session?: string | null;
  readonly role?: string | null;
  readonly stop?: Stop;
  readonly worktree?: string;
  readonly branch?: string;
  readonly exit?: Exit;
  readonly endedAt?: Instant;
  readonly billing?: string | null;
  readonly peakMemory?: number;
}

export interface Closing {
  readonly verdict: Verdict;
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
  readonly steps: number;
  readonly commits: number;
  readonly at: Instant;
  readonly ledger: readonly LedgerRow[];
}

/** The billed use of one attempt or trial, by model. */
export interface Booking {
  readonly id: string;
  readonly agent: string;
  readonly at: Instant;
  readonly rows: readonly LedgerRow[];
}

/** A row of the ledger with facts of its attempt and task, which are null for a trial of a sign-in. */
export interface LedgerEntry extends LedgerRow {
  readonly attempt: string;
  readonly number: number | null;
  readonly agent: string;
  readonly repo: string | null;
  readonly taskId: string | null;
  readonly batch: string | null;
  /** When the attempt was closed, or the trial was made. */
  readonly at: Instant;
}

/** From the first instant up to, but not including, the second. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * The groups of sums: `account` (name, detail: billing), `model`, `batch`, `task` (its id, detail: its repository), `tier`
 * (what was asked for, detail: what was used; models if there is no tier), `all` (one sum).
 */
export const ledgerGroups = ['all', 'account', 'model', 'batch', 'task', 'tier'] as const;
export type LedgerGroup = (typeof ledgerGroups)[number];

export interface LedgerSum {
  readonly name: string | null;
  readonly detail: string | null;
  /** Attempts of tasks; trials are not included. */
  readonly attempts: number;
  readonly tokens: Tokens;
  readonly charged: MicroUsd;
  readonly equivalent: MicroUsd;
  /** Rows whose cost is unknown; the sums do not include them. */
  readonly unknown: number;
}

/** A task on which a person works, or whose worktree is being removed: it is neither dispatched nor reaped. */
export interface Hold {
  readonly key: number;
  /** The process that holds it, as `Host.identity` identifies it: the hold ends with the process. */
  readonly holder: string;
  readonly what: HoldKind;
  readonly at: Instant;
}

/** A refused claim says why; it changed nothing. */
export type Claim =
  | { readonly claimed: true; readonly attempt: Attempt; readonly lease: Lease }
  | { readonly claimed: false; readonly why: 'not-queued' | 'open-attempt' | 'held' | 'caps' };

export type Written = 'ok' | 'lost';

/** The resources of an open attempt that a cap may count. */
export interface Taken {
  readonly taskKey: number;
  readonly repo: string;
  readonly batch: string | null;
  readonly agent: string;
  readonly model: string;
  readonly account: string | null;
  readonly place: string;
  readonly host: string | null;
}

/** A place on a host: where an attempt's worker is, and who can tell its state. */
export interface Reach {
  readonly place: string;
  readonly host: string;
}

/** A process that supervises, or supervised, this home; its host decides whether it is alive. */
export interface Supervisor {
  readonly holder: string;
  readonly kind: 'run' | 'up' | 'pulse';
  readonly pid: number;
  readonly startedAt: Instant;
  /** A person's request to it: to start nothing new, or to end its workers as well. */
  readonly wish: 'drain' | 'stop' | null;
}

/** A task or batch that is started at set times. */
export interface Schedule {
  readonly id: number;
  /** Absolute path of the repository. */
  readonly repo: string;
  readonly cron: string;
  readonly target: { readonly kind: 'task' | 'batch'; readonly name: string };
  readonly nextAt: Instant;
  /** When it last started its target. */
  readonly lastAt: Instant | null;
  /** The number of runs that were missed. */
  readonly missed: number;
  readonly createdAt: Instant;
}

export type Put = 'added' | 'updated' | 'same' | 'clash';

export interface TaskFilter {
  readonly repo?: string;
  readonly batch?: string;
  readonly states?: readonly TaskState[];
  readonly line?: LineState;
  /** Only tasks with these ids. */
  readonly ids?: readonly string[];
  /** Only tasks that have a site. */
  readonly withSite?: boolean;
}

export interface Store extends TaskMoves, FeedStore, IssueMemory {
  // Repositories
  /** Registers it; returns false if it was already registered. */
  addRepo(given: { readonly root: string; readonly at: Instant }): Promise<boolean>;
  repos(): Promise<readonly string[]>;

  // Tasks
  /**
   * Adds a task, or updates a queued, blocked or failed one of the same repository and id by the request (title, body,
   * tags, model, agent, blockedBy, estimate, line; `wanted` and `batch` are only ever added). Returns `same` if nothing
   * changed, which includes tasks in the other states, and `clash` if the request is about another task than the stored one
   * (`isClash`), which stays unchanged.
   */
  putTask(given: { readonly repo: string; readonly task: TaskRequest; readonly at: Instant }): Promise<Put>;
  /**
   * Adds a new task. If its id is null, the id is chosen in the transaction that stores the task: the next one after the
   * repository's tasks and the ids in `taken`. Returns null if there is already a task with the given id.
   */
  addTask(given: {
    readonly repo: string;
    readonly task: Omit<TaskRequest, 'id'> & { readonly id: string | null };
    readonly taken: readonly string[];
    /** The prefix of an id that is chosen. */
    readonly prefix: string;
    readonly at: Instant;
  }): Promise<Task | null>;
  task(given: { readonly repo: string; readonly id: string }): Promise<Task | null>;
  taskByKey(key: number): Promise<Task | null>;
  /** In the order in which they were added. */
  tasks(filter: TaskFilter): Promise<readonly Task[]>;
  /**
   * Changes fields without a change of state; facts that an attempt reports about its task, only while its `lease` is
   * valid.
   */
  patchTask(given: { readonly key: number; readonly patch: TaskPatch; readonly at: Instant; readonly lease?: Lease }): Promise<Written>;
  /** The tasks among these keys that exist, in no order. */
  tasksByKeys(keys: readonly number[]): Promise<readonly Task[]>;
  transitions(key: number): Promise<readonly Transition[]>;

  // Holds
  /**
   * At most one per task; returns false if there is another one, unless its holder is `instead`, from whom it is passed on.
   * From then on no attempt is opened until the hold ends. If an attempt is already open, a hold for `clearing` is refused,
   * because its worker may be working in the checkout that would be removed.
   */
  hold(hold: Hold & { readonly instead?: string }): Promise<boolean>;
  /** Ends the hold if it belongs to this holder. */
  unhold(given: { readonly key: number; readonly holder: string }): Promise<void>;
  /** All holds, including those of holders that are gone: a process that can tell so ends them. */
  holds(): Promise<readonly Hold[]>;

  // Batches
  putBatch(batch: Batch): Promise<'added' | 'exists'>;
  patchBatch(given: { readonly name: string; readonly state?: Batch['state']; readonly concurrency?: number }): Promise<boolean>;
  batches(): Promise<readonly Batch[]>;

  // Attempts
  /**
   * Opens an attempt and changes the task to `running`, in one transaction, if the task is queued, not held, has no open
   * attempt, and `admit` (called inside the transaction with the resources of all open attempts) still agrees.
   */
  claim(given: {
    readonly id: string;
    readonly taskKey: number;
    readonly route: Route;
    readonly session: string;
    readonly holder: string;
    readonly leaseFor: Duration;
    readonly leaseFrom: LeaseInstant;
    readonly at: Instant;
    readonly reason: TaskReason;
    readonly admit: (open: readonly Taken[]) => boolean;
  }): Promise<Claim>;
  /** Extends the leases that this holder still has; returns the ids of those attempts. */
  renew(given: { readonly holder: string; readonly leaseFor: Duration; readonly at: LeaseInstant }): Promise<readonly string[]>;
  /**
   * Takes over, with a higher fence, every open attempt whose lease has run out, belongs to another boot, or lasts more
   * than twice as long as leases do (then it was given before the boot clock was restarted). Only attempts at places in
   * `reach`, because for others nobody here could tell whether their workers are alive. An attempt from before hosts were
   * stored is on every host.
   */
  takeOver(given: {
    readonly holder: string;
    readonly leaseFor: Duration;
    readonly at: LeaseInstant;
    readonly reach: readonly Reach[];
  }): Promise<readonly { readonly attempt: Attempt; readonly lease: Lease }[]>;
  /**
   * The attempts that `takeOver` leaves alone because they are at none of these places, although no valid lease protects
   * them.
   */
  beyondReach(given: {
    readonly leaseFor: Duration;
    readonly at: LeaseInstant;
    readonly reach: readonly Reach[];
  }): Promise<readonly Attempt[]>;
  /** Ends this holder's leases now, so that another supervisor can take the open attempts over at once. */
  release(given: { readonly holder: string }): Promise<void>;
  /** The holders of leases of open attempts, valid or not. */
  holders(): Promise<readonly string[]>;
  openAttempts(): Promise<readonly Attempt[]>;
  attempt(id: string): Promise<Attempt | null>;
  /** Oldest first. */
  attempts(taskKey: number): Promise<readonly Attempt[]>;
  /** Several tasks' attempts at once, oldest first within a task. */
  attemptsOf(taskKeys: readonly number[]): Promise<readonly Attempt[]>;
  /** The last attempt of each task, with the fields that a list of tasks shows; in no order. */
  lastAttempts(taskKeys: readonly number[]): Promise<readonly LastAttempt[]>;
  /** The attempts among these ids that exist, open or closed, in no order. */
  attemptsByIds(ids: readonly string[]): Promise<readonly Attempt[]>;
  /** The known peak memory of an agent's last closed attempts, in bytes, newest first; at most `limit`. */
  peaks(given: { readonly agent: string; readonly limit: number }): Promise<readonly number[]>;
  patchAttempt(given: { readonly lease: Lease; readonly patch: AttemptPatch }): Promise<Written>;
  /**
   * Appends events and moves the read offsets, in one transaction, with the running totals of cost, tokens and steps.
   * `lastEventAt` moves with `outOffset`: a worker whose output is no event is not silent.
   */
  addEvents(given: {
    readonly lease: Lease;
    readonly events: readonly TranscriptEvent[];
    readonly outOffset: number;
    readonly cost: MicroUsd;
    readonly tokens: Tokens;
    readonly steps: number;
    readonly at: Instant;
  }): Promise<Written>;
  /** In order; after `after` (a seq) if it is given. `last`: only this many, from the end. */
  events(given: {
    readonly attempt: string;
    readonly after?: number;
    readonly limit?: number;
    readonly last?: number;
  }): Promise<readonly StoredEvent[]>;
  /**
   * Closes the attempt and changes the state of its task, in one transaction. Fenced. If a person has cancelled it and its
   * end is another one (`overruling`), nothing is written, and the person's request is returned. A task that is not
   * `running` was changed by a supervisor of an older version: the attempt is closed all the same and the task stays as it
   * is.
   */
  close(given: {
    readonly lease: Lease;
    readonly closing: Closing;
    readonly task: { readonly to: TaskState; readonly reason: TaskReason; readonly patch: TaskPatch };
  }): Promise<Written | { readonly overruledBy: Stop }>;
  /** A person's request to end a running worker; not fenced. Returns false if the attempt is closed. */
  requestStop(given: { readonly attempt: string; readonly stop: Stop }): Promise<boolean>;

  // Supervisors
  /** Adds the supervisor, or replaces the entry of the same holder. */
  enlist(given: { readonly holder: string; readonly kind: Supervisor['kind']; readonly pid: number; readonly at: Instant }): Promise<void>;
  dismiss(given: { readonly holder: string }): Promise<void>;
  askSupervisor(given: { readonly holder: string; readonly wish: 'drain' | 'stop' }): Promise<void>;
  /** The longest running first. */
  supervisors(): Promise<readonly Supervisor[]>;
  /** Records a notice; true only for the first caller with this key. */
  notice(given: { readonly key: string; readonly at: Instant }): Promise<boolean>;

  // Conditions
  /** By name; a subject about which nothing is known is not included. */
  conditions<K extends ConditionKind>(kind: K): Promise<ReadonlyMap<string, Conditions[K]>>;
  /**
   * Changes a condition by a pure rule, which may run twice, in one transaction. Returns the new state. If the rule returns
   * its input, nothing is written.
   */
  changeCondition<K extends ConditionKind>(given: {
    readonly kind: K;
    readonly name: string;
    /** `null`: nothing is known yet. */
    readonly change: (state: Conditions[K] | null) => Conditions[K];
  }): Promise<Conditions[K]>;
  // Money
  /** Books a trial of a sign-in, which belongs to no task. Attempts are booked when they are closed. */
  book(trial: Booking): Promise<void>;
  /** The most expensive first. Empty if nothing was spent. */
  ledgerSums(given: Period & { readonly by: LedgerGroup }): Promise<readonly LedgerSum[]>;
  /** In the order in which their attempts were closed. */
  ledger(period: Period): Promise<readonly LedgerEntry[]>;
  /**
   * The amounts for budgets, of closed attempts only, in one query: everything that was charged since `since`, and over all
   * time by the given accounts, by batches with a queued or running task, and by those tasks.
   */
  spending(given: { readonly since: Instant; readonly accounts: readonly string[] }): Promise<Spending>;
  /** The notices whose keys begin with this prefix (at least one letter), the latest first. */
  notices(given: { readonly prefix: string; readonly limit: number }): Promise<readonly { readonly key: string; readonly at: Instant }[]>;

  // Schedules
  /** Returns its id. */
  putSchedule(given: Pick<Schedule, 'repo' | 'cron' | 'target' | 'nextAt'> & { readonly at: Instant }): Promise<number>;
  /** In the order in which they were added. */
  schedules(): Promise<readonly Schedule[]>;
  /** False if there is no such schedule. */
  removeSchedule(id: number): Promise<boolean>;
  /**
   * Moves it from the time `from` that the caller read on to `nextAt`, and adds `missed` runs; false if somebody else has
   * moved or removed it, so only one of two supervisors starts its target.
   */
  fireSchedule(given: {
    readonly id: number;
    readonly from: Instant;
    readonly nextAt: Instant;
    /** Null: it did not start its target. */
    readonly at: Instant | null;
    readonly missed: number;
  }): Promise<boolean>;

  /** A number that changes whenever another connection changed the database; inexpensive. */
  changeMark(): Promise<number>;
  /** Releases the database; no call may follow. */
  end(): Promise<void>;
}
