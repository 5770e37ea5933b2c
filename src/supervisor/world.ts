// All that the supervisor's phases work with: the ports, the settings, and the little that lives in memory and may be
// lost at any time without harm (leases are in the database, positions in files are in the database).
import type { Attempt, Lease } from '../core/task/attempt.ts';
import type { Notice } from '../core/task/notice.ts';
import type { Settings } from '../core/settings.ts';
import type { Instant } from '../core/time.ts';
import type { Tally } from '../core/transcript/tally.ts';
import type { LimitName, Look } from '../core/transcript/watchdog.ts';
import { Inflight } from '../lib/inflight.ts';
import type { Agent } from '../ports/agent.ts';
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
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
import type { PausePoint } from './pause-points.ts';

export interface Ports {
  readonly store: Store;
  readonly agents: ReadonlyMap<string, Agent>;
  /** The machine on which this supervisor runs. */
  readonly host: Host;
  /** By name: all that can be reached, whether used for new work or not. */
  readonly places: ReadonlyMap<string, Place>;
  readonly repo: Repo;
  /** Where tasks come from. */
  readonly sources: readonly Source[];
  readonly vault: Vault;
  readonly clock: Clock;
  /** The configuration as it applies to a repository. Faults on a wrong file. */
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
  /** Called at each of the points; does nothing but in a chaos test. */
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
  /** Task keys that a person named; they need no mark. */
  readonly named: ReadonlySet<number> | null;
}

export interface World extends Ports {
  readonly holder: string;
  readonly scope: Scope;
  /** Workers at once in all; `auto`: as many as the machine bears. */
  readonly concurrency: number | 'auto';
  readonly emit: (event: SupervisorEvent) => void;
  /** Tells a person, by what the configuration names. Faults: `not-notified`. */
  readonly notify: (notice: Notice) => Promise<void>;
  /** Asks for another pulse soon. */
  readonly wake: () => void;
  readonly memory: Memory;
}

export interface Memory {
  readonly leases: Map<string, Lease>;
  readonly inflight: Inflight;
  readonly readers: Map<string, Reader>;
  /** Attempts whose end is being waited for. */
  readonly awaited: Map<string, AbortController>;
  /** The marks of sources as of the last intake, by `markKey`. */
  readonly marks: Map<string, string | null>;
  /** Keys of the tasks that this supervisor did something with. */
  readonly touched: Set<number>;
  /** What was told last of what is waited for. */
  waiting: string;
  /** Keys of the notices that were told. */
  readonly noticed: Set<string>;
  /** What was said once of how tasks are dispatched, and of attempts that are left alone. */
  readonly warned: Set<string>;
  /** Attempts that nobody keeps and nobody here can reach, as of the last look at leases. */
  readonly unreachable: Set<string>;
  /** For which a phase that goes on by them has asked and that came since: trials of sign-ins, and workers' secrets. */
  answers: number;
  /** Bytes that a worker takes, by attempt, as of the last sample and at most. */
  readonly sizes: Map<string, { readonly now: number; readonly peak: number }>;
  sampledAt: number;
  /** When the next schedule is due; Infinity: none. */
  nextSchedule: number;
  /** When leases were last renewed, in milliseconds of the boot clock. */
  renewedAt: number;
  lookedForLeftovers: number;
  /** When it was looked last whether blocked tasks have a route again. */
  lookedAtBlocked: number;
  draining: boolean;
  /** When a person's wish that all ends now was first heeded, by the monotonic clock; null: there is none. */
  stoppedSince: number | null;
  /** Attempts whose workers' secrets the vault knows, which forgets none of them. */
  readonly named: Set<string>;
  /** Keys of delivered tasks that were to be finished; what stays among them waits for open subtasks, or could not be finished. */
  readonly finishing: Set<number>;
  /** Where delivered tasks were to be finished: the mark of their source as it was then, and when that was; by `markKey`. */
  readonly finishedAt: Map<string, { readonly mark: string | null; readonly at: Instant }>;
  /** What was told and is not in the feed yet. */
  readonly unfed: FeedEvent[];
  /** Keys of the tasks that were moved and of which sources that want to hear of it were not told, by the sources' names. */
  readonly untold: Map<string, Set<number>>;
  /** Attempts whose work is being checked or pushed. */
  readonly delivering: Set<string>;
  /** Attempts whose preparation or settling was cut off, because somebody waits for its end. */
  readonly cut: Set<string>;
}

/** Where reading of a worker's output stands beyond what is stored. */
export interface Reader {
  tally: Tally;
  /** Characters that are stored of its transcript; see core/transcript/kept.ts. */
  kept: number;
  /** The plan's windows as they were last stored with the account. */
  windows: Tally['windows'];
  /** Its MCP servers as a person was told of them. */
  servers: Tally['servers'];
  /** The line at the offset is too long to be kept: bytes are skipped up to its end. */
  skipping: boolean;
  /** When its output was measured last, in milliseconds of the wall clock. */
  measuredAt: number;
  /** The worker's time as this process saw it pass; null before the first look. */
  look: Look | null;
  /** Limits of which a person was told that half is used up. */
  readonly warned: Set<LimitName>;
}

export function newMemory(given: { readonly emit: World['emit']; readonly wake: () => void }): Memory {
  // What is tried again for as long as it lasts is told once: a site that is too large to be saved stays until somebody comes.
  const told = new Map<string, string>();
  const inflight = new Inflight({
    onEnd: (key, error) => {
      // What somebody asked to end is no failure.
      if (error !== null && !isStopped(error)) {
        const facts = describe(error, key);
        if (told.get(key) !== facts.message) given.emit({ type: 'warning', task: null, repo: null, attempt: null, ...facts });
        told.set(key, facts.message);
      } else told.delete(key);
      given.wake();
    },
  });
  return {
    leases: new Map(),
    inflight,
    readers: new Map(),
    awaited: new Map(),
    marks: new Map(),
    touched: new Set(),
    waiting: '',
    noticed: new Set(),
    warned: new Set(),
    unreachable: new Set(),
    answers: 0,
    sizes: new Map(),
    sampledAt: 0,
    nextSchedule: Infinity,
    renewedAt: -Infinity,
    lookedForLeftovers: 0,
    lookedAtBlocked: -Infinity,
    draining: false,
    stoppedSince: null,
    named: new Set(),
    finishing: new Set(),
    finishedAt: new Map(),
    unfed: [],
    untold: new Map(),
    delivering: new Set(),
    cut: new Set(),
  };
}

/** Of a source in a repository, in memory. */
export function markKey(given: { readonly source: Pick<Source, 'name'>; readonly repo: string }): string {
  return `${given.source.name} ${given.repo}`;
}

function isStopped(error: unknown): boolean {
  return error instanceof Fault && error.code === 'stopped';
}

/** An error as a warning's facts. */
export function describe(error: unknown, where: string): { code: FaultCode; message: string; hint: string } {
  const fault = faultOf(error);
  if (fault !== null) return { code: fault.code, message: fault.message, hint: fault.hint };
  return {
    code: 'unexpected',
    message: `${where}: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'it is tried again; please report it if it stays',
  };
}

/** Told to all: in which stage an attempt is. */
export function tellStage(
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
