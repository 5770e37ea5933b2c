import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Row } from '../figure.ts';
import { covered, takeRounds } from '../rounds.ts';
import { now, percentile } from '../samples.ts';

export const verdict: Figure = {
  name: 'verdict',
  says:
    'a worker’s exit status is in its file (its time is up to 4 ms early) → the verdict is stored, for a worker that declares that ' +
    'nothing had to be changed: its process tree is ended, its output is read, git reads its worktree; there is nothing to push.',
  async take(ground) {
    const rounds = await takeRounds(ground);
    // File times are measured by the other clock.
    const offset = performance.timeOrigin + performance.now() - now();
    const times = rounds.map(({ folder, marks }) => {
      const from = statSync(join(folder, 'end', 'exit')).mtimeMs - offset;
      const to = marks.find((mark) => mark.call === 'store.close')?.to ?? Number.NaN;
      const seen = marks.find((mark) => mark.call === 'place.stop')?.from ?? Number.NaN;
      const part = (calls: RegExp): number => covered(marks, { calls, from, to });
      return { ms: to - from, seen: seen - from, tree: part(/^place\.stop$/), git: part(/^repo\./), store: part(/^store\./) };
    });
    const of = (pick: (one: (typeof times)[number]) => number, share: number): number => percentile(times.map(pick), share);
    const looks = rounds.map(({ gitMs }) => gitMs);
    const p50 = (pick: (one: (typeof times)[number]) => number): string => of(pick, 0.5).toFixed(1);
    const parts = `p50 seen after ${p50((one) => one.seen)}, ending its tree ${p50((one) => one.tree)}, git ${p50((one) => one.git)}, store ${p50((one) => one.store)}`;
    const row = (what: string, share: number): Row => ({
      what,
      value: of((one) => one.ms, share),
      unit: 'ms',
      limit: { what: 'one git status', value: percentile(looks, share) },
      bar: null,
    });
    return [
      { ...row('p50', 0.5), note: parts },
      { ...row('p99', 0.99), bar: { of: 'value', most: 100 } },
    ];
  },
};
