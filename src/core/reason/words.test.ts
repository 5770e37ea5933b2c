import { expect, test } from 'vitest';
import { spent } from '../route/route.samples.ts';
import type { RouteReason } from './route-reason.ts';
import type { TaskReason } from './task-reason.ts';
import { conditionText, routeText, routeTexts, textOf } from './words.ts';
import { sampleCondition } from '../core.samples.ts';
import { inWords } from './said.ts';
import type { ConditionReason } from './condition-reason.ts';

const pair = { account: 'key', agent: 'ours' };
const route: readonly RouteReason[] = [
  { code: 'model-chosen', facts: { model: 'a/b', by: '--model', tier: null } },
  { code: 'account-chosen', facts: { ...pair, billing: 'token' } },
];
const routed = 'model a/b: --model; agent ours on key, paid by the token';

const tasks: readonly (readonly [TaskReason, string])[] = [
  [{ code: 'added', facts: {} }, 'added'],
  [{ code: 'not-taken-in', facts: {} }, 'its line in TODO.md was not imported yet'],
  [{ code: 'scheduled', facts: { cron: '0 8 * * *' } }, 'scheduled: 0 8 * * *'],
  [{ code: 'retried', facts: {} }, 'retried by a person'],
  [{ code: 'reset', facts: {} }, 'reset by a person'],
  [{ code: 'ticked', facts: {} }, 'ticked by hand in TODO.md'],
  [{ code: 'declined', facts: {} }, 'declined in TODO.md'],
  [{ code: 'issue-opened', facts: { number: 7, by: 'ann' } }, 'ann opened its issue #7 again'],
  [{ code: 'issue-opened', facts: { number: 7, by: null } }, 'somebody opened its issue #7 again'],
  [{ code: 'unticked', facts: {} }, 'unticked by hand in TODO.md'],
  [{ code: 'account-back', facts: { account: 'key', by: 'was resumed by a person' } }, 'the account key was resumed by a person'],
  [{ code: 'route-found', facts: { route } }, `there is a route for it again: ${routed}`],
  [{ code: 'dispatched', facts: { route } }, routed],
  [{ code: 'arrived', facts: { evidence: 'branch b at c' } }, 'branch b at c'],
  [{ code: 'finished', facts: { evidence: 'branch b at c' } }, 'branch b at c'],
  [{ code: 'finished', facts: { evidence: null } }, 'delivered'],
  [{ code: 'no-change', facts: { said: inWords('No change needed.') } }, 'No change needed.'],
  [{ code: 'cancelled', facts: { said: inWords('cancelled by a person') } }, 'cancelled by a person'],
  [{ code: 'failure', facts: { kind: 'setup', said: inWords('exit 1'), end: null } }, 'setup: exit 1'],
  [{ code: 'failure', facts: { kind: 'crashed', said: inWords('exit 1'), end: { times: 2 } } }, 'crashed: exit 1 (2 times)'],
  [{ code: 'failure', facts: { kind: 'crashed', said: inWords('exit 1'), end: { retries: 1 } } }, 'crashed: exit 1 (after 1 retry)'],
  [{ code: 'failure', facts: { kind: 'crashed', said: inWords('exit 1'), end: { retries: 3 } } }, 'crashed: exit 1 (after 3 retries)'],
  [{ code: 'no-route', facts: { refused: 'no-agent', route, after: null } }, `no-agent: ${routed}`],
  [
    { code: 'no-route', facts: { refused: 'no-agent', route, after: { kind: 'auth', said: inWords('HTTP 401') } } },
    `auth: HTTP 401; no-agent: ${routed}`,
  ],
  [{ code: 'unknown-servers', facts: { problem: 'there is no server db' } }, 'unknown-mcp: there is no server db'],
  [{ code: 'fault', facts: { code: 'disk-full', message: 'no room', hint: 'free space' } }, 'disk-full: no room (free space)'],
  [{ code: 'pull', facts: { number: 7, why: { code: 'closed', facts: { by: 'ada' } } } }, '#7 was closed without being merged by ada'],
  [
    { code: 'not-opened', facts: { message: 'its branch is gone', hint: 'push it' } },
    'no pull request can be opened for its work: its branch is gone',
  ],
  [{ code: 'legacy', facts: { text: 'as it was' } }, 'as it was'],
];

test.each(tasks)('of a task: %j', (reason, text) => {
  expect(textOf(reason)).toBe(text);
});

