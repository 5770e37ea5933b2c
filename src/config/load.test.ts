// Harmful files that `npm run fuzz -- --target config` found, and their expected results.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaults } from './defaults.ts';
import { loadSettings, type Loaded } from './load.ts';
import { repositoryConfigFile, userConfigFile } from './paths.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yard-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string): Promise<Loaded> {
  writeFileSync(join(folder, 'yardmaster.yaml'), text);
  return loadSettings({ env: { XDG_CONFIG_HOME: folder, YARDMASTER_TRUST: '1' }, repo: folder, flags: {} });
}

const config = (value: string): string => `agents:\n  claude:\n    config:\n      ${value}`;

describe('a file', () => {
  it('with empty maps changes nothing', async () => {
    const { settings, origins } = await load('worker: {}\nagents: { claude: {}, opencode: { config: {} } }\nmodels:\n  tiers: {}\n');
    expect(settings).toEqual({
      ...defaults,
      mcp: {},
      roles: {},
      untrusted: { keys: [], before: false, text: '' },
      forced: { agent: null, model: null },
    });
    expect(origins['worker.maxSteps']).toBe('default');
  });

  it.each([
    ['worker: {}', 'auto', 'default'],
    ['worker: { protect: off }', 'off', 'repository'],
    ['worker: { protect: auto }', 'auto', 'repository'],
  ])('says whether the repository is read-only for workers: %s', async (text, protect, origin) => {
    const { settings, origins } = await load(text);
    expect(settings.worker.protect).toBe(protect);
    expect(origins['worker.protect']).toContain(origin === 'default' ? origin : ':1');
    await expect(load('worker: { protect: always }')).rejects.toThrow('worker.protect');
  });

  it('has each of its values, and no other, told with its line', async () => {
    const { settings, origins } = await load('limits:\n  perModel:\n    a/b: 2\nagents:\n  claude: { env: { A: x } }\n');
    expect(settings.limits.perModel).toEqual({ 'a/b': 2 });
    expect(origins['limits.perModel.a/b']).toBe(`${join(folder, 'yardmaster.yaml')}:3`);
    expect(origins['agents.claude.env.A']).toBe(`${join(folder, 'yardmaster.yaml')}:5`);
    expect(origins).not.toHaveProperty(['limits.perModel']);
    expect(origins).not.toHaveProperty(['agents.claude.env']);
  });

  it('names a role; those that are described are told by name, the repository’s before the person’s', async () => {
    for (const [at, text] of [
      ['yardmaster/agents/roles/mine.md', 'Mine'],
      ['yardmaster/agents/roles/both.md', 'Mine'],
      ['.yardmaster/roles/both.md', 'Ours'],
      ['.yardmaster/roles/Wrong.md', 'x'],
    ] as const) {
      mkdirSync(dirname(join(folder, at)), { recursive: true });
      writeFileSync(join(folder, at), text);
    }
    const { settings, origins } = await load('tools: {role: mine}\n');
    expect(settings.roles).toMatchObject({ mine: { prompt: 'Mine' }, both: { prompt: 'Ours' }, Wrong: { code: 'config' } });
    expect([settings.tools.role, origins['tools.role']]).toEqual(['mine', `${join(folder, 'yardmaster.yaml')}:1`]);
    expect((await load('tools: {role: null}\n')).settings.tools.role).toBeNull();
  });

  it('says in which places workers run, the preferred first', async () => {
    expect((await load('')).settings.places).toEqual({ use: ['local'] });
    const { settings, origins } = await load('places:\n  use: [local]\n');
    expect([settings.places, origins['places.use']]).toEqual([{ use: ['local'] }, `${join(folder, 'yardmaster.yaml')}:2`]);
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
    ['a prototype', config('b: { __proto__: { x: 1 } }'), 4, 'the key __proto__ is not allowed'],
    ['a prototype among variables', 'agents: { claude: { env: { __proto__: x } } }', 1, 'the key __proto__ is not allowed'],
    ['infinity', 'worker:\n  maxBudgetUsd: .inf', 2, '.inf cannot be used as a number'],
    ['no number', config('b: .nan'), 4, '.nan cannot be used as a number'],
    ['more than numbers hold', config('b: 1e999'), 4, '1e999 cannot be used as a number'],
    ['a key twice', 'worker:\n  maxSteps: 1\n  maxSteps: 2', 3, 'the key maxSteps is here a second time'],
    ['a list as a key', config('? [a]\n      : 1'), 4, 'With stringKeys, all keys must be strings'],
    ['lists in lists in lists', config(`b: ${'['.repeat(300)}${']'.repeat(300)}`), 1, 'the value that begins here is nested too deeply'],
    ['more lists than the parser’s stack', config(`b: ${'['.repeat(9000)}`), 4, 'nested too deeply'],
    ['more keys than the parser’s stack', '? '.repeat(12_000), 1, 'it is nested too deeply'],
    ['aliases of aliases', config(`a: &a [x]\n      b: [${'*a, '.repeat(40)}]`), 1, 'Excessive alias count'],
    ['a long key', `? ${'x'.repeat(5000)}\n: 1`, 1, 'there is no key xxx'],
    ['two documents', 'worker: {}\n---\nworker: {}', 2, 'Source contains multiple documents'],
    ['a place that nobody knows', 'places:\n  use: [local, moon]', 2, 'places.use.1: Invalid input: expected "local"'],
    ['no place at all', 'places: { use: [] }', 1, 'places.use: Too small'],
    ['an agent that nobody knows', 'agents:\n  claud: {}', 2, 'there is no key agents.claud'],
    // A timer of more than 24 days fires at once.
    ['checks without end', 'delivery: { commandMinutes: 1e6 }', 1, 'delivery.commandMinutes: Too big'],
    ['a base with its remote’s space', 'delivery: { base: refs/heads/main }', 1, 'expected the name of a branch, such as main'],
    ['a prefix of ids with a digit at its end', 'todo: { ids: A1 }', 1, 'expected the prefix of ids'],
    ['a prefix of ids with a folder', 'todo: { ids: a/ }', 1, 'expected the prefix of ids'],
    ['a base that is an option', 'delivery: { base: --force }', 1, 'expected the name of a branch'],
    ['a base of two words', 'delivery: { base: "my branch" }', 1, 'expected the name of a branch'],
    ['a base that git refuses', 'delivery: { base: a..b }', 1, 'expected the name of a branch'],
    ['a reference for set-up', 'delivery: { env: ["${TOKEN}"] }', 1, 'expected the name of an environment variable'],
    ['a value for checks', 'delivery: { checkEnv: [TOKEN=s3cret] }', 1, 'expected the name of an environment variable'],
    ['a base that is a lock', 'delivery: { base: a.lock/b }', 1, 'expected the name of a branch'],
    ['another word for signing', 'delivery: { sign: always }', 1, 'delivery.sign'],
    ['a pulse in a hundred days', 'supervisor: { pollMs: 8640000000 }', 1, 'supervisor.pollMs: Too big'],
    ['more than a configuration', `# ${'x'.repeat(70_000)}`, 1, '69 KiB are too large'],
  ];
  it.each(refused)('with %s is refused', async (_name, text, line, message) => {
    const fault = await load(text).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { file: join(folder, 'yardmaster.yaml'), line } });
    expect(String(fault)).toContain(`yardmaster.yaml:${line}: `);
    expect(String(fault)).toContain(message);
    expect(String(fault).length).toBeLessThan(600);
  });

  it('with several faults is refused with all of them, in the order of their lines', async () => {
    const fault = load('budgets: 1\naccounts:\n  a: { provider: x, key: y, kind: z }\n  b: { secret: env:A }\n');
    const told =
      /:1: there is no key budgets; line 3: .*accounts\.a\.secret.*; line 3: there is no key accounts\.a\.key; line 3: there is no key accounts\.a\.kind; line 4: accounts\.b\.provider/;
    await expect(fault).rejects.toThrow(told);
  });

  it('that is none is refused', async () => {
    execFileSync('mkfifo', [join(folder, 'yardmaster.yaml')]);
    const given = { env: { XDG_CONFIG_HOME: folder }, repo: folder, flags: {} };
    await expect(loadSettings(given)).rejects.toMatchObject({ code: 'config', message: expect.stringContaining('not a regular file') });
  });

  // When the parser compared each key with each, these took minutes.
  it('of thousands of keys is read', async () => {
    const keys = Array.from({ length: 6000 }, (_, n) => `V${n}: x`).join(', ');
    const { origins } = await load(`agents: { claude: { env: { ${keys} } } }`);
    expect(Object.keys(origins).filter((key) => key.startsWith('agents.claude.env.'))).toHaveLength(6000);
  });
});

