// Workers that leave processes behind, which are counted by the odd times for which they sleep. The real agents are used,
// whose shell tool starts servers that outlive it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { isolationFor } from '../../src/places/local/isolation.ts';
import { agentBinary, type AgentName } from './agents.ts';
import { draining, eventsOf, judged, running } from './events-of.ts';
import { agentOf, kill, oddSeconds, sleeping } from './sleepers.ts';
import { ended, openYard, strays, type Told, type Yard } from './yard.ts';

export const namespaces = (await isolationFor({ pids: 'auto', protect: [], writable: [] })).pids;
type Ids = readonly string[];
type Event = (match: ReturnType<typeof running>) => Promise<Readonly<Record<string, unknown>>>;

export const secondsOf = (ids: Ids): Map<string, number> => new Map(ids.map((id) => [id, oddSeconds()]));

/** How many processes sleep for each of the tasks. */
export function counted(seconds: ReadonlyMap<string, number>, ids: Ids): Record<string, number> {
  return Object.fromEntries(ids.map((id) => [id, sleeping(seconds.get(id) ?? 0).length]));
}

export const each = (ids: Ids, number: number): Record<string, number> => Object.fromEntries(ids.map((id) => [id, number]));

export async function attemptOf(event: Event, id: string): Promise<string> {
  return String((await event(running(id)))['attempt']);
}

