// npm run fuzz -- [--inputs N] [--seed S] [--target NAME] [--path P]: runs every target, or the named one, on N inputs each
// (100,000 by default). Ends with 1 if a check failed.
import { parseArgs } from 'node:util';
import { targets } from './targets.ts';

/** Far above the need of any input, and far below the cost of one that takes quadratic time. */
const limitMs = 2000;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
    path: { type: 'string' },
  },
});
const inputs = whole('inputs', values.inputs);
const seed = whole('seed', values.seed);
const chosen = targets.filter(({ name }) => values.target === undefined || values.target === name);
if (chosen.length === 0) stop(`no such target: ${values.target}; there are ${targets.map(({ name }) => name).join(', ')}`);

console.log(`seed ${seed}, ${inputs.toLocaleString('en')} inputs each`);
for (const { name, run } of chosen) {
  const began = Date.now();
  const report = await run({ inputs, seed, limitMs, ...(values.path === undefined ? {} : { path: values.path }) });
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  const labels = Object.entries(report.labels)
    .sort(([, a], [, b]) => b - a)
    .map(([label, count]) => `${label} ${count.toLocaleString('en')}`);
  const figures = `${seconds} s, ${(report.cpuMs / 1000).toFixed(0)} s of the CPU, slowest ${report.slowest.toFixed(0)} ms`;
  console.log(`${name}: ${report.failure === null ? 'held' : 'FAILED'} for ${report.inputs.toLocaleString('en')} inputs (${figures})`);
  console.log(`  ${labels.join(', ')}`);
  if (report.failure === null) continue;
  console.log(report.failure);
  process.exitCode = 1;
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) stop(`--${name} ${text} is no whole number`);
  return number;
}

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}
