import type { Figure, Row } from '../figure.ts';
import { covered, takeRounds } from '../rounds.ts';
import { percentile } from '../samples.ts';

export const start: Figure = {
  name: 'start',
  says:
    'a task is added by another process (stored, bell rung) → its worker is started (reference stored, gate open); the supervisor is idle, ' +
    'a slot is free. The calls to git that read the worktree are subtracted; the agent’s own start comes after that.',
  async take(ground) {
    const rounds = await takeRounds(ground);
    const times = rounds.map(({ addedAt, marks }) => {
      const to = marks.find((mark) => mark.call === 'place.launch')?.to ?? Number.NaN;
      const git = covered(marks, { calls: /^repo\./, from: addedAt, to });
      const launch = covered(marks, { calls: /^place\.launch$/, from: addedAt, to });
      const store = covered(marks, { calls: /^store\./, from: addedAt, to });
      return { ms: to - addedAt - git, git, launch, store };
    });
    const spawns = rounds.map(({ shellMs }) => shellMs);
    const of = (pick: (one: (typeof times)[number]) => number, share: number): number => percentile(times.map(pick), share);
    const parts = `p50 launch ${of((one) => one.launch, 0.5).toFixed(1)}, store ${of((one) => one.store, 0.5).toFixed(1)}; git (left out) ${of((one) => one.git, 0.5).toFixed(1)}`;
    const row = (what: string, share: number, most: number): Row => ({
      what,
      value: of((one) => one.ms, share),
      unit: 'ms',
      limit: { what: 'spawn of /bin/sh', value: percentile(spawns, share) },
      bar: { of: 'value', most },
    });
    return [{ ...row('p50', 0.5, 15), note: parts }, row('p99', 0.99, 60)];
  },
};
