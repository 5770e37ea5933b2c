// Who waits for whom: requests of one repository for each other, all of them only where there are very many.
import { expect, it } from 'vitest';
import { Lanes } from './lanes.ts';

const signal = new AbortController().signal;

/** Starts works that end when they are told, and says which have begun. */
function started(lanes: Lanes) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, stop: AbortSignal = signal): Promise<string> =>
    lanes.run({
      lane: name.charAt(0),
      signal: stop,
      work: async () => {
        begun.push(name);
        const { promise, resolve } = Promise.withResolvers<void>();
        ends.set(name, resolve);
        await promise;
        return name;
      },
    });
  return { begun, begin, end: (name: string) => ends.get(name)?.() };
}

it('a slow repository does not hinder another one', async () => {
  const { begun, begin, end } = started(new Lanes({ all: 3, lane: 2 }));
  const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => begin(name));
  await new Promise(setImmediate);
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  end('b1');
  await all[3];
  await new Promise(setImmediate);
  // The third of the first repository is first in line, but has no room in its lane.
  expect(begun).toEqual(['a1', 'a2', 'b1', 'b2']);
  end('a1');
  await all[0];
  await new Promise(setImmediate);
  expect(begun.at(-1)).toBe('a3');
  for (const name of ['a2', 'a3', 'b2']) end(name);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
});

it('a work that fails leaves its lane', async () => {
  const lanes = new Lanes({ all: 1, lane: 1 });
  await expect(lanes.run({ lane: 'a', signal, work: () => Promise.reject(new Error('broken')) })).rejects.toThrow('broken');
  expect(await lanes.run({ lane: 'a', signal, work: async () => 'next' })).toBe('next');
});

it('whoever is stopped leaves the line and is not begun', async () => {
  const { begun, begin, end } = started(new Lanes({ all: 1, lane: 1 }));
  const stop = new AbortController();
  const [first, second, third] = [begin('a1'), begin('a2', stop.signal), begin('a3')];
  const told = expect(second).rejects.toMatchObject({ code: 'stopped' });
  stop.abort();
  await told;
  await expect(begin('b1', stop.signal)).rejects.toMatchObject({ code: 'stopped' });
  end('a1');
  await first;
  await new Promise(setImmediate);
  end('a3');
  await third;
  expect(begun).toEqual(['a1', 'a3']);
});
