// Files found by `npm run fuzz -- --target config` to do harm, and what is to become of them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaults } from './defaults.ts';
import { loadSettings, type Loaded } from './load.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string): Promise<Loaded> {
  writeFileSync(join(folder, 'yardmaster.yaml'), text);
  return loadSettings({ env: { XDG_CONFIG_HOME: folder }, repo: folder, flags: {} });
}

const config = (value: string): string => `agents:\n  claude:\n    config:\n      ${value}`;

describe('a file', () => {
  it('with empty maps changes nothing', async () => {
    const { settings, origins } = await load('worker: {}\nagents: { claude: {}, opencode: { config: {} } }\nmodels:\n  tiers: {}\n');
    expect(settings).toEqual({ ...defaults, forced: { agent: null, model: null } });
    expect(origins['worker.maxSteps']).toBe('default');
  });

  it('has each of its values, and no other, told with its line', async () => {
    const { settings, origins } = await load('limits:\n  perModel:\n    a/b: 2\nagents:\n  claude: { env: { A: x } }\n');
    expect(settings.limits.perModel).toEqual({ 'a/b': 2 });
    expect(origins['limits.perModel.a/b']).toBe(`${join(folder, 'yardmaster.yaml')}:3`);
    expect(origins['agents.claude.env.A']).toBe(`${join(folder, 'yardmaster.yaml')}:5`);
    expect(origins).not.toHaveProperty(['limits.perModel']);
    expect(origins).not.toHaveProperty(['agents.claude.env']);
  });

  it('of YAML 1.1 brings in no dates, bytes or sets', async () => {
    const { settings } = await load(
      `%YAML 1.1\n---\n${config('{ d: 2001-01-01, t: !!timestamp 2001-01-01, b: !!binary aGk=, s: !!set { x } }')}`,
    );
    expect(settings.agents['claude']?.config).toEqual({ d: '2001-01-01', t: '2001-01-01', b: 'aGk=', s: { x: null } });
  });

  const refused: readonly [name: string, text: string, line: number, message: string][] = [
    ['an alias that holds itself', config('&a { x: *a }'), 4, '*a holds itself'],
    ['one within a list', config('b: &a\n        - [*a]'), 5, '*a holds itself'],
    ['a prototype', config('b: { __proto__: { x: 1 } }'), 4, 'there can be no key __proto__'],
    ['a prototype among variables', 'agents: { claude: { env: { __proto__: x } } }', 1, 'there can be no key __proto__'],
    ['infinity', 'worker:\n  maxBudgetUsd: .inf', 2, '.inf is no number that can be used'],
    ['no number', config('b: .nan'), 4, '.nan is no number that can be used'],
    ['more than numbers hold', config('b: 1e999'), 4, '1e999 is no number that can be used'],
    ['a key twice', 'worker:\n  maxSteps: 1\n  maxSteps: 2', 3, 'the key maxSteps stands here twice'],
    ['a list as a key', config('? [a]\n      : 1'), 4, 'With stringKeys, all keys must be strings'],
    ['lists in lists in lists', config(`b: ${'['.repeat(300)}${']'.repeat(300)}`), 1, 'what begins here is nested too deeply'],
    ['more lists than the parser’s stack', config(`b: ${'['.repeat(9000)}`), 4, 'nested too deeply'],
    ['more keys than the parser’s stack', '? '.repeat(12_000), 1, 'it is nested too deeply'],
    ['aliases of aliases', config(`a: &a [x]\n      b: [${'*a, '.repeat(40)}]`), 1, 'Excessive alias count'],
    ['a long key', `? ${'x'.repeat(5000)}\n: 1`, 1, 'there is no key xxx'],
    ['two documents', 'worker: {}\n---\nworker: {}', 2, 'Source contains multiple documents'],
    ['an agent that nobody knows', 'agents:\n  claud: {}', 2, 'there is no key agents.claud'],
    // A timer of more than 24 days fires at once.
    ['checks without end', 'delivery: { commandMinutes: 1e6 }', 1, 'delivery.commandMinutes: Too big'],
    ['a pulse in a hundred days', 'supervisor: { pollMs: 8640000000 }', 1, 'supervisor.pollMs: Too big'],
    ['more than a configuration', `# ${'x'.repeat(70_000)}`, 1, '69 KiB are too much'],
  ];
  it.each(refused)('with %s is refused', async (_name, text, line, message) => {
    const fault = await load(text).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { file: join(folder, 'yardmaster.yaml'), line } });
    expect(String(fault)).toContain(`yardmaster.yaml:${line}: `);
    expect(String(fault)).toContain(message);
    expect(String(fault).length).toBeLessThan(600);
  });

  it('that is none is refused', async () => {
    execFileSync('mkfifo', [join(folder, 'yardmaster.yaml')]);
    const given = { env: { XDG_CONFIG_HOME: folder }, repo: folder, flags: {} };
    await expect(loadSettings(given)).rejects.toMatchObject({ code: 'config', message: expect.stringContaining('not a file') });
  });

  // Compared key with key, these took minutes.
  it('of thousands of keys is read', async () => {
    const keys = Array.from({ length: 6000 }, (_, n) => `V${n}: x`).join(', ');
    const { origins } = await load(`agents: { claude: { env: { ${keys} } } }`);
    expect(Object.keys(origins).filter((key) => key.startsWith('agents.claude.env.'))).toHaveLength(6000);
  });
});
