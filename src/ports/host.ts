// The supervisor's own machine: which one it is, which of its processes are gone, what it bears, its terminal, and
// short commands of the person and of agents that belong to no task.
import type { Room } from '../core/route/capacity.ts';
import type { Exit } from '../core/transcript/transcript.ts';
import type { CommandSpec } from './command-spec.ts';
import type { PlaceSite, SiteRequest } from './place-site.ts';

export interface ShellResult {
  /** null when it was ended by the time limit or a signal. */
  readonly code: number | null;
  readonly timedOut: boolean;
  /** Standard output and error together, the last 64 KiB. */
  readonly output: string;
}

/** A command line for the shell, and the whole environment that it gets. */
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
  /** The machine: the same after a restart, and no other machine's. What is stored under it is compared, never taken apart. */
  readonly name: string;
  /** This process, in words by which another one on the same machine can tell whether it is still there. */
  identity(): string;
  /** True only on proof: it was on this machine, and it or its boot is over. */
  isGone(identity: string): boolean;
  /**
   * Ends what processes of ours on this machine that are gone were running for themselves (git, `shell`, `ask`), with all that it
   * started; answers the pids that could not be ended. Workers are not among it: they outlive their supervisors.
   */
  endCallsOfTheGone(): Promise<readonly number[]>;
  /** What this machine has now. */
  room(): Room;
  /** What an agent's commands of `ask` and `seat` are built for: this machine, as it is. */
  site(request: SiteRequest): Promise<PlaceSite>;
  /** Runs a person's command by the shell (`notify.command`). It ends with all that it started, at the time limit or on abort. Faults: `launch-failed`. */
  shell(given: ShellCommand): Promise<ShellResult>;
  /** Runs a command of an agent to its end without a task or record (`version`, `probe`, `eval`); ended with its whole tree at the time limit and on abort. */
  ask(spec: CommandSpec, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<Asked>;
  /**
   * Runs a command of an agent in the foreground, with this process's terminal handed over until it has ended: the
   * keys are the command's, TERM and HUP to this process end it. However it ends, the terminal is left as it was.
   * `started` is told its identity, in the words of `identity`: it may outlive this process, if that is killed.
   * Faults: `launch-failed`, also for a command that cannot be executed.
   */
  seat(spec: CommandSpec, started: (identity: string) => Promise<void>): Promise<Exit>;
}
