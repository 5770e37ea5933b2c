// The configuration as the rules and the supervisor read it: validated, complete, every default filled in.
// Durations are in the unit that their key names, as in the file.
import type { Billing } from './route/account.ts';
import type { McpServers } from './own/mcp.ts';
import type { Roles } from './own/role.ts';

/** What is kept from a worker of a person's and a project's own configuration of its agent. */
export type Isolation = 'servers' | 'full';

/** An agent's part of the configuration. `config` is merged into the agent's own configuration where it takes one. */
export interface AgentConfig {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

export interface AccountConfig {
  readonly provider: string;
  /** `token` where it is not said. */
  readonly billing?: Billing;
  /** Where the secret is: `env:NAME`, `file:PATH` or `command:LINE`; `agent:NAME`: that agent finds it by itself. Never the secret. */
  readonly secret: string;
  /** Who may use it; absent or empty: every agent that can. */
  readonly agents?: readonly string[];
}

export interface Settings {
  readonly supervisor: { readonly concurrency: number | 'auto'; readonly pollMs: number };
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly models: {
    readonly default: string;
    readonly tiers: Readonly<Record<string, string>>;
    /** A task's tag to the tier or model that it asks for; the first of a task's tags that stands here decides. */
    readonly tags: Readonly<Record<string, string>>;
    /** `provider/model` that an agent may fall back to by itself; null: none. */
    readonly fallback: string | null;
    /** What takes the place of a tier when a budget runs short: tier → tier or `provider/model`. */
    readonly cheaper: Readonly<Record<string, string>>;
    /** What takes the place of a tier while it is overloaded, in this order: tier → tiers or `provider/model`s. */
    readonly chain: Readonly<Record<string, readonly string[]>>;
  };
  /** null: no limit. Dollars that are charged; a subscription charges none. All limits hold together. */
  readonly budget: {
    /** Per local day. */
    readonly dailyUsd: number | null;
    readonly perBatchUsd: number | null;
    /** Over all attempts, as are tokens, of which all four kinds count. */
    readonly perTaskUsd: number | null;
    readonly perTaskTokens: number | null;
    /** In all, by the account's name: a balance that only a person renews. */
    readonly perAccountUsd: Readonly<Record<string, number>>;
    /** Shares of a limit from which on cheaper models are taken, and nothing more is started. */
    readonly degradeAt: number;
    readonly stopAt: number;
  };
  /** By name, in the order of preference; beside those that are found without it. */
  readonly accounts: Readonly<Record<string, AccountConfig>>;
  readonly routing: {
    /** Plans go before keys; otherwise only keys are used. */
    readonly preferSubscription: boolean;
    /** So long a trial proves a sign-in. */
    readonly proofSeconds: number;
    /** The tier that a trial asks, where it is of the same provider: what is proved is the sign-in. */
    readonly probeTier: string;
    /** First cooling down of an account where the provider named no time; doubles up to an hour. */
    readonly cooldownSeconds: number;
  };
  /** Where workers run: names of places, the preferred first. */
  readonly places: { readonly use: readonly string[] };
  /** 0: no limit; all limits hold together. */
  readonly limits: {
    readonly perRepository: number;
    readonly perModel: Readonly<Record<string, number>>;
    readonly perAccount: Readonly<Record<string, number>>;
  };
  readonly worker: {
    readonly stallMinutes: number;
    readonly wallMinutes: number;
    readonly graceSeconds: number;
    readonly maxRetries: number;
    readonly maxBudgetUsd: number | null;
    readonly maxSteps: number;
    /** Of each of a worker's raw outputs, in MiB; one that passes it is ended. */
    readonly maxOutputMb: number;
    /** First back-off after a fault of the environment; doubles up to an hour. */
    readonly backoffSeconds: number;
    /** Workers and checks in a PID namespace, where it can be had; docs/adr/0008 says what that changes for them. */
    readonly pidNamespace: 'auto' | 'off';
    /** The person's repository and our state are read-only for workers and checks, where that can be had; docs/security.md says what it holds off. */
    readonly protect: 'auto' | 'off';
  };
  readonly delivery: {
    readonly branchPrefix: string;
    readonly remote: string;
    /** The branch that work starts from; null: the remote's default branch, or without a remote the one that is checked out. */
    readonly base: string | null;
    readonly commitLeftovers: boolean;
    /** `auto`: what we commit is signed where the person's git configuration asks for it. */
    readonly sign: 'auto' | 'off';
    readonly setup: string | null;
    /** Names of variables of the supervisor's environment that `setup` gets. */
    readonly env: readonly string[];
    readonly checks: readonly string[];
    /** Those that checks get, and with them what a worker wrote. */
    readonly checkEnv: readonly string[];
    /** For `setup` and for each check. */
    readonly commandMinutes: number;
  };
  /** What the ids of the task list begin with, beside `t`. */
  readonly todo: { readonly ids: string };
  /** How a person is told what only a person can mend. */
  readonly notify: {
    /** For the shell; the notice stands in its environment (YARDMASTER_NOTICE, _TASK, _MESSAGE, _COMMAND). */
    readonly command: string | null;
    /** An address that is sent the notice as JSON, or `env:NAME` of the variable that holds it. */
    readonly webhook: string | null;
    readonly bell: boolean;
  };
  readonly tools: {
    /** MCP servers that workers get, where neither task nor batch says so. */
    readonly mcp: readonly string[];
    /** The role of workers, where neither task nor batch says so; null: none. */
    readonly role: string | null;
    /** How long their start may take. */
    readonly startSeconds: number;
    /** `full`: workers see nothing of what a person or project configured for the agent: settings, rules, commands, instructions. */
    readonly isolation: Isolation;
  };
  /** The MCP servers that are described, the repository's before the person's. */
  readonly mcp: McpServers;
  /** The roles that are described, the repository's before the person's. */
  readonly roles: Roles;
  /** What of the repository's configuration does not hold, because no person trusted it as it stands. */
  readonly untrusted: {
    readonly keys: readonly string[];
    /** What a person trusted before holds in its place; otherwise nothing of these keys does. */
    readonly before: boolean;
    /** Another one for each text of the configuration, so that a change after a change is told as well; empty: nothing lacks trust. */
    readonly text: string;
  };
  /** From the environment or a flag; null: not forced. */
  readonly forced: {
    readonly agent: { readonly name: string; readonly by: string } | null;
    readonly model: { readonly name: string; readonly by: string } | null;
  };
}
