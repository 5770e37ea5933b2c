// Three supervisors claim on one database, each worker within caps that the claim checks against the attempts open at that
// moment. Whatever the order was, no cap is ever exceeded. The test counts separately, so it would notice an open attempt
// that the claim overlooks.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lease } from '../core/task/attempt.ts';
import { anyCaps, anySlot, withinCaps } from '../core/task/caps.samples.ts';
import { capReached, type Caps, type Slot } from '../core/task/schedule.ts';
import { claimBy, closeAs, request, route, type Opened } from './store.samples.ts';
import type { Store } from './store.ts';

type Move = { readonly wanted: Slot } | { readonly ends: number };
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ wanted: anySlot }) },
  { weight: 1, arbitrary: fc.record({ ends: fc.nat(9) }) },
);

export function capsContract(given: {
  readonly runs: number;
  readonly fresh: (check: (opened: Opened) => Promise<void>) => Promise<void>;
}): void {
  const { fresh } = given;
  const numRuns = 5 * given.runs;
  const moves = fc.array(move, { minLength: 4, maxLength: 12, size: 'max' });

  test('one claim after another, by any supervisor, is admitted exactly where no cap would be exceeded', async () => {
    const answers = { admitted: 0, refused: 0 };
    const byAnyone = fc.array(fc.tuple(fc.nat(2), move), { minLength: 4, maxLength: 24, size: 'max' });
    const inTurn = fc.asyncProperty(anyCaps, byAnyone, (caps, all) =>
      fresh(async ({ stores }) => {
        const workers = new Workers(caps);
        for (const [who, one] of all) {
          const admits = 'ends' in one || withinCaps(caps, [...workers.slots(), one.wanted]);
          expect(await workers.move(stores[who]!, one)).toBe(admits);
          answers[admits ? 'admitted' : 'refused'] += 1;
        }
      }),
    );
    await fc.assert(inTurn, { numRuns });
    expect(Math.min(answers.admitted, answers.refused)).toBeGreaterThan(numRuns);
  });

  test('no cap is exceeded however the claims of three supervisors interleave', async () => {
    const atOnce = fc.asyncProperty(anyCaps, fc.tuple(moves, moves, moves), (caps, lanes) =>
      fresh(async ({ stores }) => {
        const workers = new Workers(caps);
        await Promise.all(
          lanes.map(async (all, who) => {
            for (const one of all) await workers.move(stores[who]!, one);
          }),
        );
        const open = (await stores[0].openAttempts()).map(({ id }) => id);
        expect(open.toSorted()).toEqual(workers.attempts().toSorted());
      }),
    );
    await fc.assert(atOnce, { numRuns });
  });
}

/** Workers whose claim has returned and whose end was not yet requested: never more than those open in the database. */
class Workers {
  readonly #open = new Map<Lease, Slot>();
  readonly #caps: Caps;
  #tasks = 0;

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  slots(): Slot[] {
    return [...this.#open.values()];
  }

  attempts(): string[] {
    return [...this.#open.keys()].map(({ attempt }) => attempt);
  }

  /** Returns whether it was done. */
  async move(store: Store, one: Move): Promise<boolean> {
    if ('wanted' in one) return this.#claim(store, one.wanted);
    const leases = [...this.#open.keys()];
    const lease = leases[one.ends % Math.max(1, leases.length)];
    if (lease === undefined) return true;
    this.#open.delete(lease);
    return (await closeAs(store, { lease, to: 'failed' })) === 'ok';
  }

  async #claim(store: Store, wanted: Slot): Promise<boolean> {
    const caps = this.#caps;
    const { repo, batch, model, account, place, host } = wanted;
    const id = `t${(this.#tasks += 1)}`;
    await store.putTask({ repo, task: request(id, { batch }), at: 1 });
    const task = await store.task({ repo, id });
    const claim = await claimBy(store, {
      taskKey: task!.key,
      route: { ...route, model, account, place, host },
      admit: (open) => capReached({ caps, taken: open, wanted }) === null,
    });
    if (!claim.claimed) {
      expect(claim.why).toBe('caps');
      return false;
    }
    this.#open.set(claim.lease, wanted);
    expect(withinCaps(caps, this.slots())).toBe(true);
    return true;
  }
}
