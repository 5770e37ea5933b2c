// Where workers run. A worker is started detached, writes to files, outlives the supervisor, and is found again by its
// stored launch reference from any other process that reaches its host. A worker out of reach is not known to be dead.
import type { Launch } from '../core/task/attempt.ts';
import type { Env } from '../core/security/environment.ts';
import type { PlaceFacts } from '../core/route/place.ts';
import type { Exit } from '../core/transcript/transcript.ts';
import type { CommandSpec } from './command-spec.ts';
import type { ShellCommand, ShellResult } from './host.ts';
import type { PlaceSite, Program, SiteRequest } from './place-site.ts';

/**
 * `lost`: its host was checked, and there is neither a running process nor an exit status. `unreachable`: its host could
 * not be checked, or the reference belongs to another place or machine, so nothing is known of it.
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
  /** Total resident memory in bytes; memory that processes share is counted for each of them. */
  readonly memory: number;
}

/** `auto`: the kernel ends everything that it started together with it (a PID namespace), if the machine supports that. */
export type Isolate = 'auto' | 'off';

/** How a command is isolated from its surroundings. Each part is omitted if the machine does not support it. */
export interface Boundary {
  readonly isolate: Isolate;
  /** Absolute folders that are read-only for the command and everything that it starts; missing folders are skipped. */
  readonly protect: readonly string[];
  /** Folders within those that stay writable. */
  readonly writable: readonly string[];
}

/** Facts about a worker for a person; null if there is no such thing, or if it is not known here. */
export interface WorkerView {
  /** The pid of the process that represents the worker, on its host. */
  readonly pid: number | null;
  /** The file on this machine that contains its standard output. */
  readonly output: string | null;
}

export interface Place {
  readonly facts: PlaceFacts;
  /**
   * Prepares the surroundings of a task and returns them as its worker sees them. A second call with the same folders
   * returns the same, with everything in them. Faults: `place-unreachable`.
   */
  site(request: SiteRequest): Promise<PlaceSite>;
  /**
   * The path at which a worker would find the program; null if it would find none. `env`: the supervisor's. Faults:
   * `place-unreachable`.
   */
  find(given: { readonly program: Program; readonly env: Env }): Promise<string | null>;
  /**
   * Removes the folder of a task, or a private folder, with everything in it. `folder`: as it was given to `site`; a
   * missing folder is no fault. Faults: `place-unreachable`.
   */
  clear(folder: string): Promise<void>;
  /**
   * Starts a worker, but only after `record` has stored its reference: the process waits until then, and ends by itself
   * without running the command if this process dies in between or `record` rejects. The paths of `spec` are those that the
   * worker sees; its files are written there, and files to be copied are read there. `folder` (absolute, on the
   * supervisor's side, created if missing, 0700) receives stdin, stdout, stderr and the exit status. With isolation,
   * processes that the worker leaves running when it ends are killed at once, without a TERM. Faults: `launch-failed`,
   * `disk-full`. A command that cannot be executed is not a fault: it ends with exit code 126 or 127.
   */
  launch(
    given: Boundary & {
      readonly spec: CommandSpec;
      readonly folder: string;
      readonly marker: string;
      readonly record: (launch: Launch) => Promise<void>;
    },
  ): Promise<Launch>;
  /**
   * Whether these folders can really be made read-only here, for a command within this boundary; tried once per process.
   */
  protects(boundary: Boundary): Promise<boolean>;
  look(launch: Launch): Promise<WorkerState>;
  /** Uses only the reference and does not check whether the worker is alive. */
  view(launch: Launch): WorkerView;
  /**
   * Resolves once the worker is seen to have ended, or when the signal aborts; any process may call it. An unreachable
   * worker is never seen to have ended.
   */
  ended(launch: Launch, signal: AbortSignal): Promise<void>;
  /**
   * At most `limit` bytes from `offset` on; empty at the end, or if there is no such file yet. Faults: `place-unreachable`.
   */
  read(given: { readonly launch: Launch; readonly stream: Stream; readonly offset: number; readonly limit: number }): Promise<Buffer>;
  /**
   * Ends the worker and everything that carries its marker: TERM, `graceMs`, KILL, and checks until none is left, within a
   * limited time. Touches nothing unless it is proved to be the same process or carries the marker. Returns the processes
   * that could not be ended; empty means that nothing is left. Also correct for a worker that ended by itself. Faults:
   * `place-unreachable`; nothing was touched then.
   */
  stop(launch: Launch, options: { readonly graceMs: number }): Promise<{ readonly left: readonly number[] }>;
  /**
   * Everything that runs with a marker, found by one scan. The records say to whom it belongs, and whether it may be ended.
   */
  marked(): Promise<readonly Marked[]>;
  /**
   * Like `stop`, for processes without a known reference (a command of `shell` whose supervisor died): ends everything that
   * carries the marker, and nothing else. Faults: `place-unreachable`; nothing was touched then.
   */
  end(given: { readonly marker: string; readonly graceMs: number }): Promise<{ readonly left: readonly number[] }>;
  /**
   * Runs a short command of a task (`delivery.setup`, `delivery.checks`) in the shell, where its workers run and in a
   * folder as they see it. Everything that carries the marker ends with it, at the time limit or on abort; so with an
   * attempt's marker it is run only before the attempt's worker is launched, or after the worker was stopped. Faults:
   * `launch-failed`.
   */
  shell(given: ShellCommand & Boundary & { readonly marker: string }): Promise<ShellResult>;
}
