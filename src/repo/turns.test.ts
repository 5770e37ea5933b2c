import { expect, test, vi } from 'vitest';
import { createGit, usualLimits } from './git.ts';
import { createTurns } from './turns.ts';

const git = createGit(usualLimits);
const asked = (name: string) => ({ name, signal: null });

test('shared: what began a moment ago serves, running or ended; what is older does not', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const turns = createTurns({ git, freshMs: 1000 });
    let runs = 0;
    const work = () => Promise.resolve((runs += 1));
    expect(await Promise.all([turns.shared(asked('n'), work), turns.shared(asked('n'), work)])).toEqual([1, 1]);
    vi.setSystemTime(Date.now() + 999);
    expect(await turns.shared(asked('n'), work)).toBe(1);
    expect(await turns.shared(asked('other'), work)).toBe(2);
    vi.setSystemTime(Date.now() + 1);
    expect(await turns.shared(asked('n'), work)).toBe(3);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(await turns.shared(asked('n'), work)).toBe(4);
  } finally {
    vi.useRealTimers();
  }
});

test('alone: work under one key is never done at once', async () => {
  const turns = createTurns({ git, freshMs: 0 });
  let running = 0;
  const work = async (): Promise<void> => {
    running += 1;
    expect(running).toBe(1);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all([turns.alone('k', work), turns.alone('k', work), turns.alone('k', work)]);
});

test('a failure reaches all who wait for it, and nobody after it', async () => {
  const turns = createTurns({ git, freshMs: 60_000 });
  const broken = () => Promise.reject(new Error('broken'));
  const results = await Promise.allSettled([turns.shared(asked('n'), broken), turns.shared(asked('n'), broken)]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  expect(await turns.shared(asked('n'), () => Promise.resolve('fine'))).toBe('fine');
  await expect(turns.alone('k', broken)).rejects.toThrow('broken');
  expect(await turns.alone('k', () => Promise.resolve('fine'))).toBe('fine');
});
