// Which keys of a repository's configuration have effect at once, in code and in the documentation.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaults } from '../../config/defaults.ts';
import {
  distrustOf,
  keysApart,
  reordered,
  splitByTrust,
  stillTrusted,
  trustRules,
  untrustedRefusal,
  type Split,
  type TrustRule,
} from './trust.ts';

const held = (values: object): Split => splitByTrust({ values: { ...values }, below: defaults });

describe('the table of trust', () => {
  it('has a rule for every key that there is', () => {
    expect(Object.keys(trustRules).toSorted()).toEqual(Object.keys(defaults).toSorted());
    for (const key of ['worker', 'delivery', 'tools'] as const)
      expect(Object.keys(trustRules[key]).toSorted(), key).toEqual(Object.keys(defaults[key]).toSorted());
  });

  it('stands in docs/security.md, line by line', () => {
    const words: Readonly<Record<TrustRule, string>> = {
      free: 'at once',
      trusted: 'once you trust it',
      lower: 'at once if no higher than yours',
      'lower, 0 none': 'at once if no higher than yours; 0 is no limit',
    };
    const rowsOf = (path: string, rule: TrustRule | object): readonly (readonly [string, string])[] =>
      typeof rule === 'string'
        ? [[`\`${path}\``, words[rule]]]
        : Object.entries(rule).flatMap(([name, one]: [string, TrustRule | object]) => rowsOf(`${path}.${name}`, one));
    const rows = Object.entries(trustRules).flatMap(([key, rule]) => rowsOf(typeof rule === 'string' ? `${key}.*` : key, rule));
    const text = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const lines = text.split('\n').filter((line) => line.startsWith('| `'));
    for (const [key, rule] of rows)
      expect(
        lines.filter((line) => line.startsWith(`| ${key} | ${rule} |`)),
        key,
      ).toHaveLength(1);
  });
});

describe('a repository’s configuration', () => {
  it('names models, branches and servers at once', () => {
    const values = {
      models: { default: 'haiku', tiers: { opus: 'a/b' } },
      delivery: { base: 'dev', remote: 'up' },
      tools: { mcp: ['docs'] },
    };
    expect(held(values)).toEqual({ free: values, guarded: {} });
  });

  it.each([
    ['a program', { agents: { claude: { path: './evil.sh' } } }],
    ['a reference to the environment', { agents: { claude: { env: { X: '${OPENAI_API_KEY}' } } } }],
    ['a command', { delivery: { setup: 'npm ci' } }],
    ['checks', { delivery: { checks: ['npm test'] } }],
    ['variables for them', { delivery: { env: ['NPM_TOKEN'], checkEnv: ['CI'] } }],
    ['a notice', { notify: { command: 'mail me', webhook: 'https://example.org' } }],
    ['an account', { accounts: { work: { provider: 'anthropic', secret: 'command:./key.sh' } } }],
    ['a place', { places: { use: ['elsewhere'] } }],
    ['less protection', { worker: { protect: 'off', pidNamespace: 'off' } }],
    ['a key that nobody knows', { later: { key: 1 }, delivery: { verify: ['x'] }, worker: { later: [1] } }],
    ['what is a map of ours', { worker: 5, delivery: [] }],
    ['how accounts are chosen', { routing: { preferSubscription: false } }],
  ])('names %s only with trust', (_, values) => {
    expect(held(values)).toEqual({ free: {}, guarded: values });
  });

  it('finds no rule in what every object has', () => {
    const values = { constructor: { name: 'x' }, worker: { toString: { length: 1 } }, tools: { hasOwnProperty: { name: 'y' } } };
    expect(held(values)).toEqual({ free: {}, guarded: values });
  });

  it('needs no trust for what holds anyway', () => {
    const values = { agents: { claude: { path: 'claude', args: [] } }, worker: { protect: 'auto' }, notify: { bell: true } };
    expect(held(values)).toEqual({ free: values, guarded: {} });
  });

  it('lowers limits at once, and raises none', () => {
    const lower = {
      worker: { maxSteps: 100, maxBudgetUsd: 3 },
      limits: { perRepository: 2, perModel: { 'a/b': 1 } },
      budget: { dailyUsd: 1, stopAt: 0.5 },
    };
    expect(held(lower)).toEqual({ free: lower, guarded: {} });
    const higher = { worker: { maxSteps: 201, wallMinutes: 999 }, budget: { degradeAt: 1 }, delivery: { commandMinutes: 31 } };
    expect(held(higher)).toEqual({ free: {}, guarded: higher });
    const mine = { limits: { perRepository: 2 }, budget: { dailyUsd: 5, perAccountUsd: { work: 3 } }, worker: { maxRetries: 0 } };
    const off = { limits: { perRepository: 0 }, budget: { dailyUsd: null, perAccountUsd: { work: 4 } }, worker: { maxRetries: 1 } };
    expect(splitByTrust({ values: off, below: mine })).toEqual({ free: {}, guarded: off });
    const rest = { limits: { perRepository: 1 }, budget: { dailyUsd: 5, perAccountUsd: { work: 2, other: 9 } }, worker: { maxRetries: 0 } };
    expect(splitByTrust({ values: rest, below: mine })).toEqual({ free: rest, guarded: {} });
  });

  it('is split where one part holds and the other does not', () => {
    const values = { delivery: { base: 'dev', checks: ['npm test'] }, agents: {} };
    expect(held(values)).toEqual({ free: { delivery: { base: 'dev' } }, guarded: { delivery: { checks: ['npm test'] } } });
  });
});