describe('accounts', () => {
  it('are read in their order, each value with its line', async () => {
    const { settings, origins } = await load(
      'accounts:\n  team:\n    provider: anthropic\n    secret: env:TEAM_KEY\n  a.plan@home_1-x:\n    provider: openai\n    billing: subscription\n    secret: "command:pass show a:b"\n    agents: [opencode]\n',
    );
    expect(Object.keys(settings.accounts)).toEqual(['team', 'a.plan@home_1-x']);
    expect(settings.accounts['team']).toEqual({ provider: 'anthropic', secret: 'env:TEAM_KEY' });
    expect(origins['accounts.team.secret']).toBe(`${join(folder, 'yardmaster.yaml')}:4`);
    expect(origins['accounts.a.plan@home_1-x.agents']).toBe(`${join(folder, 'yardmaster.yaml')}:9`);
  });

  it.each([
    'env:TEAM_KEY',
    'file:/run/secrets/key',
    'file:~/my key',
    'command:pass show team',
    'agent:opencode',
    'command:op read "op://a/b:c"',
  ])('the place of a secret may be %s', async (secret) => {
    const { settings } = await load(`accounts: { mine: { provider: acme, secret: ${JSON.stringify(secret)} } }`);
    expect(settings.accounts['mine']?.secret).toBe(secret);
  });

  const wrong = [
    'sk-the-secret',
    'env:',
    'env:sk-the-secret',
    'file:',
    'file: /the-secret',
    'command:',
    'ENV:the-secret',
    ' env:the-secret',
    'key:the-secret',
    'env:A\nthe-secret',
    '',
  ];
  it.each(wrong)('a secret %j is refused, and not repeated', async (secret) => {
    const fault: unknown = await load(`accounts:\n  mine:\n    provider: acme\n    secret: ${JSON.stringify(secret)}`).catch(
      (error: unknown) => error,
    );
    expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { line: 4 } });
    expect(String(fault)).toContain(
      'accounts.mine.secret: expected env:NAME, file:PATH, command:LINE or agent:NAME, never the secret itself',
    );
    expect(inspect(fault, { depth: 9 })).not.toContain('the-secret');
  });

  const refused: readonly [name: string, text: string, message: string][] = [
    ['without a provider', 'mine: { secret: env:A }', 'accounts.mine.provider'],
    ['without a secret', 'mine: { provider: acme }', 'accounts.mine.secret'],
    ['that is the secret', 'mine: sk-the-secret', 'accounts.mine: '],
    ['with the secret in a list', 'mine: { provider: acme, secret: [sk-the-secret] }', 'accounts.mine.secret'],
    [
      'with the secret under another key',
      'mine: { provider: acme, secret: env:A, key: sk-the-secret }',
      'there is no key accounts.mine.key',
    ],
    ['with the secret as its billing', 'mine: { provider: acme, secret: env:A, billing: sk-the-secret }', 'accounts.mine.billing'],
    ['of an agent that nobody knows', 'mine: { provider: acme, secret: env:A, agents: [claud] }', 'accounts.mine.agents.0'],
    ['of no agent’s name', 'mine: { provider: acme, secret: env:A, agents: claude }', 'accounts.mine.agents'],
    ['whose name has a blank', '"my key": { provider: acme, secret: env:A }', 'accounts.my key: '],
    ['whose name is empty', '"": { provider: acme, secret: env:A }', 'accounts.: '],
    ['that looks like an option', '-x: { provider: acme, secret: env:A }', 'accounts.-x: '],
    ['that is no text any more', 'mine: { provider: acme, secret: "sk-the-secret', 'yardmaster.yaml:2: '],
  ];
  it.each(refused)('one %s is refused', async (_, text, message) => {
    const fault: unknown = await load(`accounts:\n  ${text}`).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'Fault', code: 'config', data: { line: 2 } });
    expect(String(fault)).toContain(message);
    expect(inspect(fault, { depth: 9 })).not.toContain('the-secret');
  });

  it('of the repository come after those of the person', async () => {
    const repo = join(folder, 'repo');
    const own = userConfigFile({ XDG_CONFIG_HOME: folder });
    for (const one of [repo, dirname(own)]) mkdirSync(one);
    const of = (...names: string[]): string =>
      `accounts:\n${names.map((name) => `  ${name}: { provider: acme, secret: env:${name.toUpperCase()} }\n`).join('')}`;
    writeFileSync(own, of('b', 'a'));
    writeFileSync(repositoryConfigFile(repo), of('c', 'a'));
    const { settings } = await loadSettings({ env: { XDG_CONFIG_HOME: folder, YARDMASTER_TRUST: '1' }, repo, flags: {} });
    expect(Object.keys(settings.accounts)).toEqual(['b', 'a', 'c']);
  });
});

