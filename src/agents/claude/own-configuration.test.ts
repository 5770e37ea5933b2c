import { describe, expect, it } from 'vitest';
import type { McpServer } from '../../core/own/mcp.ts';
import type { Source } from '../../core/own/piece.ts';
import { sampleRules, sampleServer } from '../../core/core.samples.ts';
import { claudeOwn } from './own-configuration.ts';

const empty: Source = { commands: [], servers: {}, permissions: { allow: [], ask: [], deny: [] }, tiers: {} };
const server = (more: Partial<McpServer>): McpServer =>
  sampleServer({ command: ['run', '${env:PORT}'], env: { T: 'x-${env:TOKEN}' }, ...more });
const forms = (source: Partial<Source>, more: { env?: Record<string, string>; project?: string } = {}) =>
  claudeOwn.forms({ source: { ...empty, ...source }, env: more.env ?? { HOME: '/home/p' }, project: more.project ?? null });

describe('where it lies', () => {
  it.each<[string, { env?: Record<string, string>; project?: string }, string, string]>([
    ['a person’s', {}, '/home/p/.claude', '/home/p/.claude.json'],
    ['in another folder', { env: { HOME: '/home/p', CLAUDE_CONFIG_DIR: '/c' } }, '/c', '/c/.claude.json'],
    ['where that is empty', { env: { HOME: '/home/p', CLAUDE_CONFIG_DIR: '' } }, '/home/p/.claude', '/home/p/.claude.json'],
    ['a repository’s', { project: '/r' }, '/r/.claude', '/r/.mcp.json'],
  ])('%s', async (_, given, root, servers) => {
    const command = {
      ...{ name: 'go', description: 'Goes', argumentHint: null, agent: null, model: null },
      subtask: false,
      allowedTools: [],
    };
    const found = await forms(
      {
        commands: [{ ...command, body: [{ kind: 'text', text: 'Go.' }] }],
        servers: { docs: server({}) },
        permissions: { ...empty.permissions, deny: sampleRules('read(x/y)') },
      },
      given,
    );
    expect(found.root).toBe(root);
    expect(found.strict).toEqual([`${root}/settings.json`, servers]);
    expect(found.pieces.map(({ path }) => path)).toEqual([`${root}/commands/go.md`, `${root}/settings.json`, servers]);
  });
});

describe('servers', () => {
  it.each<[Partial<McpServer>, unknown]>([
    [{}, { type: 'stdio', command: 'run', args: ['${PORT}'], env: { T: 'x-${TOKEN}' } }],
    [
      { transport: 'sse', command: [], env: {}, url: 'http://h/${env:X}', headers: { A: 'Bearer ${env:T}' } },
      { type: 'sse', url: 'http://h/${X}', headers: { A: 'Bearer ${T}' } },
    ],
  ])('%j', async (more, value) => {
    const { pieces, lost } = await forms({ servers: { docs: server(more) } });
    expect(pieces).toMatchObject([{ kind: 'entry', at: ['mcpServers', 'docs'], value }]);
    expect(lost).toEqual([]);
  });

  it.each([
    ['${file:/run/token}', 'Claude Code replaces only environment variables, not ${file:/run/token}'],
    ['${command:pass show x}', 'Claude Code replaces only environment variables, not ${command:pass show x}'],
    ['$${HOME}', 'Claude Code would read a plain ${ as a variable'],
  ])('with %s are left out', async (value, why) => {
    const { pieces, lost } = await forms({ servers: { docs: server({ env: { T: value } }) } });
    expect(pieces).toEqual([]);
    expect(lost).toEqual([{ of: { kind: 'server', name: 'docs' }, what: `is left out: ${why}` }]);
  });
});

it('a rule is a word of its list for each of its own forms', async () => {
  const { pieces, lost } = await forms({ permissions: { allow: sampleRules('edit(x.json)'), ask: [], deny: sampleRules('edit') } });
  expect(pieces).toEqual(
    ['Edit', 'Write', 'NotebookEdit'].map((value) => ({
      ...{ kind: 'member', of: { kind: 'rule', name: 'deny edit' }, path: '/home/p/.claude/settings.json' },
      ...{ at: ['permissions', 'deny'], value },
    })),
  );
  expect(lost).toMatchObject([{ of: { kind: 'rule', name: 'allow edit(x.json)' } }]);
});

describe('its own word', () => {
  const settings = { path: '/bin/claude', env: { CLAUDE_CONFIG_DIR: '/c' }, args: ['--x'], config: {} };
  it('is asked for without a sign-in, a request or a trace', () => {
    const env = { HOME: '/home/p', PATH: '/bin', ANTHROPIC_API_KEY: 'sk-secret', AWS_SECRET: 'x' };
    const spec = claudeOwn.question({ settings, env, cwd: '/w' });
    expect(spec.args).toEqual(['--x', '-p', '/cost', '--no-session-persistence', '--output-format', 'stream-json', '--verbose']);
    expect(spec.env.set).toMatchObject({ HOME: '/home/p', CLAUDE_CONFIG_DIR: '/c', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' });
    expect(JSON.stringify(spec)).not.toMatch(/sk-secret|AWS/);
  });

  const init = { type: 'system', subtype: 'init', slash_commands: ['a', 1], mcp_servers: [{ name: 'docs', status: 'failed' }, {}] };
  it.each([
    [`noise\n${JSON.stringify({ type: 'system', subtype: 'hook' })}\n${JSON.stringify(init)}\n`, { commands: ['a'], servers: ['docs'] }],
    [JSON.stringify({ type: 'system', subtype: 'init' }), { commands: [], servers: [] }],
    ['', null],
    ['{"type":', null],
  ])('%j', (stdout, report) => {
    expect(claudeOwn.answer(stdout)).toEqual(report);
  });
});
