// Why an attempt ended, as a code and its facts. It is stored with verdicts, with stops, and in the reasons that follow
// from them. The texts are made in `said-words.ts`, and no fact is ever parsed from those texts.
import type { FaultCode } from '../fault-codes.ts';
import type { Duration } from '../time.ts';
import type { MicroUsd } from '../transcript/transcript.ts';
import type { ReasonFrom } from './reason-from.ts';

type None = Readonly<Record<string, never>>;

/**
 * How a command ended that had to succeed. `exit` is null if a signal ended it. `timeout`: it was still running at that
 * time.
 */
export type CommandEnd = { readonly exit: number | null } | { readonly timeout: Duration };

/** A commit of a submodule, and why nobody else could fetch it. */
interface Link {
  readonly path: string;
  readonly commit: string;
  readonly why: string;
}

export interface SaidFacts {
  /** Text by an agent, git, a provider or a command. In rows that were stored before reasons were data, any text. */
  readonly words: { readonly text: string };

  // Results of a worker.
  readonly commits: { readonly count: number };
  readonly 'delivered-again': None;
  /** `changed`: some of the paths with uncommitted changes. */
  readonly 'no-commit': { readonly changed: readonly string[] };
  readonly 'tools-denied': { readonly tools: readonly string[] };
  readonly 'servers-missing': { readonly names: readonly string[] };

  // Actions of a person.
  readonly cancelled: None;
  /** It is unknown whether the work arrived. `said` is the reason of the stop. */
  readonly 'cancelled-in-push': { readonly said: Said; readonly branch: string; readonly remote: string };
  /** A person closed the issue of its task; `by` is null if the forge does not say who. */
  readonly 'issue-closed': { readonly number: number; readonly by: string | null };
  readonly stopped: None;
  readonly attached: None;

  // Limits at which a worker was ended.
  readonly silent: { readonly time: Duration };
  readonly 'still-running': { readonly time: Duration };
  readonly 'too-much-output': { readonly bytes: number };
  readonly 'too-many-compactions': { readonly times: number };
  readonly 'too-many-steps': { readonly steps: number; readonly limit: number };
  readonly 'too-expensive': { readonly spent: MicroUsd; readonly limit: MicroUsd };
  /** The agent would repeat its request only after a wait that is too long. `text` says what failed. */
  readonly 'retry-too-late': { readonly text: string; readonly wait: Duration };
  readonly 'retry-too-often': { readonly text: string; readonly times: number };
  /** We ended the worker. `sign` is its last sign of activity. */
  readonly ended: { readonly said: Said; readonly sign: Said };
  readonly 'last-words': { readonly text: string };
  readonly 'last-call': { readonly text: string };
  readonly 'last-error': { readonly text: string };

  // Reasons for which no worker was started.
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

  // Reasons for which the work did not arrive.
  readonly 'no-checkout': None;
  readonly 'other-branch': { readonly worktree: string; readonly branch: string };
  readonly untrusted: { readonly message: string; readonly hint: string };
  readonly 'check-failed': { readonly command: string; readonly end: CommandEnd };
  readonly 'hook-failed': { readonly end: CommandEnd };
  readonly 'submodules-missing': { readonly links: readonly Link[] };
  readonly 'submodules-unasked': { readonly links: readonly Link[] };
  /** The program was asked to stop. The step is tried again in any case, whatever the fault advises. */
  readonly interrupted: { readonly code: FaultCode; readonly message: string };
  readonly fault: { readonly code: FaultCode; readonly message: string; readonly hint: string };
}

export type Said = ReasonFrom<SaidFacts>;

export function inWords(text: string): Said {
  return { code: 'words', facts: { text } };
}
