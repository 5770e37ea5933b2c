// All that the supervisor's phases work with: the ports, the settings, and the little that lives in memory and may be
// lost at any time without harm (leases are in the database, positions in files are in the database).
import type { Attempt } from '../core/task/attempt.ts';
import type { Notice } from '../core/task/notice.ts';
import type { Settings } from '../core/settings.ts';
import type { Instant } from '../core/time.ts';
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
import type { Held } from './held.ts';
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

/** Each part is written by one file alone, which is named; the others ask its functions, or read. */
export interface Memory {
  /** Attempts of this supervisor, by id: held.ts. */
  readonly held: Map<string, Held>;
  /** What goes on beside the pulse; whoever begins something owns its key. */
  readonly inflight: Inflight;
  /** Keys of the tasks that this supervisor did something with: any phase adds to it, and run.ts reads it at the end. */
  readonly touched: Set<number>;
  /** Attempts that nobody keeps and nobody here can reach, at the last renewal of leases: watch/watch.ts. */
  readonly unreachable: Set<string>;
  /** When leases were last renewed, in milliseconds of the boot clock: watch/watch.ts. */
  renewedAt: number;
  /** Attempts whose workers' secrets the vault knows: prepare/secrets.ts. The vault forgets none of them. */
  readonly secretsKnown: Set<string>;
  /** How many answers have come that a phase asked for and goes on with: trials of sign-ins, and workers' secrets. */
  answers: number;
  /** The marks of sources at the last intake, by `markKey`: intake/intake.ts. */
  readonly marks: Map<string, string | null>;
  /** When the next schedule is due; Infinity: none: intake/schedules.ts. */
  nextSchedule: number;
  /** Keys of delivered tasks that were to be finished; those that stay wait for open subtasks, or could not be finished: settle/finish.ts. */
  readonly finishing: Set<number>;
  /** The mark of a source when delivered tasks were last finished there, and when that was, by `markKey`: settle/finish.ts. */
  readonly finishedAt: Map<string, { readonly mark: string | null; readonly at: Instant }>;
  /** Keys of tasks that were moved and of which a source has not been told, by the source's name: tell-moved.ts. */
  readonly untold: Map<string, Set<number>>;
  /** When the workers' memory was last sampled: dispatch/capacity.ts. */
  sampledAt: number;
  /** When blocked tasks were last looked at for a route: dispatch/take-up.ts. */
  lookedAtBlocked: number;
  /** When leftovers were last looked for: reap/reap.ts, and run.ts once at the end. */
  lookedForLeftovers: number;
  /** Keys of the notices that a person got: account/account.ts. */
  readonly noticed: Set<string>;
  /** Keys of the warnings that lasted: warn-once.ts. */
  readonly warned: Set<string>;
  /** What the feed does not have yet: feed.ts. */
  readonly unfed: FeedEvent[];
  /** What a person last read of the tasks that wait: run.ts, as the two below. */
  waiting: string;
  draining: boolean;
  /** Since when all is to end now, by the monotonic clock; null: nobody asked for that. */
  stoppedSince: number | null;
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
    unfed: [],
    waiting: '',
    draining: false,
    stoppedSince: null,
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
