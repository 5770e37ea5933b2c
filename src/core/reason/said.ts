// What was said of the end of an attempt, as a code and its facts: stored with verdicts, with stops, and in the reasons that
// come of them. The words are made in `said-words.ts`, and nothing reads a fact out of those words again.
import type { FaultCode } from '../fault-codes.ts';
import type { Duration } from '../time.ts';
import type { MicroUsd } from '../transcript/transcript.ts';
import type { ReasonFrom } from './reason-from.ts';

type None = Readonly<Record<string, never>>;

/** How a command ended that had to succeed. `exit` null: a signal ended it. `timeout`: it was not over by then. */
export type CommandEnd = { readonly exit: number | null } | { readonly timeout: Duration };

/** A commit of a submodule, and why nobody else could fetch it. */
interface Link {
  readonly path: string;
  readonly commit: string;
  readonly why: string;
}

export interface SaidFacts {
  /** By an agent, git, a provider or a command. In rows from before the rest was stored as data: whatever it was. */
  readonly words: { readonly text: string };

  // What a worker left.
  readonly commits: { readonly count: number };
  readonly 'delivered-again': None;
  /** `changed`: some of the paths with uncommitted changes. */
  readonly 'no-commit': { readonly changed: readonly string[] };
  readonly 'tools-denied': { readonly tools: readonly string[] };
  readonly 'servers-missing': { readonly names: readonly string[] };

  // What a person did.
  readonly cancelled: None;
  /** Whether the work arrived is not known. `said`: of the stop. */
  readonly 'cancelled-in-push': { readonly said: Said; readonly branch: string; readonly remote: string };
  readonly stopped: None;
  readonly attached: None;

  // Why the worker was ended by a limit.
  readonly silent: { readonly time: Duration };
  readonly 'still-running': { readonly time: Duration };
  readonly 'too-much-output': { readonly bytes: number };
  readonly 'too-many-compactions': { readonly times: number };
  readonly 'too-many-steps': { readonly steps: number; readonly limit: number };
  readonly 'too-expensive': { readonly spent: MicroUsd; readonly limit: MicroUsd };
  /** The agent would try its request again, after a wait that is too long. `text`: what failed. */
  readonly 'retry-too-late': { readonly text: string; readonly wait: Duration };
  readonly 'retry-too-often': { readonly text: string; readonly times: number };
  /** By us, with the last sign of it. */
  readonly ended: { readonly said: Said; readonly sign: Said };
  readonly 'last-words': { readonly text: string };
  readonly 'last-call': { readonly text: string };
  readonly 'last-error': { readonly text: string };

  // Why no worker was started.
  readonly 'not-started': None;
  readonly 'preparation-cut': None;
  readonly 'no-adapter': { readonly agent: string };
  readonly 'role-unusable': { readonly problem: string };
  readonly 'servers-unusable': { readonly problem: string };
  /** `absent`: names in `delivery.env` that are not in the environment. */
  readonly 'setup-failed': {
    readonly command: string;
    readonly end: CommandEnd;
    readonly output: string;
    readonly absent: readonly string[];
  };

  // Why its work did not arrive.
  readonly 'no-checkout': None;
  readonly 'other-branch': { readonly worktree: string; readonly branch: string };
  readonly untrusted: { readonly message: string; readonly hint: string };
  readonly 'check-failed': { readonly command: string; readonly end: CommandEnd };
  readonly 'hook-failed': { readonly end: CommandEnd };
  readonly 'submodules-missing': { readonly links: readonly Link[] };
  readonly 'submodules-unasked': { readonly links: readonly Link[] };
  /** Somebody waits for its end: what follows is tried again, whatever the fault advises. */
  readonly interrupted: { readonly code: FaultCode; readonly message: string };
  readonly fault: { readonly code: FaultCode; readonly message: string; readonly hint: string };
}

export type Said = ReasonFrom<SaidFacts>;

export function inWords(text: string): Said {
  return { code: 'words', facts: { text } };
}
