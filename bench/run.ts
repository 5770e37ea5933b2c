// `npm run bench [-- FIGURE…] [--json] [--strict] [--profile DIR]`: measures, prints a table, and leaves nothing behind.
// A report and never a test: it ends with 0 whatever it finds, unless --strict asks for 1 when a bar is missed.
import { mkdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { table } from '../src/lib/table.ts';
import { holds, ratioOf, type Bar, type Figure, type Row } from './figure.ts';
import { claims } from './figures/claims.ts';
import { endToEnd } from './figures/end-to-end.ts';
import { finished } from './figures/finished.ts';
import { idlePulse } from './figures/idle-pulse.ts';
import { idle } from './figures/idle.ts';
import { ls } from './figures/ls.ts';
import { restart } from './figures/restart.ts';
import { scan } from './figures/scan.ts';
import { start } from './figures/start.ts';
import { streams } from './figures/streams.ts';
import { verdict } from './figures/verdict.ts';
import { openGround } from './ground.ts';
import { summarize } from './profile.ts';

const figures: readonly Figure[] = [start, verdict, claims, finished, idlePulse, scan, streams, idle, ls, restart, endToEnd];

const mostMinutes = 10;

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, strict: { type: 'boolean' }, profile: { type: 'string' } },
  allowPositionals: true,
});
const chosen = positionals.length === 0 ? figures : figures.filter(({ name }) => positionals.includes(name));
if (chosen.length < positionals.length) {
  console.error(`no such figure among ${positionals.join(', ')}\n  → one of ${figures.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const profiles = values.profile === undefined ? null : resolve(values.profile);
if (profiles !== null) mkdirSync(profiles, { recursive: true });
const ground = openGround({ profiles });
process.on('exit', () => ground.clear());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const taken: { figure: string; says: string; rows: readonly Row[]; untaken: string | null }[] = [];
for (const figure of chosen) {
  process.stderr.write(`${figure.name} …\n`);
  const { name, says } = figure;
  try {
    taken.push({ figure: name, says, rows: await Promise.race([figure.take(ground), tooLong()]), untaken: null });
  } catch (error) {
    taken.push({ figure: name, says, rows: [], untaken: error instanceof Error ? error.message : String(error) });
  }
}
if (profiles !== null) summarize(profiles);

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
// Whatever a figure that broke off has left running ends here.
process.exit(values.strict === true && missed ? 1 : 0);

async function tooLong(): Promise<never> {
  await sleep(mostMinutes * 60_000, null, { ref: false });
  throw new Error(`it took more than ${mostMinutes} minutes`);
}

function print(): void {
  const rows = taken.flatMap(({ figure, rows, untaken }) =>
    untaken === null ? rows.map((row) => [figure, ...cells(row)]) : [[figure, `not taken: ${untaken}`]],
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
