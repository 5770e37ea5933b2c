import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { afterAttempt, afterProof, mended, paused, resumed, withWindow, type Ended } from './account-change.ts';
import { addressOf, unseen, unusableCodes, useOf, whereTo, type Account, type AccountState, type SecretSource } from './account.ts';
import { sampleCondition } from '../core.samples.ts';
import type { ConditionReason } from '../reason/condition-reason.ts';
import { inWords } from '../reason/said.ts';
import { conditionText } from '../reason/words.ts';
import type { FailureKind } from '../task/failure.ts';
import { hour, minute } from '../time.ts';

const key: Account = {
  name: 'key',
  provider: 'acme',
  billing: 'token',
  secret: { kind: 'env', names: ['ACME_API_KEY'] },
  agents: null,
  shared: false,
};
const plan: Account = { ...key, name: 'plan', billing: 'subscription' };
const now = 1_000_000_000;
const proofLasts = 5 * minute;
/** With its words in the place of what they are made of. */
const use = (account: Account, state: Partial<AccountState> = {}, at = now) => {
  const told = useOf({ account, state: { ...unseen, ...state }, model: 'acme/big', now: at, proofLasts });
  if (told.use === 'not') return { ...told, not: { ...told.not, why: conditionText(told.not.why) } };
  return told.use === 'last' ? { ...told, why: conditionText(told.why) } : told;
};
const proved = { at: now - minute, ok: true, why: sampleCondition('it answered') };
const failed = (kind: FailureKind, text: string): ConditionReason => ({ code: 'attempt', facts: { kind, said: inWords(text) } });
const ended = (more: Partial<Ended>): Ended => ({
  verdict: 'work',
  said: inWords('m'),
  model: 'acme/big',
  until: null,
  served: true,
  at: now,
  attempt: 'a1',
  base: minute,
  ...more,
});

describe('a key', () => {
  it('is believed until a worker’s is refused, and again once one was served', () => {
    expect(use(key)).toEqual({ use: 'first' });
    const failed = afterAttempt(unseen, ended({ verdict: 'auth', said: inWords('401'), served: false }));
    expect(use(key, failed)).toEqual({ use: 'not', not: { code: 'refused', why: 'auth: 401', until: null } });
    expect(use(key, afterAttempt(failed, ended({})))).toMatchObject({ use: 'first' });
    expect(use(key, resumed(failed))).toMatchObject({ use: 'first' });
  });
});

it('out because its credit is used up is taken in by a trial that succeeds; out because a person said so it is not', () => {
  const spent = afterAttempt(unseen, ended({ verdict: 'billing', said: inWords('no credit'), served: false }));
  expect(use(key, spent)).toMatchObject({ not: { code: 'paused', why: 'billing: no credit' } });
  for (const ok of [null, false]) expect(use(key, afterProof(spent, { ...proved, ok }))).toMatchObject({ not: { code: 'paused' } });
  expect(use(key, afterProof(spent, proved))).toMatchObject({ use: 'first' });
  const byPerson = paused(spent, { at: now, why: sampleCondition('mine') });
  expect(use(key, afterProof(byPerson, proved))).toMatchObject({ not: { code: 'paused', why: 'mine' } });
  expect(afterAttempt(byPerson, ended({ verdict: 'billing', served: false })).paused).toEqual(byPerson.paused);
});

describe('a plan', () => {
  it('counts only when a trial succeeded, lately and after the last refusal', () => {
    expect(use(plan)).toMatchObject({ not: { code: 'unproved', why: 'its sign-in was not tried yet' } });
    expect(use(plan, { proof: proved })).toMatchObject({ use: 'first' });
    expect(use(plan, { proof: proved }, now + 4 * minute)).toMatchObject({ not: { code: 'unproved', until: null } });
    expect(use(plan, { proof: proved }, now - 2 * minute)).toMatchObject({ not: { code: 'unproved' } });
    expect(use(plan, { proof: { ...proved, ok: false, why: sampleCondition('signed out') } })).toMatchObject({
      not: { code: 'refused', why: 'signed out', until: now + 4 * minute },
    });
    expect(use(plan, { proof: { ...proved, ok: null, why: sampleCondition('timed out') } })).toMatchObject({
      not: { code: 'unproved', why: 'timed out' },
    });
    const failed = afterAttempt({ ...unseen, proof: proved }, ended({ verdict: 'auth', said: inWords('expired'), served: false }));
    expect(use(plan, failed)).toMatchObject({ not: { code: 'unproved', why: 'auth: expired' } });
    expect(use(plan, afterProof(failed, proved))).toMatchObject({ use: 'first' });
    expect(afterProof(failed, { ...proved, ok: null }).failed).toEqual(failed.failed);
  });

  it('nearly used up is the last choice, until the reset', () => {
    const window = { name: 'five_hour', used: 0.93, resetsAt: now + hour };
    const near = withWindow({ ...unseen, proof: proved }, window);
    expect(use(plan, near)).toEqual({ use: 'last', why: '93 % of its five_hour limit is used' });
    expect(use(plan, withWindow(near, { ...window, resetsAt: null }))).toMatchObject({ use: 'last' });
    expect(use(plan, withWindow(near, { ...window, resetsAt: now }))).toMatchObject({ use: 'first' });
    // The provider may still serve beyond the limit; if it does not, it tells a worker.
    expect(use(plan, withWindow(near, { ...window, used: 1 }))).toMatchObject({ use: 'last' });
  });
});

