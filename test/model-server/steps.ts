// The behaviour of a scripted model. A script gives each scenario its steps; every request for the model consumes the next
// step, and the last step repeats for ever. A step is plain data (JSON), and its only key besides the common ones is its
// name.

export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** In Claude Code's own price table, this costs 0.006 USD with Opus 5.5. */
export const defaultUsage: Usage = { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 };

interface Common {
  /** Tokens to bill; missing fields are those of `defaultUsage`. */
  readonly usage?: Partial<Usage>;
  /** A delay before the first byte of the answer; it ends early if the client disconnects. */
  readonly delayMs?: number;
  /** Added to the headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Call {
  /** Text before the call of the tool. */
  readonly text?: string;
}

/** An HTTP error. Without `type`, it follows from the status; `body` replaces the protocol's own JSON, byte for byte. */
export interface ErrorFacts {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type PlanWindow = 'five_hour' | 'seven_day';

/** The time is in epoch seconds, the utilization from 0 to 1. */
export interface PlanFacts {
  readonly resetsAt: number;
  readonly window?: PlanWindow;
  readonly message?: string;
}

type Act =
  /** A final text. */
  | { readonly say: string }
  /** A call of the tool that runs commands. */
  | ({ readonly bash: string } & Call)
  /** A call of the tool that writes files; a relative path is relative to the agent's working directory. */
  | ({ readonly write: { readonly path: string; readonly content: string } } & Call)
  /** A call of any tool, offered or not, with exactly this input. */
  | ({ readonly tool: { readonly name: string; readonly input: Readonly<Record<string, unknown>> } } & Call)
  | { readonly error: ErrorFacts }
  /** The plan's window is used up: 429 with `anthropic-ratelimit-unified-*` headers. */
  | { readonly usageLimit: PlanFacts }
  /** The model declines (`refusal`, `content_filter`). */
  | { readonly refusal: string }
  /** The model is cut off at its output limit (`max_tokens`, `length`). */
  | { readonly maxTokens: string }
  /** The request is accepted and never answered. */
  | { readonly hang: true }
  /** The answer begins with this text and then falls silent. */
  | { readonly stall: string }
  /** The answer begins with this text and the connection is dropped. */
  | { readonly cut: string }
  /** The stream begins and then reports an error; a request without streaming gets it as status 500. */
  | { readonly sseError: { readonly type?: string; readonly message?: string } };

export type Step = Act & Common;

export type Script = Readonly<Record<string, readonly Step[]>>;

/**
 * The headers with which the provider reports how much of a plan is used; Claude Code reads them for OAuth accounts only.
 */
export function planHeaders(plan: {
  readonly status: 'allowed' | 'allowed_warning' | 'rejected';
  readonly utilization: number;
  readonly resetsAt: number;
  readonly window?: PlanWindow;
}): Record<string, string> {
  const window = plan.window ?? 'five_hour';
  const short = window === 'five_hour' ? '5h' : '7d';
  const prefix = 'anthropic-ratelimit-unified';
  return {
    [`${prefix}-status`]: plan.status,
    [`${prefix}-reset`]: String(plan.resetsAt),
    [`${prefix}-representative-claim`]: window,
    [`${prefix}-fallback`]: 'unavailable',
    [`${prefix}-overage-status`]: 'rejected',
    [`${prefix}-overage-disabled-reason`]: 'org_level_disabled',
    [`${prefix}-${short}-status`]: plan.status,
    [`${prefix}-${short}-reset`]: String(plan.resetsAt),
    [`${prefix}-${short}-utilization`]: String(plan.utilization),
    ...(plan.status === 'allowed_warning' ? { [`${prefix}-${short}-surpassed-threshold`]: '0.9' } : {}),
  };
}
