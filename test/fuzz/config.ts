// Configuration: any two files either load into settings that are complete, plain and each of known origin, or are refused
// by a Fault that names the file and a line of it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { Fault } from '../../src/core/fault.ts';
import { defaults } from '../../src/config/defaults.ts';
import { loadSettings, type Loaded } from '../../src/config/load.ts';
import { anyText, broken, endless } from './broken-text.ts';
import type { Target } from './target.ts';

interface Input {
  readonly user: string;
  readonly repository: string;
}

const sample = `# everything that can be said
supervisor:
  concurrency: 4
  pollMs: 500
agents:
  claude: &agent
    path: /opt/claude
    env: { A_KEY: "\${A_KEY}", B: 'x' }
    args: [--one, "two words"]
  opencode:
    config:
      provider: { acme: { options: { baseURL: http://x/v1, deep: [1, 2, { a: null }] } } }
models:
  default: opus
  tiers:
    opus: anthropic/claude-opus-5-5
    own: acme/coder-1
  fallback: null
  cheaper: { opus: own }
budget:
  dailyUsd: 20
  perTaskUsd: null
  perTaskTokens: 5000000
  perAccountUsd: { work: 0.5 }
  degradeAt: 0.8
  stopAt: 0.95
limits: { perRepository: 2, perModel: { anthropic/claude-opus-5-5: 1 }, perAccount: {} }
worker:
  stallMinutes: 5.5
  wallMinutes: 60
  graceSeconds: 0
  maxRetries: 0
  maxBudgetUsd: 2.5
  maxSteps: 10
  backoffSeconds: 1
delivery:
  branchPrefix: yard/
  remote: origin
  base: release/1
  commitLeftovers: false
  sign: off
  setup: |
    npm ci
    npm run build
  env: [NPM_TOKEN]
  checks: [npm test, npm run check]
  checkEnv: []
  commandMinutes: 10
tools:
  mcp: [github]
  role: reviewer
`;

const nested = (depth: number): string[] => [
  `${'['.repeat(depth)}${']'.repeat(depth)}`,
  '{a: '.repeat(depth) + '1' + '}'.repeat(depth),
  '- '.repeat(depth),
  '? '.repeat(depth),
  Array.from({ length: Math.min(depth, 300) }, (_, n) => `${' '.repeat(n)}a:\n`).join(''),
];
const deepest = [3000, 12_000].flatMap(nested);
const pieces = [
  ...['*agent', '&agent ', '&a ', '*a', '&a [*a]', '&a {x: *a}', '<<: *agent', '<<: {a: 1}', '&a [&b [*a, *a], *b]'],
  ...['!!binary aGk=', '!!set {a, b}', '!!omap [a: 1]', '!!timestamp 2001-01-01', '!!str 1', '!!float x', '!x ', '!<tag:x> ', '! '],
  ...['%YAML 1.1\n---\n', '%YAML 9.9\n---\n', '%TAG ! tag:x:\n---\n', '---\n', '...\n', '\n--- a\n'],
  ...[
    '2001-01-01',
    '.inf',
    '-.inf',
    '.nan',
    '0x1F',
    '0o17',
    '1e999',
    '-0',
    '9007199254740993',
    '1_000',
    '12:30:45',
    '~',
    'null',
    'yes',
    'auto',
  ],
  ...[
    '__proto__: {polluted: 1}',
    'constructor: {prototype: {polluted: 1}}',
    '"__proto__": 1',
    'toString: x',
    'hasOwnProperty: 1',
    '? [a]\n: 1',
    '? {a: 1}\n: 2',
  ],
  ...['\n', '\n  ', '\t', ': ', '- ', '# ', '"', "'", '|\n', '>\n', '{', '}', '[', ']', ',', '@', '`', '\\u', '{}', '[]', 'a: 1\na: 2\n'],
  ...['worker: {}\n', 'agents: {}\n', 'worker:\n', 'limits: {perModel: {}}\n', 'x.y: 1\n', 'a.b: {c.d: 1}\n'],
  ...nested(20),
  ...nested(150),
];

