import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycles } from './cycles.ts';

const graph = (edges: Record<string, string[]>) => Object.entries(edges).map(([id, blockedBy]) => ({ id, blockedBy }));

describe('findCycles', () => {
  it('finds none where every task can start at some time', () => {
    expect(findCycles([])).toEqual([]);
    expect(findCycles(graph({ t1: ['t2', 't3'], t2: ['t3'], t3: ['t9'] }))).toEqual([]);
  });

  it('finds a task that waits for itself', () => {
    expect(findCycles(graph({ t1: [], t2: ['t1', 't2'] }))).toEqual([['t2']]);
  });

  it('gives one circle of each group, in the order of waiting, from the first in the list', () => {
    expect(findCycles(graph({ t0: ['t2'], t1: ['t3'], t2: ['t1'], t3: ['t2'], t4: ['t5', 't1'], t5: ['t4'] }))).toEqual([
      ['t1', 't3', 't2'],
      ['t4', 't5'],
    ]);
  });

  it('leaves out what only leads to the circle', () => {
    expect(findCycles(graph({ t1: ['t2'], t2: ['t3', 't1'], t3: ['t2'] }))).toEqual([['t2', 't3']]);
    expect(findCycles(graph({ t1: ['t3'], t2: ['t3', 't1'], t3: ['t2'] }))).toEqual([['t2', 't3']]);
  });

  it('reads "blocks" as the other way round', () => {
    expect(
      findCycles([
        { id: 't1', blockedBy: ['t2'], blocks: ['t2', 't7'] },
        { id: 't2', blockedBy: [], blocks: [] },
      ]),
    ).toEqual([['t1', 't2']]);
  });

  it('agrees with a search by hand on whether there is one, and gives true circles', () => {
    const tasks = fc
      .array(fc.array(fc.nat(7), { maxLength: 3 }), { maxLength: 8 })
      .map((lists) => lists.map((list, index) => ({ id: `t${index}`, blockedBy: list.map((other) => `t${other}`) })));
    fc.assert(
      fc.property(tasks, (list) => {
        const cycles = findCycles(list);
        // Repeatedly removes every task that waits for no remaining one: the rest is in circles or waits for one.
        let left = list;
        for (let before = -1; before !== left.length;) {
          before = left.length;
          const ids = new Set(left.map((task) => task.id));
          left = left.filter((task) => task.blockedBy.some((id) => ids.has(id)));
        }
        expect(cycles.length > 0).toBe(left.length > 0);
        for (const cycle of cycles) {
          expect(new Set(cycle).size).toBe(cycle.length);
          for (const [index, id] of cycle.entries()) {
            expect(list.find((task) => task.id === id)?.blockedBy).toContain(cycle[(index + 1) % cycle.length]);
          }
        }
        expect(new Set(cycles.flat()).size).toBe(cycles.flat().length);
      }),
    );
  });

  it('takes a chain of a hundred thousand tasks, closed to a circle', () => {
    const count = 100_000;
    const chain = Array.from({ length: count }, (_, index) => ({ id: `t${index}`, blockedBy: [`t${(index + 1) % count}`] }));
    expect(findCycles(chain)[0]).toHaveLength(count);
    expect(findCycles(chain.slice(1))).toEqual([]);
  });
});
