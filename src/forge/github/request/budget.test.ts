// The budget, with a clock that the test moves: no limit is ever exceeded, and a refusal says from when on there is room.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../core/fault.ts';
import { hour, minute, second } from '../../../core/time.ts';
import { clockAt } from '../tiny-host.samples.ts';
import { Budget, type Cost } from './budget.ts';

const start = 1_000_000_000_000;
const one: Cost = { points: 1, weight: 1, content: false };
const written: Cost = { points: 1, weight: 5, content: true };

function opened(pointsPerHour = 1500) {
  const clock = clockAt(start);
  return { clock, budget: new Budget({ host: 'github.com', pointsPerHour, clock }) };
}

/** The fault of a request that is refused; null if it may be sent. */
function refusal(budget: Budget, cost: Cost): Fault | null {
  try {
    budget.take(cost);
    return null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

describe('what was used before', () => {
  it('counts in the next process, once, and for an hour', () => {
    const { clock, budget } = opened(100);
    for (let count = 0; count < 60; count += 1) {
      budget.take(one)(1);
      clock.at += 10 * second;
    }
    const { spent, used } = budget.points();
    expect(used).toBe(60);
    clock.at += 5 * minute;
    const next = new Budget({ host: 'github.com', pointsPerHour: 100, clock });
    next.take(one)(1);
    for (let times = 0; times < 3; times += 1) next.recall(spent);
    expect(next.points()).toMatchObject({ used: 61, left: 39 });
    expect(refusal(next, { ...one, points: 40 })?.data).toMatchObject({ by: 'ours' });
    // What both know counts once, also the other way round.
    budget.recall(next.points().spent);
    expect(budget.points().used).toBe(61);
    clock.at += 65 * minute;
    next.recall(spent);
    expect(next.points()).toMatchObject({ used: 0, left: 100, spent: [] });
  });

  it('is right to the length of a span, however often the process is started anew', () => {
    const { clock, budget: first } = opened(1000);
    let budget = first;
    const sent: number[] = [];
    const within = (length: number): number => sent.filter((at) => at > clock.at - length).length;
    for (let count = 0; count < 200; count += 1) {
      budget.take(one)(1);
      sent.push(clock.at);
      clock.at += minute;
      const { used, spent } = budget.points();
      expect(used).toBeGreaterThanOrEqual(within(hour));
      expect(used).toBeLessThanOrEqual(within(hour + 5 * minute));
      if (count % 7 > 0) continue;
      budget = new Budget({ host: 'github.com', pointsPerHour: 1000, clock });
      budget.recall(spent);
    }
  });
});

describe('our own limits', () => {
  it('let as many points through in an hour as the person allows, and more when the first are an hour old', () => {
    const { clock, budget } = opened(100);
    for (let count = 0; count < 100; count += 1) {
      expect(refusal(budget, one)).toBeNull();
      clock.at += second;
    }
    const fault = refusal(budget, one);
    expect(fault?.code).toBe('forge-limited');
    expect(fault?.message).toBe('our own limit for github.com is used up: points in an hour (forge.github.pointsPerHour)');
    expect(fault?.data).toMatchObject({ until: start + hour, by: 'ours' });
    expect(budget.points()).toMatchObject({ limit: 100, left: 0, used: 100, resetsAt: start + hour });
    clock.at = start + hour;
    expect(refusal(budget, one)).toBeNull();
    expect(refusal(budget, one)?.data['until']).toBe(start + hour + second);
  });

  it('count what a request really cost', () => {
    const { budget } = opened(10);
    budget.take({ ...one, points: 8 })(2);
    expect(budget.points().used).toBe(2);
    budget.take({ ...one, points: 8 })(0);
    expect(budget.points()).toMatchObject({ used: 2, left: 8 });
    expect(refusal(budget, { ...one, points: 9 })).not.toBeNull();
  });

  it('let 50 contents through in a minute and 400 in an hour', () => {
    const { clock, budget } = opened();
    let sent = 0;
    for (let minutes = 0; minutes < 9; minutes += 1) {
      for (let count = 0; count < 60; count += 1) sent += refusal(budget, written) === null ? 1 : 0;
      expect(sent).toBe(Math.min(400, (minutes + 1) * 50));
      clock.at += minute;
    }
    expect(refusal(budget, written)?.message).toContain('comments and pull requests in an hour');
    expect(refusal(budget, one)).toBeNull();
  });

  it('let 600 weighted requests through in a minute', () => {
    const { budget } = opened();
    const change: Cost = { points: 1, weight: 5, content: false };
    for (let count = 0; count < 120; count += 1) budget.take(change);
    expect(refusal(budget, one)?.message).toContain('weighted requests in a minute');
  });

  it('are never exceeded in any hour, whatever is asked and when', () => {
    const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 20 * minute }), points: fc.integer({ min: 1, max: 40 }) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (asked) => {
        const { clock, budget } = opened(100);
        const taken: { readonly at: number; readonly points: number }[] = [];
        for (const { wait, points } of asked) {
          clock.at += wait;
          const fault = refusal(budget, { points, weight: 1, content: false });
          if (fault === null) taken.push({ at: clock.at, points });
          else expect(fault.data['until']).toBeGreaterThan(clock.at);
          const lastHour = taken.filter(({ at }) => at > clock.at - hour).reduce((total, entry) => total + entry.points, 0);
          expect(lastHour).toBeLessThanOrEqual(100);
          expect(budget.points()).toMatchObject({ used: lastHour, left: 100 - lastHour });
        }
      }),
    );
  });

  it('do not end when the wall clock is set', () => {
    const clock = { wall: start, ms: 0, now: () => clock.wall, lease: () => ({ boot: 'b', ms: clock.ms, wall: clock.wall }) };
    const budget = new Budget({ host: 'github.com', pointsPerHour: 1, clock });
    budget.take(one);
    clock.wall += 10 * hour;
    expect(refusal(budget, one)?.code).toBe('forge-limited');
    clock.ms += hour;
    expect(refusal(budget, one)).toBeNull();
  });
});

