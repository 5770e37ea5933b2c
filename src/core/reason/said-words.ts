// The texts of the reasons for which attempts end.
import { toUsd } from '../money/usd.ts';
import { missingText } from '../security/delivery-environment.ts';
import { minute, second, type Duration } from '../time.ts';
import type { CommandEnd, Said, SaidFacts } from './said.ts';
import type { MicroUsd } from '../transcript/transcript.ts';
import { worded, type Words } from './worded.ts';

const words: Words<SaidFacts> = {
  words: ({ text }) => text,
  commits: ({ count }) => `${count} commit${count === 1 ? '' : 's'} on the branch`,
  'delivered-again': () => 'the work of the earlier attempt, delivered again',
  'no-commit': ({ changed }) => `the agent ended without an error, but there is no commit (${changesText(changed)})`,
  'tools-denied': ({ tools }) => `there is no commit, and the agent was denied ${tools.join(', ')}`,
  'servers-missing': ({ names }) => `without ${names.length === 1 ? 'the MCP server' : 'the MCP servers'} ${names.join(', ')}`,
  cancelled: () => 'cancelled by a person',
  'cancelled-in-push': ({ said, branch, remote }) =>
    `${saidText(said)} while ${branch} was being pushed to ${remote}, where it may have arrived`,
  'issue-closed': ({ number, by }) => `cancelled, because ${by ?? 'somebody'} closed its issue #${number}`,
  stopped: () => 'stopped by a person',
  attached: () => 'a person attached to its session',
  silent: ({ time }) => `no output for ${timeText(time)}`,
  'still-running': ({ time }) => `still running after ${timeText(time)}`,
  'too-much-output': ({ bytes }) => `wrote more than ${bytes / 2 ** 20} MiB of output`,
  'too-many-compactions': ({ times }) => `made its conversation shorter ${times} times and did nothing in between`,
  'too-many-steps': ({ steps, limit }) => `took ${steps} steps of ${limit}`,
  'too-expensive': ({ spent, limit }) => `spent ${moneyText(spent)} of ${moneyText(limit)}`,
  'retry-too-late': ({ text, wait }) => `${text} (the agent would wait ${timeText(wait)})`,
  'retry-too-often': ({ text, times }) => `${text} (${times} times)`,
  ended: ({ said, sign }) => `${saidText(said)}; ${saidText(sign)}`,
  'last-words': ({ text }) => `its last words: "${text}"`,
  'last-call': ({ text }) => `its last call: ${text}`,
  'last-error': ({ text }) => `its last error: ${text}`,
  'not-started': () => 'stopped before the worker was started',
  'preparation-cut': () => 'its preparation was cut short before the worker was started',
  'no-adapter': ({ agent }) => `no adapter for the agent ${agent}`,
  'role-unusable': ({ problem }) => problem,
  'servers-unusable': ({ problem }) => problem,
  'setup-failed': ({ command, end, output, absent }) => {
    const lacks = missingText({ key: 'env', names: absent });
    return `\`${command}\` ${endText(end)}: ${output}${lacks === null ? '' : ` (${lacks})`}`;
  },
  'no-checkout': () => 'the task has no checkout',
  'other-branch': ({ worktree, branch }) => `${worktree} is no longer on the branch ${branch}`,
  untrusted: withHint,
  'check-failed': ({ command, end }) => `\`${command}\` ${endText(end)}`,
  'hook-failed': ({ end }) => `the pre-push hook ${endText(end)}`,
  'submodules-missing': ({ links }) => `commits of submodules cannot be fetched: ${linksText(links)}`,
  'submodules-unasked': ({ links }) => `the remotes of submodules could not be asked: ${linksText(links)}`,
  interrupted: ({ message }) => message,
  fault: withHint,
};

export function saidText(said: Said): string {
  return worded(words, said);
}

/** `paths`: some of the paths with uncommitted changes. */
export function changesText(paths: readonly string[]): string {
  return paths.length === 0 ? 'nothing was changed' : `uncommitted changes to ${paths.join(', ')}`;
}

export function timeText(time: Duration): string {
  return time < 2 * minute ? `${Math.round(time / second)} s` : `${Math.round(time / minute)} min`;
}

export function moneyText(amount: MicroUsd): string {
  return `$${toUsd(amount).toFixed(4)}`;
}

function withHint({ message, hint }: { readonly message: string; readonly hint: string }): string {
  return `${message} (${hint})`;
}

function endText(end: CommandEnd): string {
  return 'timeout' in end ? `did not end within ${end.timeout / minute} min` : `exited with ${end.exit}`;
}

function linksText(links: SaidFacts['submodules-missing']['links']): string {
  return links.map(({ path, commit, why }) => `${path} at ${commit.slice(0, 12)}: ${why}`).join('; ');
}
