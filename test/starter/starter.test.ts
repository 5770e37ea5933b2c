// What we ship is read like a person's own, and loses nothing that we do not know of in either agent's form.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decisions } from '../../src/core/own/permissions.ts';
import { claudeRules } from '../../src/agents/claude/permissions.ts';
import { claudeSlashCommand } from '../../src/agents/claude/slash-command.ts';
import { opencodePermission } from '../../src/agents/opencode/permission.samples.ts';
import { opencodeSlashCommand } from '../../src/agents/opencode/slash-command.ts';
import { readCommands } from '../../src/config/command-folder.ts';
import { defaults } from '../../src/config/defaults.ts';
import { readPermissions } from '../../src/config/permissions-file.ts';
import { parseMcpFile } from '../../src/config/mcp-file.ts';

const starter = fileURLToPath(new URL('../../starter/', import.meta.url));

describe('the starter set', () => {
  it('has its commands, whole for both agents', async () => {
    const { commands, faults } = await readCommands(`${starter}commands`);
    expect(faults).toEqual([]);
    expect(commands.map(({ name }) => name)).toEqual(['full-loop', 'plan', 'pr', 'preflight', 'review', 'status']);
    expect(readdirSync(`${starter}commands`)).toHaveLength(commands.length);
    for (const command of commands) {
      for (const compile of [claudeSlashCommand, opencodeSlashCommand]) {
        const { text, lost } = compile({ command, tiers: defaults.models.tiers });
        expect(lost, command.name).toEqual([]);
        expect(text, command.name).toContain('$ARGUMENTS');
      }
    }
  });

  it('has permissions, of which nothing is left out', async () => {
    const permissions = await readPermissions(`${starter}permissions.yaml`);
    if (permissions === null) throw new Error('it is not there');
    for (const decision of decisions) expect(claudeRules({ rules: permissions[decision], decision }).lost).toEqual([]);
    const opencode = opencodePermission({ permissions, mcpServers: [] });
    // Files outside the repository are looked for by their last names.
    expect(opencode.lost.filter((what) => !/^deny (?:read|edit)\(~\//.test(what))).toEqual([]);
    expect(opencode.lost.filter((what) => what.includes('left out'))).toEqual([]);
    expect(opencode.permission['read']).toMatchObject({ '.env': 'deny', '*/.env': 'deny', '*/.ssh/*': 'deny', '*/.netrc': 'deny' });
  });

  it('has no MCP server yet, and a file to begin with', () => {
    const file = `${starter}mcp.yaml`;
    const text = readFileSync(file, 'utf8');
    expect(parseMcpFile({ file, text })).toEqual({});
    // With its marks taken away.
    expect(Object.keys(parseMcpFile({ file, text: text.replaceAll(/^# (?= *\w+:)/gm, '') }))).toEqual(['docs', 'tracker']);
  });
});
