import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const k = { key: 'k', name: 'n' };

test('shared: what has started is not joined, what waits is', async () => {
  const turns = createTurns();
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const work = (name: string) => async (): Promise<string> => {
    log.push(name);
    await new Promise<void>((open) => gates.push(open));
    return name;
  };
  const until = async (count: number): Promise<void> => {
    while (gates.length < count) await new Promise(setImmediate);
  };
  const together = [turns.shared(k, work('a')), turns.shared(k, work('b'))];
  await until(1);
  const late = [turns.shared(k, work('c')), turns.shared(k, work('d'))];
  const other = turns.shared({ key: 'other', name: 'n' }, work('x'));
  await until(2);
  expect(log).toEqual(['a', 'x']);
  gates.forEach((open) => open());
  expect(await Promise.all([...together, other])).toEqual(['a', 'a', 'x']);
  await until(3);
  gates.forEach((open) => open());
  expect(await Promise.all(late)).toEqual(['c', 'c']);
  expect(log).toEqual(['a', 'x', 'c']);
});

test('work under one key is never done at once, whatever its name', async () => {
  const turns = createTurns();
  let running = 0;
  const work = async (): Promise<void> => {
    running += 1;
    expect(running).toBe(1);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all([turns.shared(k, work), turns.alone('k', work), turns.shared({ key: 'k', name: 'm' }, work)]);
});

test('a failure reaches all who share it, and nobody after it', async () => {
  const turns = createTurns();
  const broken = () => Promise.reject(new Error('broken'));
  const results = await Promise.allSettled([turns.shared(k, broken), turns.shared(k, broken)]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  expect(await turns.shared(k, () => Promise.resolve('fine'))).toBe('fine');
  expect(await turns.alone('k', () => Promise.resolve('fine'))).toBe('fine');
});
