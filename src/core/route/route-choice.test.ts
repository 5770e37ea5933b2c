// Conditions that narrow the choice of a route: trials of subscriptions, failing providers, chains of models, places and
// budgets.
import { describe, expect, it } from 'vitest';
import type { Budgeted } from '../money/budget.ts';
import type { PlaceFacts } from './place.ts';
import type { RouteFacts } from './route.ts';
import { account, first, foreign, free, key, last, not, plan, routed, spent, unproved } from './route.samples.ts';
import { samplePlace } from '../core.samples.ts';

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
    // An account that is nearly used up is the last choice, so the one behind it is tried.
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
      reasons: expect.arrayContaining(['not acme/big: it could not serve this task recently', 'model acme/small: next in the chain']),
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
    // A model that cannot be had neither helps nor hinders.
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
      reasons: expect.arrayContaining(['place pool: the first in places.use that can run it and has room']),
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
      reasons: expect.arrayContaining(['place local: the first in places.use that can run it and has room']),
    });
    expect(told(['pool', 'local'])).toMatchObject({
      place: 'pool',
      reasons: expect.arrayContaining(['place pool: the first in places.use that can run it, and every one that can is full']),
    });
  });

  it('that take neither keep agent and account out, before anything is tried', () => {
    const places = { use: ['pool'], known: [local, pool], full: none };
    const accounts = [key, account('other', unproved(null), { billing: 'subscription' }), plan];
    expect(routed({ places, accounts })).toMatchObject({
      ...{ agent: 'narrow', account: 'plan', place: 'pool' },
      reasons: expect.arrayContaining(['not other by narrow: no place of places.use (pool) can run it']),
    });
    expect(routed({ places, accounts: [key] })).toEqual({
      refused: 'no-place',
      until: null,
      model: 'acme/big',
      reasons: [
        'model acme/big: tier best, models.default',
        'not key by wide: no place of places.use (pool) can run it',
        'not key by narrow: no place of places.use (pool) can run it',
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
