// The decision on a route in the order of its rules: a forced agent, the model, the account, the agent that uses it.
import { describe, expect, it } from 'vitest';
import type { Account } from './account.ts';
import { mayUse, type RouteFacts } from './route.ts';
import { account, agent, first, foreign, key, last, narrow, not, plan, routed, wide } from './route.samples.ts';

describe('1: a forced agent', () => {
  it('is the narrowest wish, and takes the account that it may use', () => {
    const forced = [
      { agent: 'wide', by: 'agent: of the task' },
      { agent: 'narrow', by: 'SUPERVISOR_CLI' },
    ];
    expect(routed({ forced })).toEqual({
      agent: 'wide',
      model: 'acme/big',
      account: 'key',
      billing: 'token',
      place: 'local',
      host: 'this',
      reasons: [
        'agent wide: forced by agent: of the task',
        'model acme/big: tier best, models.default',
        'agent wide on key, paid by the token',
      ],
      warning: null,
    });
  });

  const forcing: readonly [name: string, facts: Partial<RouteFacts>, refused: string, reason: string][] = [
    ['unknown', { agents: [wide, agent('other')] }, 'unknown-agent', 'agent "narrow" (me) is not one of wide, other'],
    ['not installed', { agents: [{ ...narrow, installed: false }, wide] }, 'agent-not-installed', 'agent narrow (me) is not installed'],
    ['unable', { models: [{ model: 'other/x', by: 'b' }] }, 'provider-not-served', 'agent narrow does not serve the provider other'],
    ['sick', { avoid: [{ agent: 'narrow', account: null, failure: 'auth' }] }, 'no-account', 'not key by narrow: it failed with auth'],
  ];
  it.each(forcing)('that is %s is refused, never replaced', (_, facts, refused, reason) => {
    const route = routed({ forced: [{ agent: 'narrow', by: 'me' }], ...facts });
    expect(route).toMatchObject({ refused, until: null });
    expect(route.reasons.at(-1)).toBe(reason);
  });
});

describe('an agent that was there before and is not there now', () => {
  const missing = { installed: false, awaited: 50 };
  const gone = 'missing now, but it was installed before, so it is waited for';

  it.each<[name: string, facts: Partial<RouteFacts>, refused: string, until: number | null, reason: string]>([
    [
      'forced',
      { forced: [{ agent: 'narrow', by: 'me' }], agents: [{ ...narrow, ...missing }, wide] },
      'agent-not-installed',
      50,
      `agent narrow (me) is ${gone}`,
    ],
    ['the only one', { agents: [{ ...narrow, ...missing }] }, 'no-agent', 50, `not narrow: ${gone}`],
    [
      'the first of two to be back',
      {
        agents: [
          { ...narrow, ...missing },
          { ...wide, ...missing, awaited: 40 },
        ],
      },
      'no-agent',
      40,
      `not narrow: ${gone}`,
    ],
    [
      'the only one that may use the account',
      { accounts: [plan], agents: [{ ...narrow, ...missing }, wide] },
      'no-account',
      50,
      'there is no account for the provider acme that wide may use',
    ],
    [
      'back before the account of another one is',
      { accounts: [{ ...key, use: () => not(90) }], agents: [{ ...narrow, ...missing }, wide] },
      'no-account',
      50,
      'not key by wide: it rests',
    ],
    [
      'in a plan, where another one would spend money',
      { agents: [{ ...narrow, ...missing }, wide] },
      'no-agent',
      50,
      'not key yet: narrow has a plan, which is used first',
    ],
    [
      'of another provider only',
      { models: [{ model: 'other/x', by: 'b' }], accounts: [], agents: [{ ...narrow, ...missing }, wide] },
      'no-account',
      null,
      'there is no account for the provider other that wide may use',
    ],
  ])('is waited for: %s', (_, facts, refused, until, reason) => {
    const route = routed(facts);
    expect(route).toMatchObject({ refused, until });
    expect(route.reasons.at(-1)).toBe(reason);
  });

  it.each<[name: string, facts: Partial<RouteFacts>]>([
    ['where another one does it for as much', { accounts: [key] }],
    ['where plans are not wanted', { preferSubscription: false }],
    ['whose plan rests', { accounts: [{ ...plan, use: () => not(90) }, key] }],
  ])('is not waited for %s', (_, facts) => {
    expect(routed({ agents: [{ ...narrow, ...missing }, wide], ...facts })).toMatchObject({ agent: 'wide', account: 'key' });
  });
});

describe('2: the model', () => {
  it('is a tier or provider/model, and the strongest wish counts', () => {
    const models = [
      { model: 'other/own', by: 'SUPERVISOR_MODEL' },
      { model: 'best', by: 'models.default' },
    ];
    expect(routed({ models })).toMatchObject({ model: 'other/own', account: 'foreign', agent: 'wide' });
    expect(routed({ models }).reasons[0]).toBe('model other/own: SUPERVISOR_MODEL');
  });

  it.each(['worst', '', 'constructor', '__proto__', 'toString'])('%j is none', (model) => {
    expect(routed({ models: [{ model, by: 'model: of the task' }] })).toEqual({
      refused: 'unknown-model',
      until: null,
      model: null,
      reasons: [`"${model}" (model: of the task) is neither provider/model nor one of the tiers best, quick`],
    });
  });

  it('must be asked for', () => {
    expect(routed({ models: [] })).toEqual({
      refused: 'unknown-model',
      until: null,
      model: null,
      reasons: ['no model was asked for'],
    });
  });
});

