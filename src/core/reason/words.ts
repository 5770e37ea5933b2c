// The texts of reasons. A code without its text does not compile.
import { pullStandingWords } from '../delivery/pull-standing-words.ts';
import { describeUse } from '../money/budget-use.ts';
import type { ConditionReason, ConditionReasonFacts } from './condition-reason.ts';
import type { RouteReason, RouteReasonFacts } from './route-reason.ts';
import { saidText } from './said-words.ts';
import type { FailureEnd, TaskReason, TaskReasonFacts } from './task-reason.ts';
import { worded, type Words } from './worded.ts';

const taskWords: Words<TaskReasonFacts> = {
  added: () => 'added',
  'not-taken-in': () => 'its line in TODO.md was not imported yet',
  scheduled: ({ cron }) => `scheduled: ${cron}`,
  retried: () => 'retried by a person',
  reset: () => 'reset by a person',
  ticked: () => 'ticked by hand in TODO.md',
  declined: () => 'declined in TODO.md',
  'issue-opened': ({ number, by }) => `${by ?? 'somebody'} opened its issue #${number} again`,
  unticked: () => 'unticked by hand in TODO.md',
  'account-back': ({ account, by }) => `the account ${account} ${by}`,
  'route-found': ({ route }) => `there is a route for it again: ${routeText(route)}`,
  dispatched: ({ route }) => routeText(route),
  arrived: ({ evidence }) => evidence,
  finished: ({ evidence }) => evidence ?? 'delivered',
  'no-change': ({ said }) => saidText(said),
  cancelled: ({ said }) => saidText(said),
  failure: ({ kind, said, end }) => `${kind}: ${saidText(said)}${end === null ? '' : endText(end)}`,
  'no-route': ({ refused, route, after }) => {
    const before = after === null ? '' : `${after.kind}: ${saidText(after.said)}; `;
    return `${before}${refused}: ${routeText(route)}`;
  },
  'unknown-servers': ({ problem }) => `unknown-mcp: ${problem}`,
  fault: ({ code, message, hint }) => `${code}: ${message} (${hint})`,
  pull: ({ number, why }) => pullStandingWords(why, { task: '', number, needsPerson: true, wish: null }).text,
  'not-opened': ({ message }) => `no pull request can be opened for its work: ${message}`,
  legacy: ({ text }) => text,
};

const routeWords: Words<RouteReasonFacts> = {
  'repository-untrusted': ({ message, hint }) => `${message} (${hint})`,
  'role-unusable': ({ problem }) => problem,
  'agent-forced': ({ agent, by }) => `agent ${agent}: forced by ${by}`,
  'agent-unknown': ({ agent, by, known }) => `agent "${agent}" (${by}) is not one of ${known.join(', ')}`,
  'agent-not-there': ({ agent, by, awaited }) => {
    const missing = awaited ? 'missing now, but it was installed before, so it is waited for' : 'not installed';
    return by === null ? `not ${agent}: ${missing}` : `agent ${agent} (${by}) is ${missing}`;
  },
  'agent-serves-others': ({ agent, forced, provider }) =>
    forced ? `agent ${agent} does not serve the provider ${provider}` : `not ${agent}: it does not serve the provider ${provider}`,
  'place-unknown': ({ place, known }) => `place "${place}" (places.use) is not one of ${known.join(', ')}`,
  'place-chosen': ({ place, hasRoom }) =>
    `place ${place}: the first in places.use that can run it${hasRoom ? ' and has room' : ', and every one that can is full'}`,
  'place-missing': ({ account, agent, use }) => `not ${account} by ${agent}: no place of places.use (${use.join(', ')}) can run it`,
  'model-not-named': () => 'no model was asked for',
  'model-unknown': ({ word, by, tiers }) => `"${word}" (${by}) is neither provider/model nor one of the tiers ${tiers.join(', ')}`,
  'model-chosen': ({ model, by, tier }) => (tier === null ? `model ${model}: ${by}` : `model ${model}: tier ${tier}, ${by}`),
  'model-next': ({ model }) => `model ${model}: next in the chain`,
  'model-rests': ({ model }) => `not ${model}: it could not serve this task recently`,
  'model-cheaper': ({ model, budget }) => `model ${model}: ${describeUse(budget)}`,
  'provider-failing': ({ provider }) => `the provider ${provider} has failed several tasks within minutes`,
  'account-missing': ({ provider, agents }) => `there is no account for the provider ${provider} that ${agents.join(' or ')} may use`,
  'account-chosen': ({ account, agent, billing }) =>
    `agent ${agent} on ${account}, ${billing === 'subscription' ? 'a plan' : 'paid by the token'}`,
  'account-failed': ({ account, agent, failure }) => `not ${account} by ${agent}: it failed with ${failure}`,
  'account-tried-first': ({ account, agent, why }) => `${account} by ${agent} is tried first: ${conditionText(why)}`,
  'account-unusable': ({ account, agent, why }) => `not ${account} by ${agent}: ${conditionText(why)}`,
  'account-last-choice': ({ account, agent, why }) => `${account} by ${agent} only as the last choice: ${conditionText(why)}`,
  'account-over-budget': ({ account, agent, budget }) => `not ${account} by ${agent}: ${describeUse(budget)}`,
  'account-waits-for-plan': ({ account, agent }) => `not ${account} yet: ${agent} has a plan, which is used first`,
  'plans-not-wanted': ({ account, agent }) => `not ${account} by ${agent}: plans are switched off (SUPERVISOR_PREFER_OAUTH)`,
  legacy: ({ text }) => text,
};

const conditionWords: Words<ConditionReasonFacts> = {
  attempt: ({ kind, said }) => `${kind}: ${saidText(said)}`,
  person: ({ text }) => text ?? 'paused by a person',
  'trial-succeeded': () => 'its trial succeeded',
  'trial-limited': ({ said }) => saidText(said),
  'trial-timed-out': () => 'unknown: timed out',
  'trial-failed': ({ kind, said }) => `${kind ?? 'unknown'}: ${saidText(said)}`,
  'trial-billed': ({ billing, planned }) => `it was billed by ${billing}, not ${planned}`,
  'trial-hindered': ({ message }) => message,
  'no-account': ({ account }) => `there is no account ${account}`,
  'not-tried': () => 'its sign-in was never tried',
  'not-tried-lately': () => 'its sign-in was not tried recently',
  'window-used': ({ window, percent }) => `${percent} % of its ${window} limit is used`,
  legacy: ({ text }) => text,
};

export function conditionText(reason: ConditionReason): string {
  return worded(conditionWords, reason);
}

export function textOf(reason: TaskReason): string {
  return worded(taskWords, reason);
}

/** One text for each step, in the order of the steps. */
export function routeTexts(route: readonly RouteReason[]): readonly string[] {
  return route.map((step) => worded(routeWords, step));
}

export function routeText(route: readonly RouteReason[]): string {
  return routeTexts(route).join('; ');
}

function endText(end: FailureEnd): string {
  if ('times' in end) return ` (${end.times} times)`;
  return ` (after ${end.retries} ${end.retries === 1 ? 'retry' : 'retries'})`;
}
