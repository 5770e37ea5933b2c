// Operations that are under way, at most one per key. Starting one never waits; `onEnd` is called at its end, with the
// error if it failed. After a failure the key rests, longer each time, so that a lasting fault is not retried in a tight
// loop. Rests are measured by the monotonic clock: if the wall clock is set back an hour, nothing may rest for that hour.

interface Entry {
  readonly controller: AbortController;
  readonly promise: Promise<void>;
}

export interface InflightOptions {
  readonly onEnd: (key: string, error: unknown) => void;
}

const firstRestMs = 1000;
const longestRestMs = 60_000;

export class Inflight {
  readonly #entries = new Map<string, Entry>();
  readonly #resting = new Map<string, { failures: number; until: number }>();
  readonly #options: InflightOptions;

  constructor(options: InflightOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Starts the operation, unless the key is under way or resting. Returns whether it was started. */
  start(key: string, operation: (signal: AbortSignal) => Promise<void>): boolean {
    if (this.#entries.has(key) || (this.#resting.get(key)?.until ?? 0) > performance.now()) return false;
    const controller = new AbortController();
    const promise = this.#run({ key, operation, signal: controller.signal });
    this.#entries.set(key, { controller, promise });
    return true;
  }

  async #run(given: { key: string; operation: (signal: AbortSignal) => Promise<void>; signal: AbortSignal }): Promise<void> {
    const { key } = given;
    let error: unknown = null;
    try {
      // A turn later, because the entry must exist before the operation can end.
      await Promise.resolve();
      await given.operation(given.signal);
      this.#resting.delete(key);
    } catch (cause) {
      error = cause ?? new Error('unknown');
      const failures = (this.#resting.get(key)?.failures ?? 0) + 1;
      this.#resting.set(key, { failures, until: performance.now() + Math.min(longestRestMs, firstRestMs * 2 ** (failures - 1)) });
    }
    this.#entries.delete(key);
    this.#options.onEnd(key, error);
  }

  abort(key: string): void {
    this.#entries.get(key)?.controller.abort();
  }

  /** Resolves when everything that is under way now has ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.promise));
  }

  abortAll(): void {
    this.abortMatching(() => true);
  }

  abortMatching(matches: (key: string) => boolean): void {
    for (const [key, entry] of this.#entries) if (matches(key)) entry.controller.abort();
  }
}
