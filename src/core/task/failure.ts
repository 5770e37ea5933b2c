// The closed list of ways in which an attempt fails, each with what happens next.
// Faults of the environment (`charge: false`) do not consume the task's own retries.

/**
 * What follows a failure:
 * `again`      the same route; the session is resumed where it can be
 * `instead`    the next model of the chain at once; without one as `later`
 * `later`      the same route after a back-off, or after the time that the server gave
 * `aside`      the same route, once its repository can be used again: until then all its tasks wait
 * `elsewhere`  another account or agent at once, and this one never again
 * `cooled`     another account at once; this one, when its cool-down is over
 * `never`      a person must act: the task is blocked
 */
export type Next = 'again' | 'instead' | 'later' | 'aside' | 'elsewhere' | 'cooled' | 'never';

interface Rule {
  readonly next: Next;
  readonly charge: boolean;
  /** How often this failure may be answered with another attempt; null: as often as the configured retries allow. */
  readonly atMost: number | null;
  /** After that the task is blocked until a person supplies what is missing; without `blocks`, it has failed. */
  readonly blocks?: true;
  /**
   * Whether the next attempt may continue in the agent's own session, because this failure does not make the session
   * unusable.
   */
  readonly resume: boolean;
  /** For people: what happened, and what to do when the program gives up on it. */
  readonly title: string;
  readonly hint: string;
}

