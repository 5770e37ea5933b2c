// What an agent's adapter is given to compose a command: a request for each action, with what that action needs and no more.
import type { Billing } from '../core/route/account.ts';
import type { ReadyServer } from '../core/own/mcp.ts';
import type { Role } from '../core/own/role.ts';
import type { AgentConfig, Isolation } from '../core/settings.ts';
import type { SiteFacts } from './place-site.ts';

/** What every action needs: which program it is, and where it runs. */
interface Started {
  readonly settings: AgentConfig;
  /** Where the command will run: in its checkout. */
  readonly site: SiteFacts;
}

/** What every action needs that sends requests to a model. */
interface WithModel extends Started {
  /** `provider/model`. */
  readonly model: string;
  /** Title for the agent's own session list. */
  readonly title: string;
  /** Null: the agent has no survey. */
  readonly foreign: ForeignConfig | null;
  /** How long the start of MCP servers may take, those of the configuration of `settings` included. */
  readonly serverStartMs: number;
  /** Null: none, for what needs none. */
  readonly credential: Credential | null;
}

/** What every action needs that has a session. */
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
  /** MCP servers that it gets, and no others. */
  readonly servers: readonly ReadyServer[];
  readonly isolation: Isolation;
  /** Null: none. */
  readonly role: Role | null;
}

/** The agent's own interactive session, for a person, who is bound by no role and no limit. */
export interface AttachRequest extends WithSession {
  readonly action: 'attach';
}

/** `probe` proves the sign-in by the smallest request; `eval` asks one question. Neither has tools. */
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

/** A server's program without the worker's own credentials, which agents hand on to their children. */
export function shielded(given: { readonly server: ReadyServer; readonly names: readonly string[] }): readonly string[] {
  const { server, names } = given;
  // What the server is given on purpose stays.
  const hidden = names.filter((name) => !Object.hasOwn(server.env, name));
  return hidden.length === 0 ? server.command : ['env', ...hidden.flatMap((name) => ['-u', name]), ...server.command];
}

/** What the user's own configuration of the agent would start beside a worker. */
export interface ForeignConfig {
  readonly mcpServers: readonly string[];
  /** The agent's credential file, as the worker sees it, to be copied into a private home; null when there is none. */
  readonly authFile: string | null;
}
