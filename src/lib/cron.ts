// Times by a cron pattern (five fields, six with seconds first, or @daily and the like), in the machine's time zone.
import { Cron } from 'croner';

/** Beyond this number, runs are not counted one by one. */
const most = 10_000;

/** The next time strictly after `after`; null if there is none. Throws for an invalid pattern. */
export function nextRun(given: { readonly cron: string; readonly after: number }): number | null {
  return new Cron(given.cron, { paused: true }).nextRun(new Date(given.after))?.getTime() ?? null;
}

/** `from` has to be one of the pattern's times. Counts the times from it up to `to`, and answers the next one after that. */
export function runsBetween(given: { readonly cron: string; readonly from: number; readonly to: number }): {
  readonly past: readonly number[];
  readonly next: number | null;
} {
  const past = [given.from];
  for (;;) {
    const next = nextRun({ cron: given.cron, after: past.at(-1) ?? given.from });
    if (next === null || next > given.to) return { past, next };
    if (past.length === most) return { past, next: nextRun({ cron: given.cron, after: given.to }) };
    past.push(next);
  }
}