const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>(
      1,
      0,
      -1,
      0.5,
      1e9,
      1e308,
      2 ** 53,
      '',
      'x',
      'auto',
      'a/b',
      null,
      true,
      [],
      {},
      ['x'],
      [1],
      { a: 1 },
      { 'a.b': 1 },
    ),
  },
  fc.jsonValue({ maxDepth: 2 }),
  anyText,
);
const name = fc.constantFrom('claude', 'opencode', 'other', 'constructor', '__proto__', '');
const agent = fc.dictionary(fc.constantFrom('path', 'env', 'args', 'config'), value, { maxKeys: 4 });
const goodAgents = fc.dictionary(
  fc.constantFrom('claude', 'opencode'),
  fc.record(
    {
      path: fc.constantFrom('x', '/opt/x y'),
      env: fc.dictionary(fc.constantFrom('A', 'B_C'), fc.string()),
      args: fc.array(fc.string(), { maxLength: 2 }),
      config: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
    },
    { requiredKeys: [] },
  ),
);
/** Existing keys, with values that may fit. */
const said = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...Object.keys(defaults)), fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, value), {
      maxKeys: 5,
    }),
    fc.array(fc.tuple(fc.nat(60), value), { maxLength: 1 }),
    fc.oneof({ weight: 4, arbitrary: goodAgents }, { weight: 4, arbitrary: fc.constant({}) }, fc.dictionary(name, agent, { maxKeys: 2 })),
    fc.constantFrom({}, { indent: 4 }, { collectionStyle: 'flow' as const }, { defaultStringType: 'QUOTE_DOUBLE' as const }),
  )
  .map(([rooms, changes, agents, style]) => {
    const tree = Object.fromEntries(
      Object.entries(rooms).map(([room, put]) => [room, structuredClone(put ?? (Reflect.get(defaults, room) as unknown))]),
    );
    for (const [at, put] of changes) setLeaf({ tree, at, put });
    return stringify(Object.keys(agents).length > 0 ? { ...tree, agents } : tree, { ...style, aliasDuplicateObjects: false });
  });
/** Nested maps and lists of everything that YAML knows, mostly in a readable form. */
const { flow } = fc.letrec<{ flow: string; list: string; map: string }>((tie) => ({
  list: fc.array(tie('flow'), { maxLength: 4 }).map((parts) => `[${parts.join(', ')}]`),
  map: fc
    .array(
      fc.tuple(fc.constantFrom('a', 'b', 'a.b', '"c d"', 'constructor', '__proto__', '"__proto__"', '1', '? [x]', '<<'), tie('flow')),
      { maxLength: 4 },
    )
    .map((entries) => `{${entries.map(([key, inner]) => `${key}: ${inner}`).join(', ')}}`),
  flow: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      '1',
      'x',
      '-0',
      '.inf',
      '1e999',
      '.nan',
      '2001-01-01',
      '~',
      '""',
      "'x: y'",
      '0x1F',
      '{polluted: 1}',
      '*a',
      '*b',
      '!!binary aGk=',
      '!!set {x}',
      '!y z',
    ),
    fc.tuple(fc.constantFrom('', '', '', '&a ', '&b '), fc.oneof(tie('list'), tie('map'))).map((parts) => parts.join('')),
  ),
}));
const texts = fc.oneof(
  {
    weight: 250,
    arbitrary: fc
      .tuple(fc.constantFrom('', '', '%YAML 1.1\n---\n'), flow)
      .map(([head, part]) => `${head}agents: { claude: { config: { k: ${part} } } }`),
  },
  { weight: 400, arbitrary: broken(fc.constant(sample), { pieces, most: 2 }) },
  { weight: 60, arbitrary: broken(fc.constant(sample), { pieces, most: 8 }) },
  { weight: 2, arbitrary: broken(fc.constant('agents: {claude: {config: {a: '), { pieces: deepest, most: 3 }) },
  { weight: 600, arbitrary: said },
  { weight: 60, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')) },
  {
    weight: 60,
    arbitrary: broken(fc.constantFrom('agents:\n  claude:\n    config: ', 'agents: {claude: {config: {a: '), { pieces, most: 4 }),
  },
  { weight: 60, arbitrary: anyText },
  { weight: 1, arbitrary: endless(fc.constantFrom(...pieces)) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 20_000 })
      .map((count) => `agents: {claude: {env: {${Array.from({ length: count }, (_, n) => `A${n}: x`).join(', ')}}}}`),
  },
);

function setLeaf(given: { tree: Record<string, unknown>; at: number; put: unknown }): void {
  const leaves: [Record<string, unknown>, string][] = [];
  const walk = (tree: Record<string, unknown>): void => {
    for (const [key, inner] of Object.entries(tree)) {
      leaves.push([tree, key]);
      if (isTree(inner)) walk(inner);
    }
  };
  walk(given.tree);
  const [holder, key] = leaves[given.at % Math.max(1, leaves.length)] ?? [];
  if (holder !== undefined && key !== undefined) holder[key] = structuredClone(given.put);
}

