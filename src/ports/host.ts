// The supervisor's own machine: its identity, which of its processes are gone, its capacity, its terminal, and short
// commands of the person and of agents that belong to no task.
import type { Room } from '../core/route/capacity.ts';
import type { Exit } from '../core/transcript/transcript.ts';
import type { CommandSpec } from './command-spec.ts';
import type { PlaceSite, SiteRequest } from './place-site.ts';

export interface ShellResult {
  /** Null if it was ended by the time limit or a signal. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** Standard output and error together, the last 64 KiB. */
  readonly output: string;
}

/** A command line for the shell, and its whole environment. */
export interface ShellCommand {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Asked {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface Host {
  /**
   * Identifies the machine: the same after a restart, and different from every other machine's. It is only compared, never
   * parsed.
   */
  readonly name: string;
  /** Identifies this process, so that another process on the same machine can decide whether it still runs. */
  identity(): string;
  /** True only on proof: the process was on this machine, and either it or its boot has ended. */
  isGone(identity: string): boolean;
  /**
   * Ends the helper processes (git, `shell`, `ask`) that belonged to processes of ours on this machine that are gone, with
   * everything that they started. Returns the pids that could not be ended. Workers are not among them, because they
   * outlive their supervisors.
   */
  endCallsOfTheGone(): Promise<readonly number[]>;
  /** The capacity of this machine now. */
  room(): Room;
  /** The site for an agent's commands in `ask` and `seat`: this machine, as it is. */
  site(request: SiteRequest): Promise<PlaceSite>;
  /**
   * Runs a person's command in the shell (`notify.command`). It ends with everything that it started, at the time limit or
   * on abort. Faults: `launch-failed`.
   */
  shell(given: ShellCommand): Promise<ShellResult>;
  /**
   * Runs a command of an agent to its end without a task or record (`version`, `probe`, `eval`). Its whole process tree is
   * ended at the time limit and on abort.
   */
  ask(spec: CommandSpec, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<Asked>;
  /**
   * Runs a command of an agent in the foreground, with this process's terminal, until the command has ended: keys go to the
   * command, and TERM and HUP to this process end it. However it ends, the terminal is restored. `started` receives its
   * identity, in the form of `identity`, because it may outlive this process if that is killed. Faults: `launch-failed`,
   * also for a command that cannot be executed.
   */
  seat(spec: CommandSpec, started: (identity: string) => Promise<void>): Promise<Exit>;
}
