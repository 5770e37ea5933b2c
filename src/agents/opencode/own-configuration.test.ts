import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { McpServer } from '../../core/own/mcp.ts';
import type { Source } from '../../core/own/piece.ts';
import { sampleRules, sampleServer } from '../../core/core.samples.ts';
import { opencodeOwn } from './own-configuration.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-own-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const empty: Source = { commands: [], servers: {}, permissions: { allow: [], ask: [], deny: [] }, tiers: {} };
const server = (more: Partial<McpServer>): McpServer =>
  sampleServer({ command: ['run', '${env:PORT}'], env: { T: 'x-${env:TOKEN}' }, ...more });
const forms = (source: Partial<Source>, more: { env?: Record<string, string>; project?: string } = {}) =>
  opencodeOwn.forms({ source: { ...empty, ...source }, env: more.env ?? { OPENCODE_CONFIG_DIR: folder }, project: more.project ?? null });

describe('where it lies', () => {
  const command = {
    ...{ name: 'go', description: 'Goes', argumentHint: null, agent: null, model: null },
    subtask: false,
    allowedTools: [],
  };
  it.each<[string, { env?: Record<string, string>; project?: string }, string, string]>([
    ['a person’s', { env: { HOME: '/home/p' } }, '/home/p/.config/opencode', '/home/p/.config/opencode/opencode.json'],
    ['by XDG', { env: { HOME: '/home/p', XDG_CONFIG_HOME: '/x' } }, '/x/opencode', '/x/opencode/opencode.json'],
    ['in another folder', { env: { HOME: '/home/p', OPENCODE_CONFIG_DIR: '/c' } }, '/c', '/c/opencode.json'],
    [
      'where those are empty',
      { env: { HOME: '/h', OPENCODE_CONFIG_DIR: '', XDG_CONFIG_HOME: '' } },
      '/h/.config/opencode',
      '/h/.config/opencode/opencode.json',
    ],
    ['a repository’s', { project: '/r' }, '/r/.opencode', '/r/opencode.json'],
  ])('%s', async (_, given, root, document) => {
    const found = await forms({ commands: [{ ...command, body: [{ kind: 'text', text: 'Go.' }] }], servers: { docs: server({}) } }, given);
    expect(found.root).toBe(root);
    expect(found.pieces.map(({ path }) => path)).toEqual([`${root}/command/go.md`, document]);
  });

  it('with comments, where there is such a file', async () => {
    writeFileSync(join(folder, 'opencode.json'), '{}');
    writeFileSync(join(folder, 'opencode.jsonc'), '{}');
    const { pieces, strict } = await forms({ servers: { docs: server({}) } });
    expect(pieces.map(({ path }) => path)).toEqual([join(folder, 'opencode.jsonc')]);
    expect(strict).toEqual([]);
  });
});

describe('servers', () => {
  it.each<[Partial<McpServer>, unknown]>([
    [{}, { type: 'local', command: ['run', '{env:PORT}'], environment: { T: 'x-{env:TOKEN}' }, enabled: true }],
    [
      { transport: 'http', command: [], env: {}, url: 'http://h', headers: { A: 'Bearer ${file:/run/t}' } },
      { type: 'remote', url: 'http://h', headers: { A: 'Bearer {file:/run/t}' }, enabled: true },
    ],
  ])('%j', async (more, value) => {
    const { pieces, lost } = await forms({ servers: { docs: server(more) } });
    expect(pieces).toMatchObject([{ kind: 'entry', at: ['mcp', 'docs'], value }]);
    expect(lost).toEqual([]);
  });

  it.each([
    ['${command:pass show x}', 'OpenCode replaces only environment variables and files, not ${command:pass show x}'],
    ['{file:/etc/passwd}', 'OpenCode would read a plain {env: or {file: as a reference'],
  ])('with %s are left out', async (value, why) => {
    const { pieces, lost } = await forms({ servers: { docs: server({ env: { T: value } }) } });
    expect(pieces).toEqual([]);
    expect(lost).toEqual([{ of: { kind: 'server', name: 'docs' }, what: `is left out: ${why}` }]);
  });
});

describe('rules', () => {
  const permissions = { allow: sampleRules('shell(npm test *)', 'search'), ask: [], deny: sampleRules('read(x/y)', 'shell(rm *)') };
  const written = async (): Promise<string[]> =>
    (await forms({ permissions })).pieces.flatMap((piece) =>
      piece.kind === 'entry' ? [`${piece.at.slice(1).join(' ')}: ${JSON.stringify(piece.value)} ${piece.order}`] : [],
    );
  const all = [
    'websearch: "allow" before',
    'read x/y: "deny" behind',
    'read x/y/*: "deny" behind',
    'bash npm test *: "allow" before',
    'bash rm *: "deny" behind',
  ];

  it('stand in their order, what allows before what the user wrote and what denies behind it', async () => {
    expect(await written()).toEqual(all);
  });

  it.each([
    ['{"permission": {"bash": "ask", "edit": {"*": "ask"}}}', all],
    // Our own keys, from the previous run.
    ['{"permission": {"websearch": "allow", "bash": {"npm test *": "allow"}}}', all],
    ['{"permission": {"web*": "deny"}}', all.slice(1)],
    ['{"permission": {"ba?h": "deny"}}', all.filter((one) => !one.includes('npm test'))],
    ['{"permission": {"*": "ask"}, // all\n}', all.filter((one) => one.includes('deny'))],
    ['{"permission": "ask"}', all.filter((one) => one.includes('deny'))],
    ['{"permission": 1}', all],
    ['{', all],
  ])('beside %s', async (own, expected) => {
    writeFileSync(join(folder, 'opencode.jsonc'), own);
    expect(await written()).toEqual(expected);
  });

  it('that a wildcard of the user’s decides are told', async () => {
    writeFileSync(join(folder, 'opencode.json'), '{"permission": {"*": "ask"}}');
    expect((await forms({ permissions })).lost).toEqual([
      { of: { kind: 'rule', name: 'allow search' }, what: 'is left out: your permission "*" decides' },
      { of: { kind: 'rule', name: 'allow shell(npm test *)' }, what: 'is left out: your permission "*" decides' },
    ]);
  });
});

describe('its own word', () => {
  it('is asked for without a credential', () => {
    const settings = { path: '/bin/opencode', env: { X: '1' }, args: [], config: {} };
    const env = { HOME: '/home/p', XDG_CONFIG_HOME: '/x', OPENAI_API_KEY: 'sk-secret' };
    const spec = opencodeOwn.question({ settings, env, cwd: '/w' });
    expect([spec.args, spec.env.set]).toEqual([
      ['debug', 'config'],
      {
        HOME: '/home/p',
        XDG_CONFIG_HOME: '/x',
        X: '1',
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        npm_config_offline: 'true',
      },
    ]);
  });

  it.each([
    ['a warning\n{\n  "command": {"go": {}},\n  "mcp": {"docs": {}}\n}\n', { commands: ['go'], servers: ['docs'] }],
    ['{}', { commands: [], servers: [] }],
    ['', null],
    ['Error: {', null],
  ])('%j', (stdout, report) => {
    expect(opencodeOwn.answer(stdout)).toEqual(report);
  });
});
