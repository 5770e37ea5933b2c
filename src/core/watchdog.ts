// When a running worker must be ended by us. The stall signal is the agent's own output and nothing that we write;
// the agents' own retries are bounded here where the agent cannot bound them itself.
import type { AgentFacts } from './route.ts';
import type { Attempt, Stop } from './attempt.ts';
import { minute, type Duration, type Instant } from './time.ts';
import type { Tally } from './tally.ts';

export interface WatchLimits {
  readonly stall: Duration;
  readonly wall: Duration;
  readonly maxSteps: number;
  /** Millionths of a dollar; null: none. */
  readonly maxCost: number | null;
}

/** Twice the estimate, between 30 minutes and the configured wall time; without an estimate the configured one. */
export function wallTime(facts: { readonly estimate: Duration | null; readonly configured: Duration }): Duration {
  if (facts.estimate === null) return facts.configured;
  return Math.min(facts.configured, Math.max(30 * minute, 2 * facts.estimate));
}

/** A silent wait inside the agent that is longer than this is better spent outside: the slot serves another task. */
const patience: Duration = minute;

/** As many as an agent is told to make where it can be told; one more is the sign of an agent that cannot. */
const innerRetries = 3;

export interface WatchFacts {
  readonly attempt: Attempt;
  readonly tally: Tally;
  readonly limits: WatchLimits;
  readonly agent: AgentFacts;
  readonly now: Instant;
}

export function watch(facts: WatchFacts): Stop | null {
  const { attempt, limits, now } = facts;
  const hopeless = endlessRetry(facts);
  if (hopeless !== null) return hopeless;
  // The attempt began with its worktree and set-up; silence and time are the worker's own.
  const began = attempt.launch?.at ?? attempt.startedAt;
  const silent = now - (attempt.lastEventAt ?? began);
  if (silent > limits.stall) return { reason: 'stalled', message: `no output for ${minutes(silent)}`, until: null };
  if (now - began > limits.wall) return { reason: 'wall-time', message: `still running after ${minutes(now - began)}`, until: null };
  if (limits.maxCost !== null && attempt.cost > limits.maxCost)
    return { reason: 'budget', message: `spent $${dollars(attempt.cost)} of $${dollars(limits.maxCost)}`, until: null };
  // An agent that takes the limit itself ends in good order one step earlier.
  if (attempt.steps > limits.maxSteps + (facts.agent.takesTurns ? 1 : 0))
    return { reason: 'turns', message: `took ${attempt.steps} steps of ${limits.maxSteps}`, until: null };
  return null;
}

/** A retry that is too far away, or one too many: the agent would go on in silence. */
function endlessRetry(facts: WatchFacts): Stop | null {
  const { lastRetry: retry, retries } = facts.tally;
  if (retry === null || retries === 0) return null;
  const wait = retry.until === null ? 0 : retry.until - facts.now;
  const reason = retry.failure ?? 'backend';
  if (wait > patience) return { reason, message: `${retry.message} (the agent would wait ${minutes(wait)})`, until: retry.until };
  return retries > innerRetries ? { reason, message: `${retry.message} (${retries} times)`, until: retry.until } : null;
}

function minutes(duration: Duration): string {
  return duration < 2 * minute ? `${Math.round(duration / 1000)} s` : `${Math.round(duration / minute)} min`;
}

function dollars(cost: number): string {
  return (cost / 1e6).toFixed(4);
}
