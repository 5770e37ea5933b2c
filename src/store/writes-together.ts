// Runs the writes of one store in the order of their arrival; those that wait for the same turn share one transaction. Each
// caller gets its answer after the commit. If one of them fails, all are rolled back, and each runs once more, alone: so a
// write fails only for its own reasons, and may run twice.
import type { Writer } from './engine.ts';

/** Other processes wait for the lock meanwhile, about 0.1 ms for each write. */
const mostTogether = 32;

interface Waiting {
  /** Returns a function that answers the caller. */
  readonly run: (tx: Writer) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

type Transaction = <T>(work: (tx: Writer) => Promise<T>) => Promise<T>;

export function writesTogether(transaction: Transaction): Transaction {
  const waiting: Waiting[] = [];
  let busy = false;

  const drain = async (): Promise<void> => {
    busy = true;
    for (let alone = 0; waiting.length > 0; alone -= 1) {
      // Empty until the transaction has begun, so writes that arrive while the lock is being waited for join it.
      let group: readonly Waiting[] = [];
      try {
        const answers = await transaction(async (tx) => {
          group = waiting.splice(0, alone > 0 ? 1 : mostTogether);
          const told: (() => void)[] = [];
          for (const one of group) told.push(await one.run(tx));
          return told;
        });
        for (const answer of answers) answer();
      } catch (error) {
        if (group.length > 1) {
          waiting.unshift(...group);
          alone = group.length + 1;
        } else for (const one of group.length === 1 ? group : waiting.splice(0)) one.reject(error);
      }
    }
    busy = false;
  };

  return (work) =>
    new Promise((resolve, reject) => {
      const run = async (tx: Writer): Promise<() => void> => {
        const answer = await work(tx);
        return () => resolve(answer);
      };
      waiting.push({ run, reject });
      if (!busy) void drain();
    });
}