const steps: readonly (readonly [RouteReason, string])[] = [
  [{ code: 'repository-untrusted', facts: { message: 'not trusted', hint: 'trust it' } }, 'not trusted (trust it)'],
  [{ code: 'role-unusable', facts: { problem: 'there is no role x' } }, 'there is no role x'],
  [{ code: 'agent-forced', facts: { agent: 'ours', by: '--agent' } }, 'agent ours: forced by --agent'],
  [{ code: 'agent-unknown', facts: { agent: 'x', by: '--agent', known: ['a', 'b'] } }, 'agent "x" (--agent) is not one of a, b'],
  [{ code: 'agent-not-there', facts: { agent: 'ours', by: '--agent', awaited: false } }, 'agent ours (--agent) is not installed'],
  [
    { code: 'agent-not-there', facts: { agent: 'ours', by: null, awaited: true } },
    'not ours: missing now, but it was installed before, so it is waited for',
  ],
  [{ code: 'agent-serves-others', facts: { agent: 'ours', forced: true, provider: 'p' } }, 'agent ours does not serve the provider p'],
  [{ code: 'agent-serves-others', facts: { agent: 'ours', forced: false, provider: 'p' } }, 'not ours: it does not serve the provider p'],
  [{ code: 'place-unknown', facts: { place: 'moon', known: ['local'] } }, 'place "moon" (places.use) is not one of local'],
  [{ code: 'place-chosen', facts: { place: 'local', hasRoom: true } }, 'place local: the first in places.use that can run it and has room'],
  [
    { code: 'place-chosen', facts: { place: 'local', hasRoom: false } },
    'place local: the first in places.use that can run it, and every one that can is full',
  ],
  [{ code: 'place-missing', facts: { ...pair, use: ['a', 'b'] } }, 'not key by ours: no place of places.use (a, b) can run it'],
  [{ code: 'model-not-named', facts: {} }, 'no model was asked for'],
  [
    { code: 'model-unknown', facts: { word: 'x', by: '--model', tiers: ['best', 'quick'] } },
    '"x" (--model) is neither provider/model nor one of the tiers best, quick',
  ],
  [{ code: 'model-chosen', facts: { model: 'a/b', by: '--model', tier: 'best' } }, 'model a/b: tier best, --model'],
  [{ code: 'model-next', facts: { model: 'a/b' } }, 'model a/b: next in the chain'],
  [{ code: 'model-rests', facts: { model: 'a/b' } }, 'not a/b: it could not serve this task recently'],
  [{ code: 'model-cheaper', facts: { model: 'a/b', budget: spent } }, 'model a/b: the budget of the day: $4.80 of $5.00 is spent (96 %)'],
  [{ code: 'provider-failing', facts: { provider: 'p' } }, 'the provider p has failed several tasks within minutes'],
  [{ code: 'account-missing', facts: { provider: 'p', agents: ['a', 'b'] } }, 'there is no account for the provider p that a or b may use'],
  [{ code: 'account-chosen', facts: { ...pair, billing: 'subscription' } }, 'agent ours on key, a plan'],
  [{ code: 'account-failed', facts: { ...pair, failure: 'auth' } }, 'not key by ours: it failed with auth'],
  [{ code: 'account-tried-first', facts: { ...pair, why: sampleCondition('not tried yet') } }, 'key by ours is tried first: not tried yet'],
  [{ code: 'account-unusable', facts: { ...pair, why: sampleCondition('it rests') } }, 'not key by ours: it rests'],
  [
    { code: 'account-last-choice', facts: { ...pair, why: sampleCondition('95 % used') } },
    'key by ours only as the last choice: 95 % used',
  ],
  [
    { code: 'account-over-budget', facts: { ...pair, budget: spent } },
    'not key by ours: the budget of the day: $4.80 of $5.00 is spent (96 %)',
  ],
  [{ code: 'account-waits-for-plan', facts: pair }, 'not key yet: ours has a plan, which is used first'],
  [{ code: 'plans-not-wanted', facts: pair }, 'not key by ours: plans are switched off (SUPERVISOR_PREFER_OAUTH)'],
  [{ code: 'legacy', facts: { text: 'as it was' } }, 'as it was'],
];

const said = inWords('HTTP 401');
const conditions: readonly (readonly [ConditionReason, string])[] = [
  [{ code: 'attempt', facts: { kind: 'auth', said } }, 'auth: HTTP 401'],
  [{ code: 'person', facts: { text: 'saved for Friday' } }, 'saved for Friday'],
  [{ code: 'person', facts: { text: null } }, 'paused by a person'],
  [{ code: 'trial-succeeded', facts: {} }, 'its trial succeeded'],
  [{ code: 'trial-limited', facts: { said } }, 'HTTP 401'],
  [{ code: 'trial-timed-out', facts: {} }, 'unknown: timed out'],
  [{ code: 'trial-failed', facts: { kind: 'auth', said } }, 'auth: HTTP 401'],
  [{ code: 'trial-failed', facts: { kind: null, said } }, 'unknown: HTTP 401'],
  [{ code: 'trial-billed', facts: { billing: 'token', planned: 'subscription' } }, 'it was billed by token, not subscription'],
  [{ code: 'trial-hindered', facts: { message: 'the secret is missing' } }, 'the secret is missing'],
  [{ code: 'no-account', facts: { account: 'key' } }, 'there is no account key'],
  [{ code: 'not-tried', facts: {} }, 'its sign-in was never tried'],
  [{ code: 'not-tried-lately', facts: {} }, 'its sign-in was not tried recently'],
  [{ code: 'window-used', facts: { window: 'five_hour', percent: 93 } }, '93 % of its five_hour limit is used'],
  [{ code: 'legacy', facts: { text: 'as it was' } }, 'as it was'],
];

test.each(conditions)('of an account or a repository: %j', (reason, text) => {
  expect(conditionText(reason)).toBe(text);
});

test.each(steps)('of a route: %j', (step, text) => {
  expect(routeText([step])).toBe(text);
});

test('the steps of a route, one for each and as one text', () => {
  expect(routeTexts(route)).toEqual(['model a/b: --model', 'agent ours on key, paid by the token']);
  expect(routeText(route)).toBe(routed);
});
