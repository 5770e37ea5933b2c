import { describe, expect, it } from 'vitest';
import type { Account, Use } from './account.ts';
import type { Budgeted } from './budget.ts';
import { decideRoute, mayUse, type Chosen, type Refusal, type RouteFacts, type Trial } from './route.ts';

type Agent = RouteFacts['agents'][number];
type Known = RouteFacts['accounts'][number];

const agent = (name: string, more: Partial<Agent> = {}): Agent => ({
  name,
  rank: 1,
  providers: 'any',
  subscriptions: [],
  resumes: true,
  takesSession: true,
  takesBudget: false,
  takesTurns: false,
  memory: 1,
  installed: true,
  ...more,
});
const wide = agent('wide', { rank: 1 });
const narrow = agent('narrow', { rank: 2, providers: ['acme'], subscriptions: ['acme'] });
const tiers = { best: 'acme/big', quick: 'other/small' };

const first: Use = { use: 'first', why: 'usable' };
const last: Use = { use: 'last', why: 'nearly used up' };
const not = (until: number | null): Use => ({ use: 'not', not: { code: 'cooling-down', why: 'it rests', until } });
const unproved = (until: number | null): Use => ({ use: 'not', not: { code: 'unproved', why: 'not tried yet', until } });

const account = (name: string, use: Use, more: Partial<Account> = {}): Known => ({
  name,
  provider: 'acme',
  billing: 'token',
  secret: { kind: 'env', names: ['KEY'] },
  agents: null,
  shared: false,
  use: () => use,
  ...more,
});
const free: Budgeted = { level: 'ok', use: null, message: null, until: null };

const key = account('key', first);
const plan = account('plan', first, { billing: 'subscription' });
const foreign = account('foreign', first, { provider: 'other' });

const routed = (more: Partial<RouteFacts> = {}): Chosen | Refusal | Trial =>
  decideRoute({
    forced: [],
    models: [{ model: 'best', by: 'models.default' }],
    tiers,
    agents: [narrow, wide],
    accounts: [key, plan, foreign],
    preferSubscription: true,
    avoid: [],
    held: () => null,
    budget: () => free,
    cheaper: null,
    chain: [],
    rests: () => null,
    place: 'local',
    ...more,
  });

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
    const avoid = (one: string | null) => [{ agent: 'narrow', account: one, failure: 'auth' }];
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

