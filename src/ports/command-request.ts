// The input from which an agent's adapter composes a command: a request for each action, with the fields that the action
// needs and no others.
import type { Billing } from '../core/route/account.ts';
import type { ReadyServer } from '../core/own/mcp.ts';
import type { Role } from '../core/own/role.ts';
import type { AgentConfig, Isolation } from '../core/settings.ts';
import type { SiteFacts } from './place-site.ts';

/** Fields of every action: the program, and where it runs. */
interface Started {
  readonly settings: AgentConfig;
  /** The site in whose checkout the command will run. */
  readonly site: SiteFacts;
}

/** Fields of every action that sends requests to a model. */
interface WithModel extends Started {
  /** `provider/model`. */
  readonly model: string;
  /** Title for the agent's own session list. */
  readonly title: string;
  /** Null: the agent has no survey. */
  readonly foreign: ForeignConfig | null;
  /** How long the start of MCP servers may take, including those of the configuration in `settings`. */
  readonly serverStartMs: number;
  /** Null if the action needs none. */
  readonly credential: Credential | null;
}

/** Fields of every action that has a session. */
interface WithSession extends WithModel {
  /** A session id (UUID) that we choose for a new session; agents that choose their own ignore it. */
  readonly newSession: string;
  /** The session to resume; null for a new one. */
  readonly resume: string | null;
}

/** Works on a task. */
export interface RunRequest extends WithSession {
  readonly action: 'run';
  readonly prompt: string;
  readonly maxSteps: number | null;
  readonly maxBudgetUsd: number | null;
  readonly fallbackModel: string | null;
  /** The MCP servers that it can use; it gets no others. */
  readonly servers: readonly ReadyServer[];
  readonly isolation: Isolation;
  /** Null: none. */
  readonly role: Role | null;
}

/** The agent's own interactive session, for a person, who is not bound by any role or limit. */
export interface AttachRequest extends WithSession {
  readonly action: 'attach';
}

/** `probe` proves the sign-in with the smallest possible request; `eval` asks one question. Neither has tools. */
export interface QuestionRequest extends WithModel {
  readonly action: 'probe' | 'eval';
  readonly prompt: string;
}

/** Prints the version. */
export interface VersionRequest extends Started {
  readonly action: 'version';
}

export type CommandRequest = RunRequest | AttachRequest | QuestionRequest | VersionRequest;
export type AgentAction = CommandRequest['action'];
export const agentActions = ['run', 'attach', 'probe', 'version', 'eval'] as const satisfies readonly AgentAction[];

/** How a worker is paid, resolved only for this worker. */
export interface Credential {
  readonly billing: Billing;
  /** By the names under which they were found; every value is a secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** A secret without a name. Null, with no variables: the agent finds its own credential. */
  readonly secret: string | null;
  /**
   * Variables that belong to it: the address to which it is sent (absent: the address of its provider), and the facts about
   * its cloud. None is a secret.
   */
  readonly address?: Readonly<Record<string, string>>;
  /**
   * A command from the person's own configuration of the agent that prints the secret: the agent runs it as often as it
   * needs.
   */
  readonly helper?: string;
}

/**
 * The variables in which an agent receives a credential: under names that it knows unchanged; a secret with another name,
 * or without one, in the agent's own way.
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

/** A server's program without the worker's own credentials, which agents pass on to their children. */
export function shielded(given: { readonly server: ReadyServer; readonly names: readonly string[] }): readonly string[] {
  const { server, names } = given;
  // Variables that the server is given on purpose stay.
  const hidden = names.filter((name) => !Object.hasOwn(server.env, name));
  return hidden.length === 0 ? server.command : ['env', ...hidden.flatMap((name) => ['-u', name]), ...server.command];
}

/** The programs that the user's own configuration of the agent would start beside a worker. */
export interface ForeignConfig {
  readonly mcpServers: readonly string[];
  /** The agent's credential file, as the worker sees it, to be copied into a private home; null if there is none. */
  readonly authFile: string | null;
}
