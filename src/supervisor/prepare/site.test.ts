// A worker may see other paths, another file system and other programs than its supervisor does. Its start and the later
// reads use the paths that the worker sees, and nothing on the supervisor's own disk is mistaken for them.
import { holdAttempt } from '../held.ts';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeMachine, type FakeMachine } from '../../../test/support/fake-place.ts';
import { inside } from '../../../test/support/fake-site.ts';
import { phaseWorld } from '../../../test/support/phase-world.ts';
import { loadSettings } from '../../config/load.ts';
import type { Attempt, Lease } from '../../core/task/attempt.ts';
import type { PlaceFacts } from '../../core/route/place.ts';
import { Fault } from '../../core/fault.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import { localHost } from '../../places/local/local-host.ts';
import type { CommandSpec } from '../../ports/command-spec.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ShellCommand } from '../../ports/host.ts';
import type { Boundary } from '../../ports/place.ts';
import type { Repo } from '../../ports/repo.ts';
import { request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import type { Vault } from '../../ports/vault.ts';
import { openStore } from '../../store/open.ts';
import { deliver } from '../settle/deliver.ts';
import { dispatch } from '../dispatch/dispatch.ts';
import type { SupervisorEvent } from '../events.ts';
import { prepare } from './prepare.ts';
import { settle } from '../settle/settle.ts';
import type { World } from '../world.ts';
import { because, sampleRoute } from '../../core/core.samples.ts';
import { inWords } from '../../core/reason/said.ts';

let root = '';
let store: Store;
let settings: Settings;
let specs: CommandSpec[] = [];
let told: SupervisorEvent[] = [];
let commands: (ShellCommand & Boundary)[] = [];

const clock: Clock = {
  now: () => 1000,
  lease: () => ({ boot: 'this boot', ms: 1000, wall: 1000 }),
  sleep: async () => {},
  id: randomUUID,
};
const folders = () => ({
  ...{ root: join(root, 'state'), worktrees: join(root, 'w'), readers: join(root, 'r') },
  ...{ attempts: join(root, 'a'), tasks: join(root, 't'), trash: join(root, 'x') },
});
const worktree = (): string => join(root, 'w', '1-t1-1');
const taskFolder = (): string => join(root, 't', '1-t1');

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'yard-seen-'));
  [specs, told, commands] = [[], [], []];
  store = await openStore({ file: ':memory:' });
  const { settings: loaded } = await loadSettings({ env: {}, repo: null, flags: {} });
  settings = { ...loaded, worker: { ...loaded.worker, protect: 'off' } };
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function machineOf(facts: Partial<PlaceFacts> = {}): FakeMachine {
  const worker = (spec: CommandSpec) => {
    specs.push(spec);
    return [{ say: '{"type":"step_start","sessionID":"main","part":{}}\n' }] as const;
  };
  const shell = (command: ShellCommand & Boundary) => {
    commands.push(command);
    return [];
  };
  return fakeMachine({ clock, facts, worker, shell });
}

function supervisor(machines: readonly FakeMachine[], more: Partial<Omit<World, 'places'>> = {}): Promise<World> {
  // The site exists, and nothing in it is read.
  const repo = {
    within: () => repo,
    hasSite: async () => true,
    log: async () => [],
    emptySubmodules: async () => [],
    takeLeftLocks: async () => [],
  } as unknown as Repo;
  const account = {
    ...{ name: 'key', provider: 'anthropic', billing: 'token', agents: null, shared: false },
    secret: { kind: 'env', names: ['ANTHROPIC_API_KEY'] },
  } as const;
  const vault = { accounts: async () => [account], credential: async () => null } as unknown as Vault;
  return phaseWorld({
    ...{ store, clock, repo, vault, folders: folders(), settings: async () => settings, holder: 'me' },
    env: { PATH: '/usr/bin:/bin', HOME: join(root, 'home') },
    emit: (event) => void told.push(event),
    places: machines.map((machine) => machine.place()),
    ...more,
  });
}