describe('cooling down', () => {
  it('a usage limit holds for all models until the time that was named, a rate limit for its model', () => {
    const limited = afterAttempt(unseen, ended({ verdict: 'usage-limit', until: now + 5 * hour }));
    expect(use(key, limited)).toMatchObject({ not: { code: 'cooling-down', until: now + 5 * hour } });
    expect(use(key, limited, now + 5 * hour)).toMatchObject({ use: 'first' });
    const rated = afterAttempt(unseen, ended({ verdict: 'rate-limit', model: 'acme/small' }));
    expect(use(key, rated)).toMatchObject({ use: 'first' });
    const both = afterAttempt(afterAttempt(rated, ended({ verdict: 'rate-limit' })), ended({ verdict: 'usage-limit', until: now + hour }));
    expect(use(key, both)).toMatchObject({ not: { until: now + hour } });
  });

  it('doubles, and begins anew after a success; that of another model stays', () => {
    const times = ['a1', 'a2', 'a3'].reduce<AccountState>(
      (state, attempt) => afterAttempt(state, ended({ verdict: 'rate-limit', attempt })),
      unseen,
    );
    expect(times.cooldowns).toMatchObject([{ streak: 3, model: 'acme/big', why: failed('rate-limit', 'm'), attempt: 'a3' }]);
    const wait = (times.cooldowns[0]?.until ?? 0) - now;
    expect(wait).toBeGreaterThanOrEqual(2 * minute);
    expect(wait).toBeLessThanOrEqual(4 * minute);
    const other = afterAttempt(times, ended({ verdict: 'rate-limit', model: 'acme/small' }));
    expect(afterAttempt(other, ended({})).cooldowns).toMatchObject([{ model: 'acme/small' }]);
    expect(afterAttempt(other, ended({ verdict: 'crashed', served: false }))).toBe(other);
    expect(afterAttempt(unseen, ended({}))).toBe(unseen);
  });
});

