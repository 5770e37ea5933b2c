// The output of an agent CLI for each kind of event. An answer of the model is open from its first word or call until the
// next answer begins, the agent waits or ends. Functions for endings return the exit code; the caller exits.
import { writeSync } from 'node:fs';
import type { ErrorFacts, Figures, LimitFacts } from './script.ts';

export interface FinishedCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: string;
  readonly failed: boolean;
}

/** An agent's CLI, for which the scripted agent stands in; each adapter's folder has one in `dialect.fixture.ts`. */
export interface ScriptedCli {
  /** The output of `--version`. */
  readonly version: string;
  /** Whether the arguments show that this CLI was started. */
  readonly isMeant: (argv: readonly string[]) => boolean;
  /** Exit codes by the signals that end it; null: it has no handler, and the signals end it. */
  readonly exitCodes: Readonly<Partial<Record<NodeJS.Signals, number>>> | null;
  /** The output if it was given no prompt. */
  readonly noPrompt: string;
  /** Null if the real CLI would refuse the session; the refusal has then been printed. */
  readonly open: (start: Start) => Dialect | null;
}

interface Start {
  /** The last value of an option by one of its names, as `--name value` or `--name=value`. */
  readonly option: (...names: readonly string[]) => string | null;
  readonly has: (flag: string) => boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /**
   * Null if the session is not known, or, when a new one is to begin, if it already exists. A session is found only from
   * where it began.
   */
  readonly openSession: (given: { readonly id: string; readonly resume: boolean; readonly home: string }) => Session | null;
}

export interface Dialect {
  /** The names of the tools, which differ in case, and the name of the path in the input of `write`. */
  readonly tools: { readonly bash: string; readonly write: string; readonly path: string };
  start(): void;
  say(text: string): void;
  tool(call: FinishedCall): void;
  denied(tool: string): void;
  step(figures: Figures): void;
  /** Closes an open answer before an action that takes time. */
  pause(): void;
  finish(): void;
  error(facts: ErrorFacts): number;
  limit(facts: LimitFacts): number;
  refusal(): number;
  budget(): number;
  turns(): number;
  autoReject(): number;
  fallbackAgent(): void;
}

export interface Spent {
  cost: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/** The content of the sessions' file: Claude Code's figures are cumulative over resumed runs. */
export interface Session {
  readonly id: string;
  readonly before: Spent;
  save(total: Spent): void;
}

export const nothingSpent: Spent = { cost: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/** US dollars for a million tokens. */
export interface Prices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export function spend(figures: Figures, prices: Prices): Spent {
  const { input = 1000, output = 100, cacheRead = 0, cacheWrite = 0 } = figures.tokens ?? {};
  const listed = (input * prices.input + output * prices.output + cacheRead * prices.cacheRead + cacheWrite * prices.cacheWrite) / 1e6;
  return { cost: figures.cost ?? listed, input, output, cacheRead, cacheWrite };
}

export function sum(a: Spent, b: Spent): Spent {
  return {
    cost: a.cost + b.cost,
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
  };
}

export function printLine(event: object): void {
  print(1, `${JSON.stringify(event)}\n`);
}

/** Written synchronously and completely, so that output before a signal or an exit is not lost. */
export function print(to: 1 | 2, data: string | Buffer): void {
  let rest = Buffer.from(data);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(to, rest));
    } catch (error) {
      // Somebody made the pipe non-blocking and it is full: the reader is slow, but not gone.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
