import { describe, expect, it } from 'vitest';
import type { Attempt, Launch } from '../task/attempt.ts';
import { failureKinds } from '../task/failure.ts';
import type { AgentFacts } from '../route/route.ts';
import { shown, sampleAgentFacts as agent, sampleAttempt, sampleRetry, sampleStep } from '../core.samples.ts';
import { emptyTally, tallyOf } from './tally.ts';
import { hour, minute, second } from '../time.ts';
import type { TranscriptEvent } from './transcript.ts';
import { firstLook, limitNames, lookAgain, wallTime, warnings, watch, type Look, type WatchLimits } from './watchdog.ts';

const start = 1_000_000_000;
const limits: WatchLimits = { stall: 10 * minute, wall: 4 * hour, maxSteps: 200, maxCost: null, maxOutputMb: 2048 };

interface Given {
  readonly required?: readonly string[];
  readonly after: number;
  readonly attempt?: Partial<Attempt>;
  readonly events?: readonly TranscriptEvent[];
  readonly limits?: Partial<WatchLimits>;
  readonly agent?: Partial<AgentFacts>;
  readonly flooded?: boolean;
}

const launched = (at: number): Launch => ({ place: 'local', host: 'this', at, marker: 'm', ref: null });

/** Observed for the first time this long after its start. It has just written something, unless the test is about that. */
function watched(given: Given) {
  const now = start + given.after;
  const attempt = sampleAttempt({ startedAt: start, lastEventAt: now, ...given.attempt });
  const stop = watch({
    attempt,
    tally: given.events === undefined ? emptyTally : tallyOf(given.events),
    limits: { ...limits, ...given.limits },
    agent: { ...agent, ...given.agent },
    look: firstLook({ attempt, now }),
    flooded: given.flooded ?? false,
    required: given.required ?? [],
  });
  return stop === null ? null : shown(stop);
}

describe('wallTime', () => {
  it.each([
    ['the configured time without an estimate', null, 4 * hour, 4 * hour],
    ['twice the estimate', hour, 4 * hour, 2 * hour],
    ['half an hour at least', minute, 4 * hour, 30 * minute],
    ['the configured time at most', 8 * hour, 4 * hour, 4 * hour],
    ['a short configured time stands', minute, 10 * minute, 10 * minute],
  ])('%s', (_, estimate, configured, expected) => {
    expect(wallTime({ estimate, configured })).toBe(expected);
  });
});

describe('a worker goes on', () => {
  it('while it speaks and is within its limits', () => {
    expect(watched({ after: 0 })).toBeNull();
    expect(watched({ after: 4 * hour, attempt: { steps: 200, cost: 1e12 } })).toBeNull();
    expect(watched({ after: 10 * minute, attempt: { lastEventAt: null } })).toBeNull();
    expect(watched({ after: hour, attempt: { lastEventAt: start + 50 * minute } })).toBeNull();
  });
});