describe('how long', () => {
  it.each([0.5 * hour, 5 * hour, 70 * hour])('a plan’s limit holds exactly until the time that was named', (wait) => {
    const until = now + wait;
    const times = ['a1', 'a2', 'a3', 'a4'].reduce<AccountState>(
      (state, attempt) => afterAttempt(state, ended({ verdict: 'usage-limit', until, attempt })),
      unseen,
    );
    expect(times.cooldowns).toEqual([{ model: null, until, since: now, streak: 4, why: failed('usage-limit', 'm'), attempt: 'a4' }]);
    for (const model of ['acme/big', 'acme/other'])
      expect([until - 1, until].map((at) => useOf({ account: key, state: times, model, now: at, proofLasts }).use)).toEqual([
        'not',
        'first',
      ]);
  });

  it.each([null, now, now - hour])('where none was named, or one that is over (%s), a back-off tells', (until) => {
    const { cooldowns } = afterAttempt(unseen, ended({ verdict: 'usage-limit', until }));
    expect(cooldowns).toMatchObject([{ model: null, streak: 1 }]);
    expect((cooldowns[0]?.until ?? 0) - now).toBeGreaterThanOrEqual(minute / 2);
    expect((cooldowns[0]?.until ?? 0) - now).toBeLessThanOrEqual(minute);
  });

  it('a server that always says "in a second" is not asked each second', () => {
    const { cooldowns } = afterAttempt(unseen, ended({ verdict: 'rate-limit', until: now + 1000 }));
    expect((cooldowns[0]?.until ?? 0) - now).toBeGreaterThanOrEqual(minute / 2);
    expect(afterAttempt(unseen, ended({ verdict: 'rate-limit', until: now + hour })).cooldowns).toMatchObject([{ until: now + hour }]);
  });

  it('that was told by a clock that was ten days ahead holds for nobody, and is not kept', () => {
    const ahead = now + 240 * hour;
    for (const verdict of ['usage-limit', 'rate-limit'] as const)
      // The time that a server gave may be before that clock's time.
      for (const until of [null, now + 5 * hour]) {
        const limited = afterAttempt(unseen, ended({ verdict, at: ahead, until }));
        expect(use(key, limited, ahead)).toMatchObject({ not: { code: 'cooling-down' } });
        expect(use(key, limited)).toMatchObject({ use: 'first' });
      }
    const other = afterAttempt(unseen, ended({ verdict: 'rate-limit', model: 'acme/small', at: ahead }));
    expect(afterAttempt(other, ended({})).cooldowns).toEqual([]);
    // Records that are older than the field are believed.
    const old = { model: null, until: now + 70 * hour, streak: 1, why: sampleCondition('w'), attempt: 'a' };
    expect(use(key, { cooldowns: [old] })).toMatchObject({ not: { until: old.until } });
  });

  it('the longest of those that hold for the model counts', () => {
    const limited = afterAttempt(unseen, ended({ verdict: 'usage-limit', until: now + minute, attempt: 'a1' }));
    const both = afterAttempt(limited, ended({ verdict: 'rate-limit', until: now + 2 * hour, attempt: 'a2' }));
    expect(use(key, both)).toMatchObject({ not: { until: now + 2 * hour, why: 'rate-limit: m' } });
    const reverse = afterAttempt(
      afterAttempt(unseen, ended({ verdict: 'rate-limit' })),
      ended({ verdict: 'usage-limit', until: now + 2 * hour }),
    );
    expect(use(key, reverse)).toMatchObject({ not: { until: now + 2 * hour, why: 'usage-limit: m' } });
  });
});

describe('an attempt', () => {
  it.each(['rate-limit', 'usage-limit'] as const)('that is told twice counts once: %s', (verdict) => {
    const end = ended({ verdict, until: verdict === 'usage-limit' ? now + hour : null });
    const once = afterAttempt(unseen, end);
    expect(afterAttempt(once, end)).toBe(once);
    expect(afterAttempt(once, { ...end, at: now + minute, until: now + 9 * hour })).toBe(once);
    expect(afterAttempt(once, { ...end, attempt: 'a2' }).cooldowns).toMatchObject([{ streak: 2 }]);
  });

  it('that was served ends the cooling down of its model and that of all, and a refusal', () => {
    const limited = afterAttempt(unseen, ended({ verdict: 'usage-limit', until: now + hour, attempt: 'a1' }));
    const refused = afterAttempt(limited, ended({ verdict: 'auth', served: false, attempt: 'a2' }));
    const rated = afterAttempt(refused, ended({ verdict: 'rate-limit', attempt: 'a3' }));
    const other = afterAttempt(rated, ended({ verdict: 'rate-limit', model: 'acme/small', attempt: 'a4' }));
    expect([other.cooldowns.length, other.failed]).toEqual([3, { at: now, why: failed('auth', 'm') }]);
    for (const verdict of ['work', 'no-change', 'crashed', 'checks', 'overloaded', 'stalled', 'cancelled'] as const) {
      const after = afterAttempt(other, ended({ verdict, attempt: 'a5' }));
      expect([after.cooldowns.map(({ model }) => model), after.failed], verdict).toEqual([['acme/small'], null]);
    }
    // Limits that are over are not kept for ever.
    expect(afterAttempt(other, ended({ at: now + 3 * hour })).cooldowns).toEqual([]);
  });

  it('that changes nothing gives back what was there', () => {
    const rated = afterAttempt(unseen, ended({ verdict: 'rate-limit', model: 'acme/small' }));
    for (const verdict of ['work', 'crashed', 'overloaded'] as const)
      for (const served of [true, false]) expect(afterAttempt(rated, ended({ verdict, served }))).toBe(rated);
  });

  it('whose sign-in was refused takes its proof back, whatever else it was served before', () => {
    const state = afterAttempt({ ...unseen, proof: proved }, ended({ verdict: 'auth', said: inWords('expired'), served: true }));
    expect(state).toEqual({ ...unseen, failed: { at: now, why: failed('auth', 'expired') } });
  });
});