// The cross product, in full: override × prefer × installed agents × provider × what the plan and the key are like × what failed × budgets.
describe('over all combinations', () => {
  const uses = { first, last, resting: not(50), out: not(null), untried: unproved(null), unsure: unproved(60), none: null } as const;
  const over: Budgeted = { level: 'stop', use: null, message: 'it is spent', until: 90 };
  const nearly: Budgeted = { level: 'degrade', use: null, message: 'most is spent', until: null };
  const budgets: Readonly<Record<string, RouteFacts['budget']>> = {
    free: () => free,
    nearly: () => nearly,
    // As it is of what is charged: a plan passes.
    charged: ({ billing }) => (billing === 'token' ? over : free),
    spent: () => over,
  };
  const wishes = ['acme/x', 'other/x', 'nothing'].flatMap((model) =>
    [null, 'wide', 'narrow', 'unknown'].map((forced) => ({ model, forced })),
  );
  const worlds = [true, false].flatMap((prefer) =>
    [[], ['wide'], ['narrow'], ['wide', 'narrow']].map((installed) => ({ prefer, installed })),
  );
  const pairs = Object.entries(uses).flatMap((planned) => Object.entries(uses).map((keyed) => ({ planned, keyed })));
  const events = [null, 'plan', 'key', 'down'].flatMap((failed) => Object.keys(budgets).map((spending) => ({ failed, spending })));

  function* combinations(): Generator<RouteFacts & { readonly label: string }> {
    for (const { model, forced } of wishes)
      for (const { prefer, installed } of worlds)
        for (const { planned, keyed } of pairs)
          for (const { failed, spending } of events)
            yield {
              label: [model, forced, prefer, installed, planned[0], keyed[0], failed, spending].join(' '),
              forced: forced === null ? [] : [{ agent: forced, by: 'me' }],
              models: [{ model, by: 'me' }],
              tiers,
              agents: [wide, narrow].map((one) => ({ ...one, installed: installed.includes(one.name) })),
              accounts: [withUse(plan, planned[1]), withUse(key, keyed[1]), foreign].filter((one) => one !== null),
              preferSubscription: prefer,
              avoid:
                failed === null || failed === 'down'
                  ? []
                  : ['wide', 'narrow'].map((name) => ({ agent: name, account: failed, failure: 'auth' })),
              held: (provider) => (failed === 'down' && provider === 'acme' ? 80 : null),
              budget: budgets[spending] ?? (() => free),
              cheaper: 'acme/small',
              chain: [],
              rests: () => null,
              place: 'here',
            };
  }

  const withUse = (one: Known, use: Use | null): Known | null => (use === null ? null : { ...one, use: () => use });

  /** What must be true of every decision, by name. */
  function broken(facts: RouteFacts, route: Chosen | Refusal | Trial): string[] {
    const rules: Record<string, boolean> = {
      'it is one of three':
        ['refused', 'tried', 'account'].filter((one) => one in route).length === 1 && 'refused' in route === !('agent' in route),
      'it has reasons': route.reasons.length > 0 && !route.reasons.includes(''),
    };
    if ('refused' in route) {
      rules['a provider that is down is told until when'] =
        route.refused !== 'provider-down' || (route.until === 80 && route.model === 'acme/x');
      rules['what is refused for a budget may be had tomorrow'] = route.refused !== 'budget' || route.until !== null;
    } else Object.assign(rules, ofRoute(facts, route));
    return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
  }

  function ofRoute(facts: RouteFacts, route: Chosen | Trial): Record<string, boolean> {
    const by = facts.agents.find(({ name }) => name === route.agent);
    const named = 'tried' in route ? route.tried : route.account;
    const paid = facts.accounts.find(({ name }) => name === named);
    if (by === undefined || paid === undefined) return { 'agent and account are known': false };
    const provider = route.model.split('/')[0] ?? '';
    const use = paid.use(route.model);
    const serves = (one: Agent): boolean => one.providers === 'any' || one.providers.includes(provider);
    const rules = {
      'the agent is installed': by.installed,
      'the agent serves the provider': serves(by),
      'the provider is not held': facts.held(provider) === null,
      'the account is of the provider': paid.provider === provider,
      'a plan is wanted, and used by its own agent':
        paid.billing === 'token' || (by.subscriptions.includes(provider) && facts.preferSubscription),
      'a forced agent is taken': (facts.forced[0]?.agent ?? by.name) === by.name,
      'what failed is left': !facts.avoid.some((one) => one.agent === by.name && one.account === named),
      'the budget is not spent': 'tried' in route || facts.budget(paid).level !== 'stop',
    };
    // Only what was not tried yet, and nothing before it could be used.
    if ('tried' in route)
      return { ...rules, 'only what is untried is tried': use.use === 'not' && use.not.code === 'unproved' && use.not.until === null };
    const ofPlan = facts.accounts.find(({ name }) => name === 'plan');
    const planUse = ofPlan?.use(route.model);
    const couldPlan =
      facts.preferSubscription &&
      ofPlan?.provider === provider &&
      facts.agents[1]?.installed === true &&
      (facts.forced[0]?.agent ?? 'narrow') === 'narrow' &&
      !facts.avoid.some((one) => one.account === 'plan') &&
      facts.budget(ofPlan).level !== 'stop';
    return {
      ...rules,
      'it is billed as the account is': paid.billing === route.billing,
      'the account can be used': use.use !== 'not',
      'a key only where no plan could be, or the plan was the last choice':
        route.account !== 'key' ||
        !couldPlan ||
        (planUse?.use !== 'first' && !(planUse?.use === 'not' && planUse.not.code === 'unproved' && planUse.not.until === null)),
      'a cheaper model only where most is spent':
        (route.model === 'acme/small') === (facts.budget(paid).level === 'degrade' && provider === 'acme'),
    };
  }

  it('a route or a refusal with reasons, never both, and never what may not be', () => {
    const seen = new Set<string>();
    const wrong: string[] = [];
    let count = 0;
    for (const { label, ...facts } of combinations()) {
      const route = decideRoute(facts);
      for (const rule of broken(facts, route)) wrong.push(`${label}: ${rule}: ${JSON.stringify(route)}`);
      count += 1;
      seen.add(
        'refused' in route
          ? route.refused
          : 'tried' in route
            ? `${route.agent} tries ${route.tried}`
            : `${route.agent} on ${route.account}`,
      );
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(count).toBe(3 * 4 * 2 * 4 * 7 * 7 * 4 * 4);
    expect([...seen].toSorted()).toEqual([
      'agent-not-installed',
      'budget',
      'narrow on key',
      'narrow on plan',
      'narrow tries key',
      'narrow tries plan',
      'no-account',
      'no-agent',
      'provider-down',
      'provider-not-served',
      'unknown-agent',
      'unknown-model',
      'wide on foreign',
      'wide on key',
      'wide tries key',
    ]);
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

describe('budgets', () => {
  const stop = (until: number | null): Budgeted => ({ level: 'stop', use: null, message: 'the budget is spent', until });
  const degrade: Budgeted = { level: 'degrade', use: null, message: 'most is spent', until: null };

  it('that are spent keep an account out, and what is left pays', () => {
    expect(routed({ budget: ({ name }) => (name === 'plan' ? stop(null) : free) })).toMatchObject({
      account: 'key',
      reasons: expect.arrayContaining(['not plan by narrow: the budget is spent']),
    });
  });

  it('refuse where nothing is left, until the earliest time at which time helps', () => {
    expect(routed({ budget: () => stop(null) })).toMatchObject({ refused: 'budget', until: null });
    expect(routed({ budget: ({ name }) => stop(name === 'key' ? 70 : null) })).toMatchObject({ refused: 'budget', until: 70 });
  });

  it('of which most is spent take the cheaper model, where the account can be used with it', () => {
    expect(routed({ budget: () => degrade, cheaper: 'acme/small' })).toMatchObject({
      model: 'acme/small',
      reasons: expect.arrayContaining(['model acme/small: most is spent']),
    });
    for (const more of [
      { cheaper: null },
      { cheaper: 'other/small' },
      { cheaper: 'acme/small', accounts: [{ ...key, use: (model: string) => (model === 'acme/small' ? not(9) : first) }] },
    ])
      expect(routed({ budget: () => degrade, ...more })).toMatchObject({ model: 'acme/big' });
  });
});
