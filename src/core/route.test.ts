import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route } from './attempt.ts';
import { decideRoute, type Refusal, type RouteFacts } from './route.ts';

type Agent = RouteFacts['agents'][number];

const agent = (name: string, more: Partial<Agent> = {}): Agent => ({
  name,
  rank: 1,
  providers: 'any',
  resumes: true,
  takesBudget: false,
  takesTurns: false,
  memory: 1,
  installed: true,
  ...more,
});
const wide = agent('wide', { rank: 1 });
const narrow = agent('narrow', { rank: 2, providers: ['acme', 'other'] });
const tiers = { best: 'acme/big', quick: 'other/small' };

const routed = (more: Partial<RouteFacts> = {}): Route | Refusal =>
  decideRoute({
    forced: [],
    models: [{ model: 'best', by: 'models.default' }],
    tiers,
    agents: [narrow, wide],
    avoid: [],
    place: 'local',
    ...more,
  });

describe('the model', () => {
  it('is a tier or provider/model, and the strongest wish counts', () => {
    expect(routed()).toMatchObject({ model: 'acme/big', reasons: ['model acme/big: tier best, models.default', expect.any(String)] });
    const models = [
      { model: 'other/own', by: 'SUPERVISOR_MODEL' },
      { model: 'best', by: 'models.default' },
    ];
    expect(routed({ models })).toMatchObject({ model: 'other/own', reasons: ['model other/own: SUPERVISOR_MODEL', expect.any(String)] });
  });

  it.each(['worst', '', 'constructor', '__proto__', 'toString'])('%j is none', (model) => {
    expect(routed({ models: [{ model, by: 'model: of the task' }] })).toEqual({
      refused: 'unknown-model',
      until: null,
      reasons: [`"${model}" (model: of the task) is neither provider/model nor one of the tiers best, quick`],
    });
  });

  it('must be asked for', () => {
    expect(routed({ models: [] })).toEqual({ refused: 'unknown-model', until: null, reasons: ['no model was asked for'] });
  });
});

describe('the agent', () => {
  it('is the first that serves the provider', () => {
    expect(routed()).toEqual({
      agent: 'wide',
      model: 'acme/big',
      account: null,
      billing: null,
      place: 'local',
      reasons: ['model acme/big: tier best, models.default', 'agent wide: the first that serves the provider acme'],
    });
  });

  it('moves on past those that cannot or have just failed, and says why', () => {
    const agents = [
      agent('gone', { rank: 0, installed: false }),
      agent('foreign', { rank: 1, providers: ['elsewhere'] }),
      agent('sick', { rank: 2 }),
      agent('well', { rank: 3 }),
    ];
    expect(routed({ agents, avoid: [{ agent: 'sick', failure: 'auth' }] })).toMatchObject({
      agent: 'well',
      reasons: [
        expect.any(String),
        'not gone: not installed',
        'not foreign: it does not serve the provider acme',
        'not sick: it failed with auth',
        'agent well: the first that serves the provider acme',
      ],
    });
  });

  it('may not exist', () => {
    const avoid = [wide, narrow].map(({ name }) => ({ agent: name, failure: 'billing' }));
    expect(routed({ avoid })).toEqual({
      refused: 'no-agent',
      until: null,
      reasons: ['model acme/big: tier best, models.default', 'not wide: it failed with billing', 'not narrow: it failed with billing'],
    });
    expect(routed({ agents: [] })).toMatchObject({ refused: 'no-agent' });
  });

  it('is forced by the narrowest wish', () => {
    const forced = [
      { agent: 'narrow', by: 'agent: of the task' },
      { agent: 'wide', by: 'SUPERVISOR_CLI' },
    ];
    expect(routed({ forced })).toMatchObject({
      agent: 'narrow',
      reasons: [expect.any(String), 'agent narrow: forced by agent: of the task'],
    });
  });

  const forcing: readonly [name: string, facts: Partial<RouteFacts>, refused: string, reason: string][] = [
    ['unknown', { agents: [wide, agent('other')] }, 'unknown-agent', 'agent "narrow" (me) is not one of wide, other'],
    ['not installed', { agents: [{ ...narrow, installed: false }, wide] }, 'agent-not-installed', 'agent narrow (me) is not installed'],
    ['unable', { models: [{ model: 'third/x', by: 'b' }] }, 'provider-not-served', 'agent narrow (me) does not serve the provider third'],
    ['sick', { avoid: [{ agent: 'narrow', failure: 'auth' }] }, 'no-agent', 'agent narrow is forced by me and failed with auth'],
  ];
  it.each(forcing)('that is forced and %s is refused, never replaced', (_, facts, refused, reason) => {
    const route = routed({ forced: [{ agent: 'narrow', by: 'me' }], ...facts });
    expect(route).toMatchObject({ refused, until: null });
    expect(route.reasons.at(-1)).toBe(reason);
  });
});

