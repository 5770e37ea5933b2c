// Every rule that oxlint holds is seen to fail once, and to leave alone what it must.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lintDecoys, lintPlants } from './lint-plants.ts';
import { plantedTree, type Tree } from './planted-tree.ts';

interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

const lint = ['--type-aware', '--deny-warnings', 'src', 'scripts', 'bin'];
let tree: Tree;
let spoken: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  tree = await plantedTree();
  const before = await tree.run('oxlint', ...lint);
  expect(before, 'the tree is clean before anything is planted').toMatchObject({ code: 0 });
  await tree.plant(lintDecoys);
  await tree.plant(Object.fromEntries(lintPlants.map(({ path, text }) => [path, text])));
  const after = await tree.run('oxlint', ...lint, '--format=json');
  expect(after.code).toBe(1);
  const report: Report = JSON.parse(after.stdout);
  const byFile = Map.groupBy(report.diagnostics, (found) => found.filename);
  spoken = new Map([...byFile].map(([file, found]) => [file, found.map(({ code }) => code)]));
});

afterAll(() => tree[Symbol.asyncDispose]());

test.each(lintPlants)('$rule speaks about $path', ({ rule, path }) => {
  expect(spoken.get(path)).toContain(rule);
});

test.each(Object.keys(lintDecoys))('nothing is said about %s', (path) => {
  expect(spoken.get(path)).toBeUndefined();
});
