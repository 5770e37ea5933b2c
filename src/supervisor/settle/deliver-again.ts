// Repeats only the delivery if the earlier worker did its part and a later step of ours failed: its leftovers could not be
// committed or brought over, or the push failed. Another worker would be paid for nothing.
import type { Attempt } from '../../core/task/attempt.ts';
import { isCounted, type Task } from '../../core/task/task.ts';
import type { Verdict } from '../../core/task/verdict.ts';
import { closeAttempt } from './close.ts';
import { collect } from './collect.ts';
import { deliver } from './deliver.ts';
import type { ReadySite } from '../prepare/make-site.ts';
import type { Preparing } from '../prepare/unprepared.ts';
import type { World } from '../world.ts';

/** Whether there is work of an earlier worker that only needs to be delivered. */
export function isWorkDone(given: Pick<Preparing, 'task' | 'earlier'>): boolean {
  const last = lastTry(given);
  if (last?.verdict == null) return false;
  const { kind, workDone } = last.verdict;
  // A missing commit of a submodule can be pushed by a person. Until a person asks for another try, the next worker has to
  // solve it.
  return workDone === true || kind === 'push-refused' || kind === 'push-unreachable' || (kind === 'submodule' && isAsked(given.task, last));
}

/** Returns false if there is nothing to deliver, so that a worker has to be started. */
export async function deliverAgain(world: World, given: Preparing & { ready: ReadySite }): Promise<boolean> {
  const { task, attempt, lease, settings, signal, ready } = given;
  // No worker has worked in a site that was only just made.
  if (task.site?.checkout !== ready.checkout) return false;
  const git = await collect(world, { task, attempt, settings, signal, commitLeftovers: true });
  if ('unreadable' in git) {
    const verdict: Verdict = { ...git.unreadable, workDone: true };
    await closeAttempt(world, { task, attempt, lease, verdict, commits: ready.commits.length });
    return true;
  }
  if (git.commits === 0) return false;
  const last = lastTry(given);
  const verdict: Verdict = { kind: 'work', said: { code: 'delivered-again', facts: {} }, until: null, feedback: null };
  const accept = last !== null && isAsked(task, last);
  await deliver(world, { task, attempt, lease, verdict, commits: git.commits, settings, signal, work: git, accept });
  return true;
}

/** The last attempt, leaving out those that were ended before they tried anything. */
function lastTry({ earlier }: Pick<Preparing, 'earlier'>): Attempt | null {
  return earlier.findLast((one) => !(one.launch === null && isCut(one))) ?? null;
}

function isCut({ verdict }: Attempt): boolean {
  return verdict?.kind === 'stopped' || verdict?.kind === 'cancelled';
}

/** Whether a person has asked for another try since. */
function isAsked(task: Task, last: Attempt): boolean {
  return !isCounted({ task, attempt: last });
}
