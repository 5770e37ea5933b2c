// What a command gets of the world around the program: streams, environment, signals. A test brings its own.
import type { CommandContext, StricliProcess } from '@stricli/core';

export interface Screen {
  write(text: string): void;
  /** The bell of a terminal. */
  ring(): void;
  /** For output without bound: resolves once its reader keeps up, or when the signal aborts. */
  send(chunk: string | Uint8Array, signal: AbortSignal): Promise<void>;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Colour may be used. */
  readonly colour: boolean;
}

export interface CliContext extends CommandContext {
  readonly process: StricliProcess;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: Screen;
  readonly err: Screen;
  readonly stdin: () => Promise<string>;
  /** Calls back on each Ctrl-C or TERM until stopped. */
  readonly onInterrupt: (call: () => void) => { stop(): void };
  /** Asked for by a command; null: as the outcome says (0, or 1 for a fault). */
  exit: number | null;
}

/** Exit codes that scripts may rely on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, interrupted: 130 } as const;

export function printJson(context: CliContext, value: unknown): void {
  context.out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A refusal by a rule, or nothing to do: the reason on standard error, exit code 3 unless something has failed. */
export function refuse(context: CliContext, reason: string): void {
  context.err.write(`${reason}\n`);
  context.exit ??= exitCodes.refused;
}
