// How long a worker may be silent, changed while it is at work: a limit that is short from the beginning would also end a worker whose
// start is slow, on a busy machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Yard } from './yard.ts';

/** More minutes than any story takes. */
export const patient = 60;

/** Enough for a worker that is given back its patience as soon as the one before it was ended. */
export const impatient = 0.1;

/** Sets `worker.stallMinutes`, which stands in the repository's configuration already; a supervisor at work reads it again. */
export function setStall(yard: Yard, minutes: number): void {
  const file = join(yard.repo, 'yardmaster.yaml');
  yard.write(file, readFileSync(file, 'utf8').replace(/stallMinutes: [\d.]+/, `stallMinutes: ${minutes}`));
}
