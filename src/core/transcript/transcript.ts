// The transcript: what happened in one attempt, in words that no agent owns. Each adapter translates its agent's
// lines into these events; rules, watches and people read only these.
import type { FailureKind } from '../task/failure.ts';
import type { Instant } from '../time.ts';

export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export const noTokens: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: capped(a.input + b.input),
    output: capped(a.output + b.output),
    cacheRead: capped(a.cacheRead + b.cacheRead),
    cacheWrite: capped(a.cacheWrite + b.cacheWrite),
  };
}

/** Money is integer millionths of a US dollar. */
export type MicroUsd = number;

/** Tokens or money of one attempt, at most 10^12. None comes near it; beyond, their sums would be no exact integers, which a database stores and never gives back. */
export function capped(amount: number): number {
  return Math.min(amount, 1e12);
}

/** What one model took. Agents name it with its provider or without. */
export interface ModelUse {
  readonly model: string;
  readonly tokens: Tokens;
  readonly cost: MicroUsd;
}

/**
 * - `started`  the agent is up: its session (to resume), the model it will use, where its key came from
 * - `said`     text that the model addressed to the reader
 * - `tool`     a tool call begins; `input` is one line; `child`: a subagent makes it, and so with answers
 * - `answer`   a tool call has ended; `denied` when a permission rule forbade it
 * - `step`     one answer of the model; tokens and cost are of this step alone (cost null: not told per step);
 *              an agent may report one step in several lines, which then share an id
 * - `child`    a subagent's session: its cost and tokens so far, cumulative per session; `model` absent: the agent does
 *              not tell which
 * - `retry`    the agent tries a model request again by itself, at `until` when it said so
 * - `limit`    the provider told how much of a plan's window is used
 * - `error`    the agent reported an error; `failure` is null where its structure does not tell the kind
 * - `ended`    the agent's own closing statement, costs of this attempt alone; `models`: the same figures by model,
 *              absent where it does not tell them apart
 * - `compacted` the agent put a summary in the place of its conversation, which was too long, and goes on; `session`:
 *              whose, which may be a subagent's
 * - `noted`    a line that is no event: unreadable, cut off, oversized or of an unknown form
 */
export type TranscriptEvent =
  | {
      readonly type: 'started';
      readonly session: string | null;
      readonly model: string | null;
      readonly version: string | null;
      readonly keySource: string | null;
      readonly servers: readonly { readonly name: string; readonly status: string }[];
    }
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'tool'; readonly id: string | null; readonly name: string; readonly input: string; readonly child?: true }
  | {
      readonly type: 'answer';
      readonly id: string | null;
      readonly ok: boolean;
      readonly denied: boolean;
      readonly output: string;
      readonly child?: true;
    }
  | {
      readonly type: 'step';
      readonly id: string | null;
      readonly session: string | null;
      readonly reason: string | null;
      readonly tokens: Tokens;
      readonly cost: MicroUsd | null;
    }
  | {
      readonly type: 'child';
      readonly session: string;
      readonly tokens: Tokens;
      readonly cost: MicroUsd;
      readonly model?: string;
    }
  | {
      readonly type: 'retry';
      /** Where the agent tells of one before it says anything. */
      readonly session?: string;
      readonly failure: FailureKind | null;
      readonly status: number | null;
      readonly message: string;
      readonly until: Instant | null;
    }
  | {
      readonly type: 'limit';
      readonly state: string;
      readonly window: string | null;
      readonly resetsAt: Instant | null;
      readonly used: number | null;
    }
  | {
      readonly type: 'error';
      readonly session?: string;
      readonly failure: FailureKind | null;
      readonly status: number | null;
      readonly message: string;
      readonly until: Instant | null;
    }
  | {
      readonly type: 'ended';
      readonly ok: boolean;
      readonly failure: FailureKind | null;
      readonly message: string;
      readonly tokens: Tokens;
      readonly cost: MicroUsd;
      readonly until: Instant | null;
      readonly models?: readonly ModelUse[];
    }
  | { readonly type: 'compacted'; readonly session: string | null }
  | { readonly type: 'noted'; readonly text: string };

/** How the worker's process ended. Both null: it vanished and left no status (killed with its wrapper, or the machine went down). */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Then only what the worker said and did tells whether it had finished. */
export function isUnknown({ code, signal }: Exit): boolean {
  return code === null && signal === null;
}

/** What an adapter concludes from exit, transcript and standard error: facts for the verdict. */
export interface Outcome {
  /** Positive evidence that the agent ended its work as it wanted to; an exit code of 0 alone never is. */
  readonly ok: boolean;
  readonly failure: FailureKind | null;
  readonly message: string;
  /** When the provider said that it will serve again. */
  readonly until: Instant | null;
  readonly session: string | null;
  readonly model: string | null;
  /** What the run was really billed to, as far as the transcript tells. */
  readonly billing: 'subscription' | 'token' | null;
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
  readonly steps: number;
  /** The last text that the model addressed to the reader. */
  readonly lastWords: string | null;
  /** Tools that a permission rule forbade. */
  readonly denied: readonly string[];
}
