// What the rest of the program knows of an agent CLI. One adapter per agent implements it and is the only place
// that knows the agent's name, flags, variables and formats.
import type { Exit, Outcome, TranscriptEvent } from '../core/transcript/transcript.ts';
import type { Account, Billing } from '../core/route/account.ts';
import type { ReadyServer } from '../core/own/mcp.ts';
import type { Role } from '../core/own/role.ts';
import type { AgentConfig, Isolation } from '../core/settings.ts';
import type { AgentFacts } from '../core/route/route.ts';
import type { Tally } from '../core/transcript/tally.ts';
import type { Instant } from '../core/time.ts';
import type { CommandSpec } from './command-spec.ts';
import type { OwnConfiguration } from './own-configuration.ts';
import type { PlaceSite, SiteFacts } from './place-site.ts';

/** `run` works on a task; `attach` is its own interactive session, for a person; `eval` asks one question without tools; `probe` proves the sign-in by the smallest request; `version` prints it. */
export const agentActions = ['run', 'attach', 'probe', 'version', 'eval'] as const;
export type AgentAction = (typeof agentActions)[number];

/** How a worker is paid, resolved for it alone. */
export interface Credential {
  readonly billing: Billing;
  /** By the names under which they were found; every value is a secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** A secret without a name. Null, and no variables: the agent finds its own. */
  readonly secret: string | null;
  /** Variables that go with it: where it is to be sent (absent: to its provider), and what its cloud is. No secret. */
  readonly address?: Readonly<Record<string, string>>;
  /** A command of the person's own configuration of the agent that prints the secret: the agent runs it, as often as it has to. */
  readonly helper?: string;
}

/**
 * The variables by which an agent takes a credential: under names that it knows as they are; a secret that has another
 * name, or none, in the agent's own way.
 */
export function handedOver(given: {
  readonly credential: Credential | null;
  readonly known: readonly string[];
  readonly inItsWay: (secret: string) => Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  const { credential, known, inItsWay } = given;
  if (credential === null) return {};
  const { variables, secret } = credential;
  const [only] = Object.values(variables);
  if (secret !== null) return inItsWay(secret);
  if (only === undefined || Object.keys(variables).every((name) => known.includes(name))) return variables;
  return inItsWay(only);
}

/** A server's program without the worker's own credentials, which both agents would hand on to it. */
export function shielded(given: { readonly server: ReadyServer; readonly names: readonly string[] }): readonly string[] {
  const { server, names } = given;
  // What the server is given on purpose stays.
  const hidden = names.filter((name) => !Object.hasOwn(server.env, name));
  return hidden.length === 0 ? server.command : ['env', ...hidden.flatMap((name) => ['-u', name]), ...server.command];
}

export interface CommandOptions {
  readonly settings: AgentConfig;
  /** `provider/model`. */
  readonly model: string;
  readonly prompt: string;
  /** Where the command will run: in its checkout. */
  readonly site: SiteFacts;
  /** Title for the agent's own session list. */
  readonly title: string;
  /** A session id (UUID) that we choose for a new session; agents that choose their own ignore it. */
  readonly newSession: string;
  /** The session to resume; null for a new one. */
  readonly resume: string | null;
  readonly maxSteps: number | null;
  readonly maxBudgetUsd: number | null;
  readonly fallbackModel: string | null;
  readonly foreign: ForeignConfig;
  /** MCP servers that it gets, and no others. */
  readonly servers: readonly ReadyServer[];
  /** How long their start may take. */
  readonly serverStartMs: number;
  readonly isolation: Isolation;
  /** For `run` alone: a person who attaches is bound by none. Null: none. */
  readonly role: Role | null;
  /** Null: none, for what needs none. */
  readonly credential: Credential | null;
}

/** What the user's own configuration of the agent would start beside a worker. */
export interface ForeignConfig {
  readonly mcpServers: readonly string[];
  /** The agent's credential file, as the worker sees it, to be copied into a private home; null when there is none. */
  readonly authFile: string | null;
}

/** What a person does about its sign-in, as the end of a sentence such as "then do this: …". */
export interface SignInAdvice {
  /** Where there is none, or it is refused. */
  readonly signIn: string;
  /** Where other processes share one, and can sign each other out. */
  readonly unshared: string;
}

export interface Agent {
  readonly facts: AgentFacts;
  readonly advice: SignInAdvice;
  /** Looks at the user's configuration of this agent as it would apply in the site's checkout. Effects: reads files of the site. */
  survey(facts: { readonly site: PlaceSite; readonly settings: AgentConfig }): Promise<ForeignConfig>;
  /** Pure: the same options give the same command. */
  command(action: AgentAction, options: CommandOptions): CommandSpec;
  /** Pure and total: one line of the worker's standard output; any bytes are answered, at worst by `noted`. */
  events(line: string): readonly TranscriptEvent[];
  /** Pure: what exit, transcript (as it adds up) and the end of standard error prove. */
  outcome(end: { readonly exit: Exit; readonly tally: Tally; readonly stderr: string }): Outcome;
  /** What the agent's own records tell after its end, to complete the transcript; asking again tells the same. Effects: reads files of the site. */
  afterwards(end: {
    readonly site: PlaceSite;
    readonly session: string | null;
    readonly since: Instant;
  }): Promise<readonly TranscriptEvent[]>;
  /** The version in what `version` printed; null when there is none. */
  version(stdout: string): string | null;
  /** Accounts that this agent alone would find on the person's own machine, beside the usual variables. It can rule out, never prove. Effects: reads files of that machine. */
  found(facts: { readonly env: Readonly<Record<string, string | undefined>>; readonly settings: AgentConfig }): Promise<readonly Account[]>;
  /**
   * Of an account that it finds by itself what it would find, where that has to be handed over to it; null: it finds it.
   * Faults: `secret-missing`. Effects: reads files of the person's machine; runs nothing.
   */
  credential(facts: {
    readonly account: Account;
    readonly env: Readonly<Record<string, string | undefined>>;
  }): Promise<Omit<Credential, 'billing'> | null>;
  readonly own: OwnConfiguration;
}
