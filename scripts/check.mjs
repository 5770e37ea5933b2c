// `npm run check`: runs every rule that a tool enforces (docs/adr/0001), all tools at once. Prints what failed, then one
// line. Arguments select the steps to run; without any, all run.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

process.chdir(join(import.meta.dirname, '..'));

const node = process.execPath;

const steps = {
  format: ['oxfmt', '--list-different', '.'],
  // TypeScript 7 is used for its speed. Tools that need the old compiler's interface find TypeScript 6 under its own name.
  types: [node, 'node_modules/typescript-7/bin/tsc', '--noEmit'],
  // Folders are given because oxlint without a path searches node_modules if there is no .gitignore, which takes minutes.
  lint: ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'scripts', 'bin'],
  layers: [node, 'scripts/check-layers.mjs'],
  names: [node, 'scripts/check-names.mjs'],
  'dead code': ['knip', '--no-progress', '--no-config-hints'],
  // The tests of the rules alone, which have to cover all of core; `npm test` runs them with all others.
  core: ['vitest', 'run', '--project', 'unit', 'src/core', '--coverage', '--reporter=dot'],
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => steps[name] === undefined);
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}\n  → the steps are ${Object.keys(steps).join(', ')}`);
  process.exit(2);
}

const started = Date.now();
const names = chosen.length > 0 ? chosen : Object.keys(steps);
const results = await Promise.all(names.map((name) => run(name, steps[name])));
const failed = results.filter((result) => result.code !== 0);
for (const { name, code, output } of failed) console.log(`── ${name} (${code}) ──\n${output.trim()}\n`);
const seconds = ((Date.now() - started) / 1000).toFixed(1);
const line = results.map(({ name, code }) => `${name} ${code === 0 ? 'ok' : 'FAILED'}`).join(', ');
console.log(`check: ${line} (${seconds} s)`);
process.exitCode = failed.length === 0 ? 0 : 1;

function run(name, [file, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    let output = '';
    const take = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => resolve({ name, code: 127, output: `${file}: ${error.message}` }));
    child.on('close', (code, signal) => resolve({ name, code: code ?? signal, output }));
  });
}
