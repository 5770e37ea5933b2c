// The rules that other tools than lint and layers hold are seen to fail once each: format, types, dead code, coverage of core,
// and the count that `npm test` ends with. (Two of these are in tools.test.ts; each starts the tools anew.)
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plantedTree, type Tree } from './planted-tree.ts';

let tree: Tree;

beforeEach(async () => {
  tree = await plantedTree();
});

afterEach(() => tree[Symbol.asyncDispose]());

const testFile = (name: string, body: string): string =>
  `import { test } from 'vitest';\n\ntest('${name}', (context) => {\n  ${body}\n});\n`;

describe('npm run check', () => {
  const plants = [
    { step: 'format', path: 'src/lib/ugly.ts', text: 'export const  planted=1\n', says: 'src/lib/ugly.ts' },
    { step: 'types', path: 'src/lib/wrong.ts', text: "export const planted: number = 'one';\n", says: 'wrong.ts(1,14): error TS2322' },
    {
      step: 'types',
      path: 'src/lib/first.ts',
      text: 'export const planted = (list: number[]): number => list[0];\n',
      says: 'first.ts(1,52): error TS2322',
    },
    { step: 'types', path: 'src/lib/enum.ts', text: 'export enum Planted {\n  One,\n}\n', says: 'enum.ts(1,13): error TS1294' },
    {
      step: 'types',
      path: 'src/lib/unused.ts',
      text: 'export function planted(one: number): void {}\n',
      says: 'unused.ts(1,25): error TS6133',
    },
    { step: 'lint', path: 'src/core/now.ts', text: 'export const planted = Date.now();\n', says: 'no-restricted-globals' },
    { step: 'layers', path: 'src/core/os.ts', text: "export * from 'node:os';\n", says: 'core-is-pure: src/core/os.ts' },
    {
      step: 'names',
      path: 'src/lib/lost.ts',
      text: '// See lib/no-such-file.ts.\nexport {};\n',
      says: 'src/lib/lost.ts:1: lib/no-such-file.ts',
    },
    { step: 'dead code', path: 'src/lib/alone.ts', text: 'export const planted = 1;\n', says: 'src/lib/alone.ts' },
    {
      step: 'core',
      path: 'src/core/fails.test.ts',
      text: testFile('fails', "context.expect(1, 'as planted').toBe(2);"),
      says: 'as planted',
    },
  ];

  test('says one line when all is well', async () => {
    const { code, stdout } = await tree.run('node', 'scripts/check.mjs');
    expect(stdout).toMatch(/^check: format ok, types ok, lint ok, layers ok, names ok, dead code ok, core ok \(.* s\)\n$/);
    expect(code).toBe(0);
  });

  test('prints what each tool says', async () => {
    await tree.plant(Object.fromEntries(plants.map(({ path, text }) => [path, text])));
    const { code, stdout } = await tree.run('node', 'scripts/check.mjs');
    for (const { step, says } of plants) {
      const part = stdout.split(/^── /m).find((text) => text.startsWith(`${step} (`));
      expect(part, step).toContain(says);
    }
    expect(stdout.split('\n').at(-2)).toMatch(
      /^check: format FAILED, types FAILED, lint FAILED, layers FAILED, names FAILED, dead code FAILED, core FAILED/,
    );
    expect(code).toBe(1);
  });

  test('a branch of core that its test misses fails the gate', async () => {
    const covers = `import { half } from './half.ts';\n${testFile('half', 'context.expect(half(true)).toBe(1);')}`;
    await tree.plant({
      'src/core/half.ts': 'export const half = (is: boolean): number => (is ? 1 : 2);\n',
      'src/core/half.test.ts': covers,
    });
    const { code, stdout } = await tree.run('node', 'scripts/check.mjs', 'core');
    expect(stdout).toMatch(/branches \(\d+(\.\d+)?%\) does not meet/);
    expect(code).toBe(1);
  });
});

describe('npm test', () => {
  test.each([
    { what: 'a passed test', text: testFile('passes', 'context.expect(1).toBe(1);'), says: '2 passed, 0 failed, 0 skipped', code: 0 },
    { what: 'a file that cannot be loaded', text: "import './no-such-file.ts';\n", says: '1 passed, 1 failed, 0 skipped', code: 1 },
    {
      what: 'an error outside of any test',
      text: testFile('late', "context.expect(1).toBe(1);\n  void Promise.reject(new Error('late'));"),
      says: '2 passed, 1 failed, 0 skipped',
      code: 1,
    },
    { what: 'a test that asserts nothing', text: testFile('idle', 'void context;'), says: '1 passed, 1 failed, 0 skipped', code: 1 },
    {
      what: 'a skipped test, and why',
      text: testFile('skips', "context.skip('no PostgreSQL here');"),
      says: 'skipped 1: src/lib/planted.test.ts: no PostgreSQL here\n1 passed, 0 failed, 1 skipped',
      code: 0,
    },
  ])('counts $what', async ({ text, says, code }) => {
    await tree.plant({ 'src/lib/planted.test.ts': text });
    const ended = await tree.run('node', 'scripts/test.mjs');
    expect(ended.stdout.endsWith(`\n${says}\n`), ended.stdout).toBe(true);
    expect(ended.code).toBe(code);
  });

  test('leaves the long matrices to `npm run test:full`, which runs nothing else', async () => {
    // That lane builds the program first, and the tree has none.
    await tree.plant({
      'test/support/bundle.ts': 'export function setup(): void {}\n',
      'src/lib/long.full.test.ts': testFile('long', 'context.expect(1).toBe(1);'),
      'src/lib/longer.full.test.ts': testFile('longer', 'context.expect(1).toBe(1);'),
    });
    const short = await tree.run('node', 'scripts/test.mjs');
    expect(short.stdout.endsWith('\n1 passed, 0 failed, 0 skipped\n'), short.stdout).toBe(true);
    const long = await tree.run('node', 'scripts/test.mjs', '--project', 'full');
    expect(long.stdout.endsWith('\n2 passed, 0 failed, 0 skipped\n'), long.stdout).toBe(true);
  });

  test('no test at all is a failure', async () => {
    const { code, stdout } = await tree.run('node', 'scripts/test.mjs', 'no-such-test');
    expect(stdout.endsWith('\n0 passed, 1 failed, 0 skipped\n')).toBe(true);
    expect(code).toBe(1);
  });
});
