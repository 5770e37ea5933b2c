import { describe, expect, it } from 'vitest';
import { joiner, parseBody, type SlashCommand } from '../../core/own/slash-command.ts';
import { opencodeSlashCommand } from './slash-command.ts';

const tiers = { opus: 'anthropic/claude-opus-5-5' };
const plain = { name: 'probe', description: 'd', argumentHint: null, agent: null, model: null, subtask: false, allowedTools: [] };

function compiled(body: string, command: Partial<SlashCommand> = {}): { head: string; body: string; lost: readonly string[] } {
  const { text, lost } = opencodeSlashCommand({ command: { ...plain, ...command, body: parseBody(body).parts }, tiers });
  const [, head = '', rest = ''] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text) ?? [];
  return { head, body: rest, lost };
}

describe('the front matter', () => {
  it('has what OpenCode knows', () => {
    const { head, lost } = compiled('x', { description: 'a "b": c\nd', argumentHint: '[x]', agent: 'plan', model: 'opus', subtask: true });
    expect(head.split('\n')).toEqual([
      'description: "a \\"b\\": c\\nd [x]"',
      'agent: "plan"',
      'model: "anthropic/claude-opus-5-5"',
      'subtask: true',
    ]);
    expect(lost).toEqual([]);
  });

  it('tells what it does not know', () => {
    const allowedTools: SlashCommand['allowedTools'] = [
      { tool: 'shell', pattern: 'git *' },
      { tool: 'read', pattern: null },
    ];
    const { head, lost } = compiled('x', { model: 'sonnet', allowedTools });
    expect(head).toBe('description: "d"');
    expect(lost).toEqual([
      'model: sonnet (OpenCode needs provider/model)',
      'allowed-tools: shell(git *), read (OpenCode cannot grant tools to a single command)',
    ]);
  });
});

describe('the body', () => {
  it.each([
    ['all: {{args}}x', 'all: $ARGUMENTSx'],
    ['{{1}}x {{2}}', '$1x $2\n$100\n'],
    ['\\{{1}}', '\\$1\n$100\n'],
    ['$HOME `@file` a@b.c @{u} ```! \\', '$HOME `@file` a@b.c @{u} ```! \\'],
  ])('%j is %j, as it was', (body, text) => {
    expect(compiled(body)).toMatchObject({ body: text, lost: [] });
  });

  it.each([
    ['a\ncosts $5', `a\ncosts $${joiner}5`, 'line 2: “$” gets an invisible character, so that it stays text'],
    ['$ARGUMENTS', `$${joiner}ARGUMENTS`, 'line 1: “$” gets an invisible character, so that it stays text'],
    ['(@file)', `(@${joiner}file)`, 'line 1: “@” gets an invisible character, so that it stays text'],
    ['@{{args}}', `@${joiner}$ARGUMENTS`, 'line 1: “@” gets an invisible character, so that it stays text'],
    ['run!`ls`', 'run!\\`ls`', 'line 1: “!” gets a backslash, so that it stays text'],
    ['!{{args}}', '!\\$ARGUMENTS', 'line 1: “!” gets a backslash, so that it stays text'],
    ['{{1}}0', `$1${joiner}0\n$100\n`, 'line 1: there is an invisible character beside argument 1'],
  ])('%j is %j, and that is told', (body, text, what) => {
    const { body: written, lost } = compiled(body);
    expect(written).toBe(text);
    expect(lost).toHaveLength(1);
    expect(lost[0]?.slice(0, 9)).toBe(what.slice(0, 9));
    expect(lost[0]).toContain(what.slice(what.lastIndexOf('”') + 1));
  });
});
