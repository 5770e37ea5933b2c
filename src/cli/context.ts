// The world around the program as a command gets it: streams, environment, signals. A test supplies its own.
import type { CommandContext, StricliProcess } from '@stricli/core';

export interface Screen {
  write(text: string): void;
  /** Rings the terminal's bell. */
  ring(): void;
  /** For output without bound: resolves once the reader keeps up, or when the signal aborts. */
  send(chunk: string | Uint8Array, signal: AbortSignal): Promise<void>;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Whether colour may be used. */
  readonly colour: boolean;
}

export interface CliContext extends CommandContext {
  readonly process: StricliProcess;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: Screen;
  readonly err: Screen;
  readonly stdin: () => Promise<string>;
  /** Calls `call` at each Ctrl-C or TERM until it is stopped. */
  readonly onInterrupt: (call: () => void) => { stop(): void };
  /** The exit code that a command asked for. Null means that the outcome decides: 0, or 1 for a fault. */
  exit: number | null;
}

/** Exit codes that scripts may rely on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, interrupted: 130 } as const;

export function printJson(context: CliContext, value: unknown): void {
  context.out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Reports on standard error that a rule refused something or that there was nothing to do. The exit code is 3 unless
 * something has failed.
 */
export function refuse(context: CliContext, reason: string): void {
  context.err.write(`${reason}\n`);
  context.exit ??= exitCodes.refused;
}
