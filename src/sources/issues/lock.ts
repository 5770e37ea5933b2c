// Only one sync of a repository at a time on this machine, so that no line becomes two issues.
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { minute, type Duration } from '../../core/time.ts';
import { takeLock } from '../../lib/lock-file.ts';

/** A lock whose holder died is taken over at once; only one of another machine would be waited for so long. */
const staleAfter: Duration = 30 * minute;

/** Returns a function that ends it. Faults: `issues-busy`. */
export async function lockIssues(given: {
  readonly folder: string;
  readonly repo: string;
  readonly waitMs: Duration;
}): Promise<() => Promise<void>> {
  const { folder, repo, waitMs } = given;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${createHash('sha256').update(repo).digest('hex').slice(0, 16)}.lock`);
  const release = await takeLock({ path, staleMs: staleAfter, waitMs });
  if (release !== null) return release;
  throw new Fault({
    code: 'issues-busy',
    message: `the issues of ${repo} are being synced by another process`,
    hint: 'wait until it has ended',
    data: { path },
  });
}
