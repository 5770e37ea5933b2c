// The database: the only coordinator. Every change of a task's state goes through the legal transitions and leaves
// a row with its reason; every write to an attempt is fenced by its lease and answers `lost` when the lease is gone.
import type { AccountState } from '../core/route/account.ts';
import type { Attempt, AttemptState, LastAttempt, Launch, Lease, Route } from '../core/task/attempt.ts';
import type { Stop } from '../core/task/stop.ts';
import type { Batch } from '../core/task/batch.ts';
import type { BreakerState } from '../core/route/breaker.ts';
import type { Spending } from '../core/money/budget.ts';
import type { LeaseInstant } from '../core/task/lease.ts';
import type { LedgerRow } from '../core/money/ledger.ts';
import type { HoldKind } from '../core/task/schedule.ts';
import type { ProgramState } from '../core/route/program.ts';
import type { RepositoryState } from '../core/task/set-aside.ts';
import type { TaskReason } from '../core/reason/task-reason.ts';
import type { LineState, Task, TaskRequest, TaskState } from '../core/task/task.ts';
import type { Duration, Instant } from '../core/time.ts';
import type { Exit, MicroUsd, Tokens, TranscriptEvent } from '../core/transcript/transcript.ts';
import type { Verdict } from '../core/task/verdict.ts';
import type { FeedStore } from './feed-store.ts';
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

/** `null` fields are stored as unknown; absent ones stay as they are, and so does a `stop` that is stored already. */
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

/** What something took that was billed, by model. */
export interface Booking {
  readonly id: string;
  readonly agent: string;
  readonly at: Instant;
  readonly rows: readonly LedgerRow[];
}

/** A row of the ledger with what belongs to its attempt and task; of a trial of a sign-in there are none (null). */
export interface LedgerEntry extends LedgerRow {
  readonly attempt: string;
  readonly number: number | null;
  readonly agent: string;
  readonly repo: string | null;
  readonly taskId: string | null;
  readonly batch: string | null;
  /** When the attempt was closed, or the trial made. */
  readonly at: Instant;
}

/** From the first instant up to, but not including, the second. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * What sums are taken by: `account` (name, detail: billing), `model`, `batch`, `task` (its id, detail: its repository),
 * `tier` (what was asked for, detail: what was used; models where there is no tier), `all` (one sum).
 */
export const ledgerGroups = ['all', 'account', 'model', 'batch', 'task', 'tier'] as const;
export type LedgerGroup = (typeof ledgerGroups)[number];

export interface LedgerSum {
  readonly name: string | null;
  readonly detail: string | null;
  /** Of tasks: trials are not among them. */
  readonly attempts: number;
  readonly tokens: Tokens;
  readonly charged: MicroUsd;
  readonly equivalent: MicroUsd;
  /** Rows whose cost nobody knows; the sums are without them. */
  readonly unknown: number;
}

/** A task that somebody works on by hand, or whose worktree is being taken away: it is neither dispatched nor reaped. */
export interface Hold {
  readonly key: number;
  /** The process that holds it, as `Host.identity` names it: with its end the hold is over. */
  readonly holder: string;
  readonly what: HoldKind;
  readonly at: Instant;
}

/** A refused claim names why; it changed nothing. */
export type Claim =
  | { readonly claimed: true; readonly attempt: Attempt; readonly lease: Lease }
  | { readonly claimed: false; readonly why: 'not-queued' | 'open-attempt' | 'held' | 'caps' };

export type Written = 'ok' | 'lost';

/** What an open attempt takes up: all that a cap may count by. */
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

/** A place on a host: where an attempt's worker is, and who can tell what has become of it. */
export interface Reach {
  readonly place: string;
  readonly host: string;
}

/** A process that leads, or led, this home's work; whether it lives is for its host to say. */
export interface Supervisor {
  readonly holder: string;
  readonly kind: 'run' | 'up' | 'pulse';
  readonly pid: number;
  readonly startedAt: Instant;
  /** What a person asked of it: to begin nothing new, or to end its workers as well. */
  readonly wish: 'drain' | 'stop' | null;
}

/** A task or batch that is to be started by the clock. */
export interface Schedule {
  readonly id: number;
  /** Absolute path of the repository. */
  readonly repo: string;
  readonly cron: string;
  readonly target: { readonly kind: 'task' | 'batch'; readonly name: string };
  readonly nextAt: Instant;
  /** When it last fired. */
  readonly lastAt: Instant | null;
  /** Runs missed in all. */
  readonly missed: number;
  readonly createdAt: Instant;
}

/** What was seen, by the kind of what it was seen of. */
export interface Conditions {
  readonly account: AccountState;
  readonly provider: BreakerState;
  readonly repository: RepositoryState;
  readonly program: ProgramState;
}
export type ConditionKind = keyof Conditions;

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

