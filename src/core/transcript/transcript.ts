// The transcript: what happened in one attempt, in a vocabulary that belongs to no agent. Each adapter translates its
// agent's lines into these events; rules, the watch and people read only these.
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

/**
 * Limits the tokens or the money of one attempt to 10^12. No attempt comes near this. Beyond it, sums would be no exact
 * integers, which a database stores but does not return unchanged.
 */
export function capped(amount: number): number {
  return Math.min(amount, 1e12);
}

/** What one model used. Some agents name the model with its provider, others without. */
export interface ModelUse {
  readonly model: string;
  readonly tokens: Tokens;
  readonly cost: MicroUsd;
}

/**
 * - `started`  the agent is up: its session (to resume), the model that it will use, where its key came from
 * - `said`     text that the model addressed to the reader
 * - `tool`     a tool call begins; `input` is one line; `child`: a subagent makes the call (the same holds for answers)
 * - `answer`   a tool call has ended; `denied` if a permission rule forbade it
 * - `step`     one answer of the model; tokens and cost are of this step alone (cost is null if not reported per step);
 * an agent may report one step in several lines, which then share an id
 * - `child`    a subagent's session: its cost and tokens so far, cumulative per session; `model` is absent if the agent
 * does not report it
 * - `retry`    the agent repeats a model request by itself, at `until` if it said when
 * - `limit`    the provider reported how much of a plan's window is used
 * - `error`    the agent reported an error; `failure` is null if its structure does not tell the kind
 * - `ended`    the agent's own closing statement, with the costs of this attempt alone; `models`: the same figures by
 * model, absent if the agent does not separate them
 * - `compacted` the agent replaced its conversation, which was too long, by a summary, and continues; `session`: the
 * conversation's session, which may be a subagent's
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
      /** Present if the agent reports a session before any text. */
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

/**
 * How the worker's process ended. Both are null if it vanished without a status (it was killed together with its wrapper,
 * or the machine went down).
 */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** In this case, only the worker's words and actions tell whether it had finished. */
export function isUnknown({ code, signal }: Exit): boolean {
  return code === null && signal === null;
}

/** What an adapter concludes from exit, transcript and standard error: the facts for the verdict. */
export interface Outcome {
  /** Positive evidence that the agent ended its work as intended. An exit code of 0 alone never is such evidence. */
  readonly ok: boolean;
  readonly failure: FailureKind | null;
  readonly message: string;
  /** When the provider will serve again, if it said so. */
  readonly until: Instant | null;
  readonly session: string | null;
  readonly model: string | null;
  /** How the run was really billed, if the transcript tells. */
  readonly billing: 'subscription' | 'token' | null;
  readonly cost: MicroUsd;
  readonly tokens: Tokens;
  readonly steps: number;
  /** The last text that the model addressed to the reader. */
  readonly lastWords: string | null;
  /** Tools that a permission rule forbade. */
  readonly denied: readonly string[];
}