describe('a worker is ended', () => {
  it('when it fell silent', () => {
    expect(watched({ after: 10 * minute + 1, attempt: { lastEventAt: null } })).toEqual({
      reason: 'stalled',
      message: 'no output for 10 min',
      until: null,
    });
    expect(watched({ after: hour, attempt: { lastEventAt: start + 50 * minute - 1 } })).toMatchObject({ reason: 'stalled' });
    expect(watched({ after: 31 * second, attempt: { lastEventAt: null }, limits: { stall: 30 * second } })?.message).toBe(
      'no output for 31 s',
    );
  });

  it('when its time is over', () => {
    expect(watched({ after: 4 * hour + 1 })).toEqual({ reason: 'wall-time', message: 'still running after 240 min', until: null });
  });

  // The checkout and delivery.setup come between the attempt's start and the launch.
  it('by a clock that starts with its launch, however long it was prepared', () => {
    const launch = launched(start + 6 * hour);
    const since = (after: number, lastEventAt: number | null) => watched({ after: 6 * hour + after, attempt: { launch, lastEventAt } });
    expect(since(10 * minute, null)).toBeNull();
    expect(since(10 * minute + 1, null)).toEqual({ reason: 'stalled', message: 'no output for 10 min', until: null });
    expect(since(4 * hour, start + 10 * hour)).toBeNull();
    expect(since(4 * hour + 1, start + 10 * hour)).toEqual({ reason: 'wall-time', message: 'still running after 240 min', until: null });
  });

  it('by its output where there was some since its launch', () => {
    const launch = launched(start + hour);
    expect(watched({ after: 2 * hour, attempt: { launch, lastEventAt: start + 110 * minute } })).toBeNull();
    expect(watched({ after: 2 * hour, attempt: { launch, lastEventAt: start + 110 * minute - 1 } })).toMatchObject({ reason: 'stalled' });
  });

  it('when it spent more than its budget', () => {
    expect(watched({ after: 1, attempt: { cost: 20_000 }, limits: { maxCost: 20_000 } })).toBeNull();
    expect(watched({ after: 1, attempt: { cost: 20_001 }, limits: { maxCost: 20_000 } })).toEqual({
      reason: 'budget',
      message: 'spent $0.0200 of $0.0200',
      until: null,
    });
    expect(watched({ after: 1, attempt: { cost: 1_500_000 }, limits: { maxCost: 1_000_000 } })?.message).toBe('spent $1.5000 of $1.0000');
  });

  it('when it took more steps than it may; one that ends itself then gets the chance to', () => {
    expect(watched({ after: 1, attempt: { steps: 201 } })).toEqual({ reason: 'turns', message: 'took 201 steps of 200', until: null });
    expect(watched({ after: 1, attempt: { steps: 201 }, agent: { takesTurns: true } })).toBeNull();
    expect(watched({ after: 1, attempt: { steps: 202 }, agent: { takesTurns: true } })).toMatchObject({ reason: 'turns' });
  });

  it('one that wrote more than it may', () => {
    expect(watched({ after: 1, flooded: true })).toEqual({ reason: 'output', message: 'wrote more than 2048 MiB of output', until: null });
  });

  it('for one reason: what the provider says first, then silence', () => {
    const given = { after: 5 * hour, attempt: { lastEventAt: null, steps: 999, cost: 9 }, limits: { maxCost: 1 } };
    expect(watched(given)?.reason).toBe('stalled');
    expect(watched({ ...given, events: [sampleRetry({ until: start + 6 * hour })] })?.reason).toBe('overloaded');
  });
});

it('a conversation that is made shorter again and again for nothing is ended', () => {
  const compacted: TranscriptEvent = { type: 'compacted', session: null };
  const tool: TranscriptEvent = { type: 'tool', id: '1', name: 'bash', input: '' };
  const on = (...events: TranscriptEvent[]) => watched({ after: second, events });
  expect(on(compacted, compacted, tool, compacted, compacted)).toBeNull();
  expect(on(compacted, compacted, compacted)).toEqual({
    reason: 'context',
    message: 'made its conversation shorter 3 times and did nothing in between',
    until: null,
  });
});

it('a worker without a server that it needs is ended', () => {
  const events: TranscriptEvent[] = [
    { type: 'started', session: 's', model: null, version: null, keySource: null, servers: [{ name: 'docs', status: 'failed' }] },
    { type: 'started', session: 's', model: 'm', version: null, keySource: null, servers: [] },
  ];
  expect(watched({ after: second, events, required: ['docs'] })).toEqual({
    reason: 'tools',
    message: 'without the MCP server docs',
    until: null,
  });
  expect(watched({ after: second, events, required: ['other'] })).toBeNull();
});

describe('retries inside the agent', () => {
  const now = start + second;
  const on = (...events: TranscriptEvent[]) => watched({ after: second, events });

  it('that come soon are left to it, up to three', () => {
    expect(on(sampleRetry({ until: now + minute }))).toBeNull();
    expect(on(sampleRetry(), sampleRetry(), sampleRetry())).toBeNull();
    expect(on(sampleRetry({ until: now - hour }))).toBeNull();
  });

  it('that are more than a minute away are waited for outside', () => {
    expect(on(sampleRetry({ failure: 'usage-limit', message: 'limit', until: now + hour }))).toEqual({
      reason: 'usage-limit',
      message: 'limit (the agent would wait 60 min)',
      until: now + hour,
    });
    expect(on(sampleRetry({ until: now + minute + 1 }))).toMatchObject({ message: 'overloaded (the agent would wait 60 s)' });
  });

  it('that do not end are ended', () => {
    const four = [1, 2, 3, 4].map(() => sampleRetry({ failure: 'auth', message: '401' }));
    expect(on(...four)).toEqual({ reason: 'auth', message: '401 (4 times)', until: null });
  });

  it('are over with the next answer', () => {
    expect(on(...[1, 2, 3, 4].map(() => sampleRetry()), sampleStep())).toBeNull();
    expect(on(sampleRetry({ until: now + hour }), sampleStep())).toBeNull();
    expect(on(sampleRetry(), sampleRetry(), sampleStep(), sampleRetry(), sampleRetry())).toBeNull();
  });

  it.each([null, ...failureKinds])('%s is the reason as told; where it is not told, the provider has the fault', (failure) => {
    expect(on(sampleRetry({ failure, until: now + hour }))?.reason).toBe(failure ?? 'backend');
  });
});

