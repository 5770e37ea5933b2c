import { describe, expect, it } from 'vitest';
import type { Account } from './account.ts';
import type { Budgeted } from '../money/budget.ts';
import type { PlaceFacts } from './place.ts';
import { mayUse, type RouteFacts } from './route.ts';
import { account, agent, first, foreign, free, key, last, narrow, not, plan, routed, spent, unproved, wide } from './route.samples.ts';
import { samplePlace } from '../core.samples.ts';

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
  const gone = 'not there now, as it was before: it is waited for';

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
      'not yet key: narrow has a plan',
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
    expect(routed({ preferSubscription: false }).reasons).toContain('not plan by narrow: plans are not wanted (SUPERVISOR_PREFER_OAUTH)');
    expect(routed({ accounts: [{ ...plan, use: () => not(5) }, key] })).toMatchObject(expected);
    expect(routed({ accounts: [{ ...plan, agents: ['wide'] }, key] })).toMatchObject(expected);
    expect(routed({ agents: [{ ...narrow, installed: false }, wide] })).toMatchObject(expected);
  });

  it('without the first agent the second uses the key, and says why', () => {
    const route = routed({ agents: [{ ...wide, installed: false }, narrow], accounts: [key] });
    expect(route).toMatchObject({ agent: 'narrow', account: 'key', billing: 'token' });
    expect(route.reasons).toContain('not wide: not installed');
    expect(route).toMatchObject({ warning: 'narrow takes the key, because wide is not installed' });
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
    // The rank of the agents goes before it.
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

describe('a plan whose sign-in is not proved', () => {
  const untried = { ...plan, use: () => unproved(null) };

  it('is tried before anything is decided, also when a key is there', () => {
    expect(routed({ accounts: [key, untried] })).toEqual({
      tried: 'plan',
      agent: 'narrow',
      model: 'acme/big',
      reasons: ['model acme/big: tier best, models.default', 'plan by narrow is tried first: not tried yet'],
    });
  });

  it('is not tried where it could not be used: not wanted, avoided, of another agent, or of a provider that is down', () => {
    const accounts = [key, untried];
    const expected = { account: 'key', agent: 'wide' };
    expect(routed({ accounts, preferSubscription: false })).toMatchObject(expected);
    expect(routed({ accounts, avoid: [{ agent: 'narrow', account: 'plan', failure: 'auth' }] })).toMatchObject(expected);
    expect(routed({ accounts, forced: [{ agent: 'wide', by: 'me' }] })).toMatchObject(expected);
    expect(routed({ accounts, held: () => 7 })).toMatchObject({ refused: 'provider-down', until: 7 });
  });

  it('is not tried while an earlier one can be used', () => {
    expect(routed({ accounts: [plan, { ...untried, name: 'later' }] })).toMatchObject({ account: 'plan' });
    // One that is nearly used up is the last choice: what stands behind it is tried.
    expect(
      routed({
        accounts: [
          { ...plan, use: () => last },
          { ...untried, name: 'later' },
        ],
      }),
    ).toMatchObject({ tried: 'later' });
  });

  it('of which a trial lately told nothing is left until the next, and a key pays', () => {
    const lately = { ...plan, use: () => unproved(60) };
    expect(routed({ accounts: [lately, key] })).toMatchObject({ account: 'key' });
    expect(routed({ accounts: [lately, key] }).reasons).toContain('not plan by narrow: not tried yet');
    expect(routed({ accounts: [lately] })).toMatchObject({ refused: 'no-account', until: 60 });
  });
});

describe('a provider that fails task after task', () => {
  it('is refused until it may be tried again, whatever accounts there are', () => {
    const held = (provider: string): number | null => (provider === 'acme' ? 500 : null);
    for (const accounts of [[key, plan], []])
      expect(routed({ held, accounts })).toEqual({
        refused: 'provider-down',
        until: 500,
        model: 'acme/big',
        reasons: ['model acme/big: tier best, models.default', 'the provider acme has failed several tasks within minutes'],
      });
    expect(routed({ held, models: [{ model: 'other/x', by: 'me' }] })).toMatchObject({ account: 'foreign' });
  });

  it('what only a person can mend is told first', () => {
    const held = (): number => 500;
    expect(routed({ held, agents: [] })).toMatchObject({ refused: 'no-agent' });
    expect(routed({ held, models: [{ model: 'nothing', by: 'me' }] })).toMatchObject({ refused: 'unknown-model' });
    expect(routed({ held, forced: [{ agent: 'narrow', by: 'me' }], models: [{ model: 'other/x', by: 'me' }] })).toMatchObject({
      refused: 'provider-not-served',
    });
  });
});

describe('a chain', () => {
  const rests = (model: string): number | null => (model === 'acme/big' ? 70 : null);
  const chain = ['acme/big', 'acme/small', 'quick'];

  it('serves while its first is overloaded, in its order', () => {
    expect(routed({ chain })).toMatchObject({ model: 'acme/big' });
    expect(routed({ chain, rests })).toMatchObject({
      model: 'acme/small',
      account: 'plan',
      reasons: expect.arrayContaining(['not acme/big: it could not serve this task of late', 'model acme/small: next in the chain']),
    });
    expect(routed({ chain, held: (provider) => (provider === 'acme' ? 90 : null) })).toMatchObject({
      model: 'other/small',
      account: 'foreign',
    });
  });

  it('waits for the first that may serve again', () => {
    const all = (model: string): number => ({ 'acme/big': 70, 'acme/small': 60 })[model] ?? 80;
    expect(routed({ chain, rests: all })).toMatchObject({ refused: 'models-overloaded', model: 'acme/big', until: 60 });
    expect(routed({ chain: [], rests })).toMatchObject({ refused: 'models-overloaded', until: 70 });
    // One that cannot be had is no help, and no hindrance.
    expect(routed({ chain: ['nobody/x'], rests })).toMatchObject({ refused: 'models-overloaded', until: 70 });
  });

  it('is paid for nothing but an overload', () => {
    expect(routed({ chain, accounts: [account('key', not(50)), foreign] })).toMatchObject({
      refused: 'no-account',
      model: 'acme/big',
      until: 50,
    });
  });

  it('with a word that is none is refused before it is needed', () => {
    expect(routed({ chain: ['quick', 'best of all'] })).toMatchObject({
      refused: 'unknown-model',
      reasons: ['"best of all" (models.chain) is neither provider/model nor one of the tiers best, quick'],
    });
  });
});

describe('places', () => {
  const at = (name: string, more: Partial<PlaceFacts> = {}): PlaceFacts => ({ ...samplePlace, name, host: `host of ${name}`, ...more });
  const [local, pool] = [at('local'), at('pool', { agents: ['narrow'], accounts: ['plan'] })];
  const none = (): boolean => false;

  it('are taken in the order of places.use, the first that takes agent and account', () => {
    const told = (use: string[], more: Partial<RouteFacts> = {}) => routed({ places: { use, known: [local, pool], full: none }, ...more });
    expect(told(['pool', 'local'])).toMatchObject({
      ...{ agent: 'narrow', account: 'plan', place: 'pool', host: 'host of pool' },
      reasons: expect.arrayContaining(['place pool: the first of places.use that takes it and has room']),
    });
    expect(told(['local', 'pool'])).toMatchObject({ place: 'local', host: 'host of local' });
    expect(told(['pool', 'local'], { preferSubscription: false })).toMatchObject({ account: 'key', place: 'local' });
    expect(told(['pool', 'local'], { forced: [{ agent: 'wide', by: 'me' }] })).toMatchObject({ agent: 'wide', place: 'local' });
  });

  it('that are full are passed over, and are waited for where no other one takes the worker', () => {
    const told = (full: string[], more: Partial<RouteFacts> = {}) =>
      routed({ places: { use: ['pool', 'local'], known: [local, pool], full: ({ place }) => full.includes(place.name) }, ...more });
    expect(told(['pool'])).toMatchObject({
      ...{ agent: 'narrow', account: 'plan', place: 'local', host: 'host of local' },
      reasons: expect.arrayContaining(['place local: the first of places.use that takes it and has room']),
    });
    expect(told(['pool', 'local'])).toMatchObject({
      place: 'pool',
      reasons: expect.arrayContaining(['place pool: the first of places.use that takes it, and every one that does is full']),
    });
  });

  it('that take neither keep agent and account out, before anything is tried', () => {
    const places = { use: ['pool'], known: [local, pool], full: none };
    const accounts = [key, account('other', unproved(null), { billing: 'subscription' }), plan];
    expect(routed({ places, accounts })).toMatchObject({
      ...{ agent: 'narrow', account: 'plan', place: 'pool' },
      reasons: expect.arrayContaining(['not other by narrow: no place of places.use (pool) takes it']),
    });
    expect(routed({ places, accounts: [key] })).toEqual({
      refused: 'no-place',
      until: null,
      model: 'acme/big',
      reasons: [
        'model acme/big: tier best, models.default',
        'not key by wide: no place of places.use (pool) takes it',
        'not key by narrow: no place of places.use (pool) takes it',
      ],
    });
  });

  it('that nobody knows are refused before anything else is decided', () => {
    expect(routed({ places: { use: ['local', 'moon'], known: [local, pool], full: none } })).toEqual({
      refused: 'no-place',
      until: null,
      model: null,
      reasons: ['place "moon" (places.use) is not one of local, pool'],
    });
  });
});

describe('budgets', () => {
  const stop = (until: number | null): Budgeted => ({ level: 'stop', use: spent, until });
  const degrade: Budgeted = { level: 'degrade', use: spent, until: null };

  it('that are spent keep an account out, and what is left pays', () => {
    expect(routed({ budget: ({ name }) => (name === 'plan' ? stop(null) : free) })).toMatchObject({
      account: 'key',
      reasons: expect.arrayContaining(['not plan by narrow: the budget of the day: $4.80 of $5.00 is spent (96 %)']),
    });
  });

  it('refuse where nothing is left, until the earliest time at which time helps', () => {
    expect(routed({ budget: () => stop(null) })).toMatchObject({ refused: 'budget', until: null });
    expect(routed({ budget: ({ name }) => stop(name === 'key' ? 70 : null) })).toMatchObject({ refused: 'budget', until: 70 });
  });

  it('of which most is spent take the cheaper model, where the account can be used with it', () => {
    expect(routed({ budget: () => degrade, cheaper: 'acme/small' })).toMatchObject({
      model: 'acme/small',
      reasons: expect.arrayContaining(['model acme/small: the budget of the day: $4.80 of $5.00 is spent (96 %)']),
    });
    for (const more of [
      { cheaper: null },
      { cheaper: 'other/small' },
      { cheaper: 'acme/small', accounts: [{ ...key, use: (model: string) => (model === 'acme/small' ? not(9) : first) }] },
    ])
      expect(routed({ budget: () => degrade, ...more })).toMatchObject({ model: 'acme/big' });
  });
});
