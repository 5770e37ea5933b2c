// The forms that the adapters write for commands and permissions, read by the real agents: a command does with its
// arguments what it says, whatever is in its text does nothing, and what is denied does not happen. Commands of OpenCode are in
// agent-command-forms.full.test.ts alone: they start it three times, and what it makes of a form changes only with its version.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { claudeRules } from '../../src/agents/claude/permissions.ts';
import { opencodePermission } from '../../src/agents/opencode/permission.samples.ts';
import { parsePermissions } from '../../src/config/permissions-file.ts';
import type { Decision, Permissions } from '../../src/core/own/permissions.ts';
import type { Step } from '../model-server/steps.ts';
import { agentNames } from '../support/agents.ts';
import { needsAgents } from '../support/skip-without.ts';
import { actsOnNothing, givesArguments, work } from '../support/agent-command-forms.ts';

/** As setup writes them. */
function claudePermissions(permissions: Permissions): Record<Decision, readonly string[]> {
  const written = (decision: Decision): readonly string[] => claudeRules({ rules: permissions[decision], decision }).rules;
  return { allow: written('allow'), ask: written('ask'), deny: written('deny') };
}

describe('claude', () => {
  needsAgents('claude');

  test('a command receives each of its arguments separately', () => givesArguments('claude'));

  test('nothing in the text of a command is executed or replaced', () => actsOnNothing('claude'));
});

describe.each(agentNames)('%s', (name) => {
  needsAgents(name);

  test('a denied tool is not used when nobody is there to ask', async () => {
    const text = 'allow: ["shell(touch *)"]\ndeny: ["shell(touch no*)", "read(secret/**)", "edit(**/kept.md)"]\n';
    const permissions = parsePermissions({ file: 'permissions.yaml', text });
    const { permission } = opencodePermission({ permissions, mcpServers: [] });
    const read: Step =
      name === 'claude'
        ? { tool: { name: 'Read', input: { file_path: 'secret/key' } } }
        : { tool: { name: 'read', input: { filePath: 'secret/key' } } };
    const { tree, bodies } = await work({
      name,
      steps: [
        { bash: 'touch yes.txt' },
        { bash: 'touch no.txt' },
        { bash: 'true && touch nor.txt' },
        { write: { path: 'sub/kept.md', content: 'x' } },
        { write: { path: 'sub/other.md', content: 'x' } },
        read,
        { say: 'Done.' },
      ],
      prompt: 'Do it.',
      home: { '.claude/settings.json': JSON.stringify({ permissions: claudePermissions(permissions) }) },
      args: [],
      config: { permission },
    });
    const there = ['yes.txt', 'no.txt', 'nor.txt', 'sub/kept.md', 'sub/other.md'].filter((path) => existsSync(join(tree, path)));
    expect(there).toEqual(['yes.txt', 'sub/other.md']);
    expect(bodies.at(-1)).not.toContain('THE KEY');
    expect(await readFile(join(tree, 'secret/key'), 'utf8')).toBe('THE KEY');
  });
});
