// A short run of every target with a fixed seed; the long one is `npm run fuzz` (docs/reliability.md).
import { describe, expect, it } from 'vitest';
import { targets } from './targets.ts';

describe('fuzz', { timeout: 120_000 }, () => {
  it.each(targets.map((target) => [target.name, target] as const))('%s', async (_name, target) => {
    const report = await target.run({ inputs: 400, seed: 20261123, limitMs: null });
    expect(report.failure).toBeNull();
    expect(report.inputs).toBe(400);
    // Inputs that never get anywhere prove nothing.
    expect(Object.keys(report.labels)).toEqual(expect.arrayContaining([...target.reaches]));
  });
});
