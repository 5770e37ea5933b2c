// A worker that another supervisor started: its secrets are known before its output is read, however long reading them
// takes, and all other work continues meanwhile.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { fakeMachine, type FakeMachine } from '../../../test/support/fake-place.ts';
import { phaseWorld } from '../../../test/support/phase-world.ts';
import { vault } from '../../accounts/vault.ts';
import { loadSettings } from '../../config/load.ts';
import type { Launch } from '../../core/task/attempt.ts';
import type { Trial } from '../../core/route/route.ts';
import { second } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Repo } from '../../ports/repo.ts';
import { closeAs, request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { maskedStore } from '../../store/masked-store.ts';
import { openStore } from '../../store/open.ts';
import { collect } from '../settle/collect.ts';
import { pulse } from '../pulse.ts';
import { run } from '../run.ts';
import { tryAccount } from '../dispatch/trial.ts';
import { watch } from './watch.ts';
import type { World } from '../world.ts';
import { because, sampleAttempt, sampleDelivery, sampleRoute } from '../../core/core.samples.ts';

const host = 'machine in memory';
const secret = 'sk-of-a-password-manager-0123';
let folder = '';
let now = 0;
let store: Store;
let machine: FakeMachine;
let world: World;

const lease = (): ReturnType<Clock['lease']> => ({ boot: 'this boot', ms: now, wall: now });
/** No deadline passes; a sleep that only lets others run ends at once. */
const sleep: Clock['sleep'] = (ms, signal) =>
  ms === 0 ? Promise.resolve() : new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
const clock: Clock = { now: () => now, lease, sleep, id: randomUUID };
const text = (said: string): string => `${JSON.stringify({ type: 'text', sessionID: 's', part: { type: 'text', text: said } })}\n`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yard-named-'));
  // A command that asks a person for permission prints nothing until it is given.
  execFileSync('mkfifo', [join(folder, 'leave')]);
  now = 1000;
  store = await openStore({ file: ':memory:' });
  machine = fakeMachine({ clock, worker: () => [{ say: text(`it is ${secret}`) }, { hang: true }], shell: () => [] });
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  const slow = {
    provider: 'provider',
    secret: `command:echo asked >> '${join(folder, 'asked')}'; cat '${join(folder, 'leave')}'`,
    agents: [],
  };
  const known = vault({ env: { PATH: process.env['PATH'] }, agents: new Map() });
  world = await phaseWorld({
    ...{ store: maskedStore(store, known), clock, holder: 'me', emit: () => {}, places: [machine.place()], vault: known },
    settings: async () => ({ ...settings, accounts: { slow } }),
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Leaves a worker on this account, started by a supervisor that is gone. */
async function left(task: string, account: string | null, { closed = false } = {}): Promise<string> {
  const id = randomUUID();
  await store.putTask({ repo: '/r', task: request(task), at: now });
  const taskKey = (await store.task({ repo: '/r', id: task }))!.key;
  const route = { ...sampleRoute, agent: 'opencode', account, place: 'fake', host };
  const facts = { session: 's', holder: 'gone', leaseFor: 1000, leaseFrom: lease(), at: now, reason: because('first'), admit: () => true };
  const claim = await store.claim({ id, taskKey, route, ...facts });
  if (!claim.claimed) throw new Error(claim.why);
  const spec = { file: 'agent', args: [], env: { set: {}, unset: [], secret: [] }, stdin: null, cwd: '/', files: [] };
  const record = async (started: Launch): Promise<void> => {
    const launch = { ...started, place: 'fake', host };
    await store.patchAttempt({ lease: claim.lease, patch: { launch, state: 'running' } });
  };
  await machine.place().launch({ spec, folder: `/f/${id}`, marker: id, isolate: 'off', protect: [], writable: [], record });
  if (closed) await closeAs(store, { lease: claim.lease, to: 'queued' });
  await store.release({ holder: 'gone' });
  return id;
}

const words = async (attempt: string): Promise<string> => JSON.stringify(await store.events({ attempt }));
const look = async (): Promise<void> => {
  // Far enough that leases are renewed.
  now += 6000;
  await watch(world);
};
async function isAsked(times: number): Promise<void> {
  await expect.poll(() => readFileSync(join(folder, 'asked'), 'utf8')).toBe('asked\n'.repeat(times));
}
/** Must be called while a reader is about to open the pipe; otherwise it waits for one. */
const giveLeave = (): Promise<void> => writeFile(join(folder, 'leave'), secret);

test('a command that hangs delays the reading of that worker only, and no renewal of leases', async () => {
  const [slow, other] = [await left('t1', 'slow'), await left('t2', null)];
  for (let looks = 0; looks < 4; looks += 1) await look();
  expect(await words(other)).toContain('it is');
  expect(await words(slow)).toBe('[]');
  // Four pulses take longer than a lease.
  expect(await store.takeOver({ holder: 'third', leaseFor: 15_000, at: lease(), reach: [{ place: 'fake', host }] })).toEqual([]);
  await giveLeave();
  await world.memory.inflight.settled();
  await look();
  expect(await words(slow)).toContain('it is the secret of slow');
});

test('a worker that is to end does not wait for it', async () => {
  const slow = await left('t1', 'slow');
  await store.requestStop({ attempt: slow, stop: { reason: 'cancelled', said: { code: 'cancelled', facts: {} }, until: null } });
  await look();
  await expect.poll(() => machine.alive(slow)).toBe(0);
  await giveLeave();
  await world.memory.inflight.settled();
});

test('a single pulse waits for it, and reads on', async () => {
  const slow = await left('t1', 'slow');
  const done = pulse(world, { phases: ['watch'], wait: true, tell: false });
  await giveLeave();
  await done;
  expect(await words(slow)).toContain('it is the secret of slow');
});

test('the secrets of all workers of a task are known before its work is examined; the same secret is read once', async () => {
  for (let tries = 0; tries < 3; tries += 1) await left('t1', 'slow', { closed: true });
  const task = { ...(await store.task({ repo: '/r', id: 't1' }))!, site: { checkout: '/w/t1' }, delivery: sampleDelivery() };
  const looked: (string | undefined)[] = [];
  const repo = {
    within: () => repo,
    describeSite: async () => null,
    facts: async () => ({ head: 'c1', commits: 1, dirty: [] }),
    take: async ({ secrets }: Parameters<Repo['take']>[0]) => (looked.push(secrets?.first(secret, 0)?.name), null),
  } as unknown as Repo;
  const settings = await world.settings('/r');
  const done = collect(
    { ...world, repo },
    { task, attempt: sampleAttempt(), settings, signal: new AbortController().signal, commitLeftovers: true },
  );
  await giveLeave();
  expect(await done).toMatchObject({ commits: 1 });
  expect(looked).toEqual(['the secret of slow']);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('asked\n');
});

test('when everything is to end now, it ends after the grace time of a worker, and the next supervisor reads the secrets', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const slow = await left('t1', 'slow');
  const [stop, ended] = [new AbortController(), vi.fn<() => void>()];
  // The trial of a sign-in ends with it as well.
  world.memory.inflight.start('sign-in slow', (signal) => once(signal, 'abort').then(ended));
  const waker = { woken: () => setImmediate(), taken: () => true };
  // The waits between its pulses end at once.
  const paced: World = { ...world, clock: { ...clock, sleep: () => setImmediate() } };
  const over = run(paced, { until: 'down', pollMs: 1, drain: new AbortController().signal, stop: stop.signal, waker });
  await isAsked(1);
  stop.abort();
  // The secrets are read once more before the worker's remaining output is read.
  await isAsked(2);
  vi.advanceTimersByTime(60 * second);
  await over;
  expect(ended).toHaveBeenCalled();
  expect(machine.alive(slow)).toBe(0);
  expect(await store.attempt(slow)).toMatchObject({ state: 'settling' });
  expect([await words(slow), readFileSync(join(folder, 'asked'), 'utf8')]).toEqual(['[]', 'asked\nasked\n']);
});

test('a trial that is stopped says nothing about the sign-in', async () => {
  const stop = new AbortController();
  const trial = { tried: 'slow', agent: 'opencode', model: 'provider/model' } as Trial;
  const trying = tryAccount(world, { trial, settings: await world.settings('/r'), signal: stop.signal });
  await isAsked(1);
  stop.abort();
  await expect(trying).rejects.toMatchObject({ code: 'stopped' });
  expect(await store.conditions('account')).toEqual(new Map());
});
