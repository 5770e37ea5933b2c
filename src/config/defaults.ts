// Every value that holds when nobody said otherwise. Data: the only place outside agents/ that lists agents by name.
export const defaults = {
  supervisor: { concurrency: 'auto', pollMs: 1000 },
  agents: {
    opencode: { path: 'opencode', env: {}, args: [], config: {} },
    claude: { path: 'claude', env: {}, args: [], config: {} },
  },
  models: {
    default: 'opus',
    // Names that both agents know offline: OpenCode 1.18.33's built-in list is the shorter one.
    tiers: {
      opus: 'anthropic/claude-opus-5-5',
      sonnet: 'anthropic/claude-sonnet-5',
      haiku: 'anthropic/claude-haiku-4-5',
      pro: 'google/gemini-3.1-pro-preview',
      flash: 'google/gemini-3.8-flash',
      coding: 'anthropic/claude-sonnet-5',
    },
    tags: { trivial: 'haiku', simple: 'sonnet', docs: 'sonnet', complex: 'opus', architecture: 'opus' },
    fallback: null,
    cheaper: { opus: 'sonnet', sonnet: 'haiku', pro: 'flash', coding: 'haiku' },
    chain: {},
  },
  budget: {
    dailyUsd: null,
    perBatchUsd: null,
    perTaskUsd: null,
    perTaskTokens: null,
    perAccountUsd: {},
    degradeAt: 0.8,
    stopAt: 0.95,
  },
  accounts: {},
  routing: { preferSubscription: true, proofSeconds: 300, probeTier: 'haiku', cooldownSeconds: 60 },
  limits: { perRepository: 0, perModel: {}, perAccount: {} },
  worker: {
    stallMinutes: 10,
    wallMinutes: 240,
    graceSeconds: 10,
    maxRetries: 3,
    maxBudgetUsd: null,
    maxSteps: 200,
    backoffSeconds: 30,
    pidNamespace: 'auto',
  },
  delivery: { branchPrefix: 'yard/', remote: 'origin', commitLeftovers: true, sign: 'auto', setup: null, checks: [], commandMinutes: 30 },
  notify: { command: null, webhook: null, bell: true },
  tools: { mcp: [], role: null, startSeconds: 10, isolation: 'servers' },
} as const;
