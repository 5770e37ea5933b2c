// Which blocked tasks go on by themselves: those for which there was no route because of what the environment or a
// person's word lacked.
import { failureIn, namesAccount, refusalIn } from '../reason/legacy.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import type { Refused } from '../route/route.ts';

const lacking: ReadonlySet<Refused | null> = new Set<Refused>(['untrusted', 'agent-not-installed', 'no-agent', 'no-account', 'no-place']);

/** It was blocked because no route was found, and may have one once something is there again. */
export function isUnrouted(reason: TaskReason): boolean {
  // Trust may also be found lacking when the work is delivered.
  return lacking.has(refusalIn(reason)) || failureIn(reason) === 'untrusted';
}

/** It was blocked because this account, among others, could not be used. */
export function isBlockedBy(reason: TaskReason, account: string): boolean {
  return isUnrouted(reason) && namesAccount(reason, account);
}