describe('time is added up from look to look', () => {
  /** How far the clock moved before each observation, and whether there was output. */
  type Steps = readonly (readonly [clock: number, spoke?: true])[];

  function looked(steps: Steps): Look {
    let look = firstLook({ attempt: sampleAttempt({ startedAt: start, launch: launched(start) }), now: start });
    for (const [passed, spoke] of steps) look = lookAgain({ before: look, now: look.lookedAt + passed, spoke: spoke === true });
    return look;
  }
  const seconds = (count: number): [number][] => Array.from({ length: count }, () => [second]);

  it.each<[string, Steps, silent: number, ran: number]>([
    ['normally', seconds(90), 90 * second, 90 * second],
    ['it spoke, and then no more', [...seconds(30), [second, true], ...seconds(5)], 5 * second, 36 * second],
    ['a clock set forward an hour', [...seconds(5), [hour], ...seconds(5)], minute + 10 * second, minute + 10 * second],
    ['a clock set back an hour', [...seconds(5), [-hour], ...seconds(5)], 10 * second, 10 * second],
    ['a laptop suspended for a night', [...seconds(5), [8 * hour], ...seconds(5)], minute + 10 * second, minute + 10 * second],
    ['a supervisor stopped for a while, and output since', [...seconds(5), [20 * minute, true]], 0, minute + 5 * second],
    ['looks a minute apart', [[minute], [minute]], 2 * minute, 2 * minute],
  ])('%s', (_, steps, silent, ran) => {
    expect(looked(steps)).toMatchObject({ silent, ran });
  });

  it('a silent worker is ended after the same looks, wherever the clock was set to', () => {
    const ended = (steps: Steps): boolean => looked(steps).silent > limits.stall;
    expect(ended(seconds(600))).toBe(false);
    expect(ended(seconds(601))).toBe(true);
    expect(ended([[-hour], ...seconds(601)])).toBe(true);
    expect(ended([[hour], ...seconds(500)])).toBe(false);
  });

  it('from the stored times at the first look; a clock behind them adds nothing', () => {
    const attempt = sampleAttempt({ startedAt: start - hour, launch: launched(start), lastEventAt: start + minute });
    expect(firstLook({ attempt, now: start + 3 * minute })).toEqual({
      silent: 2 * minute,
      ran: 3 * minute,
      lookedAt: start + 3 * minute,
    });
    expect(firstLook({ attempt, now: start - hour })).toEqual({ silent: 0, ran: 0, lookedAt: start - hour });
  });
});

describe('a person is told at half of a limit', () => {
  const half = { stall: 5 * minute, wall: 2 * hour, steps: 100, cost: 10_000 };
  const told = (over: { silent?: number; ran?: number; steps?: number; cost?: number; maxCost?: number | null }) =>
    warnings({
      attempt: sampleAttempt({ steps: over.steps ?? 0, cost: over.cost ?? 0 }),
      limits: { ...limits, maxCost: over.maxCost ?? null },
      look: { silent: over.silent ?? 0, ran: over.ran ?? 0, lookedAt: start },
    });

  it('and not before', () => {
    expect(told({ silent: half.stall, ran: half.wall, steps: half.steps, cost: half.cost, maxCost: 20_000 })).toEqual([]);
  });

  it.each([
    ['stall', told({ silent: half.stall + 1 }), 'no output for 5 min; it will be ended at 10 min', 'worker.stallMinutes'],
    ['wall-time', told({ ran: half.wall + 1 }), 'running for 120 min; it will be ended at 240 min', 'worker.wallMinutes'],
    ['steps', told({ steps: 101 }), 'took 101 steps; it will be ended at 200', 'worker.maxSteps'],
    ['budget', told({ cost: 10_001, maxCost: 20_000 }), 'spent $0.0100; it will be ended at $0.0200', 'worker.maxBudgetUsd'],
  ])('%s', (limit, given, message, setting) => {
    expect(given).toEqual([{ limit, message, setting }]);
  });

  it('of each limit by its name', () => {
    const all = told({ silent: hour, ran: 5 * hour, steps: 500, cost: 500, maxCost: 1 });
    expect(all.map(({ limit }) => limit)).toEqual(limitNames);
    expect(told({ cost: 1e9 })).toEqual([]);
  });
});
