// One source becomes both real agents' own configuration, what a person has beside it stays, all of it goes back; and
// the agents themselves tell what they have of it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'jsonc-parser';
import { expect, test } from 'vitest';
import { agentBinary, type AgentName } from '../support/agents.ts';
import { needsAgents } from '../support/skip-without.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { ended, openYard, type Yard, type YardOptions } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const program = fileURLToPath(new URL('../mcp-server/stdio.ts', import.meta.url));

interface Parity {
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
const there = { actions: {} };

function openHome(options: Partial<YardOptions> = {}): Promise<Yard> {
  return openYard({ todo: '', script: { default: [{ say: 'Done.' }] }, choose: () => 'default', remote: false, ...options });
}

const mine = (yard: Yard, path: string): string => join(yard.root, 'person', path);
const text = (yard: Yard, path: string): string => readFileSync(mine(yard, path), 'utf8');
const source = (yard: Yard, path: string, content: string): void => yard.write(mine(yard, `.config/yardmaster/agents/${path}`), content);
const stateOf = (parity: Parity, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parity.items.find((item) => item.name === name)?.agents ?? {}).map(([agent, { state }]) => [agent, state]),
  );

/** Every file of the person's, with its bytes. */
function files(yard: Yard): Record<string, string> {
  const root = join(yard.root, 'person');
  const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    all.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(root, path), readFileSync(path, 'latin1')]),
  );
}

const settings = `{
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

function person(yard: Yard): void {
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

test('commands, servers and permissions reach both agents, and taking them back restores every file byte for byte', async () => {
  const yard = await openHome(there);
  person(yard);
  const before = files(yard);
  const ran = await yard.run('setup', '--yes');
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/note +server tracker +is left out: its values have to be filled in: your token of the tracker/);
  const claudeNow = JSON.parse(text(yard, '.claude/settings.json')) as { permissions: Record<string, string[]> };
  const claudeWas = JSON.parse(settings) as typeof claudeNow;
  expect(claudeNow).toMatchObject({ ...claudeWas, permissions: { allow: ['Bash(ls:*)'], defaultMode: 'acceptEdits' } });
  expect(claudeNow.permissions['deny']!.slice(0, 3)).toEqual(['Read(**/.env)', 'Bash(rm:*)', 'Read(**/.env.local)']);
  expect(JSON.parse(text(yard, '.claude.json'))).toMatchObject({
    mcpServers: {
      own: { command: 'true' },
      notes: { type: 'stdio', command: process.execPath, args: [program, 'notes', 'well'], env: { NOTES_KEY: '${NOTES_KEY}' } },
    },
  });
  const opencodeNow = text(yard, '.config/opencode/opencode.jsonc');
  for (const kept of ['// how I like it', '/* all of it */', '"theme": "x", // dark']) expect(opencodeNow).toContain(kept);
  const { permission, mcp } = parse(opencodeNow) as Record<string, Record<string, unknown>>;
  expect(Object.keys(permission!['bash']!).slice(-2)).toEqual(['*', 'git *']);
  expect(permission!['read']).toMatchObject({ '*': 'allow', '*/.env': 'deny' });
  expect(mcp).toMatchObject({ own: { enabled: false }, notes: { environment: { NOTES_KEY: '{env:NOTES_KEY}' }, enabled: true } });
  expect(JSON.stringify(files(yard))).not.toContain('the-key');

  // A second time, there is nothing to do, and not a byte changes.
  const once = files(yard);
  expect((await yard.run('setup', '--yes')).stdout).toContain('nothing to do\n');
  expect((await yard.run('update')).stdout).toContain('nothing to do\n');
  expect(files(yard)).toEqual(once);

  // A new command is drift until it is written.
  source(yard, 'commands/leave.md', 'Say goodbye to {{args}}.\n');
  expect((await yard.run('parity')).stdout).toMatch(/command leave +missing +missing/);
  await yard.run('parity', '--fix');
  expect(text(yard, '.claude/commands/leave.md')).toContain('Say goodbye to $ARGUMENTS.');

  expect((await yard.run('uninstall', '--yes')).code).toBe(0);
  rmSync(mine(yard, '.config/yardmaster/agents/commands/leave.md'));
  expect(files(yard)).toEqual(before);
  expect((await yard.run('uninstall', '--yes')).code).toBe(3);
});

test('the agents’ own sessions list the command with its arguments, and the server', async () => {
  const yard = await openHome();
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
  let begun = 0;
  const bodies: string[] = [];
  for (const name of ['claude', 'opencode'] as const) {
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
    const starts = readdirSync(join(yard.root, 'tmp', 'mcp-starts')).map((file) =>
      readFileSync(join(yard.root, 'tmp', 'mcp-starts', file), 'utf8'),
    );
    expect(
      starts.filter((start) => start.includes('"NOTES_KEY":"the-key"')),
      name,
    ).toHaveLength(begun);
  }
});

test('writing twice changes no hook, comment, unknown key or any of five hundred rules', async () => {
  const yard = await openHome(there);
  const rules = Array.from({ length: 500 }, (_, i) => `Bash(tool-${i}:*)`);
  const many = {
    hooks: { Stop: [{ hooks: [] }] },
    permissions: { deny: rules, allow: rules.slice(0, 10) },
    odd: { later: [1, { x: null }] },
  };
  yard.write(mine(yard, '.claude/settings.json'), JSON.stringify(many, null, 2));
  const keys = Object.fromEntries(rules.map((rule, i) => [rule, i % 2 === 0 ? 'allow' : 'ask']));
  yard.write(
    mine(yard, '.config/opencode/opencode.jsonc'),
    `// mine\n${JSON.stringify({ permission: { bash: keys } }, null, 2).replace('"bash"', '/* and why */ "bash"')}`,
  );
  source(yard, 'permissions.yaml', `deny:\n${Array.from({ length: 500 }, (_, i) => `  - shell(ours ${i} *)\n`).join('')}`);
  expect((await yard.run('setup', '--yes')).code).toBe(0);
  const once = files(yard);
  const claudeNow = JSON.parse(text(yard, '.claude/settings.json')) as typeof many;
  expect(claudeNow.permissions.deny).toEqual([...rules, ...Array.from({ length: 500 }, (_, i) => `Bash(ours ${i} *)`)]);
  expect({ ...claudeNow, permissions: null }).toEqual({ ...many, permissions: null });
  const opencodeNow = text(yard, '.config/opencode/opencode.jsonc');
  expect(opencodeNow).toMatch(/^\/\/ mine\n/);
  expect(opencodeNow).toContain('/* and why */');
  expect(Object.keys((parse(opencodeNow) as { permission: { bash: object } }).permission.bash)).toHaveLength(1000);
  expect((await yard.run('setup', '--yes')).code).toBe(0);
  expect(files(yard)).toEqual(once);
});

