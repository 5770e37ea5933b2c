// Rows of an older version, which store the message of an attempt and the reason why an account rests as text instead of
// data.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { fakeMachine } from '../../../test/support/fake-place.ts';
import { gitless, gitlessWorld, success } from '../../../test/support/gitless-world.ts';
import { saidText } from '../../core/reason/said-words.ts';
import { conditionText, routeText, textOf } from '../../core/reason/words.ts';
import { noticeOf } from '../../core/task/notice.ts';
import { second } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { claimBy, closeAs, closing, request, verdict } from '../../ports/store.samples.ts';
import { openStore } from '../../store/open.ts';
import { pulse } from '../pulse.ts';

const start = 1000;
const step = { code: 'account-unusable', facts: { account: 'key', agent: 'opencode', why: 'usage-limit: no more today' } };
const blocked = { code: 'no-route', facts: { refused: 'no-account', route: [step], after: { kind: 'billing', said: 'HTTP 402' } } };
const old = {
  reason: blocked,
  verdict: { kind: 'usage-limit', message: 'no more today', until: null, feedback: null },
  stop: { reason: 'usage-limit', message: 'no more today (the agent would wait 60 min)', until: null },
  route: [step],
  account: {
    paused: null,
    failed: null,
    proof: { at: 1, ok: true, why: 'its trial succeeded' },
    cooldowns: [{ model: null, until: start + 30 * second, since: 1, streak: 1, why: 'usage-limit: no more today', attempt: 'a' }],
    windows: [],
  },
  repository: {
    breaker: { failures: [{ task: 1, at: 1 }], streak: 1, until: start },
    away: { since: 1, kind: 'repository-away', why: 'repository-away: no route to host' },
  },
};
const text = 'billing: HTTP 402; no-account: not key by opencode: usage-limit: no more today';

test('they read as before, and the task that they blocked continues once its account can be used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'yard-older-rows-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'db');
  let now = start;
  const sleep: Clock['sleep'] = () => setImmediate();
  const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: now, wall: now }), sleep, id: randomUUID };
  const store = await openStore({ file });
  await store.putTask({ repo: '/repo', task: request('t1', { wanted: true, line: 'none' }), at: now });
  const claim = await claimBy(store, { taskKey: 1 });
  if (!claim.claimed) throw new Error(claim.why);
  const ended = closing({ verdict: { ...verdict, kind: 'usage-limit' } });
  await closeAs(store, { lease: claim.lease, to: 'blocked', closing: ended });
  rewrite(file);

  const task = await store.taskByKey(1);
  expect(task && [textOf(task.reason), noticeOf(task)?.key]).toEqual([text, `blocked 1 1 0 ${text}`]);
  expect((await store.transitions(1)).map(({ reason }) => textOf(reason))).toContain(text);
  const attempt = await store.attempt(claim.attempt.id);
  expect(attempt?.verdict && saidText(attempt.verdict.said)).toBe(old.verdict.message);
  expect(attempt?.stop && saidText(attempt.stop.said)).toBe(old.stop.message);
  expect(attempt && routeText(attempt.route.reasons)).toBe('not key by opencode: usage-limit: no more today');
  const account = (await store.conditions('account')).get('key');
  expect(account?.proof && conditionText(account.proof.why)).toBe('its trial succeeded');
  expect(account?.cooldowns.map(({ why }) => conditionText(why))).toEqual(['usage-limit: no more today']);
  const away = (await store.conditions('repository')).get('/repo')?.away;
  expect(away && conditionText(away.why)).toBe('repository-away: no route to host');

  const machine = fakeMachine({ clock, worker: () => [{ say: success }, { exit: 0 }], shell: () => [] });
  const repo = gitless({ sites: new Set(), removed: async () => {} });
  const world = await gitlessWorld({ store, clock, machine, repo, holder: 'me', emit: () => {}, settings: {} });
  const passes = async (time: number): Promise<string | undefined> => {
    for (const end = now + time; now < end; now += second)
      await pulse(world, { phases: ['watch', 'settle', 'dispatch', 'account'], wait: true, tell: false });
    return (await store.taskByKey(1))?.state;
  };
  expect(await passes(25 * second)).toBe('blocked');
  expect(await passes(30 * second)).toBe('done');
  expect((await store.conditions('repository')).get('/repo')?.away).toBeNull();
  expect((await store.conditions('account')).get('key')?.cooldowns).toEqual([]);
  await store.end();
});

function rewrite(file: string): void {
  const database = new DatabaseSync(file);
  const [reason, route] = [JSON.stringify(old.reason), JSON.stringify(old.route)];
  database.prepare('update tasks set reason = ?').run(reason);
  database.prepare(`update transitions set reason = ? where to_state = 'blocked'`).run(reason);
  database
    .prepare('update attempts set verdict = ?, stop = ?, reasons = ?')
    .run(JSON.stringify(old.verdict), JSON.stringify(old.stop), route);
  const condition = database.prepare('insert into conditions (kind, name, state) values (?, ?, ?)');
  condition.run('account', 'key', JSON.stringify(old.account));
  condition.run('repository', '/repo', JSON.stringify(old.repository));
  database.close();
}
