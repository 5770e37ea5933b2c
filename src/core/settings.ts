// The configuration as the rules and the supervisor read it: validated, complete, with every default filled in. Durations
// are in the unit that their key names, as in the file.
import type { PullChoices } from './delivery/pull-choice.ts';
import type { MergeMethod } from './delivery/pull-facts.ts';
import type { Billing } from './route/account.ts';
import type { McpServers } from './own/mcp.ts';
import type { Roles } from './own/role.ts';

/** How much of a person's and a project's own agent configuration is hidden from workers. */
export type Isolation = 'servers' | 'full';

/** One agent's part of the configuration. `config` is merged into the agent's own configuration, if the agent accepts one. */
export interface AgentConfig {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

export interface AccountConfig {
  readonly provider: string;
  /** `token` by default. */
  readonly billing?: Billing;
  /**
   * Where the secret is, never the secret itself: `env:NAME`, `file:PATH` or `command:LINE`; `agent:NAME` if that agent
   * finds its secret itself.
   */
  readonly secret: string;
  /** The agents that may use this account; every agent that can, if absent or empty. */
  readonly agents?: readonly string[];
}

export interface ForgeSettings {
  /** Where the token is, never the token itself; null: where the forge's own tools keep it. */
  readonly token: string | null;
  /** Hosts beside the public one that are of this forge, and that the token may be sent to. */
  readonly hosts: readonly string[];
  readonly pointsPerHour: number;
  /** How often pull requests are looked at while their checks run; while people are waited for, a quarter as often. */
  readonly roundSeconds: number;
  /** The associations with a repository whose reviews a worker is given, in the forge's words. */
  readonly trust: readonly string[];
  /** The logins of bots whose reviews a worker is given. */
  readonly bots: readonly string[];
}

export interface Settings {
  readonly supervisor: { readonly concurrency: number | 'auto'; readonly pollMs: number };
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly models: {
    readonly default: string;
    readonly tiers: Readonly<Record<string, string>>;
    /** Maps a task's tag to a tier or a model. The first of a task's tags that is listed here decides. */
    readonly tags: Readonly<Record<string, string>>;
    /** The `provider/model` that an agent may fall back to by itself; null if it may not. */
    readonly fallback: string | null;
    /** Replaces a tier when a budget runs short: tier → tier or `provider/model`. */
    readonly cheaper: Readonly<Record<string, string>>;
    /** Replaces a tier while it is overloaded, in this order: tier → tiers or `provider/model`s. */
    readonly chain: Readonly<Record<string, readonly string[]>>;
  };
  /** Limits in charged dollars (a subscription charges none); null means no limit. All limits hold at once. */
  readonly budget: {
    /** Per local day. */
    readonly dailyUsd: number | null;
    readonly perBatchUsd: number | null;
    /** Over all attempts of a task. The token limit below counts all four kinds of tokens, also over all attempts. */
    readonly perTaskUsd: number | null;
    readonly perTaskTokens: number | null;
    /** By account name, over all time: a balance that only a person renews. */
    readonly perAccountUsd: Readonly<Record<string, number>>;
    /**
     * Shares of a limit (0 to 1): from `degradeAt` on cheaper models are used, from the other on no new attempt is
     * started.
     */
    readonly degradeAt: number;
    readonly stopAt: number;
  };
  /** By name, in the order of preference. Accounts that are discovered without configuration are used as well. */
  readonly accounts: Readonly<Record<string, AccountConfig>>;
  readonly routing: {
    /** Subscriptions are used before API keys; if false, only API keys are used. */
    readonly preferSubscription: boolean;
    /** How long one successful trial counts as proof that a sign-in works. */
    readonly proofSeconds: number;
    /** The tier that a trial calls, if it belongs to the same provider: a trial only has to prove the sign-in. */
    readonly probeTier: string;
    /** How long an account first cools down if the provider gave no time; the time doubles up to an hour. */
    readonly cooldownSeconds: number;
  };
  /** The places in which workers run, preferred ones first. */
  readonly places: { readonly use: readonly string[] };
  /** 0 means no limit. All limits hold at once. */
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
    /** In MiB, for each raw output of a worker. A worker that exceeds it is ended. */
    readonly maxOutputMb: number;
    /** How long the first wait lasts after a fault of the environment; it doubles up to an hour. */
    readonly backoffSeconds: number;
    /**
     * Workers and checks run in a PID namespace where the machine allows it; docs/adr/0008 says what that changes for
     * them.
     */
    readonly pidNamespace: 'auto' | 'off';
    /**
     * The person's repository and our own state are read-only for workers and checks where the machine allows it;
     * docs/security.md says what this protects against.
     */
    readonly protect: 'auto' | 'off';
  };
  readonly delivery: {
    readonly branchPrefix: string;
    readonly remote: string;
    /**
     * The branch that work starts from. Null: the remote's default branch, or without a remote the branch that is checked
     * out.
     */
    readonly base: string | null;
    readonly commitLeftovers: boolean;
    /** `auto`: our commits are signed if the person's git configuration asks for it. */
    readonly sign: 'auto' | 'off';
    readonly setup: string | null;
    /** Names of the variables of the supervisor's environment that `setup` gets. */
    readonly env: readonly string[];
    readonly checks: readonly string[];
    /** Names of the variables that checks get. The code that a worker wrote sees them too, because checks run it. */
    readonly checkEnv: readonly string[];
    /** Per run, for `setup` and for each check. */
    readonly commandMinutes: number;
    /** Commands that check the merged base, in a checkout of its own. */
    readonly verify: readonly string[];
    readonly pullRequest: {
      /** `ask`: none is opened until a person decided for the repository. */
      readonly open: PullChoices['open'];
      readonly repositories: PullChoices['repositories'];
      readonly draft: boolean;
      readonly labels: readonly string[];
      readonly reviewers: readonly string[];
      readonly assignees: readonly string[];
    };
    readonly merge: {
      /** `never`: only when a person asks. `approved`: once it is approved. `green`: once its checks are green. */
      readonly when: 'never' | 'approved' | 'green';
      readonly method: MergeMethod;
      readonly deleteBranch: boolean;
    };
    /** How a branch is brought up to date with its base. */
    readonly update: 'rebase' | 'merge';
    /** A task may start from the branch of a task that it is blocked by, before the base has that one's work. */
    readonly stack: boolean;
    /** The most rounds in which a worker answers failed checks, reviews and conflicts of one pull request. */
    readonly fix: { readonly checks: number; readonly reviews: number; readonly conflicts: number };
  };
  /** By the forge's name. */
  readonly forge: Readonly<Record<string, ForgeSettings>>;
  readonly sources: {
    readonly issues: {
      /** In which direction a supervisor keeps TODO.md and the forge's issues the same. `pull`: towards TODO.md only. */
      readonly sync: 'off' | 'pull' | 'push' | 'both';
      /** The label with which an issue becomes a line. */
      readonly label: string;
      /** Which lines become issues without being asked for. `marked`: those with `#auto-dispatch`. */
      readonly create: 'never' | 'marked' | 'all';
    };
  };
  /** How long the site of a task with an open pull request is kept, at most. */
  readonly sites: { readonly keepDays: number };
  /** The prefix of the ids in the task list, in addition to `t`. */
  readonly todo: { readonly ids: string };
  /** How a person is notified of conditions that only a person can resolve. */
  readonly notify: {
    /** A shell command. The notice is in its environment (YARDMASTER_NOTICE, _TASK, _MESSAGE, _COMMAND). */
    readonly command: string | null;
    /** The address to which the notice is posted as JSON, or `env:NAME` if a variable holds the address. */
    readonly webhook: string | null;
    readonly bell: boolean;
  };
  readonly tools: {
    /** The MCP servers that workers get if neither the task nor its batch says so. */
    readonly mcp: readonly string[];
    /** The role that workers get if neither the task nor its batch says so; null for none. */
    readonly role: string | null;
    /** How long the servers' start may take. */
    readonly startSeconds: number;
    /**
     * `full`: workers see nothing that a person or a project configured for the agent: no settings, rules, commands or
     * instructions.
     */
    readonly isolation: Isolation;
  };
  /** The described MCP servers. The repository's come before the person's. */
  readonly mcp: McpServers;
  /** The described roles. The repository's come before the person's. */
  readonly roles: Roles;
  /** The keys of the repository's configuration that have no effect, because no person trusted the file as it stands. */
  readonly untrusted: {
    readonly keys: readonly string[];
    /** Whether an earlier, trusted version of these keys holds in their place. Otherwise these keys have no effect at all. */
    readonly before: boolean;
    /**
     * Differs for each text of the configuration, so that a change after a change is reported as well; empty if nothing
     * lacks trust.
     */
    readonly text: string;
  };
  /** The choice that the environment or a flag forces; null where nothing is forced. */
  readonly forced: {
    readonly agent: { readonly name: string; readonly by: string } | null;
    readonly model: { readonly name: string; readonly by: string } | null;
  };
}
