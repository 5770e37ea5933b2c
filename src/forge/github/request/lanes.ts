// How many requests are under way at once: some tens in all, few for one repository, so that a repository whose answers are
// slow does not hinder the others. Those that wait are served in turn, and leave the line when they are stopped.
import { Fault } from '../../../core/fault.ts';

interface Waiting {
  readonly lane: string;
  readonly go: () => void;
}

export class Lanes {
  readonly #most: { readonly all: number; readonly lane: number };
  readonly #running = new Map<string, number>();
  #waiting: Waiting[] = [];

  constructor(most: { readonly all: number; readonly lane: number }) {
    this.#most = most;
  }

  /** Runs the work when there is room for it in the lane. Fault: `stopped`, if the signal aborts before it begins. */
  async run<Result>(given: { readonly lane: string; readonly signal: AbortSignal; readonly work: () => Promise<Result> }): Promise<Result> {
    const { lane, signal, work } = given;
    await this.#turn({ lane, signal });
    try {
      return await work();
    } finally {
      const left = this.#count(lane) - 1;
      if (left === 0) this.#running.delete(lane);
      else this.#running.set(lane, left);
      this.#next();
    }
  }

  async #turn({ lane, signal }: { readonly lane: string; readonly signal: AbortSignal }): Promise<void> {
    if (signal.aborted) throw stopped();
    if (this.#hasRoom(lane)) return this.#enter(lane);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { lane, go: resolve };
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      reject(stopped());
    };
    signal.addEventListener('abort', leave);
    this.#waiting.push(waiting);
    await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  #next(): void {
    const next = this.#waiting.find(({ lane }) => this.#hasRoom(lane));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    this.#enter(next.lane);
    next.go();
  }

  #hasRoom(lane: string): boolean {
    const all = [...this.#running.values()].reduce((total, count) => total + count, 0);
    return all < this.#most.all && this.#count(lane) < this.#most.lane;
  }

  #enter(lane: string): void {
    this.#running.set(lane, this.#count(lane) + 1);
  }

  #count(lane: string): number {
    return this.#running.get(lane) ?? 0;
  }
}

export function stopped(): Fault {
  return new Fault({
    code: 'stopped',
    message: 'stopped before the forge answered',
    hint: 'nothing to do: it is asked again when it is needed',
  });
}