describe('3 to 6: who is paid, and by whom it is used', () => {
  it('a plan first, through the agent that may use it', () => {
    expect(routed()).toMatchObject({ agent: 'narrow', account: 'plan', billing: 'subscription' });
    expect(routed().reasons.at(-1)).toBe('agent narrow on plan, a plan');
  });

  it('a key by the first agent where plans are not wanted, rest, or may not be used', () => {
    const expected = { agent: 'wide', account: 'key', billing: 'token' };
    expect(routed({ preferSubscription: false })).toMatchObject(expected);
    expect(routed({ preferSubscription: false }).reasons).toContain('not plan by narrow: plans are switched off (SUPERVISOR_PREFER_OAUTH)');
    expect(routed({ accounts: [{ ...plan, use: () => not(5) }, key] })).toMatchObject(expected);
    expect(routed({ accounts: [{ ...plan, agents: ['wide'] }, key] })).toMatchObject(expected);
    expect(routed({ agents: [{ ...narrow, installed: false }, wide] })).toMatchObject(expected);
  });

  it('without the first agent the second uses the key, and says why', () => {
    const route = routed({ agents: [{ ...wide, installed: false }, narrow], accounts: [key] });
    expect(route).toMatchObject({ agent: 'narrow', account: 'key', billing: 'token' });
    expect(route.reasons).toContain('not wide: not installed');
    expect(route).toMatchObject({ warning: 'narrow uses the key, because wide is not installed' });
    const agents = [{ ...wide, installed: false }, narrow];
    for (const fine of [
      { agents, accounts: [plan] },
      { agents, accounts: [key], forced: [{ agent: 'narrow', by: 'me' }] },
      { agents, accounts: [account('own', first, { agents: ['narrow'] })] },
    ])
      expect(routed(fine)).toMatchObject({ agent: 'narrow', warning: null });
  });

  it('what is nearly used up comes after all else, and before nothing', () => {
    const tired = { ...plan, use: () => last };
    expect(routed({ accounts: [tired, key] })).toMatchObject({ account: 'key' });
    expect(routed({ accounts: [tired, { ...key, use: () => not(1) }] })).toMatchObject({ account: 'plan', agent: 'narrow' });
    expect(routed({ accounts: [tired, { ...key, use: () => last }] })).toMatchObject({ account: 'plan' });
  });

  it('moves away from an account by one agent, or from an agent', () => {
    const avoid = (one: string | null) => [{ agent: 'narrow', account: one, failure: 'auth' as const }];
    expect(routed({ avoid: avoid('plan') })).toMatchObject({ agent: 'wide', account: 'key' });
    expect(routed({ avoid: avoid(null) })).toMatchObject({ agent: 'wide', account: 'key' });
    expect(routed({ avoid: avoid('key') })).toMatchObject({ agent: 'narrow', account: 'plan' });
  });

  it('nothing is refused with the earliest time at which time helps', () => {
    const resting = [account('a', not(90)), account('b', not(70)), account('c', not(null))];
    expect(routed({ accounts: resting })).toMatchObject({ refused: 'no-account', until: 70 });
    expect(routed({ accounts: [account('c', not(null))] })).toMatchObject({ refused: 'no-account', until: null });
    expect(routed({ accounts: [foreign] })).toEqual({
      refused: 'no-account',
      until: null,
      model: 'acme/big',
      reasons: ['model acme/big: tier best, models.default', 'there is no account for the provider acme that wide or narrow may use'],
    });
    expect(routed({ agents: [] })).toMatchObject({ refused: 'no-agent', until: null, model: 'acme/big' });
    expect(routed({ forced: [{ agent: 'none', by: 'me' }] })).toMatchObject({ refused: 'unknown-agent', model: null });
  });

  it('asks of an account whether it can be used with this model', () => {
    const picky = { ...key, use: (model: string) => (model === 'acme/big' ? not(5) : first) };
    expect(routed({ accounts: [picky] })).toMatchObject({ refused: 'no-account', until: 5 });
    expect(routed({ accounts: [picky], models: [{ model: 'acme/small', by: 'me' }] })).toMatchObject({ account: 'key' });
  });

  it('in the order of preference among equals, each by the first agent that may use it', () => {
    const two = [account('second', first), key];
    expect(routed({ accounts: two })).toMatchObject({ account: 'second', agent: 'wide' });
    expect(routed({ accounts: two.toReversed() })).toMatchObject({ account: 'key', agent: 'wide' });
    // The agents' rank takes precedence over the order of accounts.
    expect(routed({ accounts: [account('own', first, { agents: ['narrow'] }), key] })).toMatchObject({ account: 'key', agent: 'wide' });
  });
});

describe('an account', () => {
  const mine = (more: Partial<Account>, agent = wide, provider = 'acme'): boolean =>
    mayUse({ agent, account: account('a', first, more), provider });
  const cases: readonly [name: string, may: boolean, expected: boolean][] = [
    ['key, by any agent', mine({}), true],
    ['key of another provider', mine({ provider: 'other' }), false],
    ['key that is another agent’s', mine({ agents: ['narrow'] }), false],
    ['key that is its own', mine({ agents: ['wide'] }), true],
    ['key that is nobody’s', mine({ agents: [] }), false],
    ['plan that its terms forbid', mine({ billing: 'subscription' }), false],
    ['plan that its terms allow', mine({ billing: 'subscription' }, narrow), true],
    ['plan that it signed in to itself', mine({ billing: 'subscription', secret: { kind: 'agent', agent: 'wide' } }), true],
    ['plan that another one signed in to', mine({ billing: 'subscription', secret: { kind: 'agent', agent: 'narrow' } }), false],
    ['plan of another provider, allowed or not', mine({ billing: 'subscription', provider: 'other' }, narrow), false],
  ];
  it.each(cases)('%s: %s', (_, may, expected) => {
    expect(may).toBe(expected);
  });
});