test('a person’s own entries win and are shown beside ours, and a broken file stops only what belongs into it', async () => {
  const yard = await openHome();
  yard.write(mine(yard, '.claude/commands/review.md'), 'my own review');
  expect((await yard.run('setup', '--yes')).code).toBe(0);
  rmSync(mine(yard, '.config/opencode/command/plan.md'));
  yard.write(mine(yard, '.claude/commands/pr.md'), 'changed by me');
  const without = text(yard, '.claude/settings.json').replace(/,\s*"Read\(~\/\.netrc\)"/, '');
  yard.write(mine(yard, '.claude/settings.json'), without);
  const sideBySide = await yard.run('parity', '--json');
  expect(sideBySide.code).toBe(0);
  const before = JSON.parse(sideBySide.stdout) as Parity;
  expect(before.agents.map(({ name, answered, drifted }) => ({ name, answered, drifted }))).toEqual([
    { name: 'opencode', answered: true, drifted: null },
    { name: 'claude', answered: true, drifted: null },
  ]);
  expect(before.drift).toBe(false);
  expect(stateOf(before, 'review')).toEqual({ opencode: 'same', claude: 'yours' });
  expect(stateOf(before, 'plan')).toEqual({ opencode: 'removed', claude: 'same' });
  expect(stateOf(before, 'pr')).toEqual({ opencode: 'same', claude: 'changed' });
  expect(stateOf(before, 'deny read(~/.netrc)')).toEqual({ opencode: 'same', claude: 'removed' });

  // What is the person's stays as it is when a new command is written.
  source(yard, 'commands/greet.md', 'Greet {{args}}.\n');
  yard.write(mine(yard, '.claude/settings.json'), '{\n  "permissions": {"deny": [}\n}\n');
  const update = await yard.run('update');
  expect(update.code).toBe(1);
  expect(update.stderr).toContain(`${mine(yard, '.claude/settings.json')}:2:28: ValueExpected\n  → correct the file by hand`);
  expect(text(yard, '.claude/settings.json')).toBe('{\n  "permissions": {"deny": [}\n}\n');
  expect(text(yard, '.claude/commands/greet.md')).toContain('Greet $ARGUMENTS.');
  yard.write(mine(yard, '.claude/settings.json'), without);
  expect((await yard.run('update')).code).toBe(0);
  expect(text(yard, '.claude/commands/pr.md')).toBe('changed by me');
  expect(text(yard, '.claude/commands/review.md')).toBe('my own review');
  expect(existsSync(mine(yard, '.config/opencode/command/plan.md'))).toBe(false);
  expect(text(yard, '.claude/settings.json')).not.toContain('.netrc');
});

