// Starts the scripted agent in the role of either agent, and reads what it printed. Its tests share this.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { installScriptedAgent } from './install-scripted-agent.ts';
import type { ScriptedAgent } from './install-scripted-agent.ts';
import type { Action, AgentScript } from './script.ts';

export type Kind = 'claude' | 'opencode';
// oxlint-disable-next-line typescript/no-explicit-any -- events as printed; each assertion reads its own part
export type Json = Record<string, any>;

export const argvOf = {
  claude: ['-p', '--output-format', 'stream-json', '--verbose', '--model', 'sonnet'],
  opencode: ['run', '--format', 'json', '--model', 'anthropic/x', '--agent', 'build'],
};
const running: ChildProcessWithoutNullStreams[] = [];

/** The folder of the test that runs: `bin` has the agent, `tree` is where it works. */
export let root = '';

/** A folder for each test; after it nothing that was started is left. */
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
  const child = spawn(agent.path, [...argvOf[kind], ...args], { cwd: join(root, 'tree'), env: surroundings });
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

/** The same picture of either dialect. */
export function heard(kind: Kind, { events }: Ended): { texts: string[]; tools: unknown[]; costs: number[] } {
  if (kind === 'claude') {
    const content = events.filter(({ type }) => type === 'assistant').flatMap(({ message }) => message.content as Json[]);
    const failed = new Map(
      events
        .filter(({ type }) => type === 'user')
        .flatMap(({ message }) => (message.content as Json[]).map((part) => [part['tool_use_id'], part['is_error']] as const)),
    );
    return {
      texts: content.filter(({ type }) => type === 'text').map((part) => String(part['text'])),
      tools: content.filter(({ type }) => type === 'tool_use').map((part) => [part['name'], part['input'], failed.get(part['id'])]),
      costs: events.filter(({ type }) => type === 'result').map((result) => Number(result['total_cost_usd'])),
    };
  }
  const parts = (wanted: string): Json[] => events.filter(({ type }) => type === wanted).map(({ part }) => part);
  return {
    texts: parts('text').map((part) => part['text']),
    tools: parts('tool_use').map((part) => [part['tool'], part['state'].input, part['state'].status === 'error']),
    costs: parts('step_finish').map((part) => part['cost']),
  };
}

export const kinds: readonly Kind[] = ['claude', 'opencode'];

/** The last event of a run that succeeded. */
export const success = {
  claude: { type: 'result', subtype: 'success', is_error: false, terminal_reason: 'completed' },
  opencode: { type: 'step_finish', part: { reason: 'stop' } },
};
