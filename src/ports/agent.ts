// What the rest of the program knows of an agent CLI. One adapter per agent implements it and is the only place
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

/** Every agent has the functions; of the rest, null is what this agent cannot do. */
export interface Agent {
  readonly facts: AgentFacts;
  /** Pure: the same request gives the same command. */
  command(request: RunRequest | QuestionRequest | VersionRequest): CommandSpec;
  /** Pure and total: one line of the worker's standard output; any bytes are answered, at worst by `noted`. */
  events(line: string): readonly TranscriptEvent[];
  /** Pure: what exit, transcript (as it adds up) and the end of standard error prove. */
  outcome(end: { readonly exit: Exit; readonly tally: Tally; readonly stderr: string }): Outcome;
  /** The version in what `version` printed; null when there is none. */
  version(stdout: string): string | null;
  /** Null: each run begins anew, and no person can join one. */
  readonly sessions: Sessions | null;
  /** Null: it uses keys only. */
  readonly plans: Plans | null;
  /** Null: it has no sign-in of its own, and knows no accounts beside the usual variables. */
  readonly accounts: OwnAccounts | null;
  /**
   * Looks at the user's configuration of this agent as it would apply in the site's checkout. Effects: reads files of the
   * site. Null: nothing of that configuration reaches a worker.
   */
  readonly survey: ((facts: { readonly site: PlaceSite; readonly settings: AgentConfig }) => Promise<ForeignConfig>) | null;
  /**
   * What the agent's own records tell after its end, to complete the transcript; asking again tells the same. Effects: reads
   * files of the site. Null: its output tells everything.
   */
  readonly afterwards:
    | ((end: { readonly site: PlaceSite; readonly session: string | null; readonly since: Instant }) => Promise<readonly TranscriptEvent[]>)
    | null;
  /** Null: setup writes nothing for it. */
  readonly own: OwnConfiguration | null;
}

/** Sessions that outlive their process: a later worker resumes them, and a person attaches to them. */
export interface Sessions {
  /** A new session has the id that we choose; of the others the transcript tells it. */
  readonly chosen: boolean;
  /** Pure, as `command`. */
  attach(request: AttachRequest): CommandSpec;
}

/** How plans, which are accounts with billing `subscription`, are used through the agent. Their providers are `facts.subscriptions`. */
export interface Plans {
  /** How a person gets a sign-in that no other process shares. */
  readonly token: {
    /** A sentence. */
    readonly why: string;
    /** A command line; it prints the token. */
    readonly command: string;
  };
  /** How long the plans' windows last, by the beginning of the names that the agent reports. */
  readonly windows: Readonly<Record<string, Duration>>;
}

/** What a person does about its sign-in, as the end of a sentence such as "then do this: …". */
export interface SignInAdvice {
  /** Where there is none, or it is refused. */
  readonly signIn: string;
  /** Where other processes share one, and can sign each other out. */
  readonly unshared: string;
}

export interface OwnAccounts {
  readonly advice: SignInAdvice;
  /** Accounts that this agent alone would find on the person's own machine, beside the usual variables. It can rule out, never prove. Effects: reads files of that machine. */
  found(facts: { readonly env: Readonly<Record<string, string | undefined>>; readonly settings: AgentConfig }): Promise<readonly Account[]>;
  /**
   * Of an account that it finds by itself what it would find, where that has to be handed over to it. It answers null where
   * the agent finds it by itself. Faults: `secret-missing`. Effects: reads files of the person's machine; runs nothing.
   * Null: the agent finds each of them by itself.
   */
  readonly credential:
    | ((facts: {
        readonly account: Account;
        readonly env: Readonly<Record<string, string | undefined>>;
      }) => Promise<Omit<Credential, 'billing'> | null>)
    | null;
}