test('parity reports an agent that does not see what was written', async () => {
  const yard = await openHome();
  expect((await yard.run('setup', '--yes', '--agent', 'claude')).code).toBe(0);
  // It reads another folder now, whatever the record says.
  const config = readFileSync(join(yard.repo, 'yardmaster.yaml'), 'utf8');
  yard.write(
    join(yard.repo, 'yardmaster.yaml'),
    config.replace(/(claude:\n(.*\n)*? +env:\n)/, `$1      CLAUDE_CONFIG_DIR: ${mine(yard, 'elsewhere')}\n`),
  );
  const parity = await yard.run('parity', '--agent', 'claude');
  expect(parity.code).toBe(1);
  expect(parity.stdout).toMatch(/command full-loop +drifted/);
  expect(parity.stdout).toMatch(/command full-loop +claude does not see it/);
});

test('an agent that is not installed gets no configuration, and configured folders are used', async () => {
  const yard = await openHome({ ...there, paths: (root) => ({ opencode: join(root, 'nowhere') }), env: {} });
  const env = { CLAUDE_CONFIG_DIR: mine(yard, 'claude'), OPENCODE_CONFIG_DIR: mine(yard, 'open') };
  expect((await ended(yard.startWith(env, 'setup', '--yes'))).code).toBe(0);
  expect(readdirSync(mine(yard, 'claude')).toSorted()).toEqual(['commands', 'settings.json']);
  expect(existsSync(mine(yard, 'open'))).toBe(false);
  expect(existsSync(mine(yard, '.claude'))).toBe(false);
  const none = await openHome({ paths: (root) => ({ opencode: join(root, 'nowhere'), claude: join(root, 'nowhere') }) });
  const refused = await none.run('setup', '--yes');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('no installed agent has');
});

test('a repository’s source becomes the configuration of that repository', async () => {
  const yard = await openHome({
    files: { '.yardmaster/commands/ship.md': 'Ship {{args}}.\n', '.yardmaster/permissions.yaml': 'deny: ["read(secret/**)"]\n' },
  });
  expect((await yard.run('setup', '--yes', '--project')).code).toBe(0);
  expect(readdirSync(join(yard.repo, '.claude', 'commands'))).toEqual(['ship.md']);
  expect(readdirSync(join(yard.repo, '.opencode', 'command'))).toEqual(['ship.md']);
  expect(JSON.parse(readFileSync(join(yard.repo, 'opencode.json'), 'utf8'))).toEqual({ permission: { read: { 'secret/*': 'deny' } } });
  expect(existsSync(mine(yard, '.claude'))).toBe(false);
  const parity = await yard.json<Parity>('parity', '--project');
  expect(parity.drift).toBe(false);
  expect(stateOf(parity, 'ship')).toEqual({ opencode: 'same', claude: 'same' });
});

test('a person’s configuration does not depend on the repository in which the command runs', async () => {
  const yard = await openHome({ ...there, config: { models: { default: 'acme/coder-1', tiers: { opus: 'acme/of-this-repository' } } } });
  source(yard, 'commands/deep.md', '---\nmodel: opus\n---\nThink.\n');
  expect((await yard.run('setup', '--yes')).code).toBe(0);
  expect(text(yard, '.config/opencode/command/deep.md')).toMatch(/^model: "anthropic\//m);
});

test('parity asks before it writes: without a terminal it refuses, and a no or a yes is followed', async ({ skip }) => {
  const yard = await openHome(there);
  const nobody = await yard.run('setup');
  expect(nobody.code).toBe(2);
  expect(nobody.stderr).toContain('add --yes to write them, or --dry-run to see the changes');
  const dry = await yard.run('setup', '--dry-run');
  expect(dry.stdout).toContain(`--- /dev/null\n+++ ${mine(yard, '.claude/settings.json')}\n@@ -0,0 +1,`);
  expect(existsSync(mine(yard, '.claude'))).toBe(false);
  if (noTerminal !== null) return skip(noTerminal);
  for (const [answer, code] of [
    ['n', 3],
    ['y', 0],
  ] as const) {
    const terminal = openTerminal(yard, 'ym setup; echo "ended with $?"');
    await terminal.shows('[y/N]');
    terminal.child.stdin!.write(`${answer}\n`);
    await terminal.shows(`ended with ${code}`);
    expect(existsSync(mine(yard, '.claude/settings.json'))).toBe(answer === 'y');
  }
  expect(statSync(mine(yard, '.claude/settings.json')).mode & 0o777).toBe(0o600);
});
