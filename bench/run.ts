// `npm run bench [-- FIGURE…] [--json] [--strict] [--profile DIR]`: measures, prints a table, and leaves nothing behind. It
// is a report and not a test: it ends with 0 whatever it finds, unless --strict asks for 1 when a bar is missed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { table } from '../src/lib/table.ts';
import { holds, ratioOf, type Bar, type Row, type Taken } from './figure.ts';
import { figures } from './figures.ts';

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, strict: { type: 'boolean' }, profile: { type: 'string' } },
  allowPositionals: true,
});
const chosen = positionals.length === 0 ? figures : figures.filter(({ name }) => positionals.includes(name));
if (chosen.length < positionals.length) {
  console.error(`no such figure among ${positionals.join(', ')}\n  → the figures are ${figures.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const profiles = values.profile === undefined ? null : resolve(values.profile);
if (profiles !== null) mkdirSync(profiles, { recursive: true });

const taken: Taken[] = [];
for (const { name } of chosen) {
  process.stderr.write(`${name} …\n`);
  taken.push(await take(name));
}

const machine = {
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? '?',
  load: loadavg()[0] ?? 0,
  node: process.versions.node,
  platform: process.platform,
};
if (values.json === true) {
  const told = taken.map((one) => ({ ...one, rows: one.rows.map((row) => ({ ...row, ratio: ratioOf(row), holds: holds(row) })) }));
  console.log(JSON.stringify({ machine, figures: told }, null, 2));
} else print();
const missed = taken.some(({ rows, untaken }) => untaken !== null || rows.some((row) => holds(row) === false));
process.exitCode = values.strict === true && missed ? 1 : 0;

/**
 * Each figure runs in a process of its own, because the memory that one figure left made another's calls up to 1.5 times as
 * slow.
 */
async function take(name: string): Promise<Taken> {
  const args = [join(import.meta.dirname, 'take.ts'), name, ...(profiles === null ? [] : [profiles])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  const [told, [status]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  for (const signal of signals) process.off(signal, pass);
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(told) as Taken;
}

function print(): void {
  const rows = taken.flatMap(({ figure, rows, untaken }) =>
    untaken === null ? rows.map((row) => [figure, ...cells(row)]) : [[figure, `not measured: ${untaken}`]],
  );
  console.log(`${machine.cores} cores (${machine.cpu}), load ${machine.load.toFixed(1)}, Node ${machine.node}, ${machine.platform}\n`);
  console.log(table([['FIGURE', '', 'MEASURED', 'LIMIT IN THE SAME RUN', 'RATIO', 'BAR', ''], ...rows]));
  for (const { figure, says, rows } of taken) {
    console.log(`${figure}: ${says}`);
    for (const { what, note } of rows) if (note !== undefined) console.log(`  ${what}: ${note}`);
  }
}

function cells(row: Row): string[] {
  const ratio = ratioOf(row);
  const limit = row.limit === null ? '-' : `${number(row.limit.value)} ${row.unit} (${row.limit.what})`;
  const met = holds(row);
  return [
    row.what,
    `${number(row.value)} ${row.unit}`,
    limit,
    ratio === null ? '-' : `${ratio.toFixed(2)} ×`,
    row.bar === null ? '-' : barOf(row.bar, row.unit),
    met === null ? '' : met ? 'ok' : 'OVER',
  ];
}

function barOf(bar: Bar, unit: string): string {
  const [sign, value] = 'most' in bar ? ['≤', bar.most] : ['≥', bar.least];
  return `${sign} ${number(value)} ${bar.of === 'ratio' ? '×' : unit}`;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString('en');
}
