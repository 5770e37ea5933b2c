// A person wants an attempt or everything to end while the supervisor waits for a command of the configuration, and not for
// a worker.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fakeMachine, type FakeMachine } from '../../../test/support/fake-place.ts';
import { gitless, gitlessWorld, success } from '../../../test/support/gitless-world.ts';
import { vault } from '../../accounts/vault.ts';
import { loadSettings } from '../../config/load.ts';
import type { McpServer } from '../../core/own/mcp.ts';
import type { Settings } from '../../core/settings.ts';
import { second } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { request } from '../../ports/store.samples.ts';
import { openStore } from '../../store/open.ts';
import { pulse } from '../pulse.ts';
import { run } from '../run.ts';
import type { World } from '../world.ts';

interface Waiting {
  readonly world: World;
  readonly machine: FakeMachine;
  readonly settings: Settings;
  /** Another supervisor of the same home. */
  readonly next: () => Promise<World>;
  /** Resolves when the command has begun. The command hangs the first time. */
  readonly began: Promise<void>;
}

async function waiting(delivery: Partial<Settings['delivery']>): Promise<Waiting> {
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  const store = await openStore({ file: ':memory:' });
  // Sleeps that serve as deadlines of minutes never end in these tests.
  const sleep: Clock['sleep'] = (ms) => (ms > 10 * second ? new Promise(() => {}) : setImmediate());
  const clock: Clock = { now: () => 5, lease: () => ({ boot: 'b', ms: 5, wall: 5 }), sleep, id: randomUUID };
  const { promise: began, resolve } = Promise.withResolvers<void>();
  let begun = 0;
  const shell = () => {
    resolve();
    begun += 1;
    return begun === 1 ? ([{ hang: true }] as const) : [];
  };
  const machine = fakeMachine({ clock, worker: () => [{ say: success }, { exit: 0 }], shell });
  const repo = gitless({ sites: new Set(), removed: async () => {} });
  const configured = { delivery: { ...settings.delivery, ...delivery } };
  const next = (): Promise<World> =>
    gitlessWorld({ store, clock, machine, repo, holder: randomUUID(), emit: () => {}, settings: configured });
  const world = await next();
  await store.putTask({ repo: '/repo', task: request('t1', { wanted: true, line: 'none' }), at: 1 });
  return { world, machine, settings, next, began };
}

test('a person who wants to attach does not wait for a set-up', async () => {
  const { world, machine, began } = await waiting({ setup: 'set up' });
  const { store, memory } = world;
  await pulse(world, { phases: ['dispatch'], wait: false, tell: false });
  await began;
  const [attempt] = await store.attempts(1);
  const { id } = attempt!;
  await store.requestStop({ attempt: id, stop: { reason: 'stopped', said: { code: 'attached', facts: {} }, until: null } });
  await pulse(world, { phases: ['settle'], wait: false, tell: false });
  await memory.inflight.settled();
  expect(await store.attempt(id)).toMatchObject({ state: 'closed', verdict: { kind: 'stopped' } });
  expect(await store.taskByKey(1)).toMatchObject({ state: 'queued', site: null });
  expect(machine.alive(id)).toBe(0);
});

test('a single pulse that waits for a set-up learns that the task is cancelled', async () => {
  const { world, machine, began } = await waiting({ setup: 'set up' });
  const { store } = world;
  const over = pulse(world, { phases: ['dispatch'], wait: true, tell: false });
  await began;
  expect(await store.act({ key: 1, action: 'cancel', at: 6 })).toMatchObject({ acted: 'stopping' });
  await over;
  const [attempt] = await store.attempts(1);
  expect(attempt).toMatchObject({ state: 'closed', verdict: { kind: 'cancelled' } });
  expect(await store.taskByKey(1)).toMatchObject({ state: 'cancelled', site: null });
  expect(machine.alive(attempt!.id)).toBe(0);
});

test('when everything is to end now, checks get the grace time of a worker, and no more', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { world, machine, settings, next, began } = await waiting({ checks: ['check'] });
  const { store, memory } = world;
  const stop = new AbortController();
  const waker = { woken: () => setImmediate(), taken: () => true };
  const over = run(world, { until: 'down', pollMs: 1, drain: new AbortController().signal, stop: stop.signal, waker });
  await began;
  stop.abort();
  while (memory.stoppedSince === null) await setImmediate();
  vi.advanceTimersByTime(settings.worker.graceSeconds * second);
  await over;
  const [attempt] = await store.attempts(1);
  expect(attempt).toMatchObject({ state: 'closed', verdict: { kind: 'stopped', workDone: true } });
  expect(machine.alive(attempt!.id)).toBe(0);
  expect(await store.taskByKey(1)).toMatchObject({ state: 'queued', retries: 0 });
  // The work that is done is delivered without paying for it again.
  await pulse(await next(), { phases: ['dispatch'], wait: true, tell: false });
  expect((await store.attempts(1))[1]).toMatchObject({ launch: null, verdict: { kind: 'work' } });
});

test.each(['credential', 'MCP server'])(
  'a preparation that waits for a command for the secret of a %s ends at once when everything is to end',
  async (of) => {
    const folder = await mkdtemp(join(tmpdir(), 'yard-cut-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const asked = join(folder, 'asked');
    execFileSync('mkfifo', [asked, join(folder, 'leave')]);
    const command = `echo >'${asked}'; cat '${join(folder, 'leave')}'`;
    const known = await waiting({});
    const configured = await known.world.settings('/repo');
    const text = `\${command:${command}}`;
    const docs: McpServer = {
      name: 'docs',
      transport: 'stdio',
      required: true,
      command: ['docs', text],
      url: null,
      env: {},
      headers: {},
      agents: null,
      people: false,
      workers: true,
    };
    const settings: Settings =
      of === 'credential'
        ? { ...configured, accounts: { key: { provider: 'anthropic', billing: 'token', secret: `command:${command}`, agents: [] } } }
        : { ...configured, mcp: { docs }, tools: { ...configured.tools, mcp: ['docs'] } };
    const env = { PATH: process.env['PATH'], ANTHROPIC_API_KEY: 'sk-of-this-test' };
    const world = { ...known.world, settings: async () => settings, vault: vault({ env, agents: new Map() }) };
    const stop = new AbortController();
    const waker = { woken: () => setImmediate(), taken: () => true };
    const over = run(world, { until: 'down', pollMs: 1, drain: new AbortController().signal, stop: stop.signal, waker });
    await readFile(asked);
    stop.abort();
    await over;
    expect(await world.store.attempts(1)).toMatchObject([{ state: 'closed', launch: null, verdict: { kind: 'stopped' } }]);
    expect(await world.store.taskByKey(1)).toMatchObject({ state: 'queued', retries: 0 });
  },
);
