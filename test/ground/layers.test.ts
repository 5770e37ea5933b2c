// Every arrow between the rooms is seen to fail once, and the check to fail when it did not look.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plantedTree, type Tree } from './planted-tree.ts';

const imports = (from: string): string => `import { planted } from '${from}';\n\nexport const taken = planted;\n`;
const importsType = (from: string): string => `import type { Planted } from '${from}';\n\nexport type Taken = Planted;\n`;
const target = 'export const planted = 1;\nexport type Planted = number;\n';

const targets: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'src/core/target.ts',
    'src/ports/target.ts',
    'src/lib/target.ts',
    'src/store/target.ts',
    'src/repo/target.ts',
    'src/places/local/target.ts',
    'src/agents/one/target.ts',
    'src/agents/shared.ts',
    'src/sources/one/target.ts',
    'src/supervisor/target.ts',
    'src/api/target.ts',
    'src/config/target.ts',
    'src/cli/target.ts',
    'src/elsewhere/target.ts',
    'test/model-server/target.ts',
    'test/support/target.ts',
    'test/support/agents.ts',
  ].map((path) => [path, target]),
);

const plants: readonly { readonly rule: string; readonly path: string; readonly text: string }[] = [
  {
    rule: 'core-is-pure',
    path: 'src/core/reads.ts',
    text: "import { readFileSync } from 'node:fs';\n\nexport const planted = readFileSync;\n",
  },
  { rule: 'core-is-pure', path: 'src/core/parses.ts', text: "import { z } from 'zod';\n\nexport const planted = z;\n" },
  { rule: 'core-is-pure', path: 'src/core/lib.ts', text: imports('../lib/target.ts') },
  { rule: 'core-is-pure', path: 'src/core/port.ts', text: importsType('../ports/target.ts') },
  { rule: 'core-is-pure', path: 'src/core/later.ts', text: "export const planted = (): unknown => import('node:os');\n" },
  { rule: 'ports-only-core', path: 'src/ports/lib.ts', text: imports('../lib/target.ts') },
  { rule: 'ports-only-core', path: 'src/ports/adapter.ts', text: importsType('../store/target.ts') },
  { rule: 'lib-only-lib', path: 'src/lib/core.ts', text: importsType('../core/target.ts') },
  { rule: 'adapters-apart', path: 'src/store/repo.ts', text: imports('../repo/target.ts') },
  { rule: 'adapters-apart', path: 'src/places/docker/repo.ts', text: imports('../../repo/target.ts') },
  { rule: 'adapters-apart', path: 'src/repo/config.ts', text: imports('../config/target.ts') },
  { rule: 'adapters-apart', path: 'src/agents/one/supervisor.ts', text: imports('../../supervisor/target.ts') },
  { rule: 'adapters-apart', path: 'src/sources/two/repo.ts', text: imports('../../repo/target.ts') },
  { rule: 'adapters-apart', path: 'src/sources/two/supervisor.ts', text: importsType('../../supervisor/target.ts') },
  { rule: 'adapters-apart', path: 'src/store/source.ts', text: imports('../sources/one/target.ts') },
  { rule: 'sources-apart', path: 'src/sources/two/one.ts', text: imports('../one/target.ts') },
  { rule: 'supervisor-behind-ports', path: 'src/supervisor/source.ts', text: importsType('../sources/one/target.ts') },
  { rule: 'compose-alone-sees-adapters', path: 'src/cli/listed.ts', text: importsType('../sources/one/target.ts') },
  { rule: 'agents-apart', path: 'src/agents/two/one.ts', text: imports('../one/target.ts') },
  { rule: 'agents-apart', path: 'src/agents/two/shared.ts', text: imports('../shared.ts') },
  {
    rule: 'agents-through-sites',
    path: 'src/agents/two/survey.ts',
    text: "import { readFile } from 'node:fs/promises';\n\nexport const planted = readFile;\n",
  },
  { rule: 'supervisor-behind-ports', path: 'src/supervisor/store.ts', text: importsType('../store/target.ts') },
  { rule: 'supervisor-behind-ports', path: 'src/supervisor/config.ts', text: imports('../config/target.ts') },
  {
    rule: 'supervisor-behind-ports',
    path: 'src/supervisor/fs.ts',
    text: "import { rm } from 'node:fs/promises';\n\nexport const planted = rm;\n",
  },
  { rule: 'config-below-cli', path: 'src/config/supervisor.ts', text: imports('../supervisor/target.ts') },
  { rule: 'api-behind-ports', path: 'src/api/store.ts', text: importsType('../store/target.ts') },
  { rule: 'api-behind-ports', path: 'src/api/screen.ts', text: imports('../cli/target.ts') },
  {
    rule: 'api-behind-ports',
    path: 'src/api/reads.ts',
    text: "import { readFileSync } from 'node:fs';\n\nexport const planted = readFileSync;\n",
  },
  { rule: 'web-asks-the-api', path: 'src/web/store.ts', text: imports('../store/target.ts') },
  { rule: 'web-asks-the-api', path: 'src/web/port.ts', text: importsType('../ports/target.ts') },
  { rule: 'supervisor-behind-ports', path: 'src/supervisor/asks.ts', text: imports('../api/target.ts') },
  { rule: 'compose-alone-sees-adapters', path: 'src/cli/commands/ls.ts', text: importsType('../../store/target.ts') },
  { rule: 'known-rooms', path: 'src/cli/commands/elsewhere.ts', text: imports('../../elsewhere/target.ts') },
  { rule: 'src-without-test', path: 'src/cli/commands/run.ts', text: imports('../../../test/model-server/target.ts') },
  { rule: 'demo-props', path: 'src/cli/commands/demo-tasks.ts', text: imports('../../../test/support/target.ts') },
  { rule: 'demo-on-its-stage', path: 'src/demo/store.ts', text: imports('../store/target.ts') },
  { rule: 'no-test-as-module', path: 'src/lib/test.ts', text: "import '../core/rule.test.ts';\n" },
  { rule: 'no-unresolvable', path: 'src/lib/nowhere.ts', text: imports('./no-such-file.ts') },
  { rule: 'no-dev-dependency', path: 'src/lib/dev.ts', text: "import { build } from 'esbuild';\n\nexport const planted = build;\n" },
  { rule: 'no-cycles', path: 'src/lib/first.ts', text: "import { second } from './second.ts';\n\nexport const planted = () => second;\n" },
  {
    rule: 'no-cycles',
    path: 'src/store/type-circle.ts',
    text: "import type { Two } from './type-circle-two.ts';\n\nexport type One = Two | 1;\n",
  },
  {
    rule: 'no-cycles',
    path: 'src/cli/lazy-app.ts',
    text: "export type Lazy = 1;\n\nexport const load = (): unknown => import('./commands/lazy.ts');\n",
  },
];

