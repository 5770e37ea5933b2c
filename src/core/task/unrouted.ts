// Decides which blocked tasks go on by themselves: those that had no route because something in the environment or a
// person's trust was missing.
import { failureIn, namesAccount, refusalIn } from '../reason/legacy.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import type { Refused } from '../route/route.ts';

const lacking: ReadonlySet<Refused | null> = new Set<Refused>(['untrusted', 'agent-not-installed', 'no-agent', 'no-account', 'no-place']);

/** Whether it was blocked because no route was found, and may have one once the missing thing is there again. */
export function isUnrouted(reason: TaskReason): boolean {
  // Missing trust may also be noticed when the work is delivered.
  return lacking.has(refusalIn(reason)) || failureIn(reason) === 'untrusted';
}

/** It was blocked because this account, among others, could not be used. */
export function isBlockedBy(reason: TaskReason, account: string): boolean {
  return isUnrouted(reason) && namesAccount(reason, account);
}
