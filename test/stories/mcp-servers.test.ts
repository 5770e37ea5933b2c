// MCP servers of workers, with both real agents and real servers: exactly those that are named start, whatever a person,
// a project or a plugin configured beside them; what does not start is told, and ends the worker where it is needed.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { program, seesInstructions, server, startsOfServers, work } from '../support/mcp-starts.ts';
import { needsAgents } from '../support/skip-without.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

needsAgents('claude', 'opencode');

function starts(yard: Yard): { name: string; attempt: string; env: Record<string, string> }[] {
  const folder = join(yard.root, 'tmp', 'mcp-starts');
  return existsSync(folder)
    ? readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ReturnType<typeof starts>[number])
    : [];
}

/** What a person and a project have configured for both agents, a plugin of OpenCode's included. */
const foreign = {
  '.mcp.json': JSON.stringify({ mcpServers: { project: { command: process.execPath, args: [program, 'project', 'well'] } } }),
  'opencode.json': JSON.stringify({ mcp: { project: { type: 'local', command: [process.execPath, program, 'project', 'well'] } } }),
  '.opencode/plugin/adder.mjs': `export const Adder = async () => ({
    config: async (all) => { all.mcp = { ...all.mcp, plugin: { type: 'local', command: ${JSON.stringify([process.execPath, program, 'plugin', 'well'])} } }; },
  });\n`,
};

function person(yard: Yard): void {
  const mine = { command: process.execPath, args: [program, 'person', 'well'] };
  yard.write(
    join(yard.root, 'person', '.claude.json'),
    JSON.stringify({ mcpServers: { person: mine }, projects: { [yard.repo]: { mcpServers: { local: mine } } } }),
  );
  yard.write(
    join(yard.root, 'person', '.config', 'opencode', 'opencode.json'),
    JSON.stringify({ mcp: { person: { type: 'local', command: [mine.command, ...mine.args] } } }),
  );
}

test('three concurrent workers with three sets of servers each start their own servers and no others', async () => {
  const sets = [['a'], ['b', 'c'], ['none']];
  const yard = await openYard({
    todo: sets
      .map((set, i) => `- [ ] t${i + 1} Make it #auto-dispatch ${i % 2 === 0 ? 'model:opus' : 'model:acme/coder-1'} mcp:${set.join(',')}\n`)
      .join(''),
    script: Object.fromEntries(sets.map((_, i) => [`t${i + 1}`, work(`${i}.txt`)])),
    files: {
      ...foreign,
      '.yardmaster/mcp.yaml': stringify({
        servers: { a: server('a'), b: server('b', 'well', { env: { SECRET: '${env:MCP_SECRET}' } }), c: server('c') },
      }),
    },
    env: { MCP_SECRET: 'sesame-story' },
  });
  person(yard);
  const ran = await yard.run('run', '--concurrency', '3');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const told = await yard.json<Told[]>('ls');
  const shown = await Promise.all(told.map(({ id }) => yard.json<{ attempts: { id: string }[] }>('show', id)));
  const ids = shown.map(({ attempts }) => attempts[0]?.id ?? '');
  const began = starts(yard);
  expect(
    ids.map((id) =>
      began
        .filter(({ attempt }) => attempt === id)
        .map(({ name }) => name)
        .toSorted(),
    ),
  ).toEqual(sets.map((set) => (set[0] === 'none' ? [] : set)));
  expect(began).toHaveLength(3);
  // What a server is given, and no more: neither the worker's credential nor another server's secret.
  for (const { name, env } of began) {
    expect(env['SECRET'] ?? null).toBe(name === 'b' ? 'sesame-story' : null);
    expect(
      // An empty one keeps Claude Code's own settings from setting it.
      Object.keys(env).filter(
        (one) =>
          env[one] !== '' &&
          /^(?:ANTHROPIC|CLAUDE_CODE_OAUTH|OPENCODE_CONFIG_CONTENT|OPENCODE_AUTH)/.test(one) &&
          one !== 'ANTHROPIC_BASE_URL',
      ),
    ).toEqual([]);
  }
  for (const id of ids) expect(existsSync(join(yard.home, 'attempts', id, 'private'))).toBe(false);
  expect(readFileSync(join(yard.home, 'yardmaster.db')).includes('sesame-story')).toBe(false);
  expect(strays(yard.home)).toEqual([]);
});

test('a server that does not start is reported and ends the worker that needs it before its work; a server with an address gets its secret', async () => {
  // One that fails at once, one that never answers, and one at an address; OpenCode with the one that it answers otherwise. The
  // rest is in mcp-servers.full.test.ts.
  await startsOfServers({ claude: ['needed', 'hung', 'far'], opencode: ['needed'] });
});

test('a worker’s private file is removed with it, even if it and its supervisor were killed; an unknown server starts no worker', async ({
  signal,
}) => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch model:opus mcp:a\n- [ ] t2 Make it #auto-dispatch mcp:nope\n- [ ] t3 Make it #auto-dispatch mcp:open\n',
    script: { t1: [{ hang: true }] },
    files: {
      '.yardmaster/mcp.yaml': stringify({
        servers: { a: server('a'), open: server('open', 'well', { env: { KEY: '${fill:your key}' } }) },
      }),
    },
  });
  const supervisor = yard.start('run');
  const killed = ended(supervisor);
  await yard.server.request(({ scenario }) => scenario === 't1', signal);
  const [attempt] = (await yard.json<{ attempts: { id: string; pid: number }[] }>('show', 't1')).attempts;
  const file = join(yard.home, 'attempts', attempt?.id ?? '', 'private', 'mcp.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(`/proc/${attempt?.pid}/cmdline`, 'utf8')).not.toContain('mcpServers');
  supervisor.kill('SIGKILL');
  await killed;
  for (const pid of strays(yard.home)) process.kill(pid, 'SIGKILL');
  expect((await yard.run('pulse')).code).toBe(0);
  expect(existsSync(file)).toBe(false);
  const [, second, third] = await yard.json<Told[]>('ls');
  expect([second?.state, second?.reason, second?.attempts]).toEqual([
    'blocked',
    expect.stringContaining('there is no MCP server "nope"; these are described: a, open'),
    0,
  ]);
  expect(third).toMatchObject({ state: 'blocked', reason: expect.stringContaining('still has values to fill in: your key'), attempts: 0 });
});

test.each([
  ['servers', ['PROJECT', 'PERSON']],
  ['full', []],
] as const)('with tools.isolation %s Claude Code sees these instructions of the person and the project: %j', async (isolation, marks) => {
  // OpenCode is in mcp-servers.full.test.ts; its command for both is in src/agents/opencode/golden.
  await seesInstructions({ isolation, models: ['opus'], marks });
});
