// Starts a real agent in a folder with a few files, and checks that it reads the command files that the adapters write for
// it as intended.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { claudeSlashCommand } from '../../src/agents/claude/slash-command.ts';
import { opencodeSlashCommand } from '../../src/agents/opencode/slash-command.ts';
import { parseCommand } from '../../src/config/command-file.ts';
import { joiner } from '../../src/core/own/slash-command.ts';
import type { Step } from '../model-server/steps.ts';
import type { AgentName } from './agents.ts';
import { run, setScene } from './real-agent.ts';

interface Given {
  readonly name: AgentName;
  readonly steps: readonly Step[];
  readonly prompt: string;
  /** Path in the home to content. */
  readonly home: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** Runs one worker in a folder with a few files. The files that it wrote can be read until the test ends. */
export async function work(given: Given): Promise<{ readonly tree: string; readonly bodies: readonly string[] }> {
  const skip = (reason: string): never => {
    throw new Error(reason);
  };
  const scene = await setScene({ name: given.name, steps: given.steps, skip });
  const { home, cwd: tree, server } = scene;
  for (const [folder, files] of [
    [tree, { 'secret/key': 'THE KEY', 'note.md': 'THE NOTE' }],
    [home, given.home],
  ] as const)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  execFileSync('git', ['init', '-q', tree], { env: { PATH: process.env['PATH'], HOME: home } });
  const { settings } = scene.request;
  await run(scene, {
    request: { prompt: given.prompt, settings: { ...settings, args: given.args, config: { ...settings.config, ...given.config } } },
  });
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

/** The text that reaches the model when a command is called with these arguments: a JSON text without its quotes. */
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
  // The adapter reports the texts that only a character visible to the model could keep from acting, and nothing else.
  const plain = prompt.replaceAll(joiner, '').replaceAll('\\\\', '');
  expect(plain).toBe('it costs $5 or $1, $0, $ARGUMENTS, see @note.md, not !`touch made`, one');
  expect(lost.length > 0).toBe(prompt !== plain);
}
