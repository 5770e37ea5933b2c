// A small tree that obeys every rule, under the project's own configuration, in which a test plants its violations.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const configuration = [
  '.oxlintrc.json',
  '.oxfmtrc.json',
  '.dependency-cruiser.mjs',
  'knip.json',
  'tsconfig.json',
  'vitest.config.ts',
  'test/support/bundle.ts',
  'test/support/longest-first.ts',
  'scripts',
  'bin',
];

const clean: Readonly<Record<string, string>> = {
  'docs/adr/0001-planted.md': '# 1. Planted\n',
  'src/core/rule.ts': `export type Kind = 'one' | 'two';\n\nexport function weigh(kind: Kind): number {\n  return kind === 'one' ? 1 : 2;\n}\n`,
  'src/core/rule.test.ts': `import { expect, test } from 'vitest';\nimport { weigh } from './rule.ts';\n\ntest('weighs', () => {\n  expect([weigh('one'), weigh('two')]).toEqual([1, 2]);\n});\n`,
  'src/lib/wait.ts': `export async function wait(): Promise<void> {\n  await Promise.resolve();\n}\n`,
  'src/cli/main.ts': `import { weigh } from '../core/rule.ts';\nimport { wait } from '../lib/wait.ts';\n\nexport async function main(): Promise<void> {\n  await wait();\n  console.log(weigh('one'));\n}\n\nawait main();\n`,
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Tree {
  readonly folder: string;
  plant(files: Readonly<Record<string, string>>): Promise<void>;
  read(path: string): Promise<string>;
  remove(path: string): Promise<void>;
  /** Runs a program of node_modules/.bin, or `node`, in the tree. */
  run(file: string, ...args: readonly string[]): Promise<Ended>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Libraries of tests, none of which the tree has. */
const onlyInTests: readonly string[] = ['@modelcontextprotocol/sdk', 'ajv', 'fast-check', 'graphql'];

export async function plantedTree(): Promise<Tree> {
  const folder = await mkdtemp(join(tmpdir(), 'yard-ground-'));
  const plant: Tree['plant'] = async (files) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };
  for (const name of configuration) await cp(join(root, name), join(folder, name), { recursive: true });
  const { scripts, devDependencies }: Package = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  // The tree uses what the configuration names, and none of the libraries.
  const tools = Object.fromEntries(Object.entries(devDependencies).filter(([name]) => !onlyInTests.includes(name)));
  await plant({ 'package.json': JSON.stringify({ name: 'planted', type: 'module', scripts, devDependencies: tools }), ...clean });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    plant,
    read: (path) => readFile(join(folder, path), 'utf8'),
    remove: (path) => rm(join(folder, path)),
    run: (file, ...args) => run({ folder, file, args }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function run(given: { readonly folder: string; readonly file: string; readonly args: readonly string[] }): Promise<Ended> {
  const bin = join(root, 'node_modules/.bin');
  const file = given.file === 'node' ? process.execPath : join(bin, given.file);
  // The runner around this test must not be seen by the runner inside the tree.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|YARD_|NODE_OPTIONS|NODE_V8_COVERAGE|TEST$)/.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: `${bin}:${process.env['PATH']}`, NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    const child = spawn(file, given.args, { cwd: given.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