describe('the keys that two say otherwise', () => {
  it.each([
    [{}, {}, []],
    [{ a: { b: 1, c: [1, 2] } }, { a: { c: [1, 2], b: 1 } }, []],
    [{ a: [{ x: 1, y: 2 }] }, { a: [{ y: 2, x: 1 }] }, ['a']],
    [{}, { a: { b: 1, c: { d: null } } }, ['a.b', 'a.c.d']],
    [{ a: { b: 1 } }, {}, ['a.b']],
    [{ a: [1, 2] }, { a: [2, 1] }, ['a']],
    [{ a: null, b: 'x' }, { a: { c: 1 }, b: null }, ['a', 'b']],
    [{}, { a: { b: {} } }, ['a.b']],
    [{ a: {} }, {}, ['a']],
    [{}, { constructor: { b: 1 } }, ['constructor.b']],
    [{}, { 'a.b': { 'c\nwarning: d': 1 } }, ['"a.b"."c\\nwarning: d"']],
  ])('%j and %j', (one, other, keys) => {
    expect(keysApart(one, other)).toEqual(keys);
  });
});

describe('what was trusted', () => {
  const trusted = { budget: { dailyUsd: 100 }, worker: { maxSteps: 300 }, delivery: { checks: ['npm test'] }, agents: { a: { env: {} } } };

  it.each([
    ['said again', trusted, trusted, []],
    ['said otherwise', { ...trusted, delivery: { checks: [] }, agents: { a: 'x' } }, trusted, []],
    [
      'said no more: limits are gone, the rest holds',
      {},
      { delivery: trusted.delivery, agents: trusted.agents },
      ['delivery.checks', 'agents.a.env'],
    ],
    ['said in part', { ...trusted, budget: {}, agents: { b: {} } }, { ...trusted, budget: undefined }, ['agents.a.env']],
  ])('is %s', (_, values, holds, gone) => {
    expect(stillTrusted({ trusted, values })).toEqual({ holds, gone });
  });

  it('is put in another order only where an agent’s own configuration is', () => {
    const of = (config: unknown, rest: object = {}): object => ({ agents: { a: { config, ...rest } } });
    const [one, other] = [{ x: { '*': 'allow', rm: 'deny' } }, { x: { rm: 'deny', '*': 'allow' } }];
    expect(reordered({ ...of(one) }, { ...of(other) })).toEqual(['agents.a.config']);
    expect(reordered({ ...of(one) }, { ...of(one) })).toEqual([]);
    expect(reordered({ ...of(one) }, { ...of({ ...other, y: 1 }) })).toEqual(['agents.a.config']);
    expect(reordered({ ...of(one) }, { ...of({ x: { new: 1, '*': 'allow', more: 2 } }) })).toEqual([]);
    expect(reordered({ ...of(one) }, { ...of({ x: 1 }) })).toEqual([]);
    expect(reordered({ ...of(one, { env: { A: '1', B: '2' } }) }, { ...of(one, { env: { B: '2', A: '1' } }) })).toEqual([]);
    expect(reordered({ ...of(one) }, {})).toEqual([]);
    expect(reordered({}, { ...of(one) })).toEqual([]);
  });
});

describe('what is told', () => {
  it('is nothing where nothing lacks trust', () => {
    expect(distrustOf({ untrusted: { keys: [], before: false }, repo: '/r' })).toBeNull();
    expect(untrustedRefusal({ untrusted: { keys: [], before: false }, repo: '/r' })).toBeNull();
  });

  it('names the keys, and what to do', () => {
    const never = { untrusted: { keys: ['agents.claude.path'], before: false }, repo: '/r' };
    expect(distrustOf(never)).toEqual({
      message: expect.stringMatching(/have no effect until then: agents\.claude\.path$/),
      hint: 'to see them and decide, run: yardmaster trust --repo /r',
    });
    expect(untrustedRefusal(never)).toMatchObject({
      refused: 'untrusted',
      until: null,
      reasons: [{ code: 'repository-untrusted', facts: { message: expect.stringContaining('agents.claude.path') } }],
    });
  });

  it('says that what was trusted before holds still, which refuses no work', () => {
    const changed = { untrusted: { keys: ['delivery.checks'], before: true }, repo: '/r' };
    expect(distrustOf(changed)?.message).toMatch(/stay in effect: delivery\.checks$/);
    expect(untrustedRefusal(changed)).toBeNull();
  });

  it('names no more than a few of many', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
    expect(distrustOf({ untrusted: { keys, before: false }, repo: '/r' })?.message).toMatch(/k7, 22 more$/);
  });
});