let folder: string | null = null;

export const config: Target<Input> = {
  name: 'config',
  inputs: fc.oneof(
    { weight: 3, arbitrary: fc.record({ user: fc.constantFrom('', sample), repository: texts }) },
    fc.record({ user: texts, repository: texts }),
  ),
  reaches: ['loaded', 'refused'],
  holds: async ({ user, repository }) => {
    folder ??= makeFolder();
    const files = { user: join(folder, 'yardmaster', 'config.yaml'), repository: join(folder, 'yardmaster.yaml') };
    writeFileSync(files.user, user);
    writeFileSync(files.repository, repository);
    const lines = new Map([
      [files.user, user.split('\n').length],
      [files.repository, repository.split('\n').length],
    ]);
    try {
      judgeLoaded(await loadSettings({ env: { XDG_CONFIG_HOME: folder, YARDMASTER_TRUST: '1' }, repo: folder, flags: {} }), lines);
      return 'loaded';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      judgeRefusal(error, lines);
      return 'refused';
    } finally {
      assert.ok(!('polluted' in {}), 'a prototype was changed');
    }
  },
  finish: () => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
    folder = null;
  },
};

function makeFolder(): string {
  // In memory if there is such a folder, because writing costs more than everything else.
  const made = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'yard-fuzz-config-'));
  mkdirSync(join(made, 'yardmaster'));
  return made;
}

function judgeRefusal(fault: Fault, lines: ReadonlyMap<string, number>): void {
  assert.equal(fault.code, 'config');
  assert.ok(fault.hint !== '' && fault.message.length <= 600 && !fault.message.includes('\n'), fault.message);
  const { file, line } = fault.data;
  assert.ok(typeof file === 'string' && Number.isInteger(line));
  assert.ok(fault.message.startsWith(`${file}:${String(line)}: `));
  assert.ok(Number(line) >= 1 && Number(line) <= lines.get(file)!, `line ${String(line)} of ${lines.get(file)}`);
}

function judgeLoaded({ settings, origins }: Loaded, lines: ReadonlyMap<string, number>): void {
  const { forced, mcp, roles, untrusted, ...told } = settings;
  assert.deepEqual(
    { forced, mcp, roles, lacking: untrusted.keys },
    { forced: { agent: null, model: null }, mcp: {}, roles: {}, lacking: [] },
  );
  const wanted: string[] = [];
  leaves({ tree: told, path: [], each: (path) => wanted.push(path.join('.')) });
  assert.deepEqual(Object.keys(origins).sort(), [...new Set(wanted)].sort(), 'keys and their origins');
  for (const origin of Object.values(origins)) {
    if (origin === 'default') continue;
    const at = origin.lastIndexOf(':');
    const line = Number(origin.slice(at + 1));
    assert.ok(line >= 1 && line <= lines.get(origin.slice(0, at))!, origin);
  }
  complete(told as unknown as Tree, defaults as unknown as Tree);
  for (const one of Object.values(told.agents)) assert.deepEqual(Object.keys(one).sort(), ['args', 'config', 'env', 'path']);
  assert.ok(isPlain(told), 'settings are plain data');
}

type Tree = Readonly<Record<string, unknown>>;

/** Checks that every key of the defaults is still there, with a type that it may have. */
function complete(told: Tree, wanted: Tree): void {
  for (const [key, like] of Object.entries(wanted)) {
    assert.ok(Object.hasOwn(told, key) && told[key] !== undefined, `${key} is missing`);
    assert.equal(isTree(told[key]), isTree(like), key);
    assert.equal(Array.isArray(told[key]), Array.isArray(like), key);
    if (isTree(like)) complete(told[key] as Tree, like);
  }
}

function leaves(given: { tree: object; path: readonly string[]; each: (path: readonly string[]) => void }): void {
  assert.equal(Object.getPrototypeOf(given.tree), Object.prototype);
  for (const [key, inner] of Object.entries(given.tree)) {
    const path = [...given.path, key];
    if (isTree(inner) && Object.keys(inner).length > 0) leaves({ tree: inner, path, each: given.each });
    else given.each(path);
  }
}

/** Whether the value can be represented in JSON. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  if (isTree(value)) return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
