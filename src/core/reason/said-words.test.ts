import { expect, test } from 'vitest';
import { hour, minute, second } from '../time.ts';
import { inWords, type Said } from './said.ts';
import { saidText } from './said-words.ts';

const links = [
  { path: 'lib', commit: '0123456789abcdef', why: 'its remote does not have it' },
  { path: 'docs', commit: 'fedcba9876543210', why: 'its remote does not answer' },
];
const linked = 'lib at 0123456789ab: its remote does not have it; docs at fedcba987654: its remote does not answer';
const stopped: Said = { code: 'silent', facts: { time: 10 * minute } };
const setUp = { command: 'npm ci', end: { exit: 1 }, output: 'no network', absent: [] };

/** Each with the text that older versions stored for it. */
const all: readonly (readonly [Said, string])[] = [
  [inWords('HTTP 401'), 'HTTP 401'],
  [{ code: 'commits', facts: { count: 1 } }, '1 commit on the branch'],
  [{ code: 'commits', facts: { count: 2 } }, '2 commits on the branch'],
  [{ code: 'delivered-again', facts: {} }, 'the work of the earlier attempt, delivered again'],
  [{ code: 'no-commit', facts: { changed: [] } }, 'the agent ended without an error, but there is no commit (nothing was changed)'],
  [
    { code: 'no-commit', facts: { changed: ['a', 'b'] } },
    'the agent ended without an error, but there is no commit (uncommitted changes to a, b)',
  ],
  [{ code: 'tools-denied', facts: { tools: ['Bash', 'Edit'] } }, 'there is no commit, and the agent was denied Bash, Edit'],
  [{ code: 'servers-missing', facts: { names: ['docs'] } }, 'without the MCP server docs'],
  [{ code: 'servers-missing', facts: { names: ['docs', 'far'] } }, 'without the MCP servers docs, far'],
  [{ code: 'cancelled', facts: {} }, 'cancelled by a person'],
  [
    { code: 'cancelled-in-push', facts: { said: { code: 'cancelled', facts: {} }, branch: 'yard/t1', remote: 'origin' } },
    'cancelled by a person while yard/t1 was being pushed to origin, where it may have arrived',
  ],
  [{ code: 'issue-closed', facts: { number: 7, by: 'ann' } }, 'cancelled, because ann closed its issue #7'],
  [{ code: 'issue-closed', facts: { number: 7, by: null } }, 'cancelled, because somebody closed its issue #7'],
  [{ code: 'stopped', facts: {} }, 'stopped by a person'],
  [{ code: 'attached', facts: {} }, 'a person attached to its session'],
  [stopped, 'no output for 10 min'],
  [{ code: 'silent', facts: { time: 119 * second } }, 'no output for 119 s'],
  [{ code: 'still-running', facts: { time: 4 * hour } }, 'still running after 240 min'],
  [{ code: 'too-much-output', facts: { bytes: 2 ** 31 } }, 'wrote more than 2048 MiB of output'],
  [{ code: 'too-many-compactions', facts: { times: 3 } }, 'made its conversation shorter 3 times and did nothing in between'],
  [{ code: 'too-many-steps', facts: { steps: 201, limit: 200 } }, 'took 201 steps of 200'],
  [{ code: 'too-expensive', facts: { spent: 1_500_000, limit: 1_000_000 } }, 'spent $1.5000 of $1.0000'],
  [{ code: 'retry-too-late', facts: { text: 'limit', wait: hour } }, 'limit (the agent would wait 60 min)'],
  [{ code: 'retry-too-often', facts: { text: '401', times: 4 } }, '401 (4 times)'],
  [
    { code: 'ended', facts: { said: stopped, sign: { code: 'last-words', facts: { text: 'I am testing' } } } },
    'no output for 10 min; its last words: "I am testing"',
  ],
  [{ code: 'last-call', facts: { text: 'Bash ls' } }, 'its last call: Bash ls'],
  [{ code: 'last-error', facts: { text: 'no route' } }, 'its last error: no route'],
  [{ code: 'not-started', facts: {} }, 'stopped before the worker was started'],
  [{ code: 'preparation-cut', facts: {} }, 'its preparation was cut short before the worker was started'],
  [{ code: 'no-adapter', facts: { agent: 'gone' } }, 'no adapter for the agent gone'],
  [{ code: 'role-unusable', facts: { problem: 'there is no role x' } }, 'there is no role x'],
  [{ code: 'servers-unusable', facts: { problem: 'there is no server x' } }, 'there is no server x'],
  [{ code: 'setup-failed', facts: setUp }, '`npm ci` exited with 1: no network'],
  [{ code: 'setup-failed', facts: { ...setUp, end: { timeout: 20 * minute } } }, '`npm ci` did not end within 20 min: no network'],
  [
    { code: 'setup-failed', facts: { ...setUp, absent: ['A', 'B'] } },
    '`npm ci` exited with 1: no network (delivery.env names A, B, which is not set in the environment)',
  ],
  [{ code: 'no-checkout', facts: {} }, 'the task has no checkout'],
  [{ code: 'other-branch', facts: { worktree: '/w', branch: 'yard/t1' } }, '/w is no longer on the branch yard/t1'],
  [{ code: 'untrusted', facts: { message: 'keys need your trust', hint: 'trust them' } }, 'keys need your trust (trust them)'],
  [{ code: 'check-failed', facts: { command: 'npm test', end: { exit: 1 } } }, '`npm test` exited with 1'],
  [{ code: 'check-failed', facts: { command: 'npm test', end: { exit: null } } }, '`npm test` exited with null'],
  [{ code: 'check-failed', facts: { command: 'npm test', end: { timeout: 20 * minute } } }, '`npm test` did not end within 20 min'],
  [{ code: 'hook-failed', facts: { end: { exit: 1 } } }, 'the pre-push hook exited with 1'],
  [{ code: 'submodules-missing', facts: { links } }, `commits of submodules cannot be fetched: ${linked}`],
  [{ code: 'submodules-unasked', facts: { links } }, `the remotes of submodules could not be asked: ${linked}`],
  [{ code: 'interrupted', facts: { code: 'stopped', message: 'stopped during the checks' } }, 'stopped during the checks'],
  [{ code: 'fault', facts: { code: 'disk-full', message: 'no room', hint: 'free space' } }, 'no room (free space)'],
];

test.each(all)('%j', (said, text) => {
  expect(saidText(said)).toBe(text);
});
