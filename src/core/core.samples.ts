// Small samples of the domain for the tests of the rules: valid by default, and each test names only what it is about.
import type { Delivery } from './delivery/delivery.ts';
import type { Attempt, Route } from './task/attempt.ts';
import type { McpServer } from './own/mcp.ts';
import type { PlaceFacts } from './route/place.ts';
import type { AgentFacts, Chosen } from './route/route.ts';
import { parseRule, type ParsedRule, type Rule } from './own/permissions.ts';
import type { Wait } from './reason/standing-reason.ts';
import type { ConditionReason } from './reason/condition-reason.ts';
import { inWords, type Said } from './reason/said.ts';
import { saidText } from './reason/said-words.ts';
import type { TaskReason } from './reason/task-reason.ts';
import type { Task, TaskRequest } from './task/task.ts';
import { noTokens, type Outcome, type Tokens, type TranscriptEvent } from './transcript/transcript.ts';
import type { Verdict, VerdictKind } from './task/verdict.ts';

export const sampleRoute: Route = {
  agent: 'ours',
  model: 'provider/model',
  account: null,
  billing: null,
  place: 'local',
  host: 'this',
  reasons: ['the only one', 'it’s there'].map((text) => ({ code: 'legacy', facts: { text } })),
};

export const sampleChosen: Chosen = { ...sampleRoute, warning: null };

export const sampleAgentFacts: AgentFacts = {
  name: 'ours',
  rank: 1,
  providers: 'any',
  subscriptions: [],
  takesTurns: false,
  memory: 1,
};

export const samplePlace: PlaceFacts = { name: 'local', host: 'this', agents: 'any', accounts: 'any', capacity: null };

export function sampleServer(more: Partial<McpServer> = {}): McpServer {
  return {
    name: 'docs',
    transport: 'stdio',
    command: ['node', 'server.js'],
    url: null,
    env: {},
    headers: {},
    agents: null,
    people: true,
    workers: true,
    required: false,
    ...more,
  };
}

/** Of texts that are rules. */
export function sampleRules(...texts: readonly string[]): Rule[] {
  return texts.map((text) => (parseRule(text) as Extract<ParsedRule, { ok: true }>).rule);
}

/** A reason with a text of its own, for tests that do not care about either. */
export function because(text: string): TaskReason {
  return { code: 'legacy', facts: { text } };
}

/** The delivery of a task whose site has been made. */
export function sampleDelivery(more: Partial<Delivery> = {}): Delivery {
  return { branch: 'yard/t1', base: 'b1', commit: null, evidence: null, pull: null, merged: null, stackedOn: null, ...more };
}

/** Why an account or a repository is as it is, with these words. */
export function sampleCondition(text: string): ConditionReason {
  return { code: 'legacy', facts: { text } };
}

/** The verdict or stop with its message as text, in place of the data that the message is made from. */
export function shown<T extends { readonly said: Said }>({ said, ...rest }: T): Omit<T, 'said'> & { readonly message: string } {
  return { ...rest, message: saidText(said) };
}

export function sampleRequest(more: Partial<TaskRequest> = {}): TaskRequest {
  return {
    id: 't1',
    title: 'A title',
    body: null,
    tags: [],
    model: null,
    agent: null,
    blockedBy: [],
    mcp: null,
    role: null,
    batch: null,
    estimate: null,
    line: 'open',
    wanted: true,
    ...more,
  };
}

export function sampleTask(more: Partial<Task> = {}): Task {
  return {
    ...sampleRequest(),
    key: 1,
    repo: '/repo',
    state: 'queued',
    reason: { code: 'added', facts: {} },
    notBefore: null,
    retries: 0,
    attempts: 0,
    countFrom: 0,
    delivery: null,
    site: null,
    ticks: [],
    createdAt: 1,
    updatedAt: 1,
    ...more,
  };
}

export function sampleAttempt(more: Partial<Attempt> = {}): Attempt {
  return {
    id: 'attempt-1',
    taskKey: 1,
    repo: '/repo',
    taskId: 't1',
    number: 1,
    state: 'running',
    route: sampleRoute,
    session: null,
    role: null,
    launch: null,
    stop: null,
    worktree: null,
    branch: null,
    outOffset: 0,
    lastEventAt: null,
    startedAt: 0,
    endedAt: null,
    exit: null,
    verdict: null,
    billing: null,
    cost: 0,
    tokens: noTokens,
    steps: 0,
    commits: 0,
    peakMemory: null,
    answer: null,
    ...more,
  };
}

export function sampleOutcome(more: Partial<Outcome> = {}): Outcome {
  return {
    ok: true,
    failure: null,
    message: 'it ended',
    until: null,
    session: 's1',
    model: 'provider/model',
    billing: null,
    cost: 0,
    tokens: noTokens,
    steps: 1,
    lastWords: null,
    denied: [],
    ...more,
  };
}

export function sampleVerdict<const K extends VerdictKind>(kind: K, more: Partial<Verdict> = {}): Verdict & { readonly kind: K } {
  return { said: inWords('what happened'), until: null, feedback: null, ...more, kind };
}

const waits: { readonly [Code in Wait['code']]: Extract<Wait, { readonly code: Code }>['facts'] } = {
  attached: {},
  clearing: {},
  following: {},
  'not-marked': {},
  'line-gone': {},
  'line-unread': {},
  'batch-paused': { batch: 'night' },
  'batch-cancelled': { batch: 'night' },
  dependency: { on: [{ id: 't1', state: 'queued' }] },
  'back-off': { until: 5, reason: because('m') },
  'several-branches': { on: ['t1', 't2'] },
  'set-aside': { until: 5, why: sampleCondition('m') },
};

export function sampleWait<const C extends Wait['code']>(code: C, facts: Partial<Extract<Wait, { readonly code: C }>['facts']> = {}): Wait {
  return { code, facts: { ...waits[code], ...facts } } as Wait;
}

type Event<T extends TranscriptEvent['type']> = Extract<TranscriptEvent, { type: T }>;

export function sampleTokens(each: number): Tokens {
  return { input: each, output: each, cacheRead: each, cacheWrite: each };
}

export function sampleStep(more: Partial<Event<'step'>> = {}): Event<'step'> {
  return { type: 'step', id: null, session: 's1', reason: null, tokens: sampleTokens(1), cost: 1, ...more };
}

export function sampleRetry(more: Partial<Event<'retry'>> = {}): Event<'retry'> {
  return { type: 'retry', failure: 'overloaded', status: 529, message: 'overloaded', until: null, ...more };
}

export function sampleEnded(more: Partial<Event<'ended'>> = {}): Event<'ended'> {
  return { type: 'ended', ok: true, failure: null, message: 'done', tokens: noTokens, cost: 0, until: null, ...more };
}
