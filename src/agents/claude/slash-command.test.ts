import { describe, expect, it } from 'vitest';
import { joiner, parseBody, type SlashCommand } from '../../core/own/slash-command.ts';
import { claudeSlashCommand } from './slash-command.ts';

const tiers = { opus: 'anthropic/claude-opus-5-5', flash: 'google/gemini-3.8-flash' };
const plain = { name: 'probe', description: 'd', argumentHint: null, agent: null, model: null, subtask: false, allowedTools: [] };

function compiled(body: string, command: Partial<SlashCommand> = {}): { head: string; body: string; lost: readonly string[] } {
  const { text, lost } = claudeSlashCommand({ command: { ...plain, ...command, body: parseBody(body).parts }, tiers });
  const [, head = '', rest = ''] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text) ?? [];
  return { head, body: rest, lost };
}

describe('the front matter', () => {
  it('has what Claude Code knows', () => {
    const { head, lost } = compiled('{{2}}', {
      description: 'a "b": c\nd # e',
      argumentHint: '[x]',
      agent: 'Explore',
      model: 'opus',
      subtask: true,
      allowedTools: [
        { tool: 'shell', pattern: 'git push *' },
        { tool: 'edit', pattern: null },
      ],
    });
    expect(head.split('\n')).toEqual([
      'description: "a \\"b\\": c\\nd # e"',
      'argument-hint: "[x]"',
      'arguments: ["arg1", "arg2"]',
      'model: "claude-opus-5-5"',
      'context: fork',
      'agent: "Explore"',
      'allowed-tools:',
      '  - "Bash(git push *)"',
      '  - "Edit"',
      '  - "Write"',
      '  - "NotebookEdit"',
    ]);
    expect(lost).toEqual([]);
  });

  it('tells what it does not know', () => {
    const { head, lost } = compiled('x', { agent: 'plan', model: 'flash', allowedTools: [{ tool: 'read', pattern: '.env' }] });
    expect(head).toBe('description: "d"');
    expect(lost).toEqual([
      'agent: plan (Claude Code changes the agent only for a subtask)',
      'model: flash (Claude Code has only Anthropic’s models)',
      'allowed-tools: read(.env) is left out: Claude Code matches .env in any folder',
    ]);
    expect(compiled('x', { subtask: true }).head).toBe('description: "d"\ncontext: fork');
    expect(compiled('x', { model: 'nosuch' }).lost).toEqual(['model: nosuch (Claude Code has only Anthropic’s models)']);
  });
});

describe('the body', () => {
  it.each([
    ['all: {{args}}', 'all: $ARGUMENTS'],
    ['{{1}}-{{2}}.', '$arg1-$arg2.'],
    ['${{1}}', '$$arg1'],
    ['costs $5, $ARGUMENTS, $0x, $HOME, a@b.c, `@d`', 'costs \\$5, \\$ARGUMENTS, \\$0x, $HOME, a@b.c, `@d`'],
    ['{{1}} $arg1 $arg2 $arg1x', '$arg1 \\$arg1 $arg2 $arg1x'],
    ['x!`ls` git log @{u}', 'x!`ls` git log @{u}'],
    ['---\na: b\n---\n', '---\na: b\n---\n'],
  ])('%j is %j, as it was', (body, text) => {
    expect(compiled(body)).toMatchObject({ body: text, lost: [] });
  });

  it.each([
    ['a\n@file', 'a\n\\@file', 'line 2: “@file” gets a backslash, so that it stays text'],
    ['{{1}}@x', '$arg1\\@x', 'line 1: “@x” gets a backslash, so that it stays text'],
    ['see @{{args}}', 'see \\@$ARGUMENTS', 'line 1: “@…” gets a backslash, so that it stays text'],
    ['run !`ls`', 'run \\!`ls`', 'line 1: “!`ls`” gets a backslash, so that it stays text'],
    ['run !{{args}}', 'run \\!$ARGUMENTS', 'line 1: “!…” gets a backslash, so that it stays text'],
    ['```!\nls\n```', '```\\!\nls\n```', 'line 1: “```!” gets a backslash, so that it stays text'],
    ['```!`ls`', '```\\!`ls`', 'line 1: “```!`ls`” gets a backslash, so that it stays text'],
    ['\\$1', `\\$${joiner}1`, 'line 1: “$1” gets an invisible character, so that it stays text'],
    ['${CLAUDE_EFFORT}', `$${joiner}{CLAUDE_EFFORT}`, 'line 1: “${CLAUDE_EFFORT}” gets an invisible character, so that it stays text'],
    ['\\{{args}}', `\\${joiner}$ARGUMENTS`, 'line 1: there is an invisible character beside argument text'],
    ['\\{{1}}', `\\${joiner}$arg1`, 'line 1: there is an invisible character beside argument 1'],
    ['{{args}}[0]', `$ARGUMENTS${joiner}[0]`, 'line 1: there is an invisible character beside argument text'],
    ['{{1}}[0]', `$arg1${joiner}[0]`, 'line 1: there is an invisible character beside argument 1'],
    ['\n{{2}}_test', '\n$ARGUMENTS[1]_test', 'line 2: without argument 2, the agent sees $ARGUMENTS[1]'],
  ])('%j is %j, and that is told', (body, text, what) => {
    expect(compiled(body)).toMatchObject({ body: text, lost: [what] });
  });
});
