// Interprets the answer of `git push --porcelain` by its status lines, or without any by its messages.
import { causeOf } from '../core/cause.ts';
import { clip, gitReason, meaningfulLines } from './git-reason.ts';
import type { GitAnswer } from './git.ts';

export type PushAnswer =
  | { readonly came: 'pushed' }
  | { readonly came: 'outdated' }
  | { readonly came: 'refused' | 'unreachable'; readonly message: string };

/** Includes what a server says when two pushes collide there, and git's own words for a lease that does not hold any more. */
const outdated = /fetch first|non-fast-forward|stale info|incorrect old value|is at [0-9a-f]+ but expected/;

/** The other push may be our own: that of a killed supervisor whose git was still running. */
const meeting = /cannot lock ref .*(?:reference already exists|is at [0-9a-f]+ but expected|\.lock': File exists)/;

const unreachable =
  /could not resolve|could not read from remote|connection (?:refused|timed out|reset|closed)|unable to access|does not appear to be a git repository|unreachable|no route to host|early eof|hung up|not found|timed out|rpc failed|unable to connect|no such remote/i;

/** The push was done, not just tried: the branch is new, moved on, or was there already. */
const accepted = /^[ *=]\t/;
/** The same, or the branch was moved by force, or deleted. */
const acceptedByForce = /^[ *=+-]\t/;

/** `addresses`: where the push should go. `leased`: it was allowed to move the branch by force, or to delete it. */
export function readPushAnswer(given: {
  readonly answer: GitAnswer;
  readonly ref: string;
  readonly addresses: readonly string[];
  readonly leased?: boolean;
}): PushAnswer {
  const { answer, ref, leased = false } = given;
  const elsewhere = otherPlaces(given);
  // One line for each place that the remote's pushes go to, as the server there reported it.
  const lines = answer.stdout.split('\n').filter((line) => line.split('\t')[1]?.endsWith(`:${ref}`));
  const accepts = elsewhere.length === 0 && lines.length > 0 && lines.every((line) => (leased ? acceptedByForce : accepted).test(line));
  // If all places accepted the branch, the failure is about something else, or about another branch in the same push.
  if (accepts && (answer.ok || lines.length >= given.addresses.length)) return { came: 'pushed' };
  if (answer.ok) {
    const meant = given.addresses.join(', ');
    const message =
      elsewhere.length > 0
        ? `git pushed to ${elsewhere.join(', ')} and not to ${meant}: its configuration was changed meanwhile`
        : ['git did not confirm that the branch arrived', ...lines].join('; ');
    return { came: 'refused', message: clip(message) };
  }
  if (answer.timedOut) return { came: 'unreachable', message: gitReason(answer) };
  const status = /^!\t[^\t]*\t(.*)$/m.exec(answer.stdout)?.[1];
  if (status !== undefined) {
    const words = remoteWords(answer.stderr);
    if (outdated.test(status) || (/failed to update ref/.test(status) && words.some((line) => meeting.test(line))))
      return { came: 'outdated' };
    return { came: 'refused', message: clip([...words, status].join('; ')) };
  }
  // Only git itself writes "fatal". A hook's words about connections do not count as git's.
  if (/^fatal: /m.test(answer.stderr)) {
    const cause = causeOf(answer.stderr);
    if (cause !== null && cause.cure !== null) {
      const lines = new Set([cause.line, ...meaningfulLines(answer.stderr)]);
      return { came: 'refused', message: `${clip([...lines].join('; '))} (${cause.cure})` };
    }
    if (unreachable.test(answer.stderr)) return { came: 'unreachable', message: gitReason(answer) };
  }
  return { came: 'refused', message: clip(meaningfulLines(answer.stderr).join('; ')) || gitReason(answer) };
}

/**
 * Git reports the address of each place without its login. It reads the configuration as it is at that moment, which may
 * have changed since we read it.
 */
function otherPlaces(given: { readonly answer: GitAnswer; readonly addresses: readonly string[] }): readonly string[] {
  const places = given.answer.stdout.split('\n').flatMap((line) => (line.startsWith('To ') ? [line.slice('To '.length)] : []));
  const meant = new Set(given.addresses.map(withoutLogin));
  return places.filter((place) => !meant.has(withoutLogin(place)));
}

function withoutLogin(address: string): string {
  return address.replace(/^([a-z\d+.-]+:\/\/)?[^/@]*@/i, '$1');
}

function remoteWords(stderr: string): string[] {
  return meaningfulLines(stderr)
    .flatMap((line) => (line.startsWith('remote:') ? [line.slice('remote:'.length).trim()] : []))
    .filter((line) => line !== '');
}