export interface Store extends TaskMoves, FeedStore {
  // Repositories
  /** Registers it; answers false when it was registered already. */
  addRepo(given: { readonly root: string; readonly at: Instant }): Promise<boolean>;
  repos(): Promise<readonly string[]>;

  // Tasks
  /**
   * Adds a task, or brings a queued, blocked or failed one of the same repository and id up to date with the request
   * (title, body, tags, model, agent, blockedBy, estimate, line; `wanted` and `batch` are only ever added).
   * Answers `same` when nothing changed, which includes tasks in the other states, and `clash` when the request is about
   * another task than the stored one (`isClash`): that one stays as it is.
   */
  putTask(given: { readonly repo: string; readonly task: TaskRequest; readonly at: Instant }): Promise<Put>;
  /**
   * Adds a task that is nobody else's. Where its id is null, it is chosen in the transaction that stores the task: the next
   * one after the repository's tasks and the ids in `taken`. Answers null when there is a task of the given id already.
   */
  addTask(given: {
    readonly repo: string;
    readonly task: Omit<TaskRequest, 'id'> & { readonly id: string | null };
    readonly taken: readonly string[];
    /** What an id begins with that is chosen. */
    readonly prefix: string;
    readonly at: Instant;
  }): Promise<Task | null>;
  task(given: { readonly repo: string; readonly id: string }): Promise<Task | null>;
  taskByKey(key: number): Promise<Task | null>;
  /** In the order in which they were added. */
  tasks(filter: TaskFilter): Promise<readonly Task[]>;
  /** Changes fields without a change of state; what an attempt says of its task, only while its `lease` holds. */
  patchTask(given: { readonly key: number; readonly patch: TaskPatch; readonly at: Instant; readonly lease?: Lease }): Promise<Written>;
  /** Those of the keys that there are, in no order. */
  tasksNamed(keys: readonly number[]): Promise<readonly Task[]>;
  transitions(key: number): Promise<readonly Transition[]>;

  // Holds
  /**
   * At most one per task; answers false when another one stands, unless it is that of the holder `instead`, which is
   * passed on. From here on no attempt is opened until it is ended. Where an attempt is open already, its worker may be
   * at work in what would be taken away: a hold for `clearing` is refused.
   */
  hold(hold: Hold & { readonly instead?: string }): Promise<boolean>;
  /** Ends the hold if it is this holder's. */
  unhold(given: { readonly key: number; readonly holder: string }): Promise<void>;
  /** All of them, also of holders that are gone: whoever can tell ends those. */
  holds(): Promise<readonly Hold[]>;

  // Batches
  putBatch(batch: Batch): Promise<'added' | 'exists'>;
  patchBatch(given: { readonly name: string; readonly state?: Batch['state']; readonly concurrency?: number }): Promise<boolean>;
  batches(): Promise<readonly Batch[]>;

  // Attempts
  /**
   * Opens an attempt and moves the task to `running`, in one transaction, when the task is queued, not held, has no open attempt,
   * and `admit` (given what all open attempts take up, as of inside the transaction) still says yes.
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
  /** Extends the leases that this holder still has; answers those attempts' ids. */
  renew(given: { readonly holder: string; readonly leaseFor: Duration; readonly at: LeaseInstant }): Promise<readonly string[]>;
  /**
   * Takes over, with a higher fence, every open attempt whose lease ran out, is of another boot, or runs on for more than
   * twice as long as leases do: it was given before the boot clock was started anew. Only of the places in `reach`: of the
   * others nobody here could tell whether their workers live. An attempt from before hosts were stored is on each host.
   */
  takeOver(given: {
    readonly holder: string;
    readonly leaseFor: Duration;
    readonly at: LeaseInstant;
    readonly reach: readonly Reach[];
  }): Promise<readonly { readonly attempt: Attempt; readonly lease: Lease }[]>;
  /** What `takeOver` leaves alone because it is in none of these places, although nobody's lease keeps it. */
  beyondReach(given: {
    readonly leaseFor: Duration;
    readonly at: LeaseInstant;
    readonly reach: readonly Reach[];
  }): Promise<readonly Attempt[]>;
  /** Ends this holder's leases now, so that another supervisor may take the open attempts over at once. */
  release(given: { readonly holder: string }): Promise<void>;
  /** Who holds leases of open attempts, run out or not. */
  holders(): Promise<readonly string[]>;
  openAttempts(): Promise<readonly Attempt[]>;
  attempt(id: string): Promise<Attempt | null>;
  /** Oldest first. */
  attempts(taskKey: number): Promise<readonly Attempt[]>;
  /** Several tasks' attempts at once, oldest first within a task. */
  attemptsOf(taskKeys: readonly number[]): Promise<readonly Attempt[]>;
  /** Of each task its last attempt, as far as a list of tasks tells of it; in no order. */
  lastAttempts(taskKeys: readonly number[]): Promise<readonly LastAttempt[]>;
  /** Those of the ids that there are, open or closed, in no order. */
  attemptsNamed(ids: readonly string[]): Promise<readonly Attempt[]>;
  /** Peak memory of an agent's last closed attempts of which it is known, in bytes, newest first; at most `limit`. */
  peaks(given: { readonly agent: string; readonly limit: number }): Promise<readonly number[]>;
  patchAttempt(given: { readonly lease: Lease; readonly patch: AttemptPatch }): Promise<Written>;
  /**
   * Appends events and moves the read offsets, in one transaction; running totals of cost, tokens and steps with them.
   * `lastEventAt` moves with `outOffset`: a worker is not silent because what it said is no event.
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
  /** In order; from `after` (a seq) on when given. `last`: only so many, from the end. */
  events(given: {
    readonly attempt: string;
    readonly after?: number;
    readonly limit?: number;
    readonly last?: number;
  }): Promise<readonly StoredEvent[]>;
  /**
   * Closes the attempt and moves its task, in one transaction. Fenced. Where a person has cancelled it and its end is
   * another one (`overruling`), nothing is written, and the answer is their wish. A task that is not `running` was moved
   * by a supervisor of an older version: the attempt is closed all the same and the task stays as it is.
   */
  close(given: {
    readonly lease: Lease;
    readonly closing: Closing;
    readonly task: { readonly to: TaskState; readonly reason: TaskReason; readonly patch: TaskPatch };
  }): Promise<Written | { readonly overruledBy: Stop }>;
  /** A person's wish that a running worker be ended; not fenced. Answers false when the attempt is closed. */
  requestStop(given: { readonly attempt: string; readonly stop: Stop }): Promise<boolean>;

