// Starts the scripted agent in the role of either agent, and reads its output. Its tests share this.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { claudeSpoken } from '../../src/agents/claude/dialect.samples.ts';
import { opencodeSpoken } from '../../src/agents/opencode/dialect.samples.ts';
import type { Heard, Json } from './heard.ts';
import { installScriptedAgent } from './install-scripted-agent.ts';
import type { ScriptedAgent } from './install-scripted-agent.ts';
import type { Action, AgentScript } from './script.ts';

export const spoken = { claude: claudeSpoken, opencode: opencodeSpoken };
export type Kind = keyof typeof spoken;
export const kinds: readonly Kind[] = ['claude', 'opencode'];

const running: ChildProcessWithoutNullStreams[] = [];

/** The folder of the current test: `bin` has the agent, `tree` is its working directory. */
export let root = '';

/** Makes a folder for each test; after the test, nothing that was started is left. */
export function useAgentFolder(): void {
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'yard-scripted-')));
    mkdirSync(join(root, 'tree'));
  });

  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    rmSync(root, { recursive: true, force: true });
  });
}

export function install(kind: Kind, script: AgentScript | readonly Action[]): ScriptedAgent {
  return installScriptedAgent({
    folder: join(root, 'bin'),
    name: kind,
    script: Array.isArray(script) ? { '*': [script] } : (script as AgentScript),
  });
}

interface Start {
  readonly kind: Kind;
  readonly agent: ScriptedAgent;
  readonly args?: readonly string[];
  readonly prompt?: string;
  readonly env?: Record<string, string>;
}

export function start({ kind, agent, args = [], prompt = 'do it', env = {} }: Start): ChildProcessWithoutNullStreams {
  const surroundings = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ANTHROPIC_API_KEY: 'sk-test',
    ...agent.env,
    ...env,
  };
  const child = spawn(agent.path, [...spoken[kind].argv, ...args], { cwd: join(root, 'tree'), env: surroundings });
  running.push(child);
  child.stdin.end(prompt);
  return child;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly events: Json[];
}

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const stdout = Buffer.concat(chunks);
  const lines = stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'));
  return { code, signal, stdout, stderr, events: lines.map((line) => JSON.parse(line) as Json) };
}

export const run = (given: Start): Promise<Ended> => ended(start(given));
export const play = (kind: Kind, actions: readonly Action[]): Promise<Ended> => run({ kind, agent: install(kind, actions) });

export const heard = (kind: Kind, { events }: Ended): Heard => spoken[kind].heard(events);
