// A real agent in a folder with a few files, and the forms that the adapters write for commands, read by it.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { claude } from '../../src/agents/claude/adapter.ts';
import { claudeSlashCommand } from '../../src/agents/claude/slash-command.ts';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { opencodeSlashCommand } from '../../src/agents/opencode/slash-command.ts';
import { parseCommand } from '../../src/config/command-file.ts';
import { joiner } from '../../src/core/own/slash-command.ts';
import type { CommandOptions } from '../../src/ports/agent.ts';
import { startModelServer } from '../model-server/model-server.ts';
import type { Step } from '../model-server/steps.ts';
import { agentBinary, type AgentName } from './agents.ts';

interface Given {
  readonly name: AgentName;
  readonly steps: readonly Step[];
  readonly prompt: string;
  /** By path in the home. */
  readonly home: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** One worker in a folder with a few files; what it wrote there can be read until the test ends. */
export async function work(given: Given): Promise<{ readonly tree: string; readonly bodies: readonly string[] }> {
  const { name } = given;
  const root = await realpath(await mkdtemp(join(tmpdir(), 'yard-forms-')));
  const [home, tree] = [join(root, 'home'), join(root, 'tree')];
  const server = await startModelServer({ script: { default: given.steps } });
  onTestFinished(async ({ task }) => {
    await server.close();
    if (task.result?.state === 'fail') console.error(`kept for inspection: ${root}`);
    else await rm(root, { recursive: true, force: true, maxRetries: 3 });
  });
  const files = { 'tree/secret/key': 'THE KEY', 'tree/note.md': 'THE NOTE', 'models.json': '{}', 'task/x': '' };
  for (const [path, text] of [
    ...Object.entries(files),
    ...Object.entries(given.home).map(([at, content]) => [join('home', at), content] as const),
  ]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await new Promise((resolve) =>
    spawn('git', ['init', '-q', tree], { env: { PATH: process.env['PATH'], HOME: home } }).once('close', resolve),
  );
  const scripted = {
    npm: '@ai-sdk/openai-compatible',
    name: 'Scripted',
    options: { baseURL: `${server.url}/v1`, apiKey: 'sk-test-000' },
    models: { model: { name: 'Scripted', limit: { context: 200_000, output: 8192 } } },
  };
  const settings =
    name === 'claude'
      ? { env: { ANTHROPIC_BASE_URL: server.url, DISABLE_TELEMETRY: '1', DISABLE_ERROR_REPORTING: '1' }, config: {} }
      : {
          env: { OPENCODE_MODELS_PATH: join(root, 'models.json'), OPENCODE_DISABLE_CLAUDE_CODE: '1' },
          config: { provider: { scripted }, ...given.config },
        };
  const options: CommandOptions = {
    settings: { path: agentBinary(name) ?? '', args: given.args, ...settings },
    model: name === 'claude' ? 'anthropic/claude-opus-5-5' : 'scripted/model',
    prompt: given.prompt,
    site: {
      ...{ checkout: tree, taskFolder: join(root, 'task'), privateFolder: join(root, 'private'), uid: process.getuid?.() ?? 1000 },
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: root, LANG: 'C.UTF-8' },
    },
    title: 't1',
    newSession: randomUUID(),
    resume: null,
    maxSteps: 20,
    maxBudgetUsd: null,
    fallbackModel: null,
    foreign: { mcpServers: [], authFile: null },
    servers: [],
    serverStartMs: 10_000,
    isolation: 'servers',
    role: null,
    credential: { billing: 'token', variables: name === 'claude' ? { ANTHROPIC_API_KEY: 'sk-ant-test-000' } : {}, secret: null },
  };
  const spec = { claude, opencode }[name].command('run', options);
  for (const { path, content } of spec.files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content as string);
  }
  const child = spawn(spec.file, spec.args, {
    cwd: spec.cwd,
    env: { ...spec.env.set },
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Gone by itself, with all that it started.
    }
  });
  child.stdin.end(spec.stdin ?? '');
  await new Promise((resolve) => child.once('close', resolve));
  return {
    tree,
    bodies: server
      .requests()
      .filter(({ kind }) => kind === 'step')
      .map(({ body }) => JSON.stringify((body as { messages: unknown }).messages)),
  };
}

const compile = { claude: claudeSlashCommand, opencode: opencodeSlashCommand };
const folder = { claude: '.claude/commands', opencode: '.config/opencode/command' };

/** What reaches the model of a command called with these arguments; a JSON text without its quotes. */
async function seen(given: {
  name: AgentName;
  body: string;
  args: string;
}): Promise<{ readonly prompt: string; readonly lost: readonly string[]; readonly tree: string }> {
  const { name, body, args } = given;
  const command = parseCommand({ file: 'probe.md', text: `---\ndescription: "a: b"\n---\nBEGIN ${body} END` });
  const { text, lost } = compile[name]({ command, tiers: {} });
  const { tree, bodies } = await work({
    name,
    steps: [{ say: 'Done.' }],
    home: { [`${folder[name]}/probe.md`]: text },
    ...(name === 'claude' ? { prompt: `/probe ${args}`, args: [] } : { prompt: args, args: ['--command', 'probe'] }),
    config: {},
  });
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).not.toContain('THE NOTE');
  return { prompt: /BEGIN (.*?) END/.exec(bodies[0]!)?.[1] ?? bodies[0]!, lost, tree };
}

export async function givesArguments(name: AgentName): Promise<void> {
  const { prompt, lost } = await seen({ name, body: '{{1}}, {{2}}, {{4}}. {{args}}', args: 'one two three' });
  expect(prompt).toBe('one, two, . one two three');
  expect(lost).toEqual([]);
  expect((await seen({ name, body: '[{{1}}]', args: 'one two three' })).prompt).toBe('[one]');
}

export async function actsOnNothing(name: AgentName): Promise<void> {
  const body = 'it costs $5 or $1, $0, $ARGUMENTS, see @note.md, not !`touch made`, {{1}}';
  const { prompt, lost, tree } = await seen({ name, body, args: 'one two' });
  expect(existsSync(join(tree, 'made'))).toBe(false);
  // What could only be kept from acting by a character that the model sees is told, and nothing else.
  const plain = prompt.replaceAll(joiner, '').replaceAll('\\\\', '');
  expect(plain).toBe('it costs $5 or $1, $0, $ARGUMENTS, see @note.md, not !`touch made`, one');
  expect(lost.length > 0).toBe(prompt !== plain);
}