async function queued(id = 't1'): Promise<Task> {
  await store.putTask({ repo: '/repo', task: request(id, { wanted: true }), at: 1000 });
  const { key } = (await store.task({ repo: '/repo', id }))!;
  await store.patchTask({ key, patch: { site: { checkout: worktree() }, delivery: { branch: 'yard/t1', base: 'main' } }, at: 1000 });
  return (await store.taskByKey(key))!;
}

async function claimed(world: World, agent: string): Promise<{ task: Task; attempt: Attempt; lease: Lease }> {
  const task = await queued();
  const [place] = world.places.values();
  const { name, host } = place!.facts;
  const claim = await store.claim({
    ...{
      id: randomUUID(),
      taskKey: task.key,
      session: 's',
      holder: 'me',
      leaseFor: 1000,
      leaseFrom: clock.lease(),
      at: 1000,
      reason: because('r'),
    },
    route: { ...sampleRoute, agent, model: 'anthropic/small', place: name, host },
    admit: () => true,
  });
  if (!claim.claimed) throw new Error(claim.why);
  holdAttempt(world, claim);
  return { task, attempt: claim.attempt, lease: claim.lease };
}

/** Writes a file on the supervisor's disk. */
function lay(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const configuration = (server: string): string => JSON.stringify({ mcp: { [server]: { type: 'local', command: ['x'] } } });

describe.each(['opencode', 'claude'])('%s', (agent) => {
  test('is started with the paths that its worker sees, and reads and leaves nothing beside them', async () => {
    const machine = machineOf();
    machine.files.set(`${inside}/home/.config/opencode/opencode.json`, configuration('theirs'));
    machine.files.set(`${inside}${worktree()}/opencode.json`, configuration('of-the-project'));
    machine.files.set(`${inside}/home/.local/share/opencode/auth.json`, '{"anthropic":{"key":"theirs"},"other":{}}');
    lay('home/.config/opencode/opencode.json', configuration('not-theirs'));
    lay('home/.local/share/opencode/auth.json', '{"anthropic":{"key":"ours"}}');
    lay('w/1-t1-1/opencode.json', configuration('not-theirs'));
    const before = readdirSync(root, { recursive: true });
    const world = await supervisor([machine]);
    await prepare(world, { ...(await claimed(world, agent)), signal: new AbortController().signal });

    const [spec] = specs;
    expect(told.filter(({ type }) => type === 'verdict')).toEqual([]);
    expect(spec?.cwd).toBe(`${inside}${worktree()}`);
    expect(spec?.stdin).toContain(`${inside}${worktree()}\n`);
    expect(spec?.env.set).toMatchObject({ PATH: `${inside}/bin`, HOME: `${inside}/home` });
    const text = JSON.stringify(spec);
    expect(text).toContain(`${inside}${taskFolder()}`);
    expect(text.replaceAll(`${inside}${root}`, '')).not.toContain(root);
    expect(text).not.toContain('not-theirs');
    for (const { path } of spec?.files ?? []) expect(machine.files.has(path), path).toBe(true);
    if (agent === 'opencode') {
      expect(text).toContain('of-the-project');
      expect(machine.files.get(`${inside}${taskFolder()}/opencode/data/opencode/auth.json`)).toBe('{"anthropic":{"key":"theirs"}}');
    }
    expect(readdirSync(root, { recursive: true })).toEqual(before);
  });
});

/** A database of OpenCode in which a subagent's session has cost something. */
function subagents(): Uint8Array {
  const file = join(root, 'made.db');
  const database = new DatabaseSync(file);
  database.exec(
    `create table session (id text, parent_id text, cost real, tokens_input int, tokens_output int, tokens_reasoning int, tokens_cache_read int, tokens_cache_write int, time_created int, model text);
     insert into session values ('child', 'main', 0.5, 1, 2, 0, 0, 0, 2000, 'small')`,
  );
  database.close();
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

test('what an agent recorded where its worker ran completes the transcript, and its private files go', async () => {
  const machine = machineOf();
  const world = await supervisor([machine]);
  const { attempt, lease, task } = await claimed(world, 'opencode');
  await prepare(world, { task, attempt, lease, signal: new AbortController().signal });
  const secret = `${inside}${join(root, 'a', attempt.id, 'private', 'secret')}`;
  machine.files.set(secret, 'x');
  machine.files.set(`${inside}${taskFolder()}/opencode/data/opencode/opencode.db`, subagents());
  await store.patchAttempt({ lease, patch: { stop: { reason: 'cancelled', said: inWords('no longer wanted'), until: null } } });
  await settle(world);
  await world.memory.inflight.settled();
  expect(await store.attempt(attempt.id)).toMatchObject({ state: 'closed', verdict: { kind: 'cancelled' }, cost: 500_000 });
  expect((await store.events({ attempt: attempt.id })).map(({ event }) => event)).toContainEqual(
    expect.objectContaining({ type: 'child', session: 'child' }),
  );
  expect(machine.files.has(secret)).toBe(false);
});

describe('a command that runs beside a worker', () => {
  const { signal } = new AbortController();
  /** A repository in which a site is made, judged and pushed, without git. */
  const repo = {
    within: () => repo,
    find: async () => ({ root: '/repo', common: '/repo/.git', remote: 'origin', otherRemotes: [] }),
    describe: async () => ({
      ...(await repo.find('', { remote: '' })),
      defaultBranch: 'main',
      outdated: null,
      unreachable: null,
      submodules: { empty: [] },
    }),
    hasSite: async () => false,
    makeSite: async () => ({ base: 'main', branch: 'yard/t1' }),
    emptySubmodules: async () => [],
    log: async () => [],
    unreachableSubmodules: async () => [],
    remoteAddress: async () => ({ fetch: [], push: [] }),
    pushHooks: async () => [{ file: '/repo/hook', args: ['origin'], input: 'refs\n' }],
    push: async () => ({ pushed: true, commit: 'c1', ref: 'refs/heads/yard/t1' }),
  } as unknown as Repo;

  /** Runs all steps from the making of the site to the push. */
  async function whole(world: World): Promise<void> {
    const claim = await claimed(world, 'opencode');
    await store.patchTask({ key: claim.task.key, patch: { site: null }, at: 1000 });
    const unmade = (await store.taskByKey(claim.task.key))!;
    await prepare(world, { ...claim, task: unmade, signal });
    const task = (await store.taskByKey(claim.task.key))!;
    const work = { head: 'c1', commits: 1, dirty: [], kept: null };
    const verdict = { kind: 'work', said: inWords(''), until: null, feedback: null } as const;
    await deliver(world, { ...claim, task, verdict, commits: 1, settings, signal, work, accept: false });
  }

  test('runs in its place: in the checkout as the place sees it, with the place’s environment', async () => {
    settings = { ...settings, delivery: { ...settings.delivery, setup: 'set up', checks: ['check'] } };
    const world = await supervisor([machineOf()], { repo });
    await whole(world);
    expect((await store.taskByKey(1))?.state).toBe('delivered');
    const checkout = `${inside}${worktree()}`;
    const env = expect.objectContaining({ PATH: `${inside}/bin`, HOME: `${inside}/home` });
    expect(commands.map(({ command, cwd, env: given }) => ({ command, cwd, env: given }))).toEqual([
      { command: 'set up', cwd: checkout, env },
      { command: 'check', cwd: checkout, env },
      { command: expect.stringContaining('/repo/hook'), cwd: checkout, env },
    ]);
  });

  test('a warning says once that the person’s repository cannot be protected from it', async () => {
    settings = { ...settings, worker: { ...settings.worker, protect: 'auto' }, delivery: { ...settings.delivery, checks: ['check'] } };
    await whole(await supervisor([machineOf()], { repo }));
    expect(told.filter(({ type }) => type === 'warning')).toEqual([
      expect.objectContaining({
        task: 't1',
        code: 'unprotected',
        message: expect.stringMatching(/^\/repo and .* cannot be made read-only/),
      }),
    ]);
    expect(commands.map(({ protect }) => protect)).toEqual(commands.map(() => ['/repo', join(root, 'state'), join(root, 'r')]));
  });
});

test('a failed set-up is reported as that, even if its site cannot be removed', async () => {
  const machine = fakeMachine({ clock, worker: () => [], shell: () => [{ say: 'no network' }, { exit: 7 }] });
  const facts = { remote: null, otherRemotes: [], defaultBranch: 'main', outdated: null, unreachable: null, submodules: { empty: [] } };
  const removeSite = () => Promise.reject(new Fault({ code: 'not-preserved', message: 'it is too large', hint: 'delete it' }));
  const repo: Repo = {
    ...{ within: () => repo, hasSite: async () => false, describe: async () => facts },
    ...{ makeSite: async () => ({ base: 'b', branch: 'yard/t1' }), removeSite },
  } as unknown as Repo;
  settings = { ...settings, delivery: { ...settings.delivery, setup: 'install' } };
  const world = await supervisor([machine], { repo });
  const claim = await claimed(world, 'opencode');
  await prepare(world, { ...claim, signal: new AbortController().signal });
  expect((await store.attempt(claim.attempt.id))?.verdict).toMatchObject({
    kind: 'setup',
    said: { code: 'setup-failed', facts: { output: expect.stringContaining('no network') } },
  });
  expect(told).toContainEqual(expect.objectContaining({ type: 'warning', code: 'not-preserved', task: 't1' }));
});

describe('a task is dispatched to', () => {
  const place = async (first: FakeMachine, ...others: readonly FakeMachine[]): Promise<string | null> => {
    const names = [first, ...others].map((machine) => machine.place().facts.name);
    settings = { ...settings, places: { use: names }, models: { ...settings.models, default: 'anthropic/small' } };
    const world = await supervisor([first, ...others], { concurrency: 9 });
    await queued();
    await dispatch(world);
    await world.memory.inflight.settled();
    return (await store.attempts(1)).at(-1)?.route.place ?? null;
  };
  const named = (name: string, more: Partial<PlaceFacts> = {}, programs: readonly string[] = ['opencode']): FakeMachine => {
    const machine = machineOf({ name, host: `host of ${name}`, ...more });
    for (const program of programs) machine.files.set(`${inside}/bin/${program}`, '');
    return machine;
  };

  test('the first place that has the agent’s program, whatever the supervisor’s machine has', async () => {
    expect(await place(named('bare', {}, []), named('pool'))).toBe('pool');
  });

  test('the next place where the first one is full', async () => {
    expect(await place(named('small', { capacity: 0 }), named('pool'))).toBe('pool');
  });

  test('no place that does not take its agent, whatever programs are there', async () => {
    expect(await place(named('closed', { agents: ['another'] }), named('pool'))).toBe('pool');
  });

  test('the next place while the first one does not answer', async () => {
    const far = named('far');
    far.cutOff(true);
    expect(await place(far, named('pool'))).toBe('pool');
  });

  test('the next place where the machine of the first one has no processor left', async () => {
    const places = [named('near', { host: 'here' }), named('pool')];
    const room = () => ({ cores: 1, total: 2 ** 40, free: 2 ** 40 });
    settings = { ...settings, places: { use: ['near', 'pool'] }, models: { ...settings.models, default: 'anthropic/small' } };
    const world = await supervisor(places, { concurrency: 'auto', host: { ...localHost(), name: 'here', room } });
    for (const id of ['t1', 't2', 't3', 't4']) await queued(id);
    await dispatch(world);
    await world.memory.inflight.settled();
    const attempts = await store.attemptsOf([1, 2, 3, 4]);
    expect(attempts.map(({ route }) => route.place).toSorted()).toEqual(['near', 'near', 'pool', 'pool']);
  });

  test('no place while the only one does not answer, and a person is told', async () => {
    const far = named('far');
    far.cutOff(true);
    expect(await place(far)).toBe(null);
    expect((await store.taskByKey(1))?.state).toBe('queued');
    expect(told).toMatchObject([{ type: 'warning', task: 't1', code: 'place-unreachable' }]);
  });

  test('no place if none has the program: only a person can install it', async () => {
    expect(await place(named('bare', {}, []))).toBe(null);
    expect(await store.taskByKey(1)).toMatchObject({ state: 'blocked', reason: { code: 'no-route', facts: { refused: 'no-agent' } } });
  });
});
