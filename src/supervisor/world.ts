// Everything that the supervisor's phases work with: the ports, the settings, and a few facts in memory that may be lost at
// any time without harm (leases and positions in files are in the database).
import type { Attempt } from '../core/task/attempt.ts';
import type { Notice } from '../core/task/notice.ts';
import type { Settings } from '../core/settings.ts';
import type { Instant } from '../core/time.ts';
import { Inflight } from '../lib/inflight.ts';
import type { Agent } from '../ports/agent.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import type { Forge, SignIn } from '../ports/forge.ts';
import type { IssueSync } from '../ports/issue-sync.ts';
import type { Place } from '../ports/place.ts';
import type { Repo } from '../ports/repo.ts';
import type { FeedEvent } from '../ports/feed-store.ts';
import type { Source } from '../ports/source.ts';
import type { Store } from '../ports/store.ts';
import type { Vault } from '../ports/vault.ts';
import type { FaultCode } from '../core/fault-codes.ts';
import { Fault } from '../core/fault.ts';
import { faultOf } from '../core/system-fault.ts';
import type { SupervisorEvent } from './events.ts';
import type { Held } from './held.ts';
import type { PausePoint } from './pause-points.ts';

export interface Ports {
  readonly store: Store;
  readonly agents: ReadonlyMap<string, Agent>;
  /** The machine on which this supervisor runs. */
  readonly host: Host;
  /** By name: all places that can be reached, whether new work uses them or not. */
  readonly places: ReadonlyMap<string, Place>;
  readonly repo: Repo;
  /** Where tasks come from. */
  readonly sources: readonly Source[];
  /** Keeps TODO.md and a forge's issues the same. */
  readonly issueSync: IssueSync;
  /** Services that have pull requests. */
  readonly forges: readonly Forge[];
  readonly vault: Vault;
  readonly clock: Clock;
  /** The configuration that applies to a repository. Throws a fault if a file is wrong. */
  readonly settings: (repo: string) => Promise<Settings>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The state home and folders in it, absolute. */
  readonly folders: {
    readonly root: string;
    readonly worktrees: string;
    readonly readers: string;
    readonly attempts: string;
    readonly tasks: string;
    readonly trash: string;
  };
  /** Called at each of the points; does something only in a chaos test. */
  readonly passing: (point: PausePoint) => void;
  /** The names in a folder; none where it is missing. */
  readonly listFolder: (path: string) => Promise<readonly string[]>;
  /** The path with all symbolic links in its existing part resolved. */
  readonly realPath: (path: string) => string;
  /** Removes a folder of ours on this machine with all that is in it. */
  readonly removeFolder: (path: string) => Promise<void>;
}

/** Which tasks this supervisor looks after; null: all. */
export interface Scope {
  readonly repo: string | null;
  readonly batch: string | null;
  /** Task keys that a person named on the command line; these tasks need no mark in their source. */
  readonly named: ReadonlySet<number> | null;
}

export interface World extends Ports {
  readonly holder: string;
  readonly scope: Scope;
  /** How many workers may run at once in total; `auto`: as many as the machine can carry. */
  readonly concurrency: number | 'auto';
  readonly emit: (event: SupervisorEvent) => void;
  /** Notifies a person in the way that the configuration sets. Faults: `not-notified`. */
  readonly notify: (notice: Notice) => Promise<void>;
  /** Asks for another pulse soon. */
  readonly wake: () => void;
  readonly memory: Memory;
}

interface LastRound {
  readonly at: Instant;
  readonly next: Instant;
  readonly looked: ReadonlyMap<number, Instant> | null;
  readonly away: boolean;
}

