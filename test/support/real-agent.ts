// Starts a real agent with a command that its adapter built, against a scripted model server.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';
import { claude } from '../../src/agents/claude/adapter.ts';
import { opencode } from '../../src/agents/opencode/adapter.ts';
import { tallyOf } from '../../src/core/transcript/tally.ts';
import type { Outcome, TranscriptEvent } from '../../src/core/transcript/transcript.ts';
import { localSite } from '../../src/places/local/site.ts';
import type { RunRequest } from '../../src/ports/command-request.ts';
import type { CommandSpec } from '../../src/ports/command-spec.ts';
import type { PlaceSite } from '../../src/ports/place-site.ts';
import { startModelServer } from '../model-server/model-server.ts';
import type { ModelServer } from '../model-server/model-server.ts';
import type { Step } from '../model-server/steps.ts';
import { agentBinary, missingAgent } from './agents.ts';
import type { AgentName } from './agents.ts';

export const adapters = { claude, opencode };

export interface Scene {
  readonly name: AgentName;
  readonly root: string;
  readonly home: string;
  readonly cwd: string;
  readonly site: PlaceSite;
  readonly server: ModelServer;
  readonly request: RunRequest;
}

/**
 * Makes new folders and a server with this script as its only scenario. `env` is the supervisor's environment beside PATH
 * and HOME.
 */
export async function setScene(given: {
  name: AgentName;
  steps: readonly Step[];
  skip: (reason: string) => never;
  env?: (root: string) => Record<string, string>;
}): Promise<Scene> {
  const { name } = given;
  const path = agentBinary(name) ?? given.skip(missingAgent(name));
  const root = await realpath(await mkdtemp(join(tmpdir(), 'yard-real-')));
  const [home, cwd, taskFolder] = [join(root, 'home'), join(root, 'tree'), join(root, 'task')];
  await Promise.all([home, cwd, taskFolder].map((folder) => mkdir(folder)));
  await writeFile(join(root, 'models.json'), '{}');
  const server = await startModelServer({ script: { default: given.steps } });
  onTestFinished(async ({ task }) => {
    await server.close();
    if (task.result?.state === 'fail') console.error(`kept for inspection: ${root}`);
    else await rm(root, { recursive: true, force: true, maxRetries: 3 });
  });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: root,
    LANG: 'C.UTF-8',
    ANTHROPIC_API_KEY: 'sk-ant-test-000',
    ...given.env?.(root),
  };
  const site = localSite({ checkout: cwd, taskFolder, privateFolder: join(root, 'private'), env });
  const request: RunRequest = {
    action: 'run',
    settings: { path, args: [], ...(name === 'claude' ? claudeSettings(server) : opencodeSettings({ server, root })) },
    model: name === 'claude' ? 'anthropic/claude-opus-5-5' : 'scripted/model',
    prompt: 'Please do t7.',
    site,
    title: 't7',
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
    credential: credentialOf[name],
  };
  return { name, root, home, cwd, site, server, request };
}

/** OpenCode's credential is in its configuration. */
const credentialOf: Readonly<Record<AgentName, RunRequest['credential']>> = {
  claude: { billing: 'token', variables: { ANTHROPIC_API_KEY: 'sk-ant-test-000' }, secret: null },
  opencode: { billing: 'token', variables: {}, secret: null },
};

function claudeSettings(server: ModelServer): Pick<RunRequest['settings'], 'env' | 'config'> {
  return { env: { ANTHROPIC_BASE_URL: server.url, DISABLE_TELEMETRY: '1', DISABLE_ERROR_REPORTING: '1' }, config: {} };
}

function opencodeSettings({ server, root }: { server: ModelServer; root: string }): Pick<RunRequest['settings'], 'env' | 'config'> {
  const model = { name: 'Scripted', cost: { input: 3, output: 15, cache_read: 0.3 }, limit: { context: 200_000, output: 8192 } };
  const scripted = {
    npm: '@ai-sdk/openai-compatible',
    name: 'Scripted',
    options: { baseURL: `${server.url}/v1`, apiKey: 'sk-test-000' },
    models: { model },
  };
  return {
    env: { OPENCODE_MODELS_PATH: join(root, 'models.json'), OPENCODE_DISABLE_CLAUDE_CODE: '1' },
    config: { provider: { scripted } },
  };
}

interface Ran {
  readonly outcome: Outcome;
  readonly events: readonly TranscriptEvent[];
  readonly stderr: string;
}

/** Runs the agent to its end. `onEvent` sees each event as it comes and may end the whole process group. */
export async function run(
  scene: Scene,
  given: {
    action?: 'eval' | 'probe';
    request?: Partial<Omit<RunRequest, 'action'>>;
    onEvent?: (event: TranscriptEvent, end: () => void) => void;
  } = {},
): Promise<Ran> {
  const adapter = adapters[scene.name];
  const child = await start(adapter.command({ ...scene.request, ...given.request, action: given.action ?? 'run' }));
  const events: TranscriptEvent[] = [];
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const output = createInterface({ input: child.stdout! }).on('line', (line) => {
    for (const event of adapter.events(line)) {
      events.push(event);
      given.onEvent?.(event, () => endGroup(child));
    }
  });
  const read = new Promise((resolve) => output.once('close', resolve));
  const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  await read;
  return { outcome: adapter.outcome({ exit, tally: tallyOf(events), stderr }), events, stderr };
}

/** A question without a task asks the model once, offers it no tools, and ends. */
export async function asksOnce(given: {
  readonly name: AgentName;
  readonly action: 'eval' | 'probe';
  readonly skip: (reason: string) => never;
}): Promise<void> {
  const { name, action, skip } = given;
  const scene = await setScene({ name, steps: [{ say: 'Forty-two.' }], skip });
  const { outcome } = await run(scene, { action, request: { prompt: 'What is six times seven?' } });
  expect(outcome).toMatchObject({ ok: true, lastWords: 'Forty-two.', steps: 1 });
  const asked = scene.server.requests().filter(({ kind }) => kind === 'step' || kind === 'title');
  expect(asked.map(({ kind, tools, prompt }) => [kind, tools, prompt.includes('six times seven')])).toEqual([['step', [], true]]);
}

export async function start(spec: CommandSpec): Promise<ChildProcess> {
  for (const { path, content } of spec.files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (typeof content === 'string') await writeFile(path, content, { mode: 0o600 });
    else await copyFile(content.copyOf, path);
  }
  const child = spawn(spec.file, spec.args, { cwd: spec.cwd, env: { ...spec.env.set }, detached: true, stdio: 'pipe' });
  onTestFinished(() => endGroup(child));
  // An agent that only prints its version may end before it gets any input.
  child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  child.stdin?.end(spec.stdin ?? '');
  return child;
}

/** Ends the group, which we made; if it is already gone, nothing has to be done. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
