// A run of every target with a fixed seed, as a test.
import { describe, expect, it } from 'vitest';
import { targets } from './targets.ts';

export function shortRun(inputs: number): void {
  describe('fuzz', { timeout: 300_000 }, () => {
    it.each(targets.map((target) => [target.name, target] as const))('%s', async (_name, target) => {
      const report = await target.run({ inputs, seed: 20261123, limitMs: null });
      expect(report.failure).toBeNull();
      expect(report.inputs).toBe(inputs);
      // Inputs that never reach the later stages prove nothing.
      expect(Object.keys(report.labels)).toEqual(expect.arrayContaining([...target.reaches]));
    });
  });
}
