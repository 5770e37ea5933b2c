import { expect, onTestFinished, test } from 'vitest';
import type { ConditionReason } from '../core/reason/condition-reason.ts';
import { inWords, type Said } from '../core/reason/said.ts';
import { unseen } from '../core/route/account.ts';
import { sieveFor } from '../core/security/mask.ts';
import { claimed, closing, verdict } from '../ports/store.samples.ts';
import { maskedStore } from './masked-store.ts';
import { openStore } from './open.ts';

const secret = 'sk-ant-api03-nested-0123456789';
const quoted = `the key is ${secret}`;

test('a secret deep in what was said is stored nowhere', async () => {
  const open = await openStore({ file: ':memory:' });
  onTestFinished(() => open.end());
  const sieve = sieveFor([{ value: secret, name: '${KEY}' }]);
  const store = maskedStore(open, { masked: (data) => sieve?.masked(data) ?? data });
  const link = { path: 'lib', commit: 'c1', why: quoted };
  const stop: Said = { code: 'retry-too-late', facts: { text: quoted, wait: 60_000 } };
  const said: Said = { code: 'ended', facts: { said: stop, sign: { code: 'last-call', facts: { text: quoted } } } };
  const why: ConditionReason = { code: 'attempt', facts: { kind: 'auth', said: { code: 'submodules-missing', facts: { links: [link] } } } };
  const route = [{ code: 'account-unusable', facts: { account: 'key', agent: 'ours', why } }] as const;

  const { task, attempt, lease } = await claimed(store, 't1');
  await store.requestStop({ attempt: attempt.id, stop: { reason: 'auth', said: stop, until: null } });
  await store.close({
    lease,
    closing: closing({ verdict: { ...verdict, kind: 'auth', said } }),
    task: {
      to: 'blocked',
      reason: { code: 'no-route', facts: { refused: 'no-account', route, after: { kind: 'auth', said } } },
      patch: {},
    },
  });
  await store.changeCondition({ kind: 'account', name: 'key', change: () => ({ ...unseen, failed: { at: 1, why } }) });
  await store.changeCondition({
    kind: 'account',
    name: 'other',
    change: () => ({ ...unseen, paused: { at: 1, why: { code: 'trial-failed', facts: { kind: null, said: inWords(quoted) } } } }),
  });

  const stored = [
    await store.attempt(attempt.id),
    await store.taskByKey(task.key),
    await store.transitions(task.key),
    [...(await store.conditions('account'))],
  ].map((rows) => JSON.stringify(rows));
  for (const rows of stored) expect(rows).toContain('the key is ${KEY}');
  expect(stored.join('')).not.toContain(secret);
});
