// The interface between the rest of the program and an agent CLI. One adapter per agent implements it and is the only place
// that knows the agent's name, flags, variables and formats.
import type { Exit, Outcome, TranscriptEvent } from '../core/transcript/transcript.ts';
import type { Account } from '../core/route/account.ts';
import type { AgentConfig } from '../core/settings.ts';
import type { AgentFacts } from '../core/route/route.ts';
import type { Tally } from '../core/transcript/tally.ts';
import type { Instant, Duration } from '../core/time.ts';
import type { AttachRequest, Credential, ForeignConfig, QuestionRequest, RunRequest, VersionRequest } from './command-request.ts';
import type { CommandSpec } from './command-spec.ts';
import type { OwnConfiguration } from './own-configuration.ts';
import type { PlaceSite } from './place-site.ts';

/** Every agent has the functions. Of the other members, null means that this agent cannot do it. */
export interface Agent {
  readonly facts: AgentFacts;
  /** Pure: the same request gives the same command. */
  command(request: RunRequest | QuestionRequest | VersionRequest): CommandSpec;
  /** Pure and total: parses one line of the worker's standard output. Any bytes have a result, at worst `noted`. */
  events(line: string): readonly TranscriptEvent[];
  /** Pure: concludes from the exit, the totals of the transcript and the end of standard error. */
  outcome(end: { readonly exit: Exit; readonly tally: Tally; readonly stderr: string }): Outcome;
  /** The version in the output of `version`; null if there is none. */
  version(stdout: string): string | null;
  /** Null: each run begins a new conversation, and no person can attach to one. */
  readonly sessions: Sessions | null;
  /** Null: it uses only keys. */
  readonly plans: Plans | null;
  /** Null: it has no sign-in of its own, and knows no accounts except those of the usual variables. */
  readonly accounts: OwnAccounts | null;
  /**
   * Reads the user's configuration of this agent as it would apply in the site's checkout. Effects: reads files of the
   * site. Null: no such configuration reaches a worker.
   */
  readonly survey: ((facts: { readonly site: PlaceSite; readonly settings: AgentConfig }) => Promise<ForeignConfig>) | null;
  /**
   * Facts from the agent's own records after its end, which complete the transcript; a second call returns the same.
   * Effects: reads files of the site. Null: its output is complete.
   */
  readonly afterwards:
    | ((end: { readonly site: PlaceSite; readonly session: string | null; readonly since: Instant }) => Promise<readonly TranscriptEvent[]>)
    | null;
  /** Null: setup writes nothing for it. */
  readonly own: OwnConfiguration | null;
}

/** Sessions that outlive their process: a later worker resumes them, and a person attaches to them. */
export interface Sessions {
  /** True if we choose the id of a new session; otherwise the transcript contains it. */
  readonly chosen: boolean;
  /** Pure, as `command`. */
  attach(request: AttachRequest): CommandSpec;
}

/** How plans, which are accounts with billing `subscription`, are used through the agent. Their providers are `facts.subscriptions`. */
export interface Plans {
  /** How a person obtains a sign-in that no other process shares. */
  readonly token: {
    /** A sentence. */
    readonly why: string;
    /** A command line; it prints the token. */
    readonly command: string;
  };
  /** The length of the plans' windows, by the beginning of the names that the agent reports. */
  readonly windows: Readonly<Record<string, Duration>>;
}

/** Advice to a person about its sign-in, as the end of a sentence such as "then do this: …". */
export interface SignInAdvice {
  /** For a sign-in that is missing or refused. */
  readonly signIn: string;
  /** For a sign-in that other processes share, so that they can sign each other out. */
  readonly unshared: string;
}

export interface OwnAccounts {
  readonly advice: SignInAdvice;
  /**
   * Accounts that only this agent finds on the person's own machine, beside the usual variables. It can prove that an
   * account is unusable, but never that it is usable. Effects: reads files of that machine.
   */
  found(facts: { readonly env: Readonly<Record<string, string | undefined>>; readonly settings: AgentConfig }): Promise<readonly Account[]>;
  /**
   * The credential of an account that the agent finds by itself, if it has to be passed to it. The function returns null if
   * the agent finds this one by itself. Faults: `secret-missing`. Effects: reads files of the person's machine; runs
   * nothing. Null: the agent finds all of them by itself.
   */
  readonly credential:
    | ((facts: {
        readonly account: Account;
        readonly env: Readonly<Record<string, string | undefined>>;
      }) => Promise<Omit<Credential, 'billing'> | null>)
    | null;
}
