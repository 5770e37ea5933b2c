// When a running worker must be ended by us. The stall signal is the agent's own output and nothing that we write;
// the agents' own retries are bounded here where the agent cannot bound them itself.
import type { AgentFacts } from './route.ts';
import type { Attempt, Stop } from './attempt.ts';
import { minute, type Duration, type Instant } from './time.ts';
import type { TranscriptEvent } from './transcript.ts';

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

export function watch(facts: { readonly attempt: Attempt; readonly fresh: readonly TranscriptEvent[]; readonly limits: WatchLimits; readonly agent: AgentFacts; readonly now: Instant }): Stop | null {
  const { attempt, limits, now } = facts;
  for (const event of facts.fresh) {
    const stop = hopeless({ event, now });
    if (stop !== null) return stop;
  }
  const silent = now - (attempt.lastEventAt ?? attempt.startedAt);
  if (silent > limits.stall) return { reason: 'stalled', message: `no output for ${minutes(silent)}`, until: null };
  if (now - attempt.startedAt > limits.wall) return { reason: 'wall-time', message: `still running after ${minutes(now - attempt.startedAt)}`, until: null };
  if (limits.maxCost !== null && attempt.cost > limits.maxCost) return { reason: 'budget', message: `spent $${dollars(attempt.cost)} of $${dollars(limits.maxCost)}`, until: null };
  // An agent that takes the limit itself ends in good order one step earlier.
  if (attempt.steps > limits.maxSteps + (facts.agent.takesTurns ? 1 : 0)) return { reason: 'turns', message: `took ${attempt.steps} steps of ${limits.maxSteps}`, until: null };
  return null;
}

/** An announced retry that is too far away. Others are left to the agent, which bounds them (a 401 may heal by a refreshed token). */
function hopeless(facts: { readonly event: TranscriptEvent; readonly now: Instant }): Stop | null {
  const { event, now } = facts;
  if (event.type !== 'retry') return null;
  if (event.until === null || event.until - now <= patience) return null;
  return { reason: event.failure === 'usage-limit' ? 'usage-limit' : 'rate-limit', message: `${event.message} (the agent would wait ${minutes(event.until - now)})`, until: event.until };
}

function minutes(duration: Duration): string {
  return duration < 2 * minute ? `${Math.round(duration / 1000)} s` : `${Math.round(duration / minute)} min`;
}

function dollars(cost: number): string {
  return (cost / 1e6).toFixed(4);
}