describe('windows', () => {
  it('are kept by name, each as it was told last', () => {
    const five = { name: 'five_hour', used: 0.2, resetsAt: now + hour };
    const seven = { name: 'seven_day', used: 0.4, resetsAt: null };
    const both = withWindow(withWindow(unseen, five), seven);
    expect(both.windows).toEqual([five, seven]);
    expect(withWindow(both, { ...five, used: 0.3 }).windows).toEqual([seven, { ...five, used: 0.3 }]);
    expect(resumed(paused(both, { at: now, why: sampleCondition('w') }))).toEqual({ ...unseen, windows: [five, seven] });
  });
});

it('what a person took out comes before all else, then what time will end', () => {
  const window = { name: 'five_hour', used: 1, resetsAt: now + hour };
  const cooling = afterAttempt({ ...unseen, windows: [window] }, ended({ verdict: 'rate-limit' }));
  const refused = afterAttempt(cooling, ended({ verdict: 'auth', served: false }));
  const order = (state: AccountState): string | undefined => {
    const told = use(key, state);
    return told.use === 'not' ? told.not.code : undefined;
  };
  expect([paused(refused, { at: now, why: sampleCondition('w') }), refused, { ...refused, cooldowns: [] }].map(order)).toEqual([
    'paused',
    'cooling-down',
    'refused',
  ]);
});

test('mended by a person, it is believed again or tried anew; what time ends is left to time', () => {
  const rated = afterAttempt(
    { ...unseen, proof: proved, windows: [{ name: 'n', used: 0.1, resetsAt: null }] },
    ended({ verdict: 'rate-limit' }),
  );
  const refused = afterAttempt(rated, ended({ verdict: 'auth', served: false, attempt: 'a2' }));
  expect(mended(refused)).toEqual({ ...rated, failed: null, proof: null });
  expect(use(key, mended({ ...refused, cooldowns: [] }))).toMatchObject({ use: 'first' });
  expect(use(plan, mended({ ...refused, proof: proved, cooldowns: [] }))).toMatchObject({ not: { code: 'unproved', until: null } });
  const out = paused(refused, { at: now, why: sampleCondition('by a person') });
  expect(mended(out).paused).toEqual(out.paused);
});

test('without credit, or paused by a person, it is out until a person resumes it', () => {
  const out = afterAttempt(unseen, ended({ verdict: 'billing', said: inWords('no credit'), served: false }));
  expect(use(key, out, now + 1000 * hour)).toEqual({ use: 'not', not: { code: 'paused', why: 'billing: no credit', until: null } });
  expect(use(key, resumed(out))).toMatchObject({ use: 'first' });
});

test('property: nothing stays stuck but what a person must lift: some time later every key is usable', () => {
  const kinds = fc.constantFrom('usage-limit', 'rate-limit', 'overloaded', 'work', 'crashed', 'checks' as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, fc.option(fc.integer({ min: 0, max: 48 }))), { maxLength: 30 }), (ends) => {
      const state = ends.reduce<AccountState>(
        (before, [verdict, hours], index) =>
          afterAttempt(
            before,
            ended({ verdict, until: hours === null ? null : now + hours * hour, served: verdict === 'work', attempt: `a${index}` }),
          ),
        unseen,
      );
      expect(use(key, state, now + 49 * hour)).toMatchObject({ use: 'first' });
    }),
  );
});

test('property: a plan is used only on a proof, a key never waits for one; what is not used says why', () => {
  const at = fc.integer({ min: now - 20 * minute, max: now + 20 * minute });
  const note = fc.option(fc.record({ at, why: fc.constant(sampleCondition('w')) }));
  const state = fc.record<AccountState>({
    paused: fc.option(fc.record({ at, why: fc.constant(sampleCondition('w')) }), { freq: 8 }),
    failed: note,
    proof: fc.option(fc.record({ at, ok: fc.constantFrom(true, false, null), why: fc.constant(sampleCondition('w')) })),
    cooldowns: fc.array(
      fc.record({
        model: fc.constantFrom(null, 'acme/big', 'acme/small'),
        until: at,
        streak: fc.nat(9),
        why: fc.constant(sampleCondition('w')),
        attempt: fc.constant('a'),
      }),
      { maxLength: 2 },
    ),
    windows: fc.array(fc.record({ name: fc.constant('n'), used: fc.constantFrom(0, 0.9, 0.95, 1, 1.2), resetsAt: fc.option(at) }), {
      maxLength: 2,
    }),
  });
  const seen = new Set<string>();
  fc.assert(
    fc.property(state, fc.constantFrom(key, plan), (some, account) => {
      const told = use(account, some);
      const { proof } = some;
      const proven = proof?.ok === true && proof.at <= now && now < proof.at + proofLasts;
      if (told.use === 'not') {
        expect(told.not.why).not.toBe('');
        // A time in the past helps nobody.
        if (told.not.until !== null) expect(told.not.until).toBeGreaterThan(now);
        if (account === key) expect(told.not.code).not.toBe('unproved');
        seen.add(told.not.code);
      } else {
        expect([some.paused, account === key || proven]).toEqual([null, true]);
        seen.add(told.use);
      }
    }),
    { numRuns: 3000 },
  );
  expect([...seen].toSorted()).toEqual([...unusableCodes, 'first', 'last'].toSorted());
});