// The cross product, in full: 3 models × forced or not × 2³ installed × 2³ failed × 3 sets of providers of the first.
describe('over all combinations', () => {
  const names = ['a', 'b', 'c'] as const;
  const subsets = names.reduce<string[][]>((all, name) => [...all, ...all.map((set) => [...set, name])], [[]]);
  const combinations: RouteFacts[] = [];
  for (const model of ['acme/x', 'best', 'nothing'])
    for (const forced of [null, ...names, 'unknown'])
      for (const installed of subsets)
        for (const failed of subsets)
          for (const providers of ['any', ['acme'], []] as const)
            combinations.push({
              forced: forced === null ? [] : [{ agent: forced, by: 'me' }],
              models: [{ model, by: 'me' }],
              tiers,
              agents: names.map((name, rank) =>
                agent(name, {
                  rank: -rank,
                  installed: installed.includes(name),
                  providers: name === 'a' ? providers : name === 'b' ? ['acme'] : ['other'],
                }),
              ),
              avoid: failed.map((name) => ({ agent: name, failure: 'auth' })),
              place: 'here',
            });

  const may = (facts: RouteFacts, name: string): boolean => {
    const found = facts.agents.find((one) => one.name === name);
    const serves = found?.providers === 'any' || found?.providers.includes('acme') === true;
    return found?.installed === true && serves && !facts.avoid.some((one) => one.agent === name);
  };

  it(`a route or a refusal, with reasons, and never to an agent that may not (${combinations.length})`, () => {
    const seen = new Set<string>();
    for (const facts of combinations) {
      const route = decideRoute(facts);
      const told = JSON.stringify({ facts, route });
      const usable = facts.agents.toSorted((x, y) => x.rank - y.rank).filter(({ name }) => may(facts, name));
      const wanted = facts.forced[0]?.agent ?? usable[0]?.name ?? null;
      const possible = facts.models[0]?.model !== 'nothing' && wanted !== null && may(facts, wanted);
      expect(route.reasons.length, told).toBeGreaterThan(0);
      expect(route.reasons, told).not.toContain('');
      expect('refused' in route, told).toBe(!possible);
      expect('agent' in route, told).toBe(possible);
      if ('agent' in route)
        expect(route, told).toMatchObject({
          agent: wanted,
          model: facts.models[0]?.model === 'best' ? 'acme/big' : 'acme/x',
          place: 'here',
        });
      else if (facts.forced[0] !== undefined) expect(route.reasons.at(-1), told).toMatch(/me\b/);
      seen.add('agent' in route ? `to ${route.agent}` : route.refused);
    }
    expect([...seen].toSorted()).toEqual([
      'agent-not-installed',
      'no-agent',
      'provider-not-served',
      'to a',
      'to b',
      'unknown-agent',
      'unknown-model',
    ]);
  });

  it('the order in which agents are listed plays no part where ranks differ', () => {
    fc.assert(
      fc.property(fc.constantFrom(...combinations), fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (facts, order) => {
        const before = decideRoute(facts);
        const after = decideRoute({ ...facts, agents: order.map((index) => facts.agents[index]!) });
        if ('refused' in after && after.refused === 'unknown-agent') expect(before).toMatchObject({ refused: 'unknown-agent' });
        else expect(after).toEqual(before);
      }),
    );
  });

  it('the facts are left as they were', () => {
    const facts = combinations[0]!;
    const before = structuredClone(facts);
    decideRoute(facts);
    expect(facts).toEqual(before);
  });
});
