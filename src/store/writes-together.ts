// Writes of one store, in the order in which they came, those that wait for the same turn in one transaction.
// Each caller is answered after the commit. When one of them fails all are taken back, and each runs once more, alone:
// so a write fails for its own reasons only, and may be run twice.
import type { Writer } from './engine.ts';

/** Other processes wait for the lock meanwhile, some 0.1 ms for each. */
const mostTogether = 32;

interface Waiting {
  /** Answers how to tell the caller. */
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
      // Empty until the transaction has begun: whoever comes while the lock is waited for is in it.
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
