// Which blocked tasks go on by themselves: those for which there was no route because of what the environment or a
// person's word lacked. They are known by their reason, as it was written when they were blocked.
import { movesAway } from './decide.ts';
import { failureKinds } from './failure.ts';
import type { Refusal } from './route.ts';

const lacking = ['untrusted', 'agent-not-installed', 'no-agent', 'no-account', 'no-place'] as const satisfies readonly Refusal['refused'][];

/** As it is written: what the last worker failed of, if that is why it has no route, and then the refusal. */
export function blockedReason(given: { readonly cause: string | null; readonly refusal: Pick<Refusal, 'refused' | 'reasons'> }): string {
  const { cause, refusal } = given;
  return `${cause === null ? '' : `${cause}; `}${refusal.refused}: ${refusal.reasons.join('; ')}`;
}

/** It was blocked because no route was found, and may have one once something is there again. */
export function isUnrouted(reason: string): boolean {
  const moved = failureKinds.some((kind) => movesAway(kind) && reason.startsWith(`${kind}: `));
  return lacking.some((code) => reason.startsWith(`${code}: `) || (moved && reason.includes(`; ${code}: `)));
}

/** It was blocked because this account, among others, could not be used. */
export function isBlockedBy(reason: string, account: string): boolean {
  return isUnrouted(reason) && reason.includes(`not ${account} by `);
}
