// One source for the configuration of both agents, in the home of a person who has some of their own, or in a repository.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { agentBinary, type AgentName } from './agents.ts';
import { until } from './wait-until.ts';
import { ended, openYard, type Yard, type YardOptions } from './yard.ts';

export const program = fileURLToPath(new URL('../mcp-server/stdio.ts', import.meta.url));

export interface Parity {
  readonly drift: boolean;
  readonly agents: readonly {
    readonly name: string;
    readonly version: string;
    readonly answered: boolean;
    readonly drifted: string | null;
  }[];
  readonly items: readonly {
    readonly kind: string;
    readonly name: string;
    readonly agents: Readonly<Record<string, { readonly state: string; readonly detail: string | null }>>;
  }[];
}

/** What only needs an agent to be there, and none to answer, has the scripted ones: their versions are those of the real ones. */
export const there = { actions: {} };

export function openHome(options: Partial<YardOptions> = {}): Promise<Yard> {
  return openYard({ todo: '', script: { default: [{ say: 'Done.' }] }, choose: () => 'default', remote: false, ...options });
}

export const mine = (yard: Yard, path: string): string => join(yard.root, 'person', path);
export const text = (yard: Yard, path: string): string => readFileSync(mine(yard, path), 'utf8');
export const source = (yard: Yard, path: string, content: string): void =>
  yard.write(mine(yard, `.config/yardmaster/agents/${path}`), content);
export const stateOf = (parity: Parity, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parity.items.find((item) => item.name === name)?.agents ?? {}).map(([agent, { state }]) => [agent, state]),
  );

/** Every file of the person's, with its bytes. */
export function files(yard: Yard): Record<string, string> {
  const root = join(yard.root, 'person');
  const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    all.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(root, path), readFileSync(path, 'latin1')]),
  );
}

export const settings = `{
    "model": "opus",
    "permissions": {
        "allow": ["Bash(ls:*)"],
        "deny": ["Read(**/.env)", "Bash(rm:*)"],
        "defaultMode": "acceptEdits"
    },
    "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]},
    "of a later version": {"x": 1.50}
}
`;
const opencodeConfig = `{
\t"$schema": "https://opencode.ai/config.json",
\t// how I like it
\t"permission": {"bash": {"*": "ask", "git *": "allow"}, /* all of it */ "read": "allow"},
\t"mcp": {"own": {"type": "local", "command": ["true"], "enabled": false}},
\t"theme": "x", // dark
}
`;

export function person(yard: Yard): void {
  yard.write(mine(yard, '.claude/settings.json'), settings);
  yard.write(mine(yard, '.claude.json'), '{"hasCompletedOnboarding": true, "mcpServers": {"own": {"type": "stdio", "command": "true"}}}');
  yard.write(mine(yard, '.config/opencode/opencode.jsonc'), opencodeConfig);
  yard.write(mine(yard, '.config/opencode/command/mine.md'), 'Mine: $ARGUMENTS');
  source(
    yard,
    'mcp.yaml',
    `servers:
  notes:
    command: [${process.execPath}, ${program}, notes, well]
    env: {NOTES_KEY: "\${env:NOTES_KEY}"}
  tracker:
    url: http://127.0.0.1:9/mcp
    headers: {Authorization: "Bearer \${fill:your token of the tracker}"}
`,
  );
  source(yard, 'commands/greet.md', '---\ndescription: Greets\n---\nGreet {{1}} and then {{2}}.\n');
}

/** The agent itself, as the person would start it in the repository. */
function agent(yard: Yard, name: AgentName, args: readonly string[]): ReturnType<typeof ended> {
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${yard.server.url}/v1`, apiKey: 'sk-test-000' },
    models: { 'coder-1': { name: 'Coder', limit: { context: 200_000, output: 8192 } } },
  };
  const env = {
    claude: {
      ANTHROPIC_BASE_URL: yard.server.url,
      ANTHROPIC_API_KEY: 'sk-ant-test-000',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    },
    opencode: {
      OPENCODE_MODELS_PATH: join(yard.root, 'no-models.json'),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_CLAUDE_CODE: '1',
      npm_config_offline: 'true',
      OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: { acme: provider }, model: 'acme/coder-1', small_model: 'acme/coder-1' }),
    },
  }[name];
  const child = spawn(agentBinary(name)!, [...args], {
    cwd: yard.repo,
    env: { ...yard.env, ...env, NOTES_KEY: 'the-key' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

const asked = (yard: Yard): string =>
  yard.server
    .requests()
    .filter(({ kind }) => kind === 'step')
    .map(({ body }) => JSON.stringify((body as { messages: unknown }).messages))
    .join('\n');

/** What the server was started with, where that was right. */
function startsOf(yard: Yard): readonly string[] {
  const folder = join(yard.root, 'tmp', 'mcp-starts');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).filter((start) => start.includes('"NOTES_KEY":"the-key"'));
}

/** A session of each of these agents has the command and its arguments, and starts the server. */
export async function sessionsHaveIt(names: readonly AgentName[]): Promise<void> {
  let begun = 0;
  // The model answers once the server has started: an agent that gets its answer earlier ends, and its server with it.
  const yard: Yard = await openHome({ ready: () => until(() => startsOf(yard).length >= begun) });
  person(yard);
  expect((await yard.run('setup', '--yes')).code).toBe(0);
  // What OpenCode makes of arguments by their number is shown in agent-command-forms.full.test.ts.
  const sessions: Record<AgentName, readonly (readonly string[])[]> = {
    claude: [
      ['-p', '/full-loop make the "login page" green'],
      ['-p', '/greet Ada Grace'],
    ],
    opencode: [['run', '--title', 'x', '--command', 'full-loop', '--', 'make', 'the', 'login page', 'green']],
  };
  const bodies: string[] = [];
  for (const name of names) {
    for (const args of sessions[name]) {
      begun += 1;
      const ran = await agent(yard, name, args);
      expect(ran.code, ran.stderr).toBe(0);
    }
    const all = asked(yard).slice(bodies.join('').length);
    bodies.push(all);
    expect(all, name).toMatch(/Do this task, from start to finish.{0,60}make the .{0,3}login page.{0,3} green/);
    if (name === 'claude') expect(all).toContain('Greet Ada and then Grace.');
    // Each session starts the server anew, with what its reference stands for.
    expect(startsOf(yard), name).toHaveLength(begun);
  }
}

/** A repository with a source of its own. */
export function openProject(options: Partial<YardOptions> = {}): Promise<Yard> {
  return openHome({
    files: { '.yardmaster/commands/ship.md': 'Ship {{args}}.\n', '.yardmaster/permissions.yaml': 'deny: ["read(secret/**)"]\n' },
    ...options,
  });
}

/** Writes the source of such a repository into that repository, and nowhere else. */
export async function deploysInto(yard: Yard): Promise<void> {
  expect((await yard.run('setup', '--yes', '--project')).code).toBe(0);
  expect(readdirSync(join(yard.repo, '.claude', 'commands'))).toEqual(['ship.md']);
  expect(readdirSync(join(yard.repo, '.opencode', 'command'))).toEqual(['ship.md']);
  expect(JSON.parse(readFileSync(join(yard.repo, 'opencode.json'), 'utf8'))).toEqual({ permission: { read: { 'secret/*': 'deny' } } });
  expect(existsSync(mine(yard, '.claude'))).toBe(false);
}
