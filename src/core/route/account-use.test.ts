import { describe, expect, it } from 'vitest';
import type { Account } from './account.ts';
import { accountUse } from './account-use.ts';
import type { AgentFacts } from './route.ts';

const agent = (name: string, providers: AgentFacts['providers'], installed = true): AgentFacts & { installed: boolean } => ({
  ...{ name, rank: 1, providers, subscriptions: name === 'one' ? ['acme'] : [], installed },
  ...{ takesTurns: true, memory: 1 },
});
const key: Account = {
  ...{ name: 'mine', provider: 'acme', billing: 'token', agents: null, shared: false },
  secret: { kind: 'env', names: ['ACME_KEY'] },
};
const plan: Account = { ...key, billing: 'subscription' };
const tiers = { big: 'acme/large', small: 'acme/little', other: 'else/one' };
const [one, two] = [agent('one', ['acme']), agent('two', 'any')];

describe('what becomes of an account', () => {
  const cases: readonly [
    account: Account,
    given: Partial<Parameters<typeof accountUse>[0]>,
    words: string,
    advice: string | RegExp | null,
  ][] = [
    [key, {}, 'used by one or two for big, small', null],
    [key, { defaultModel: 'acme/own' }, 'used by one or two for big, small, acme/own', null],
    [plan, {}, 'used by one for big, small', null],
    [plan, { preferSubscription: false }, 'not used: the settings exclude subscriptions', /SUPERVISOR_PREFER_OAUTH/],
    [{ ...key, agents: ['two'] }, {}, 'used by two for big, small', null],
    [{ ...key, agents: ['three'] }, {}, 'not used: no agent may use it for acme', null],
    [{ ...key, provider: 'cloud' }, { agents: [one] }, 'not used: no agent may use it for cloud', null],
    [key, { agents: [agent('one', ['acme'], false)] }, 'not used: one is not installed', null],
    [key, { agents: [agent('one', ['acme'], false), agent('two', 'any', false)] }, 'not used: one and two are not installed', null],
    [
      { ...key, provider: 'cloud' },
      {},
      'used by two only for tasks that ask for a model of cloud, because no tier names one of them',
      'name its models in models.tiers, such as opus: cloud/MODEL',
    ],
  ];
  it.each(cases)('%j with %j', (account, given, words, advice) => {
    const told = accountUse({ account, agents: [one, two], tiers, defaultModel: 'big', preferSubscription: true, ...given });
    expect(told.words).toBe(words);
    if (advice instanceof RegExp) expect(told.advice).toMatch(advice);
    else expect(told.advice).toBe(advice);
  });
});
