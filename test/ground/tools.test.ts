// Two of the rules that other tools than lint and layers hold are seen to fail: the coverage of core, and the count that `npm test`
// ends with. The others are in tools.full.test.ts: each starts its tools anew.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plantedTree, type Tree } from './planted-tree.ts';

let tree: Tree;

beforeEach(async () => {
  tree = await plantedTree();
});

afterEach(() => tree[Symbol.asyncDispose]());

test('npm run check: a file of core without a test fails the gate', async () => {
  await tree.plant({ 'src/core/half.ts': 'export const half = (is: boolean): number => (is ? 1 : 2);\n' });
  const { code, stdout } = await tree.run('node', 'scripts/check.mjs', 'core');
  expect(stdout).toMatch(/branches \(\d+(\.\d+)?%\) does not meet/);
  expect(code).toBe(1);
});

test('npm test: counts a failed test', async () => {
  const text = "import { test } from 'vitest';\n\ntest('fails', (context) => {\n  context.expect(1).toBe(2);\n});\n";
  await tree.plant({ 'src/lib/planted.test.ts': text });
  const ended = await tree.run('node', 'scripts/test.mjs');
  expect(ended.stdout.endsWith('\n1 passed, 1 failed, 0 skipped\n'), ended.stdout).toBe(true);
  expect(ended.code).toBe(1);
});