/** The other half of each circle above. */
const circles: Readonly<Record<string, string>> = {
  'src/lib/second.ts': "import { planted } from './first.ts';\n\nexport const second = () => planted;\n",
  'src/store/type-circle-two.ts': "import type { One } from './type-circle.ts';\n\nexport type Two = One[];\n",
  'src/cli/commands/lazy.ts': "import type { Lazy } from '../lazy-app.ts';\n\nexport const planted: Lazy = 1;\n",
};

const decoys: Readonly<Record<string, string>> = {
  'src/cli/compose.ts': imports('../store/target.ts'),
  'src/cli/commands/demo.ts': imports('../../../test/model-server/target.ts'),
  'src/demo/stage.ts': imports('../../test/support/agents.ts'),
  'src/agents/two/fine.ts': imports('../../ports/target.ts'),
  'src/sources/two/fine.ts': imports('../../ports/target.ts'),
  'src/agents/two/accounts.ts': "import { existsSync } from 'node:fs';\n\nexport const planted = existsSync;\n",
  'src/supervisor/fine.ts': imports('../ports/target.ts'),
  'src/store/fine.test.ts': imports('../repo/target.ts'),
};

let tree: Tree;
let lines: readonly string[];

beforeAll(async () => {
  tree = await plantedTree();
  expect(await tree.run('node', 'scripts/check-layers.mjs'), 'the tree is clean before anything is planted').toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
  await tree.plant({ ...targets, ...circles, ...decoys, ...Object.fromEntries(plants.map(({ path, text }) => [path, text])) });
  const { code, stdout } = await tree.run('node', 'scripts/check-layers.mjs');
  expect(code).toBe(1);
  lines = stdout.split('\n');
});

afterAll(() => tree[Symbol.asyncDispose]());

test.each(plants)('$rule speaks about $path', ({ rule, path }) => {
  expect(
    lines.filter((line) => line.startsWith(`${rule}: ${path} `) || (rule === 'no-cycles' && line.startsWith(rule) && line.includes(path))),
  ).not.toEqual([]);
});

test.each(Object.keys(decoys))('nothing is said about %s', (path) => {
  expect(lines.filter((line) => line.includes(path))).toEqual([]);
});

test('a violation of each rule is planted', async () => {
  const config = await tree.read('.dependency-cruiser.mjs');
  const names = [...config.matchAll(/\bname: '([^']+)'/g)].map(([, name]) => name);
  expect(new Set(plants.map(({ rule }) => rule))).toEqual(new Set(names));
});

test('a source file that was not looked at fails the check', async () => {
  await using blind = await plantedTree();
  const config = await blind.read('.dependency-cruiser.mjs');
  await blind.plant({ '.dependency-cruiser.mjs': config.replace('  options: {', "  options: {\n    exclude: { path: 'src/lib' },") });
  const { code, stdout } = await blind.run('node', 'scripts/check-layers.mjs');
  expect(stdout).toBe('dependency-cruiser did not look at 1 of 6 source files: src/lib/wait.ts\n');
  expect(code).toBe(1);
});
