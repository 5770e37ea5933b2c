// The standing that is reported for a queued task agrees with the next dispatch for any combination of facts: a task that
// is reported as ready is started, and one that is reported as refused is not.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeMachine } from '../../../test/support/fake-place.ts';
import { gitless, gitlessWorld, success } from '../../../test/support/gitless-world.ts';
import { unseen, type AccountState } from '../../core/route/account.ts';
import { Fault } from '../../core/fault.ts';
import { standingWords } from '../../core/reason/standing-words.ts';
import { isWait, waitCodes, type QueuedStanding } from '../../core/reason/standing-reason.ts';
import type { Task } from '../../core/task/task.ts';
import type { Clock } from '../../ports/clock.ts';
import { claimBy, closeAs, request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { openStore } from '../../store/open.ts';
import { dispatch } from './dispatch.ts';
import { takeSnapshot } from './snapshot.ts';
import { standingNow } from './standing-now.ts';
import type { World } from '../world.ts';
import { sampleCondition } from '../../core/core.samples.ts';
import { samplePlan } from '../../core/delivery/pull.samples.ts';

const now = 1_000_000;
const clock: Clock = { now: () => now, lease: () => ({ boot: 'b', ms: now, wall: now }), sleep: () => setImmediate(), id: randomUUID };

const accounts: Readonly<Record<string, Partial<AccountState>>> = {
  usable: {},
  cooling: { cooldowns: [{ model: null, until: now + 9000, since: now, streak: 1, why: sampleCondition('it rests'), attempt: 'a' }] },
  paused: { paused: { at: now, why: { code: 'person', facts: { text: null } } } },
};

/** Each fact is mostly in order, so that obstacles behind the first one are reached often. */
const seldom = fc.integer({ min: 0, max: 9 }).map((one) => one === 0);
const facts = fc.record({
  wanted: seldom.map((not) => !not),
  line: fc.constantFrom('open', 'open', 'open', 'open', 'open', 'gone', 'unread'),
  batch: fc.constantFrom(null, null, null, 'open', 'full', 'paused', 'cancelled'),
  blocked: seldom,
  several: seldom,
  backOff: seldom,
  aside: seldom,
  held: seldom,
  untrusted: seldom,
  servers: fc.constantFrom(null, null, null, 'unknown'),
  agent: fc.constantFrom(null, null, null, 'opencode', 'unknown'),
  model: fc.constantFrom(null, null, null, 'best', 'unknown', 'other/model'),
  role: fc.constantFrom(null, null, null, null, 'unknown'),
  account: fc.constantFrom('usable', 'usable', 'usable', 'cooling', 'paused'),
  concurrency: fc.constantFrom(4, 4, 4, 1),
  perRepository: fc.constantFrom(0, 0, 1),
  others: fc.boolean(),
  configuration: fc.constantFrom('read', 'read', 'read', 'read', 'read', 'read', 'unreadable', 'busy', 'broken'),
  place: fc.constantFrom('near', 'near', 'near', 'near', 'away'),
});
type Facts = typeof facts extends fc.Arbitrary<infer Each> ? Each : never;

interface Stage {
  readonly world: World;
  readonly store: Store;
  readonly task: () => Promise<Task>;
}

async function stageOf(given: Facts): Promise<Stage> {
  const store = await openStore({ file: ':memory:' });
  const machine = fakeMachine({ clock, worker: () => [{ say: success }, { exit: 0 }], shell: () => [{ exit: 0 }] });
  const repo = gitless({ sites: new Set(), removed: async () => {} });
  const made = await gitlessWorld({ store, clock, machine, repo, holder: 'me', emit: () => {}, settings: {} });
  if (given.place === 'away') machine.cutOff(true);
  const world: World = {
    ...made,
    concurrency: given.concurrency,
    settings: async (at) => {
      if (given.configuration === 'unreadable') throw new Fault({ code: 'config', message: 'line 3 is wrong', hint: 'mend line 3' });
      if (given.configuration === 'broken') throw new Error('a mistake of ours');
      if (given.configuration === 'busy') throw new Fault({ code: 'database-busy', message: 'it is busy', hint: 'it is tried again' });
      const settings = await made.settings(at);
      return {
        ...settings,
        untrusted: { keys: given.untrusted ? ['delivery.checks'] : [], before: false, text: '' },
        limits: { ...settings.limits, perRepository: given.perRepository },
        supervisor: { ...settings.supervisor, concurrency: given.concurrency },
      };
    },
  };
  const at = { repo: '/repo', at: now };
  for (const state of ['open', 'full', 'paused', 'cancelled'] as const)
    await store.putBatch({
      ...{ name: state, state: state === 'paused' || state === 'cancelled' ? state : ('open' as const) },
      ...{ concurrency: state === 'full' ? 1 : 0, mcp: null, role: null, createdAt: now },
    });
  await store.putTask({ ...at, task: request('t9', { wanted: false }) });
  // The number of workers comes from the configuration, so without a readable configuration no other worker runs here.
  if (given.others && given.configuration === 'read') {
    await store.putTask({ ...at, task: request('t8', { wanted: true, batch: 'full' }) });
    await claimBy(store, { taskKey: (await store.task({ repo: '/repo', id: 't8' }))!.key, holder: 'me' });
  }
  const delivered = given.several ? ['t6', 't7'] : [];
  for (const id of delivered) await deliver(store, id);
  const { wanted, line, batch, agent, model, role } = given;
  const more = { wanted, line, batch, agent, model, role, mcp: given.servers === null ? null : [given.servers] } as const;
  await store.putTask({ ...at, task: request('t1', { ...more, blockedBy: [...(given.blocked ? ['t9'] : []), ...delivered] }) });
  const task = async (): Promise<Task> => (await store.task({ repo: '/repo', id: 't1' }))!;
  const { key } = await task();
  if (given.backOff) await store.patchTask({ key, patch: { notBefore: now + 5000 }, at: now });
  if (given.held) await store.hold({ key, holder: 'person', what: 'attached', at: now });
  await store.changeCondition({ kind: 'account', name: 'key', change: () => ({ ...unseen, ...accounts[given.account] }) });
  if (given.aside)
    await store.changeCondition({
      ...{ kind: 'repository', name: '/repo' },
      change: () => ({
        breaker: { failures: [], until: now + 7000, streak: 1 },
        away: { since: now, kind: 'repository-away', why: sampleCondition('no route to host') },
      }),
    });
  return { world, store, task };
}

/** A task whose branch is delivered, and whose pull request is to be opened. */
async function deliver(store: Store, id: string): Promise<void> {
  await store.putTask({ repo: '/repo', at: now, task: request(id, { wanted: true }) });
  const claim = await claimBy(store, { taskKey: (await store.task({ repo: '/repo', id }))!.key });
  if (!claim.claimed) throw new Error(`${id} was not claimed`);
  await closeAs(store, {
    lease: claim.lease,
    to: 'delivered',
    patch: { delivery: { branch: `yard/${id}`, commit: 'c1', pull: samplePlan } },
  });
}

/** What the dispatch must do with a task of this standing; `block`: only a person can help it. */
type Step = 'leave' | 'start' | 'try-sign-in' | 'put-off' | 'block';

function stepFor(standing: QueuedStanding): Step {
  if (isWait(standing)) return 'leave';
  switch (standing.code) {
    case 'unlooked':
    case 'full':
      return 'leave';
    case 'startable':
      return 'start';
    case 'tried-first':
      return 'try-sign-in';
    case 'hindered':
      return 'put-off';
    case 'refused':
      return standing.facts.until === null ? 'block' : 'put-off';
    case 'faulty':
    case 'without-servers':
      return 'block';
  }
}

/** Whether the dispatch did what the reported standing says. */
async function hasHappened(
  stage: Stage,
  given: { readonly standing: QueuedStanding; readonly before: Task; readonly waits: boolean },
): Promise<void> {
  const { standing, before } = given;
  const after = await stage.task();
  const step = given.waits ? 'leave' : stepFor(standing);
  if (step === 'start') expect(after.state).toBe('running');
  else if (step === 'leave') expect(after).toEqual(before);
  else if (step === 'put-off') {
    const until = standing.code === 'refused' ? standing.facts.until : now + 10_000;
    expect([after.state, after.notBefore]).toEqual(['queued', until]);
  } else if (step === 'block') {
    expect(after.state).toBe('blocked');
    if (standing.code === 'refused') expect(after.reason).toMatchObject({ code: 'no-route', facts: { refused: standing.facts.refused } });
    else expect(standing.facts).toEqual(after.reason.facts);
  } else throw new Error(`nothing here has to be tried first, and ${standing.code} is told`);
}

test('the reported standing of a queued task is what the dispatch acts on', async () => {
  const seen = new Set<QueuedStanding['code']>();
  await fc.assert(
    fc.asyncProperty(facts, async (given) => {
      const stage = await stageOf(given);
      const before = await stage.task();
      const snapshot = await takeSnapshot(stage.world);
      const standing = await standingNow(stage.world, { task: before, snapshot });
      seen.add(standing.code);
      const { text } = standingWords(standing, { task: before, supervisors: new Set(['up']), paused: [], signIn: null });
      expect(text.startsWith('it is ready')).toBe(['startable', 'full', 'tried-first'].includes(standing.code));
      await dispatch(stage.world);
      await hasHappened(stage, { standing, before, waits: given.backOff });
      await stage.world.memory.inflight.settled();
      await stage.store.end();
    }),
    { numRuns: 400 },
  );
  const found = [
    'faulty',
    'full',
    'hindered',
    'refused',
    'startable',
    'without-servers',
    ...waitCodes.filter((code) => code !== 'clearing' && code !== 'following'),
  ];
  expect([...seen].toSorted()).toEqual(found.toSorted());
});