/** A person's own session of an agent, in an environment without a marker. */
export function person(yard: Yard, given: { name: AgentName; args: readonly string[]; prompt: string; env?: Record<string, string> }) {
  const program = yard.agents[given.name]?.path ?? agentBinary(given.name) ?? '';
  const env = { ...yard.env, ...yard.agents[given.name]?.env, ...given.env };
  const child = spawn(program, given.args, { cwd: yard.repo, env, detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  onTestFinished(() => void (child.pid !== undefined && child.exitCode === null && kill(-child.pid)));
  child.stdin.end(given.prompt);
  return child;
}

export async function killed(supervisor: ReturnType<Yard['start']>): Promise<void> {
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
}

const line = (id: string, name: AgentName): string =>
  `- [ ] ${id} End well #auto-dispatch agent:${name} ${name === 'claude' ? 'model:opus' : 'model:acme/coder-1'}\n`;

function claudeOwn(yard: Yard): Record<string, string> {
  return { ANTHROPIC_BASE_URL: yard.server.url, ANTHROPIC_API_KEY: 'sk-ant-test-000', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
}

function opencodeOwn(yard: Yard): Record<string, string> {
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${yard.server.url}/v1`, apiKey: 'sk-test-000' },
    models: { 'coder-1': {} },
  };
  return {
    OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: { acme: provider }, enabled_providers: ['acme'], share: 'disabled' }),
    OPENCODE_MODELS_PATH: join(yard.root, 'no-models.json'),
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    npm_config_offline: 'true',
  };
}

/** The command line that the model gives to the shell tool. */
function leaving(seconds: number | undefined, kinds: readonly string[]): string {
  return `${kinds.map((kind) => `${kind} sleep ${seconds} </dev/null >/dev/null 2>&1 &`).join(' ')} echo started`;
}

const kinds = ['nohup', 'setsid'];

/** Ends the agents of these workers by these signals while a person's own sessions run beside them. */
export async function endedFromOutside(given: {
  readonly workers: readonly (readonly [AgentName, 'SIGTERM' | 'SIGKILL'])[];
  readonly persons: readonly AgentName[];
  readonly signal: AbortSignal;
}): Promise<void> {
  const { signal } = given;
  const tasks = Object.fromEntries(given.workers.map(([name], i) => [`t${i + 1}`, name]));
  const ids = Object.keys(tasks);
  const seconds = secondsOf(ids);
  const yard = await openYard({
    todo: Object.entries(tasks)
      .map(([id, name]) => line(id, name))
      .join(''),
    script: {
      ...Object.fromEntries(ids.map((id) => [id, [{ bash: leaving(seconds.get(id), kinds) }, { hang: true }]])),
      t98: [{ hang: true }],
      t99: [{ hang: true }],
    },
    config: { worker: { pidNamespace: 'off', graceSeconds: 1 } },
  });
  const sessions = {
    claude: () => person(yard, { name: 'claude', args: ['-p'], prompt: 'Do task t98.', env: claudeOwn(yard) }),
    opencode: () =>
      person(yard, { name: 'opencode', args: ['run', '--model', 'acme/coder-1'], prompt: 'Do task t99.', env: opencodeOwn(yard) }),
  };
  const theirs = given.persons.map((name) => sessions[name]());
  const supervisor = yard.start('run', '--json', '--concurrency', String(ids.length));
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await Promise.all(ids.map((id) => yard.server.request((one) => one.scenario === id && one.step === 1, signal)));
  const scenarios = given.persons.map((name) => (name === 'claude' ? 't98' : 't99'));
  await Promise.all(scenarios.map((id) => yard.server.request((one) => one.scenario === id, signal)));
  await expect.poll(() => counted(seconds, ids)).toEqual(each(ids, kinds.length));
  // Draining, so that no worker is started again.
  supervisor.kill('SIGINT');
  await event(draining);
  for (const [index, [name, how]] of given.workers.entries()) {
    const id = `t${index + 1}`;
    const pid = agentOf({ attempt: await attemptOf(event, id), program: agentBinary(name) ?? '' });
    process.kill(pid, how);
    expect(await event(judged(id))).toMatchObject({ verdict: 'killed' });
    expect(counted(seconds, [id])).toEqual({ [id]: 0 });
  }
  expect((await all).code).toBe(130);
  expect(strays(yard.home)).toEqual([]);
  expect(theirs.map((child) => [child.exitCode, child.signalCode])).toEqual(theirs.map(() => [null, null]));
}

/**
 * Some workers are cancelled; the others end by themselves under a supervisor that took them over from one that was killed.
 */
export async function cancelledOrTakenOver(given: {
  readonly cancelled: readonly AgentName[];
  readonly takenOver: readonly AgentName[];
  readonly signal: AbortSignal;
}): Promise<void> {
  const { signal } = given;
  const all = namespaces ? [...kinds, 'env -i setsid'] : kinds;
  const names = [...given.cancelled, ...given.takenOver];
  const tasks = Object.fromEntries(names.map((name, i) => [`t${i + 1}`, name]));
  const ids = Object.keys(tasks);
  const [cancelled, takenOver] = [ids.slice(0, given.cancelled.length), ids.slice(given.cancelled.length)];
  const seconds = secondsOf(ids);
  const yard = await openYard({
    todo: Object.entries(tasks)
      .map(([id, name]) => line(id, name))
      .join(''),
    script: Object.fromEntries(
      ids.map((id) => [
        id,
        [
          { bash: leaving(seconds.get(id), all) },
          // It waits at a pipe of ours, beside the objects that its repository borrows, until we write to it.
          {
            bash: `date > ${id}.txt && git add -A && git commit -q -m "the work"; read go < "$(cat .git/objects/info/alternates)/../${id}"`,
          },
          { say: 'Done.' },
        ],
      ]),
    ),
    config: { worker: { graceSeconds: 1 } },
  });
  const pipes = ids.map((id) => join(yard.repo, '.git', id));
  execFileSync('mkfifo', pipes);
  // The pipes are opened in both directions, so that opening does not wait for a reader and nothing written before one
  // comes is lost.
  const open = pipes.map((pipe) => openSync(pipe, 'r+'));
  onTestFinished(() => open.forEach((pipe) => closeSync(pipe)));
  const first = yard.start('run', '--json', '--concurrency', String(ids.length));
  first.stdout?.resume();
  await Promise.all(ids.map((id) => yard.server.request((one) => one.scenario === id && one.step === 1, signal)));
  await expect.poll(() => counted(seconds, ids)).toEqual(each(ids, all.length));
  await Promise.all(cancelled.map((id) => yard.run('cancel', id)));
  expect(counted(seconds, ids)).toEqual({ ...each(cancelled, 0), ...each(takenOver, all.length) });
  await killed(first);
  expect(counted(seconds, takenOver)).toEqual(each(takenOver, all.length));
  const second = yard.run('run');
  for (const pipe of open) writeSync(pipe, 'go\n');
  const { code, stderr } = await second;
  expect(code, stderr).toBe(0);
  expect((await yard.json<Told[]>('ls')).map((task) => task.state)).toEqual([
    ...cancelled.map(() => 'cancelled'),
    ...takenOver.map(() => 'done'),
  ]);
  expect([strays(yard.home), counted(seconds, ids)]).toEqual([[], each(ids, 0)]);
}