describe('the address of a credential', () => {
  const env = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://gateway.example', OPENAI_API_KEY: 'k', OPENAI_BASE_URL: '' };
  const agents = {
    claude: { env: { ANTHROPIC_API_KEY: '${ANTHROPIC_API_KEY}', ANTHROPIC_AUTH_TOKEN: 'plain', OTHER: '${ANTHROPIC_API_KEY}' } },
    cloudy: { env: { A: 'secret', B: 'plain', C: '${ANTHROPIC_API_KEY}', D: '${NOT_SET}' } },
  };
  const beside = { B: 'plain', C: 'k', D: '' };
  const to = { ANTHROPIC_BASE_URL: 'https://gateway.example' };
  const cases: readonly [name: string, secret: SecretSource, address: Record<string, string>][] = [
    ['a variable beside which it stands', { kind: 'env', names: ['ANTHROPIC_API_KEY'] }, to],
    ['a variable beside which it is empty', { kind: 'env', names: ['OPENAI_API_KEY'] }, {}],
    ['a variable of another name', { kind: 'env', names: ['TEAM_KEY'] }, {}],
    ['a reference of the configuration to such a variable', { kind: 'config', agent: 'claude', names: ['ANTHROPIC_API_KEY'] }, to],
    ['a value of the configuration', { kind: 'config', agent: 'claude', names: ['ANTHROPIC_AUTH_TOKEN'] }, {}],
    ['an agent that is not configured any more', { kind: 'config', agent: 'gone', names: ['ANTHROPIC_API_KEY'] }, {}],
    ['a file', { kind: 'file', path: '/key' }, {}],
    ['what goes with it', { kind: 'env', names: [], beside: ['OPENAI_API_KEY', 'NOT_SET'] }, { OPENAI_API_KEY: 'k' }],
    ['what goes with it in the configuration', { kind: 'config', agent: 'cloudy', names: ['A'], beside: ['B', 'C', 'D', 'E'] }, beside],
  ];
  it.each(cases)('of %s', (_, secret, address) => {
    expect(addressOf({ secret, agents, env })).toEqual(address);
  });

  const account: Account = {
    ...{ name: 'a', provider: 'anthropic', billing: 'token', agents: null, shared: false },
    secret: { kind: 'env', names: ['ANTHROPIC_API_KEY'] },
  };
  const elsewhere = { claude: { env: { ANTHROPIC_BASE_URL: 'https://configured.example' } } };
  it.each<[told: string, given: Partial<Account>, agents: Parameters<typeof whereTo>[0]['agents'], address: string | null]>([
    ['what stands beside it', {}, {}, 'https://gateway.example'],
    ['what its finder says', { address: 'https://own.example' }, agents, 'https://own.example'],
    ['its own agent’s configuration', { address: 'https://own.example' }, elsewhere, 'https://configured.example'],
    ['and no other agent’s', { agents: ['opencode'] }, elsewhere, 'https://gateway.example'],
    ['a reference that is not set', {}, { claude: { env: { ANTHROPIC_BASE_URL: '${NOT_SET}' } } }, 'https://gateway.example'],
    ['nothing', { secret: { kind: 'file', path: '/key' } }, {}, null],
    ['nothing of a provider without such a variable', { provider: 'google' }, elsewhere, null],
    ['nor of one that nobody knows', { provider: 'acme' }, elsewhere, null],
  ])('is told to a person: %s', (_, given, configured, address) => {
    expect(whereTo({ account: { ...account, ...given }, agents: configured, env })).toBe(address);
  });
});