describe('routing', () => {
  it('has its defaults, each of which a file may set', async () => {
    expect((await load('')).settings.routing).toEqual({
      preferSubscription: true,
      proofSeconds: 300,
      probeTier: 'haiku',
      cooldownSeconds: 60,
    });
    const { settings } = await load('routing: { preferSubscription: false, proofSeconds: 0.5, probeTier: flash, cooldownSeconds: 1 }');
    expect(settings.routing).toEqual({ preferSubscription: false, proofSeconds: 0.5, probeTier: 'flash', cooldownSeconds: 1 });
  });

  it.each([
    ['proofSeconds: 0', 'routing.proofSeconds'],
    ['cooldownSeconds: -1', 'routing.cooldownSeconds'],
    ['cooldownSeconds: 1e9', 'routing.cooldownSeconds'],
    ['preferSubscription: perhaps', 'routing.preferSubscription'],
    ['probeTier: ""', 'routing.probeTier'],
    ['prefer: true', 'there is no key routing.prefer'],
  ])('%s is refused', async (text, message) => {
    const fault: unknown = await load(`routing: { ${text} }`).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'config' });
    expect(String(fault)).toContain(message);
  });

  const preferred = async (word: string, text = ''): Promise<Loaded> => {
    writeFileSync(join(folder, 'yardmaster.yaml'), text);
    return loadSettings({
      env: { XDG_CONFIG_HOME: folder, YARDMASTER_TRUST: '1', SUPERVISOR_PREFER_OAUTH: word },
      repo: folder,
      flags: {},
    });
  };

  it.each([
    ...['false', '0', 'no', 'off', 'FALSE', 'No'].map((word) => [word, false] as const),
    ...['true', '1', 'yes', 'on', 'TRUE', 'On'].map((word) => [word, true] as const),
  ])('SUPERVISOR_PREFER_OAUTH=%s is %s, whatever the files say', async (word, prefers) => {
    const { settings, origins } = await preferred(word, `routing: { preferSubscription: ${!prefers} }`);
    expect(settings.routing.preferSubscription).toBe(prefers);
    expect(origins['routing.preferSubscription']).toBe('SUPERVISOR_PREFER_OAUTH');
  });

  it('an empty one says nothing', async () => {
    const { settings, origins } = await preferred('', 'routing: { preferSubscription: false }');
    expect([settings.routing.preferSubscription, origins['routing.preferSubscription']]).toEqual([
      false,
      `${join(folder, 'yardmaster.yaml')}:1`,
    ]);
  });

  it.each(['banana', 'fa lse', '2', ' true'])('SUPERVISOR_PREFER_OAUTH=%s is an error that names it', async (word) => {
    await expect(preferred(word)).rejects.toMatchObject({
      name: 'Fault',
      code: 'config',
      message: `SUPERVISOR_PREFER_OAUTH is "${word}", which is neither true nor false`,
      hint: 'export SUPERVISOR_PREFER_OAUTH=false, or unset it',
    });
  });
});

describe('the models of tags', () => {
  it('have defaults, to which a file adds and which it replaces one by one', async () => {
    const { settings, origins } = await load('models:\n  tags:\n    docs: anthropic/claude-haiku-5-5\n    risky: opus\n');
    expect(settings.models.tags).toEqual({ ...defaults.models.tags, docs: 'anthropic/claude-haiku-5-5', risky: 'opus' });
    expect(origins['models.tags.docs']).toBe(`${join(folder, 'yardmaster.yaml')}:3`);
    expect(origins['models.tags.trivial']).toBe('default');
  });

  it('are words', async () => {
    await expect(load('models: { tags: { docs: "" } }')).rejects.toMatchObject({ message: expect.stringContaining('models.tags.docs') });
    await expect(load('models: { tags: [docs] }')).rejects.toMatchObject({ message: expect.stringContaining('models.tags') });
  });

  it('of the defaults are tiers that there are', () => {
    for (const tier of [...Object.values(defaults.models.tags), defaults.routing.probeTier])
      expect(defaults.models.tiers).toHaveProperty(tier);
  });
});
