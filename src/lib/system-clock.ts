// The machine's own clock and random ids.
import { bootId, bootMs } from './boot-clock.ts';

export const systemClock = {
  now: (): number => Date.now(),

  lease: (): { boot: string; ms: number; wall: number } => ({ boot: bootId(), ms: bootMs(), wall: Date.now() }),

  /** Resolves after the duration, or at once on abort; never rejects. */
  sleep: (duration: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      // A longer delay would overflow the timer and fire at once.
      const timer = setTimeout(end, Math.min(duration, 2 ** 31 - 1));
      signal.addEventListener('abort', end);
    }),

  // The global `crypto` is used, because `node:crypto` takes 8 ms to load, even for a command that needs no random id.
  id: (): string => crypto.randomUUID(),
};
