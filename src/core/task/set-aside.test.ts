import { describe, expect, it } from 'vitest';
import { sampleTask } from '../core.samples.ts';
import { inWords } from '../reason/said.ts';
import { afterOutage, afterUse, asideOf, inTurn, triedNow, usable, type RepositoryState } from './set-aside.ts';
import { failureKinds, type FailureKind } from './failure.ts';
import { minute, second, type Instant } from '../time.ts';

const start = 1_000_000_000;
const outage = (state: RepositoryState, more: { kind?: FailureKind; at?: Instant; startedAt?: Instant; task?: number } = {}) => {
  const { kind = 'repository-away', at = start, startedAt = at, task = 1 } = more;
  return afterOutage(state, { kind, said: inWords('no route to host'), task, at, startedAt, base: 30 * second, seed: `${task} ${at}` });
};
const away = outage(usable);
const until = away.breaker.until ?? 0;
const preparing = { repo: '/repo', state: 'preparing', startedAt: until } as const;
const aside = (state: RepositoryState | undefined, now: Instant, open: Parameters<typeof asideOf>[0]['open'] = []) =>
  asideOf({ repo: '/repo', state, open, now });

describe('a repository', () => {
  it('of which nothing was seen, or that was used, is used', () => {
    expect(aside(undefined, start)).toBeNull();
    expect(aside(usable, start)).toBeNull();
  });

  it.each(failureKinds)('is set aside after the first failure that is its own: %s', (kind) => {
    const state = outage(usable, { kind });
    if (kind === 'repository-away' || kind === 'push-unreachable' || kind === 'disk-full')
      expect(aside(state, start)).toEqual({
        until: state.breaker.until,
        why: { code: 'attempt', facts: { kind, said: inWords('no route to host') } },
      });
    else expect(state).toBe(usable);
  });

  it('is tried by one task after a back-off, for which the others wait, and by no other', () => {
    expect(aside(away, until - 1)?.until).toBe(until);
    expect(aside(away, until)).toBeNull();
    expect(aside(away, until, [preparing])?.until).toBe(until + minute);
  });

  it.each([
    ['of another repository', { ...preparing, repo: '/other' }],
    ['whose worker is at work', { ...preparing, state: 'running' }],
    ['that was begun before it was away', { ...preparing, startedAt: start - 1 }],
  ] as const)('is not tried by an attempt %s', (_, attempt) => {
    expect(aside(away, until, [attempt])).toBeNull();
  });

  it('waits no longer than its longest back-off, whatever clock wrote it', () => {
    const ahead = outage(usable, { at: start + 40 * minute });
    expect(aside(ahead, start)).toBeNull();
    expect(outage(ahead).breaker.until).toBeLessThanOrEqual(start + 5 * minute);
    expect(aside(away, start - minute)?.until).toBe(until);
  });

  it('that has no time for its next try has none under way either', () => {
    expect(aside({ ...away, breaker: { ...away.breaker, until: null } }, start, [{ ...preparing, startedAt: start }])).toBeNull();
  });

  it('is away since its first failure; back-offs double up to five minutes', () => {
    const waits: number[] = [];
    let state = usable;
    for (let at = start, tries = 0; tries < 8; tries += 1) {
      state = outage(state, { at });
      const next = state.breaker.until ?? 0;
      waits.push(next - at);
      at = next;
    }
    expect(state.away?.since).toBe(start);
    waits.forEach((wait, index) => {
      const most = Math.min(5 * minute, 30 * second * 2 ** index);
      expect([wait >= most / 2, wait <= most]).toEqual([true, true]);
    });
  });

  it('does not wait longer when attempts that were under way fail as well', () => {
    expect(outage(away, { task: 2, at: start + 1, startedAt: start - 1 }).breaker.until).toBe(until);
  });

  it.each([
    ['repository-away', 'fetched', true],
    ['repository-away', 'pushed', true],
    ['push-unreachable', 'fetched', false],
    ['push-unreachable', 'pushed', true],
  ] as const)('that is away with %s is used again once it was %s: %s', (kind, used, again) => {
    const state = outage(usable, { kind });
    const at = start + 100;
    expect(afterUse(state, { used, at })).toEqual(again ? { ...usable, backAt: at } : state);
    expect(afterUse(usable, { used, at })).toBe(usable);
  });

  it('that is back stays so when it is told late of what failed before', () => {
    const at = start + minute;
    const back = afterUse(away, { used: 'pushed', at });
    expect(outage(back, { task: 2, at: at - 1 })).toBe(back);
    for (const failedAt of [at, at + 1]) expect(outage(back, { task: 2, at: failedAt }).away?.since).toBe(failedAt);
    // The clock was set back.
    expect(outage(back, { task: 2, at: at - minute }).away?.since).toBe(at - minute);
  });

  it('is tried at once when a person asks for it', () => {
    expect(aside(triedNow(away, start + 1), start + 1)).toBeNull();
    expect(triedNow(away, until)).toBe(away);
    expect(triedNow(usable, start)).toBe(usable);
  });
});

it('tasks that failed of their repository last come last, all others in their order', () => {
  const tasks = [1, 2, 3].map((key) => sampleTask({ key })).concat(sampleTask({ key: 4, repo: '/other' }));
  const keys = (state: RepositoryState): readonly number[] => inTurn(tasks, new Map([['/repo', state]])).map(({ key }) => key);
  expect(keys(usable)).toEqual([1, 2, 3, 4]);
  expect(keys(outage(outage(usable, { task: 2 }), { task: 1, at: start + 1 }))).toEqual([3, 4, 2, 1]);
});