/** Each field is written by one file only, which its comment names; other files call that file's functions, or read. */
export interface Memory {
  /** The attempts of this supervisor, by id: held.ts. */
  readonly held: Map<string, Held>;
  /** Operations that continue beside the pulse; the code that starts one owns its key. */
  readonly inflight: Inflight;
  /** Keys of the tasks that this supervisor worked on: any phase adds to it, and run.ts reads it at the end. */
  readonly touched: Set<number>;
  /**
   * Attempts without a living supervisor whose workers cannot be reached from here, as of the last renewal of leases:
   * watch/watch.ts.
   */
  readonly unreachable: Set<string>;
  /** When leases were last renewed, in milliseconds of the boot clock: watch/watch.ts. */
  renewedAt: number;
  /** Attempts whose workers' secrets the vault knows, and never forgets: prepare/secrets.ts. */
  readonly secretsKnown: Set<string>;
  /**
   * How many answers have arrived that a phase asked for and needs to continue: trials of sign-ins, and workers' secrets.
   */
  answers: number;
  /** The change mark of each source at the last intake, by `markKey`: intake/intake.ts. */
  readonly marks: Map<string, string | null>;
  /** When the next schedule is due; Infinity: none: intake/schedules.ts. */
  nextSchedule: number;
  /**
   * Keys of delivered tasks that an earlier pulse tried to finish. Those that remain wait for open subtasks, or could not be
   * finished: settle/finish.ts.
   */
  readonly finishing: Set<number>;
  /**
   * The change mark of each source when delivered tasks were last finished there, and the time of that, by `markKey`:
   * settle/finish.ts.
   */
  readonly finishedAt: Map<string, { readonly mark: string | null; readonly at: Instant }>;
  /** Keys of tasks that changed their state and that a source was not told of yet, by the source's name: emit-moved.ts. */
  readonly untold: Map<string, Set<number>>;
  /** When the workers' memory was last sampled: dispatch/capacity.ts. */
  sampledAt: number;
  /** When routes were last sought for blocked tasks: dispatch/take-up.ts. */
  lookedAtBlocked: number;
  /** When leftovers were last searched for: reap/reap.ts, and run.ts once at the end. */
  lookedForLeftovers: number;
  /** Keys of the notices that a person got: account/account.ts. */
  readonly noticed: Set<string>;
  /** Keys of the warnings about lasting conditions that were emitted: warn-once.ts. */
  readonly warned: Set<string>;
  /** The last answer to a sign-in at each host of a forge: forge/accounts.ts. */
  readonly signIns: Map<string, { readonly answer: SignIn; readonly at: Instant }>;
  /** Where each task's pull request stood when that was last emitted, by the task's key: forge/tell-standing.ts. */
  readonly pullStandings: Map<number, string>;
  /**
   * When pull requests at each host were last looked at, and when they are looked at next; `looked`: when each task had last
   * changed by the end of its part, by its key, null if another supervisor looks at them; `away`: the host could not be asked then: forge/follow.ts.
   */
  readonly rounds: Map<string, LastRound>;
  /**
   * When the issues of each repository were last asked about, when they are next, and for which list that was; `mark` is null
   * if another supervisor leads: issues/follow.ts.
   */
  readonly issues: Map<string, { readonly at: Instant; readonly next: Instant; readonly soonest: Instant; readonly mark: string | null }>;
  /** Repositories with a task that changed its state since their issues were last synced: emit-moved.ts, issues/follow.ts. */
  readonly moved: Set<string>;
  /** Events that are not stored in the feed yet: feed.ts. */
  readonly unfed: FeedEvent[];
  /** The last `waiting` event, as JSON: run.ts, which also writes the two fields below. */
  waiting: string;
  draining: boolean;
  /** When a person asked for the end of everything, by the monotonic clock; null: nobody did. */
  stoppedSince: number | null;
}

export function newMemory(given: { readonly emit: World['emit']; readonly wake: () => void }): Memory {
  // An operation that is repeated while its cause lasts is reported once: a site that is too large to be saved stays until
  // a person acts.
  const told = new Map<string, string>();
  const inflight = new Inflight({
    onEnd: (key, error) => {
      // An operation that ended on request did not fail.
      if (error !== null && !isStopped(error)) {
        const facts = describe(error, key);
        if (told.get(key) !== facts.message) given.emit({ type: 'warning', task: null, repo: null, attempt: null, ...facts });
        told.set(key, facts.message);
      } else told.delete(key);
      given.wake();
    },
  });
  return {
    held: new Map(),
    inflight,
    touched: new Set(),
    unreachable: new Set(),
    renewedAt: -Infinity,
    secretsKnown: new Set(),
    answers: 0,
    marks: new Map(),
    nextSchedule: Infinity,
    finishing: new Set(),
    finishedAt: new Map(),
    untold: new Map(),
    sampledAt: 0,
    lookedAtBlocked: -Infinity,
    lookedForLeftovers: 0,
    noticed: new Set(),
    warned: new Set(),
    signIns: new Map(),
    pullStandings: new Map(),
    rounds: new Map(),
    issues: new Map(),
    moved: new Set(),
    unfed: [],
    waiting: '',
    draining: false,
    stoppedSince: null,
  };
}

/** The key in memory of a source and a repository. */
export function markKey(given: { readonly source: Pick<Source, 'name'>; readonly repo: string }): string {
  return `${given.source.name} ${given.repo}`;
}

function isStopped(error: unknown): boolean {
  return error instanceof Fault && error.code === 'stopped';
}

/** The code, message and hint of a warning about an error. */
export function describe(error: unknown, where: string): { code: FaultCode; message: string; hint: string } {
  const fault = faultOf(error);
  if (fault !== null) return { code: fault.code, message: fault.message, hint: fault.hint };
  return {
    code: 'unexpected',
    message: `${where}: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'it is tried again; if it keeps happening, please report it',
  };
}

/** Emits the stage that an attempt is in. */
export function emitStage(
  world: World,
  given: { attempt: Attempt; title: string; stage: Extract<SupervisorEvent, { type: 'attempt' }>['stage']; note?: string },
): void {
  const { attempt } = given;
  world.emit({
    type: 'attempt',
    task: attempt.taskId,
    repo: attempt.repo,
    attempt: attempt.id,
    number: attempt.number,
    title: given.title,
    stage: given.stage,
    agent: attempt.route.agent,
    model: attempt.route.model,
    startedAt: attempt.startedAt,
    note: given.note ?? null,
  });
}
