// The form of scripts for the scripted agent. A script is a JSON file: for a task's id, or `*` for every other prompt, it
// has the attempts in order (the last one repeats), each a list of actions. An attempt that runs out of actions succeeds.

/** Keys: a task's id such as `t12.1`, or `*`. */
export type AgentScript = Readonly<Record<string, readonly (readonly Action[])[]>>;

export interface Figures {
  /** US dollars; by default the cost of the tokens at the prices of the dialect (see there). */
  readonly cost?: number;
  /** By default 1,000 in and 100 out. */
  readonly tokens?: { readonly input?: number; readonly output?: number; readonly cacheRead?: number; readonly cacheWrite?: number };
}

export interface ErrorFacts {
  /** HTTP status; without it, the provider was never reached, or `type` names OpenCode's own kind of error. */
  readonly status?: number;
  readonly message?: string;
  readonly type?: string;
}

/** `resetsAt` is in epoch seconds, `retryAfter` in seconds. */
export type LimitFacts = { readonly kind: 'usage'; readonly resetsAt: number } | { readonly kind: 'rate'; readonly retryAfter?: number };

export type ForkKind = 'nohup' | 'setsid' | 'double-fork' | 'cleared';

export type Action =
  /** Actions after which the run continues. */
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
  /** Figures of the current answer: of the last text or call, or of an answer without any. */
  | { readonly step: Figures }
  /**
   * Writes the file and commits only it, unless it is already committed with this content. Both paths are relative to the
   * working directory.
   */
  | { readonly commit: { readonly file: string; readonly content: string; readonly message: string } }
  | { readonly edit: { readonly file: string; readonly content: string } }
  /**
   * Runs /bin/sh -c with these words in the working directory, and waits only for the end of the shell itself. A failure is
   * reported as that of a tool, and the agent continues; with `must`, it is an error of the test.
   */
  | { readonly run: string; readonly must?: true }
  /** Bytes for standard output, unchanged; `rawBytes`: one line of this many MiB. */
  | { readonly raw: { readonly text: string } | { readonly base64: string } }
  | { readonly rawBytes: { readonly mb: number } }
  | { readonly stderr: string }
  | { readonly ignoreTerm: true }
  /**
   * Leaves a sleeping process behind that has our environment (`cleared`: an empty one); its pid goes into the attempt's
   * record. `seconds`, by default 1000: an odd number makes it recognizable.
   */
  | { readonly fork: { readonly kind: ForkKind; readonly seconds?: number } }
  /** Waits until the file exists; the path is relative to the script's folder. */
  | { readonly waitFor: { readonly file: string } }
  /** OpenCode reports that it does not know the requested agent, and continues with another. */
  | { readonly fallbackAgent: true }
  /** Prints the closing events of a success, but does not end. */
  | { readonly finish: true }
  /** Actions that end the run. */
  | { readonly exit: { readonly code: number } }
  | { readonly signal: { readonly name: NodeJS.Signals } }
  | { readonly hang: true }
  | { readonly noResult: true }
  | { readonly error: ErrorFacts }
  | { readonly limit: LimitFacts }
  | { readonly refusal: true }
  /** Only Claude Code has these two. */
  | { readonly budget: true }
  | { readonly turns: true }
  /** Only OpenCode: a permission was requested and refused, which ends the run with exit code 0. */
  | { readonly autoReject: true };

/** The record of one attempt in `<script>.state/<task>.<number>.json`; `any` stands for the task of `*`. */
export interface AttemptRecord {
  readonly task: string;
  readonly attempt: number;
  readonly pid: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly prompt: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The result of one `run`; its two streams are one text. */
export interface Ran {
  readonly command: string;
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly output: string;
}

/** An error of the test: the script cannot be read, or requests something that this agent cannot do. */
export class ScriptProblem extends Error {}

/** EX_SOFTWARE: no agent ends with it, so an error of the test is not mistaken for an agent's behaviour. */
export const scriptProblemCode = 70;
