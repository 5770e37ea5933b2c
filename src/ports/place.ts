// Where workers run. A worker is started detached, writes to files, outlives the supervisor, and is found again
// by its stored launch reference from any other process.
import type { Launch } from '../core/attempt.ts';
import type { Room } from '../core/capacity.ts';
import type { Exit } from '../core/transcript.ts';
import type { CommandSpec } from './agent.ts';

/** `lost`: neither a running process nor an exit status is to be found. */
export type WorkerState =
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly exit: Exit; readonly at: number }
  | { readonly state: 'lost' };

export type Stream = 'stdout' | 'stderr';

export interface ShellResult {
  /** null when it was ended by the time limit or a signal. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** Standard output and error together, the last 64 KiB. */
  readonly output: string;
}

/** The live processes of one attempt, on this machine and of this user. */
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
}

export interface Place {
  readonly name: string;
  /** What this machine has now. */
  room(): Room;
  /** This process, in words by which another one on the same machine can tell whether it is still there. */
  identity(): string;
  /** True only on proof: it was on this machine, and it or its boot is over. */
  isGone(identity: string): boolean;
  /**
   * Starts a worker, but only after `record` has stored its reference: the process waits until then, and ends by
   * itself without running the command when this process dies in between or `record` rejects.
   * `folder` (absolute, made if missing, 0700) receives stdin, stdout, stderr and the exit status.
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
  /** Resolves once the worker is seen to be no longer running, or when the signal aborts; may be called by any process. */
  ended(launch: Launch, signal: AbortSignal): Promise<void>;
  /** Bytes from `offset` on, at most `limit`; empty at the end or when there is no such file yet. */
  read(given: { readonly launch: Launch; readonly stream: Stream; readonly offset: number; readonly limit: number }): Promise<Buffer>;
  /**
   * Ends the worker's group and everything that carries its marker: TERM, `graceMs`, KILL, and looks until none is
   * left, bounded in time. Touches nothing unless pid, start time and boot id agree or the marker is carried.
   * Answers what could not be ended; empty means that nothing is left. Also right for a worker that ended by itself.
   */
  stop(launch: Launch, options: { readonly graceMs: number }): Promise<{ readonly left: readonly number[] }>;
  /** Everything that runs with a marker, by one scan; whose it is, and whether it may be ended, stands in the records. */
  marked(): Promise<readonly Marked[]>;
  /** Like `stop` for what no reference is known of (a command of `shell` whose supervisor died): all that carries the marker, nothing else. */
  end(given: { readonly marker: string; readonly graceMs: number }): Promise<{ readonly left: readonly number[] }>;
  /**
   * A short command of the user (`delivery.setup`, `delivery.checks`) by the shell. All that carries the marker ends
   * with it, at the time limit or on abort: with an attempt's marker it is run only before the attempt's worker is
   * launched, or after that was stopped.
   */
  shell(
    given: Boundary & {
      readonly command: string;
      readonly marker: string;
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
      readonly signal: AbortSignal;
    },
  ): Promise<ShellResult>;
  /** Runs a command of an agent to its end without a worktree or record (`version`, `probe`, `eval`); killed with its group at the time limit. */
  ask(
    spec: CommandSpec,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<{ readonly exit: Exit; readonly stdout: string; readonly stderr: string; readonly timedOut: boolean }>;
  /**
   * Runs a command of an agent in the foreground, with this process's terminal handed over until it has ended: the
   * keys are the command's, TERM and HUP to this process end it. However it ends, the terminal is left as it was.
   * `started` is told its identity, in the words of `identity`: it may outlive this process, if that is killed.
   * Faults: `launch-failed`, also for a command that cannot be executed.
   */
  seat(spec: CommandSpec, started: (identity: string) => Promise<void>): Promise<Exit>;
}