  // Supervisors
  /** Enters it, or replaces what was entered under the same holder. */
  enlist(given: { readonly holder: string; readonly kind: Supervisor['kind']; readonly pid: number; readonly at: Instant }): Promise<void>;
  dismiss(given: { readonly holder: string }): Promise<void>;
  askSupervisor(given: { readonly holder: string; readonly wish: 'drain' | 'stop' }): Promise<void>;
  /** The longest serving first. */
  supervisors(): Promise<readonly Supervisor[]>;
  /** True only for the first who ever tells this key. */
  notice(given: { readonly key: string; readonly at: Instant }): Promise<boolean>;

  // Conditions
  /** By name; one of which nothing was seen is not among them. */
  conditions<K extends ConditionKind>(kind: K): Promise<ReadonlyMap<string, Conditions[K]>>;
  /** By a pure rule, which may run twice, in one transaction. Answers what stands then. Given back as it was, nothing is written. */
  changeCondition<K extends ConditionKind>(given: {
    readonly kind: K;
    readonly name: string;
    /** `null`: nothing was seen yet. */
    readonly change: (state: Conditions[K] | null) => Conditions[K];
  }): Promise<Conditions[K]>;
  // Money
  /** A trial of a sign-in: it belongs to no task. Attempts are booked when they are closed. */
  book(trial: Booking): Promise<void>;
  /** Dearest first. Empty where nothing was spent. */
  ledgerSums(given: Period & { readonly by: LedgerGroup }): Promise<readonly LedgerSum[]>;
  /** In the order in which their attempts were closed. */
  ledger(period: Period): Promise<readonly LedgerEntry[]>;
  /**
   * What budgets are held against, of closed attempts alone, in one query: all that was charged since `since`, and over
   * all time by the accounts that are named, by batches with a task that is queued or running, and by those tasks.
   */
  spending(given: { readonly since: Instant; readonly accounts: readonly string[] }): Promise<Spending>;
  /** What was told under keys that begin so (with a letter at least), the latest first. */
  notices(given: { readonly prefix: string; readonly limit: number }): Promise<readonly { readonly key: string; readonly at: Instant }[]>;

  // Schedules
  /** Answers its id. */
  putSchedule(given: Pick<Schedule, 'repo' | 'cron' | 'target' | 'nextAt'> & { readonly at: Instant }): Promise<number>;
  /** In the order in which they were put. */
  schedules(): Promise<readonly Schedule[]>;
  /** False when there is no such schedule. */
  removeSchedule(id: number): Promise<boolean>;
  /**
   * Moves it from the time `from` that the caller saw on to `nextAt`, with `missed` runs more; false when somebody else
   * has moved or removed it: of two supervisors one fires.
   */
  fireSchedule(given: {
    readonly id: number;
    readonly from: Instant;
    readonly nextAt: Instant;
    /** Null: it has not fired. */
    readonly at: Instant | null;
    readonly missed: number;
  }): Promise<boolean>;

  /** A number that changes whenever another connection changed the database; cheap. */
  changeMark(): Promise<number>;
  /** Releases the database; no call may follow. */
  end(): Promise<void>;
}
