// Decides when we must end a running worker, and when a person is warned that this may happen. A stall is recognized only
// by the agent's own output, never by anything that we write. Retries inside the agent are limited here if the agent cannot
// limit them itself. Silence and run time are summed up over successive observations and never read off a clock: a
// suspended laptop, a stopped supervisor or a changed clock must neither end a healthy worker nor keep a silent one alive.
import type { AgentFacts } from '../route/route.ts';
import type { Attempt } from '../task/attempt.ts';
import type { Stop, StopReason } from '../task/stop.ts';
import type { Said } from '../reason/said.ts';
import { moneyText, timeText } from '../reason/said-words.ts';
import { missingServers } from '../own/mcp.ts';
import { minute, type Duration, type Instant } from '../time.ts';
import type { Tally } from './tally.ts';

export interface WatchLimits {
  readonly stall: Duration;
  readonly wall: Duration;
  readonly maxSteps: number;
  /** Millionths of a dollar; null for no limit. */
  readonly maxCost: number | null;
  readonly maxOutputMb: number;
}

/**
 * Twice the estimate, but at least 30 minutes and at most the configured wall time; without an estimate, the configured
 * wall time.
 */
export function wallTime(facts: { readonly estimate: Duration | null; readonly configured: Duration }): Duration {
  if (facts.estimate === null) return facts.configured;
  return Math.min(facts.configured, Math.max(30 * minute, 2 * facts.estimate));
}

/** If the agent would wait silently for longer than this, it is better to end it and give its slot to another task. */
const patience: Duration = minute;

/** Agents that can be told are told to make this many retries. One more shows that an agent cannot be told. */
const innerRetries = 3;

/** If the conversation was shortened this often in a row and is too long again each time, the agent is stuck. */
const idleCompactions = 3;

/** What a supervisor knows about a worker's time, as of its last observation. */
export interface Look {
  readonly silent: Duration;
  readonly ran: Duration;
  readonly lookedAt: Instant;
}

/** Observations are about a second apart. After a longer gap, nobody can say what the worker did in it. */
const maxGap: Duration = minute;

/** The first observation by this process can only use the stored times. The checkout and set-up came before the launch. */
export function firstLook(facts: { readonly attempt: Attempt; readonly now: Instant }): Look {
  const { attempt, now } = facts;
  const began = attempt.launch?.at ?? attempt.startedAt;
  return { silent: Math.max(0, now - (attempt.lastEventAt ?? began)), ran: Math.max(0, now - began), lookedAt: now };
}

export function lookAgain(facts: { readonly before: Look; readonly now: Instant; readonly spoke: boolean }): Look {
  const { before, now } = facts;
  const gap = Math.min(maxGap, Math.max(0, now - before.lookedAt));
  return { silent: facts.spoke ? 0 : before.silent + gap, ran: before.ran + gap, lookedAt: now };
}

export interface WatchFacts {
  readonly attempt: Attempt;
  readonly tally: Tally;
  readonly limits: WatchLimits;
  readonly agent: AgentFacts;
  readonly look: Look;
  /** Whether one of the worker's outputs exceeds `maxOutputMb`. */
  readonly flooded: boolean;
  /** The MCP servers that the worker cannot do without. */
  readonly required: readonly string[];
}

export function watch(facts: WatchFacts): Stop | null {
  const { attempt, limits, look } = facts;
  const missing = missingServers({ required: facts.required, servers: facts.tally.servers });
  if (missing.length > 0) return stopFor('tools', { code: 'servers-missing', facts: { names: missing } });
  const hopeless = endlessRetry(facts);
  if (hopeless !== null) return hopeless;
  const { compactions } = facts.tally;
  if (compactions >= idleCompactions) return stopFor('context', { code: 'too-many-compactions', facts: { times: compactions } });
  if (facts.flooded) return stopFor('output', { code: 'too-much-output', facts: { bytes: limits.maxOutputMb * 2 ** 20 } });
  if (look.silent > limits.stall) return stopFor('stalled', { code: 'silent', facts: { time: look.silent } });
  if (look.ran > limits.wall) return stopFor('wall-time', { code: 'still-running', facts: { time: look.ran } });
  if (limits.maxCost !== null && attempt.cost > limits.maxCost)
    return stopFor('budget', { code: 'too-expensive', facts: { spent: attempt.cost, limit: limits.maxCost } });
  // An agent that enforces the limit itself ends properly one step earlier.
  if (attempt.steps > limits.maxSteps + (facts.agent.takesTurns ? 1 : 0))
    return stopFor('turns', { code: 'too-many-steps', facts: { steps: attempt.steps, limit: limits.maxSteps } });
  return null;
}

function stopFor(reason: StopReason, said: Said, until: Instant | null = null): Stop {
  return { reason, said, until };
}

export const limitNames = ['stall', 'wall-time', 'steps', 'budget'] as const;
export type LimitName = (typeof limitNames)[number];

export interface Warning {
  readonly limit: LimitName;
  readonly message: string;
  /** The setting that determines when the worker is ended. */
  readonly setting: string;
}

/** A warning for each limit of which more than half is used up. */
export function warnings(facts: Pick<WatchFacts, 'attempt' | 'limits' | 'look'>): readonly Warning[] {
  const { attempt, limits, look } = facts;
  const told: Warning[] = [];
  if (2 * look.silent > limits.stall) {
    const message = `no output for ${timeText(look.silent)}; it will be ended at ${timeText(limits.stall)}`;
    told.push({ limit: 'stall', message, setting: 'worker.stallMinutes' });
  }
  if (2 * look.ran > limits.wall) {
    const message = `running for ${timeText(look.ran)}; it will be ended at ${timeText(limits.wall)}`;
    told.push({ limit: 'wall-time', message, setting: 'worker.wallMinutes' });
  }
  if (2 * attempt.steps > limits.maxSteps) {
    const message = `took ${attempt.steps} steps; it will be ended at ${limits.maxSteps}`;
    told.push({ limit: 'steps', message, setting: 'worker.maxSteps' });
  }
  if (limits.maxCost !== null && 2 * attempt.cost > limits.maxCost) {
    const message = `spent ${moneyText(attempt.cost)}; it will be ended at ${moneyText(limits.maxCost)}`;
    told.push({ limit: 'budget', message, setting: 'worker.maxBudgetUsd' });
  }
  return told;
}

/** A retry that is too far in the future, or one too many: the agent would wait in silence. */
function endlessRetry(facts: WatchFacts): Stop | null {
  const { lastRetry: retry, retries } = facts.tally;
  if (retry === null || retries === 0) return null;
  const wait = retry.until === null ? 0 : retry.until - facts.look.lookedAt;
  const reason = retry.failure ?? 'backend';
  const text = retry.message;
  if (wait > patience) return stopFor(reason, { code: 'retry-too-late', facts: { text, wait } }, retry.until);
  return retries > innerRetries ? stopFor(reason, { code: 'retry-too-often', facts: { text, times: retries } }, retry.until) : null;
}
