// What the scripted agent is told to do. A script is a JSON file: for a task's id, or `*` for every other prompt, the
// attempts in order (the last one repeats), each a list of actions. An attempt that runs out of actions ends in success.

/** Keys: a task's id such as `t12.1`, or `*`. */
export type AgentScript = Readonly<Record<string, readonly (readonly Action[])[]>>;

export interface Figures {
  /** US dollars; by default what the tokens cost at the prices of the dialect (see there). */
  readonly cost?: number;
  /** By default 1,000 in and 100 out. */
  readonly tokens?: { readonly input?: number; readonly output?: number; readonly cacheRead?: number; readonly cacheWrite?: number };
}

export interface ErrorFacts {
  /** HTTP status; without it the provider was never reached, or `type` names OpenCode's own kind of error. */
  readonly status?: number;
  readonly message?: string;
  readonly type?: string;
}

/** Epoch seconds; seconds. */
export type LimitFacts = { readonly kind: 'usage'; readonly resetsAt: number } | { readonly kind: 'rate'; readonly retryAfter?: number };

export type ForkKind = 'nohup' | 'setsid' | 'double-fork' | 'cleared';

export type Action =
  /** What goes on */
  | { readonly say: string }
  | {
      readonly tool: {
        readonly name: string;
        readonly input?: Readonly<Record<string, unknown>>;
        readonly output?: string;
        readonly failed?: boolean;
      };
    }
  | { readonly denied: { readonly tool: string } }
  /** Figures of the answer that is being given: of what was last said or called, or of an answer without a word. */
  | { readonly step: Figures }
  /** Writes the file and commits it alone, unless it is committed so already. Both paths are relative to the working directory. */
  | { readonly commit: { readonly file: string; readonly content: string; readonly message: string } }
  | { readonly edit: { readonly file: string; readonly content: string } }
  /**
   * Runs /bin/sh -c with these words in the working directory, and waits for the shell's own end alone. A failure is told
   * as that of a tool, and the agent goes on; with `must` it is a mistake of the test.
   */
  | { readonly run: string; readonly must?: true }
  /** Bytes on standard output as they are; `rawBytes`: one line of that many MiB. */
  | { readonly raw: { readonly text: string } | { readonly base64: string } }
  | { readonly rawBytes: { readonly mb: number } }
  | { readonly stderr: string }
  | { readonly ignoreTerm: true }
  /**
   * Leaves a process behind that sleeps and carries our environment (`cleared`: none); its pid goes into the attempt's
   * record. `seconds`, by default 1000: an odd number tells it from all others.
   */
  | { readonly fork: { readonly kind: ForkKind; readonly seconds?: number } }
  /** Waits until the file is there; relative to the script's folder. */
  | { readonly waitFor: { readonly file: string } }
  /** OpenCode says that it does not know the agent it was asked for, and goes on with another. */
  | { readonly fallbackAgent: true }
  /** The closing events of a success, without an end. */
  | { readonly finish: true }
  /** What ends it */
  | { readonly exit: { readonly code: number } }
  | { readonly signal: { readonly name: NodeJS.Signals } }
  | { readonly hang: true }
  | { readonly noResult: true }
  | { readonly error: ErrorFacts }
  | { readonly limit: LimitFacts }
  | { readonly refusal: true }
  /** Claude Code alone has these two. */
  | { readonly budget: true }
  | { readonly turns: true }
  /** OpenCode alone: a permission was asked for and refused, which ends the run with exit code 0. */
  | { readonly autoReject: true };

/** What one attempt leaves in `<script>.state/<task>.<number>.json`; `any` stands for the task of `*`. */
export interface AttemptRecord {
  readonly task: string;
  readonly attempt: number;
  readonly pid: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly prompt: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What one `run` came to; its two streams are one text. */
export interface Ran {
  readonly command: string;
  /** Null: it was ended by a signal. */
  readonly code: number | null;
  readonly output: string;
}

/** The script asks for something that this agent cannot do, or cannot be read: a mistake of the test. */
export class ScriptProblem extends Error {}

/** EX_SOFTWARE: no agent ends with it, so that a test's own mistake is not taken for a behaviour. */
export const scriptProblemCode = 70;
