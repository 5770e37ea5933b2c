// One source becomes both real agents' own configuration, what a person has beside it stays, all of it goes back; and
// the agents themselves tell what they have of it.
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { expect, test } from 'vitest';
import {
  deploysInto,
  files,
  mine,
  openHome,
  openProject,
  person,
  program,
  sessionsHaveIt,
  settings,
  source,
  stateOf,
  text,
  there,
  type Parity,
} from '../support/agent-configuration.ts';
import { needsAgents } from '../support/skip-without.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { ended } from '../support/yard.ts';

needsAgents('claude', 'opencode');

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

test('a session of Claude Code’s own lists the command with its arguments, and the server', async () => {
  // OpenCode’s is in agent-configuration.full.test.ts; that it sees what was written is asked of it below.
  await sessionsHaveIt(['claude']);
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
  // That both agents see it there is in agent-configuration.full.test.ts: each of them is asked once, above, for the person’s own.
  await deploysInto(await openProject(there));
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