describe('the limits of the forge', () => {
  it('that are used up by other programs are waited for', () => {
    const { clock, budget } = opened();
    budget.hear({ resource: 'graphql', limit: 5000, left: 3, resetsAt: start + minute });
    expect(budget.points()).toEqual({ limit: 1500, left: 3, used: 0, resetsAt: start + minute, spent: [] });
    budget.hear({ resource: 'graphql', limit: 5000, left: 0, resetsAt: start + minute });
    const fault = refusal(budget, one);
    expect(fault?.message).toBe('github.com refuses more requests for now: 5000 requests in an hour (graphql)');
    expect(fault?.hint).toBe('nothing to do: it goes on in 60 s');
    clock.at += minute;
    expect(refusal(budget, one)).toBeNull();
  });

  it('that were refused close it until the time that was said, or for longer each time', () => {
    const { clock, budget } = opened();
    expect(budget.close({ until: start + 7 * second, why: 'too fast' }).data).toMatchObject({ until: start + 7 * second, by: 'forge' });
    expect(refusal(budget, one)?.message).toBe('github.com refuses more requests for now: too fast');
    clock.at += 7 * second;
    expect(refusal(budget, one)).toBeNull();
    const rests = [1, 2, 4, 8, 16, 16].map((minutes) => minutes * minute);
    expect(rests.map(() => Number(budget.close({ until: null, why: 'too fast' }).data['until']) - clock.at)).toEqual(rests);
    budget.answered();
    expect(Number(budget.close({ until: null, why: 'too fast' }).data['until']) - clock.at).toBe(minute);
  });

  it('below ours count', () => {
    const { budget } = opened();
    budget.hear({ resource: 'core', limit: 60, left: 60, resetsAt: start + minute });
    expect(budget.points()).toMatchObject({ limit: 60, left: 60 });
  });
});
