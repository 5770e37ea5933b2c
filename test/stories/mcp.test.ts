// MCP servers of workers, with both real agents and real servers: exactly those that are named start, whatever a person,
// a project or a plugin configured beside them; what does not start is told, and ends the worker where it is needed.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpServer } from '../mcp-server/http.ts';
import { needsAgents } from '../support/needs.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const program = fileURLToPath(new URL('../mcp-server/stdio.ts', import.meta.url));
const work = (file: string) => [{ bash: `echo x > ${file} && git add -A && git commit -q -m "the work"` }, { say: 'Done.' }];

/** A server of this name, which notes its start, its environment included. */
const server = (name: string, how: 'well' | 'crash' | 'hang' | 'slow' = 'well', more: object = {}) => ({
  command: process.execPath,
  args: [program, name, how],
  ...more,
});

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

test('six workers at once with six sets: each has its own, and nobody else’s starts', async () => {
  const sets = [['a'], ['b'], ['a', 'b'], ['c'], ['none'], ['b', 'c']];
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
  const ran = await yard.run('run', '--concurrency', '6');
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
  expect(began).toHaveLength(7);
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

test('a server that does not start is told, and ends the worker that needs it before its work; one that is reached by its address gets its secret', async () => {
  const far = await startHttpServer();
  onTestFinished(() => far.close());
  const servers = {
    crashing: server('crashing', 'crash'),
    needed: server('needed', 'crash', { required: true }),
    hung: server('hung', 'hang'),
    slow: server('slow', 'slow', { required: true }),
    far: { url: far.url, headers: { Authorization: 'Bearer ${file:~/far-secret}' } },
  };
  const tasks = Object.keys(servers).flatMap((name) => ['opus', 'acme/coder-1'].map((model) => ({ name, model })));
  const yard = await openYard({
    todo: tasks.map(({ name, model }, i) => `- [ ] t${i + 1} Make it #auto-dispatch model:${model} mcp:${name}\n`).join(''),
    script: Object.fromEntries(tasks.map((_, i) => [`t${i + 1}`, work(`${i}.txt`)])),
    files: { '.yardmaster/mcp.yaml': stringify({ servers }) },
    // Longer than any of them needs beside other work: the start of Node alone took over six seconds on a busy machine.
    config: { tools: { startSeconds: 25 } },
  });
  yard.write(join(yard.root, 'person', 'far-secret'), 'sesame-far\n', 0o600);
  const ran = await yard.run('run', '--concurrency', '3');
  const told = await yard.json<Told[]>('ls');
  const stateOf = (name: string): string[] => told.filter((_, i) => tasks[i]?.name === name).map(({ state }) => state);
  expect(['crashing', 'needed', 'hung', 'slow', 'far'].map(stateOf), ran.stdout + ran.stderr).toEqual([
    ['done', 'done'],
    ['blocked', 'blocked'],
    ['done', 'done'],
    ['done', 'done'],
    ['done', 'done'],
  ]);
  for (const { state, reason } of told) if (state === 'blocked') expect(reason).toMatch(/^tools: without the MCP server needed/);
  const warned = (name: string): number => ran.stderr.split(`the MCP server ${name} did not start`).length - 1;
  expect(['crashing', 'hung', 'slow', 'far'].map(warned)).toEqual([2, 2, 0, 0]);
  // OpenCode makes no request at all without what it needs.
  expect(yard.server.requests().filter(({ scenario }) => scenario === 't4')).toEqual([]);
  expect(new Set(far.seen().map(({ authorization }) => authorization))).toEqual(new Set(['Bearer sesame-far']));
  expect(strays(yard.home)).toEqual([]);
});

test('the private file of a worker is gone with it, also where it and its supervisor were killed; an unknown name starts nothing', async () => {
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
  await yard.server.request(({ scenario }) => scenario === 't1', AbortSignal.timeout(60_000));
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
    expect.stringContaining('there is no MCP server "nope"; known are a, open'),
    0,
  ]);
  expect(third).toMatchObject({ state: 'blocked', reason: expect.stringContaining('is not filled in: your key'), attempts: 0 });
});

test.each([
  ['servers', ['PROJECT', 'PERSON']],
  ['full', []],
] as const)('isolation: %s leaves of a person’s and a project’s instructions %j', async (isolation, marks) => {
  const yard = await openYard({
    todo: '- [ ] t1 Make it #auto-dispatch model:opus\n- [ ] t2 Make it #auto-dispatch\n',
    script: { t1: work('one.txt'), t2: work('two.txt') },
    files: { 'CLAUDE.md': 'MARK-PROJECT\n', 'AGENTS.md': 'MARK-PROJECT\n' },
    config: { tools: { isolation } },
  });
  for (const file of ['.claude/CLAUDE.md', '.config/opencode/AGENTS.md']) yard.write(join(yard.root, 'person', file), 'MARK-PERSON\n');
  const ran = await yard.run('run', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  for (const id of ['t1', 't2']) {
    const body = JSON.stringify(yard.server.requests().find(({ scenario }) => scenario === id)?.body);
    expect(
      ['PROJECT', 'PERSON'].filter((mark) => body.includes(`MARK-${mark}`)),
      id,
    ).toEqual(marks);
  }
});
