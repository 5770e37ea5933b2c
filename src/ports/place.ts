// Where workers run. A worker is started detached, writes to files, outlives the supervisor, and is found again by its
// stored launch reference from any other process that reaches its host. What cannot be reached is not known to be dead.
import type { Launch } from '../core/task/attempt.ts';
import type { Env } from '../core/security/environment.ts';
import type { PlaceFacts } from '../core/route/place.ts';
import type { Exit } from '../core/transcript/transcript.ts';
import type { CommandSpec } from './command-spec.ts';
import type { ShellCommand, ShellResult } from './host.ts';
import type { PlaceSite, Program, SiteRequest } from './place-site.ts';

/**
 * `lost`: its host was looked at, and there is neither a running process nor an exit status. `unreachable`: its host
 * could not be looked at, or the reference is another place's or another machine's, so that nothing is known of it.
 */
export type WorkerState =
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly exit: Exit; readonly at: number }
  | { readonly state: 'lost' }
  | { readonly state: 'unreachable'; readonly why: string };

export type Stream = 'stdout' | 'stderr';

/** The live processes of one attempt, in this place and of this user. */
export interface Marked {
  readonly marker: string;
  readonly pids: readonly number[];
  /** Resident, summed, in bytes; what processes share is counted for each. */
  readonly memory: number;
}

/** `auto`: whatever it starts ends with it by the kernel's hand (a PID namespace), where that can be had. */
export type Isolate = 'auto' | 'off';

/** How a command is kept apart from what is around it. Each part is left out where it cannot be had. */
export interface Boundary {
  readonly isolate: Isolate;
  /** Absolute folders that are read-only for the command and all that it starts; what is missing is skipped. */
  readonly protect: readonly string[];
  /** Folders within those that stay writable. */
  readonly writable: readonly string[];
}

/** What a person may be told of a worker; null where there is no such thing, or it is not known here. */
export interface WorkerView {
  /** Of the process that stands for the worker, on its host. */
  readonly pid: number | null;
  /** The file on this machine that holds its standard output. */
  readonly output: string | null;
}

export interface Place {
  readonly facts: PlaceFacts;
  /**
   * Makes ready what a task works in and answers it as its worker sees it. Asked again for the same folders, it answers
   * the same, with all that stands in them. Faults: `place-unreachable`.
   */
  site(request: SiteRequest): Promise<PlaceSite>;
  /** The path at which a worker would find the program; null: it would find none. `env`: the supervisor's. Faults: `place-unreachable`. */
  find(given: { readonly program: Program; readonly env: Env }): Promise<string | null>;
  /**
   * Removes a task's or a private folder with all that is in it. `folder`: as it was given to `site`; one that is not
   * there is no fault. Faults: `place-unreachable`.
   */
  clear(folder: string): Promise<void>;
  /**
   * Starts a worker, but only after `record` has stored its reference: the process waits until then, and ends by
   * itself without running the command when this process dies in between or `record` rejects.
   * The paths of `spec` are those that the worker sees; its files are laid, and read where they are copied, there.
   * `folder` (absolute, on the supervisor's side, made if missing, 0700) receives stdin, stdout, stderr and the exit status.
   * Isolated, what the worker leaves running when it ends is killed at once, without a TERM.
   * Faults: `launch-failed`, `disk-full`. A command that cannot be executed is not one: it ends with exit code 126 or 127.
   */
  launch(
    given: Boundary & {
      readonly spec: CommandSpec;
      readonly folder: string;
      readonly marker: string;
      readonly record: (launch: Launch) => Promise<void>;
    },
  ): Promise<Launch>;
  /** Whether these folders can really be made read-only here, for a command within this boundary; tried once per process. */
  protects(boundary: Boundary): Promise<boolean>;
  look(launch: Launch): Promise<WorkerState>;
  /** From the reference alone: whether the worker lives is not looked at. */
  view(launch: Launch): WorkerView;
  /**
   * Resolves once the worker is seen to be no longer running, or when the signal aborts; may be called by any process.
   * Of one that is unreachable that is never seen.
   */
  ended(launch: Launch, signal: AbortSignal): Promise<void>;
  /**
   * Bytes from `offset` on, at most `limit`; empty at the end or when there is no such file yet.
   * Faults: `place-unreachable`.
   */
  read(given: { readonly launch: Launch; readonly stream: Stream; readonly offset: number; readonly limit: number }): Promise<Buffer>;
  /**
   * Ends the worker and everything that carries its marker: TERM, `graceMs`, KILL, and looks until none is left, bounded
   * in time. Touches nothing unless it is proved to be the same process or the marker is carried.
   * Answers what could not be ended; empty means that nothing is left. Also right for a worker that ended by itself.
   * Faults: `place-unreachable`; nothing was touched then.
   */
  stop(launch: Launch, options: { readonly graceMs: number }): Promise<{ readonly left: readonly number[] }>;
  /** Everything that runs with a marker, by one scan; whose it is, and whether it may be ended, stands in the records. */
  marked(): Promise<readonly Marked[]>;
  /**
   * Like `stop` for what no reference is known of (a command of `shell` whose supervisor died): all that carries the marker,
   * nothing else. Faults: `place-unreachable`; nothing was touched then.
   */
  end(given: { readonly marker: string; readonly graceMs: number }): Promise<{ readonly left: readonly number[] }>;
  /**
   * A short command of a task (`delivery.setup`, `delivery.checks`) by the shell, where its workers run and in a folder as they see it. All that carries
   * the marker ends with it, at the time limit or on abort: with an attempt's marker it is run only before the attempt's
   * worker is launched, or after that was stopped. Faults: `launch-failed`.
   */
  shell(given: ShellCommand & Boundary & { readonly marker: string }): Promise<ShellResult>;
}
