// MCP servers that do not start, start slowly, or are reached by their address, and the workers that should have them; with
// the real agents and real servers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { expect, onTestFinished } from 'vitest';
import { startHttpServer } from '../mcp-server/http.ts';
import { openYard, strays, type Told } from './yard.ts';

export const program = fileURLToPath(new URL('../mcp-server/stdio.ts', import.meta.url));
export const work = (file: string) => [{ bash: `echo x > ${file} && git add -A && git commit -q -m "the work"` }, { say: 'Done.' }];

/** A server of this name that records its start with its environment. */
export const server = (name: string, how: 'well' | 'crash' | 'hang' | 'slow' = 'well', more: object = {}) => ({
  command: process.execPath,
  args: [program, name, how],
  ...more,
});

const serversAt = (url: string) => ({
  crashing: server('crashing', 'crash'),
  needed: server('needed', 'crash', { required: true }),
  hung: server('hung', 'hang'),
  slow: server('slow', 'slow', { required: true }),
  far: { url, headers: { Authorization: 'Bearer ${file:~/far-secret}' } },
});

export const serverNames = ['crashing', 'needed', 'hung', 'slow', 'far'] as const;
type ServerName = (typeof serverNames)[number];

/** Longer than any server needs for its start, however busy the machine is. */
const startSeconds = 300;

/** Runs a worker of each agent for each of the named servers; `needed` must be among OpenCode's. */
export async function startsOfServers(given: {
  readonly claude: readonly ServerName[];
  readonly opencode: readonly ServerName[];
}): Promise<void> {
  const far = await startHttpServer();
  onTestFinished(() => far.close());
  const servers = serversAt(far.url);
  const tasks = serverNames.flatMap((name) => [
    ...(given.claude.includes(name) ? [{ name, model: 'opus' }] : []),
    ...(given.opencode.includes(name) ? [{ name, model: 'acme/coder-1' }] : []),
  ]);
  const of = <T>(name: ServerName, value: T): T[] => tasks.filter((task) => task.name === name).map(() => value);
  const yard = await openYard({
    todo: tasks.map(({ name, model }, i) => `- [ ] t${i + 1} Make it #auto-dispatch model:${model} mcp:${name}\n`).join(''),
    script: Object.fromEntries(tasks.map((_, i) => [`t${i + 1}`, work(`${i}.txt`)])),
    files: { '.yardmaster/mcp.yaml': stringify({ servers }) },
    config: { tools: { startSeconds } },
  });
  yard.write(join(yard.root, 'person', 'far-secret'), 'sesame-far\n', 0o600);
  const idsOf = (hung: boolean): string[] => tasks.flatMap(({ name }, i) => ((name === 'hung') === hung ? [`t${i + 1}`] : []));
  const runOf = (ids: readonly string[]) => yard.run('run', '--concurrency', '3', ...ids.flatMap((id) => ['--task', id]));
  const started = await runOf(idsOf(false));
  // This server never starts, so a short limit is enough.
  const settings = join(yard.repo, 'yardmaster.yaml');
  yard.write(settings, readFileSync(settings, 'utf8').replace(`startSeconds: ${startSeconds}`, 'startSeconds: 2'));
  const hung = await runOf(idsOf(true));
  const said = started.stderr + hung.stderr;
  const told = await yard.json<Told[]>('ls');
  const stateOf = (name: string): string[] => told.filter((_, i) => tasks[i]?.name === name).map(({ state }) => state);
  expect(serverNames.map(stateOf), said).toEqual(serverNames.map((name) => of(name, name === 'needed' ? 'blocked' : 'done')));
  for (const { state, reason } of told) if (state === 'blocked') expect(reason).toMatch(/^tools: without the MCP server needed/);
  const warned = (name: string): number => said.split(`the MCP server ${name} did not start`).length - 1;
  expect(['crashing', 'hung', 'slow', 'far'].map(warned)).toEqual([of('crashing', 1).length, of('hung', 1).length, 0, 0]);
  // OpenCode makes no request at all without a required server.
  const without = `t${tasks.findIndex(({ name, model }) => name === 'needed' && model !== 'opus') + 1}`;
  expect(told.find(({ id }) => id === without)?.state).toBe('blocked');
  expect(yard.server.requests().filter(({ scenario }) => scenario === without)).toEqual([]);
  expect(new Set(far.seen().map(({ authorization }) => authorization))).toEqual(new Set(['Bearer sesame-far']));
  expect(strays(yard.home)).toEqual([]);
}

/** A worker of each of these models is told these marks of the person's and the project's instructions, and no other. */
export async function seesInstructions(given: {
  readonly isolation: 'servers' | 'full';
  readonly models: readonly string[];
  readonly marks: readonly string[];
}): Promise<void> {
  const ids = given.models.map((_, i) => `t${i + 1}`);
  const yard = await openYard({
    todo: given.models.map((model, i) => `- [ ] ${ids[i]} Make it #auto-dispatch model:${model}\n`).join(''),
    script: Object.fromEntries(ids.map((id) => [id, work(`${id}.txt`)])),
    files: { 'CLAUDE.md': 'MARK-PROJECT\n', 'AGENTS.md': 'MARK-PROJECT\n' },
    config: { tools: { isolation: given.isolation } },
  });
  for (const file of ['.claude/CLAUDE.md', '.config/opencode/AGENTS.md']) yard.write(join(yard.root, 'person', file), 'MARK-PERSON\n');
  const ran = await yard.run('run', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  for (const id of ids) {
    const body = JSON.stringify(yard.server.requests().find(({ scenario }) => scenario === id)?.body);
    expect(
      ['PROJECT', 'PERSON'].filter((mark) => body.includes(`MARK-${mark}`)),
      id,
    ).toEqual(given.marks);
  }
}
