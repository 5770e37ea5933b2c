import { describe, expect, it } from 'vitest';
import { providerOf } from './model-name.ts';
import type { Use } from './account.ts';
import type { Budgeted } from '../money/budget.ts';
import { routeTexts } from '../reason/words.ts';
import { decideRoute, type Chosen, type Refusal, type RouteFacts, type Trial } from './route.ts';
import {
  type Agent,
  first,
  foreign,
  free,
  key,
  type Known,
  last,
  narrow,
  not,
  plan,
  spent,
  tiers,
  unproved,
  wide,
} from './route.samples.ts';
import { samplePlace } from '../core.samples.ts';

// The full cross product: override × preference × installed agents × provider × state of subscription and key × failures ×
// budgets.
describe('over all combinations', () => {
  const uses = { first, last, resting: not(50), out: not(null), untried: unproved(null), unsure: unproved(60), none: null } as const;
  const over: Budgeted = { level: 'stop', use: spent, until: 90 };
  const nearly: Budgeted = { level: 'degrade', use: spent, until: null };
  const budgets: Readonly<Record<string, RouteFacts['budget']>> = {
    free: () => free,
    nearly: () => nearly,
    // Budgets count charged money, so a subscription passes.
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
                  : ['wide', 'narrow'].map((name) => ({ agent: name, account: failed, failure: 'auth' as const })),
              held: (provider) => (failed === 'down' && provider === 'acme' ? 80 : null),
              budget: budgets[spending] ?? (() => free),
              cheaper: 'acme/small',
              chain: [],
              rests: () => null,
              places: { use: ['local'], known: [samplePlace], full: () => false },
            };
  }

  const withUse = (one: Known, use: Use | null): Known | null => (use === null ? null : { ...one, use: () => use });

  /** Laws that hold for every decision, by name. */
  function broken(facts: RouteFacts, route: Chosen | Refusal | Trial): string[] {
    const rules: Record<string, boolean> = {
      'it is one of three':
        ['refused', 'tried', 'account'].filter((one) => one in route).length === 1 && 'refused' in route === !('agent' in route),
      'it has reasons': route.reasons.length > 0 && !routeTexts(route.reasons).includes(''),
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
    const provider = providerOf(route.model);
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
    // Only an account that was not tried yet, and only if no earlier one could be used.
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
