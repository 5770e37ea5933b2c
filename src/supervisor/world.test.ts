// An operation that fails again and again is reported once, until it succeeds or fails in another way.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Fault } from '../core/fault.ts';
import { newMemory } from './world.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('a lasting fault of one operation is reported once', async () => {
  const told: string[] = [];
  const { inflight } = newMemory({ emit: (event) => void (event.type === 'warning' && told.push(event.message)), wake: () => {} });
  const attempt = async (message: string | null): Promise<void> => {
    vi.advanceTimersByTime(61_000);
    expect(inflight.start('reap 1', () => (message === null ? Promise.resolve() : Promise.reject(fault(message))))).toBe(true);
    await inflight.settled();
  };
  for (const message of ['too large', 'too large', 'locked', 'too large', 'too large', null, 'too large']) await attempt(message);
  expect(told).toEqual(['too large', 'locked', 'too large', 'too large']);
});

function fault(message: string): Fault {
  return new Fault({ code: 'not-preserved', message, hint: 'delete it' });
}