// One line each, so that the list reads as the table that it is.
// oxfmt-ignore
const rules = {
  auth: { next: 'elsewhere', charge: false, atMost: null, resume: true, title: 'the sign-in or key was refused', hint: 'sign the agent in again or set a valid key' },
  billing: { next: 'elsewhere', charge: false, atMost: null, resume: true, title: 'the account has no credit', hint: 'top up the account' },
  'usage-limit': { next: 'cooled', charge: false, atMost: null, resume: true, title: 'the plan’s usage limit is reached', hint: 'wait for the reset, or use another account' },
  'rate-limit': { next: 'cooled', charge: false, atMost: null, resume: true, title: 'the provider limits the rate of requests', hint: 'wait, or lower the concurrency' },
  overloaded: { next: 'instead', charge: false, atMost: null, resume: true, title: 'the provider is overloaded', hint: 'wait, choose another model, or list replacement models in models.chain' },
  backend: { next: 'instead', charge: false, atMost: null, resume: true, title: 'the provider answered with a server error', hint: 'wait, or choose another model' },
  connection: { next: 'later', charge: false, atMost: null, resume: true, title: 'the provider could not be reached', hint: 'check the network and the endpoint' },
  request: { next: 'never', charge: false, atMost: null, resume: false, title: 'the provider refused the request', hint: 'check the model’s name and the agent’s configuration' },
  budget: { next: 'never', charge: false, atMost: null, resume: true, title: 'the worker reached its budget', hint: 'raise the budget that the reason above names (worker.maxBudgetUsd, or a key below `budget` in the configuration; see yardmaster budget status), or split the task' },
  turns: { next: 'again', charge: true, atMost: null, resume: true, title: 'the worker reached its limit of steps', hint: 'raise worker.maxSteps or split the task' },
  refusal: { next: 'again', charge: true, atMost: 1, resume: false, title: 'the model refused the task', hint: 'reword the task or choose another model' },
  'permission-denied': { next: 'never', charge: false, atMost: null, resume: true, title: 'the agent was denied a tool that it needs', hint: 'loosen the agent’s deny rules or do the step yourself' },
  tools: { next: 'never', charge: false, atMost: null, resume: true, title: 'an MCP server that the task needs did not start', hint: 'start it by hand as mcp.yaml describes it to see why, or remove `required` from it there; yardmaster mcp lists the servers' },
  misconfigured: { next: 'never', charge: false, atMost: null, resume: false, title: 'the agent did not run as it was asked to', hint: 'check the agent’s configuration and version' },
  output: { next: 'again', charge: true, atMost: 1, resume: true, title: 'the worker wrote too much output', hint: 'check in its transcript what it repeats; if the task needs that much output, raise worker.maxOutputMb' },
  stalled: { next: 'again', charge: true, atMost: null, resume: true, title: 'the worker fell silent', hint: 'read its transcript; raise worker.stallMinutes if long silent steps are normal' },
  'wall-time': { next: 'again', charge: true, atMost: null, resume: true, title: 'the worker ran out of time', hint: 'raise worker.wallMinutes or split the task' },
  killed: { next: 'again', charge: false, atMost: 3, resume: true, title: 'the worker was killed from outside', hint: 'check the memory of the machine, and whether other programs end processes here' },
  stopped: { next: 'again', charge: false, atMost: null, resume: true, title: 'a person stopped the supervisor', hint: 'run it again' },
  crashed: { next: 'again', charge: true, atMost: null, resume: true, title: 'the agent ended without finishing', hint: 'read its transcript and standard error' },
  context: { next: 'again', charge: true, atMost: null, resume: false, title: 'the conversation is too long for the model', hint: 'split the task, or choose a model with a larger window' },
  session: { next: 'again', charge: true, atMost: null, resume: false, title: 'the agent’s session cannot go on', hint: 'read its transcript: the agent could continue neither in its session nor in a new one' },
  'never-started': { next: 'later', charge: false, atMost: 4, blocks: true, resume: false, title: 'the worker never started', hint: 'check that the agent is installed and runs: yardmaster doctor' },
  'no-delivery': { next: 'again', charge: true, atMost: 1, resume: true, title: 'the agent finished and delivered nothing', hint: 'make the task clearer, or read the transcript' },
  checks: { next: 'again', charge: true, atMost: null, resume: true, title: 'the delivery checks failed', hint: 'read the output of the checks; the work is on the branch' },
  submodule: { next: 'again', charge: true, atMost: 1, blocks: true, resume: true, title: 'a submodule’s commit cannot be fetched from its remote', hint: 'push that commit to the submodule’s remote, then retry the task: no agent is paid again for it' },
  untrusted: { next: 'never', charge: false, atMost: null, resume: true, title: 'you have not trusted the repository’s configuration', hint: 'if you trust the configuration of its repository, run `yardmaster trust` there; the task then goes on by itself' },
  setup: { next: 'never', charge: false, atMost: null, resume: true, title: 'delivery.setup failed', hint: 'run the command in the worktree, and fix it' },
  'repository-away': { next: 'aside', charge: false, atMost: null, resume: true, title: 'the repository, or its remote, cannot be used now', hint: 'check the network, the remote and the repository; its tasks go on by themselves' },
  worktree: { next: 'later', charge: false, atMost: 3, resume: true, title: 'the worktree could not be made or read', hint: 'read git’s message' },
  leftovers: { next: 'later', charge: false, atMost: 3, blocks: true, resume: true, title: 'the agent’s work could not be committed, or its commits could not be copied into your repository', hint: 'read git’s message, check the checkout (yardmaster show prints its folder), and correct the problem; then retry the task: no agent is paid again for it (to start over instead, run yardmaster reset)' },
  'secret-in-work': { next: 'never', charge: false, atMost: null, resume: true, title: 'the work contains a secret that was given out', hint: 'remove it from the checkout (yardmaster show prints its folder) and from the commits there; replace it where it was issued; then retry the task: no agent is paid again for it' },
  repository: { next: 'never', charge: false, atMost: null, resume: true, title: 'the repository cannot be worked in as it is configured', hint: 'do what the reason above says, then retry the task' },
  'disk-full': { next: 'aside', charge: false, atMost: null, resume: true, title: 'the disk is full', hint: 'free space on the disk of the state home, or of the repository; it goes on by itself' },
  'push-refused': { next: 'never', charge: false, atMost: null, resume: true, title: 'the remote refused the push', hint: 'do what the reason above says, then retry the task: no agent is paid again for it' },
  'push-unreachable': { next: 'aside', charge: false, atMost: null, resume: true, title: 'the remote could not be reached', hint: 'check the network and the remote; the work is on the local branch and is pushed by itself later' },
} as const satisfies Record<string, Rule>;

export type FailureKind = keyof typeof rules;

export const failureKinds = Object.keys(rules) as FailureKind[];

export function failureRule(kind: FailureKind): Rule {
  return rules[kind];
}
