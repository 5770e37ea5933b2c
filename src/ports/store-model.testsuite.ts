// The store against a simple model, with three holders and a boot clock that only the test moves. Each holder's wall clock
// is set to any time between the steps; the model ignores it, because it must not influence who holds what. In turn: every
// answer and every stored fact agrees with the model. At once: whatever the order was, no task has two open attempts, a
// lost write left nothing behind, and every task's transitions are a legal path to its state.
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Opened, OpenStores } from './store.samples.ts';
import { step } from './store-model.samples.ts';
import { atOnce } from './store-at-once.testsuite.ts';
import { capsContract } from './store-caps.testsuite.ts';
import { inTurn } from './store-in-turn.testsuite.ts';

export function storeModel(given: { readonly name: string; readonly open: OpenStores; readonly runs: number }): void {
  const { open, runs } = given;
  const fresh = async (check: (opened: Opened) => Promise<void>): Promise<void> => {
    const opened = await open();
    try {
      await check(opened);
    } finally {
      await opened.dispose();
    }
  };
  describe(`store model: ${given.name}`, () => {
    test('in turn, three holders see what the model says', async () => {
      const steps = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' });
      await fc.assert(
        fc.asyncProperty(steps, (all) => fresh((opened) => inTurn(opened, all))),
        { numRuns: runs },
      );
    });
    test('at once, the invariants hold', async () => {
      const steps = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' });
      await fc.assert(
        fc.asyncProperty(fc.tuple(steps, steps, steps), (lanes) => fresh((opened) => atOnce(opened, lanes))),
        { numRuns: runs },
      );
    });
    describe('caps', () => capsContract({ runs, fresh }));
  });
}
