// The configuration as the rules and the supervisor read it: validated, complete, every default filled in.
// Durations are in the unit that their key names, as in the file.

export interface AgentConfig {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Settings {
  readonly supervisor: { readonly concurrency: number | 'auto'; readonly pollMs: number };
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly models: {
    readonly default: string;
    readonly tiers: Readonly<Record<string, string>>;
    /** `provider/model` that an agent may fall back to by itself; null: none. */
    readonly fallback: string | null;
  };
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
    /** First back-off after a fault of the environment; doubles up to an hour. */
    readonly backoffSeconds: number;
    /** Workers and checks in a PID namespace, where it can be had; docs/adr/0007 says what that changes for them. */
    readonly pidNamespace: 'auto' | 'off';
  };
  readonly delivery: {
    readonly branchPrefix: string;
    readonly remote: string;
    readonly commitLeftovers: boolean;
    readonly setup: string | null;
    readonly checks: readonly string[];
    /** For `setup` and for each check. */
    readonly commandMinutes: number;
  };
  /** How a person is told what only a person can mend. */
  readonly notify: {
    /** For the shell; the notice stands in its environment (YARDMASTER_NOTICE, _TASK, _MESSAGE, _COMMAND). */
    readonly command: string | null;
    /** An address that is sent the notice as JSON, or `env:NAME` of the variable that holds it. */
    readonly webhook: string | null;
    readonly bell: boolean;
  };
  readonly tools: { readonly mcp: readonly string[] };
  /** From the environment or a flag; null: not forced. */
  readonly forced: {
    readonly agent: { readonly name: string; readonly by: string } | null;
    readonly model: { readonly name: string; readonly by: string } | null;
  };
}
