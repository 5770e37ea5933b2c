// Each kind of name that a comment or a document can get wrong is seen to fail once, and foreign names to raise no alarm.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plantedTree, type Tree } from './planted-tree.ts';

const plants = [
  { kind: 'a file below src/', path: 'src/lib/one.ts', text: '// See core/no-such-file.ts.\n', says: 'core/no-such-file.ts' },
  { kind: 'a file below the root', path: 'src/lib/two.ts', text: '// See test/no-such-file.ts.\n', says: 'test/no-such-file.ts' },
  { kind: 'a file beside this one', path: 'src/lib/three.ts', text: '// See ./no-such-file.ts.\n', says: './no-such-file.ts' },
  { kind: 'a file name alone', path: 'src/lib/four.ts', text: '// See `no-such-file.ts`.\n', says: 'no-such-file.ts' },
  { kind: 'a file without its extension', path: 'src/lib/five.ts', text: '// See core/no-such-rule.\n', says: 'core/no-such-rule' },
  { kind: 'a pattern without a match', path: 'src/lib/six.ts', text: '// See core/*/rule.ts.\n', says: 'core/*/rule.ts' },
  { kind: 'a document', path: 'src/lib/seven.ts', text: '/** See docs/none.md. */\n', says: 'docs/none.md' },
  { kind: 'an ADR', path: 'src/lib/eight.ts', text: '// See ADR 99.\n', says: 'ADR 99' },
  { kind: 'the file of an ADR', path: 'src/lib/nine.ts', text: '// See docs/adr/0099.\n', says: 'adr/0099' },
  { kind: 'an identifier', path: 'src/lib/ten.ts', text: '// It calls `noSuchName`.\n', says: 'noSuchName' },
  { kind: 'an identifier without backticks', path: 'src/lib/eleven.ts', text: '// noSuchRule decides.\n', says: 'noSuchRule' },
  { kind: 'a lower-case identifier', path: 'src/lib/twelve.ts', text: '// `ponders` decides.\n', says: 'ponders' },
  { kind: 'a call', path: 'src/lib/thirteen.ts', text: '// `balance()` decides.\n', says: 'balance()' },
  { kind: 'a type', path: 'src/lib/fourteen.ts', text: '// A `NoSuchType` says so.\n', says: 'NoSuchType' },
  { kind: 'a path in a document', path: 'docs/path.md', text: 'See `core/none.ts`.\n', says: 'core/none.ts' },
  { kind: 'a link in a document', path: 'docs/link.md', text: 'See [there](gone.md#part).\n', says: 'gone.md' },
  { kind: 'an identifier in a document', path: 'docs/name.md', text: 'It is `noSuchOption`.\n', says: 'noSuchOption' },
];

const decoys: Readonly<Record<string, string>> = {
  'src/lib/ours.ts':
    '// See core/rule.ts, src/core/rule, ../core/rule.ts, rule.test.ts, core/{rule,rule.test}.ts, core/*.ts, lib/, ADR 1 and\n// docs/adr/0001. `weigh` and `weigh()` get a `kind`; so does `weigh({ kind })`.\nexport {};\n',
  'src/lib/foreign.ts':
    '// Read `CLAUDE.md`, `opencode.json`, `.config/app/core/state`, /etc/lib/hosts, https://x.example/core/x.ts.\nexport {};\n',
  'docs/foreign.md':
    'A `sudo` of [theirs](https://x.example/y.md), `agents/x.yaml` and `./bin/agent`.\n\n```ts\nnoSuchThing(); // core/none.ts\n```\n',
};

let tree: Tree;
let lines: readonly string[];

beforeAll(async () => {
  tree = await plantedTree();
  const before = await tree.run('node', 'scripts/check-names.mjs');
  expect(before, 'the tree is clean before anything is planted').toEqual({ code: 0, stdout: '', stderr: '' });
  await tree.plant({ ...decoys, ...Object.fromEntries(plants.map(({ path, text }) => [path, text])) });
  const { code, stdout } = await tree.run('node', 'scripts/check-names.mjs');
  expect(code).toBe(1);
  lines = stdout.split('\n');
});

afterAll(() => tree[Symbol.asyncDispose]());

test.each(plants)('$kind has to exist', ({ path, says }) => {
  expect(lines.filter((line) => line.startsWith(`${path}:`))).toEqual([`${path}:1: ${says} does not exist`]);
});

test.each(Object.keys(decoys))('nothing is said about %s', (path) => {
  expect(lines.filter((line) => line.startsWith(path))).toEqual([]);
});
