// `node bench/take.ts FIGURE [PROFILES]`: measures one figure and prints the result as JSON. Everything that it built and
// started is removed when it ends.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row, Taken } from './figure.ts';
import { figures } from './figures.ts';
import { openGround } from './ground.ts';
import { summarize } from './profile.ts';

const mostMinutes = 10;

const [wanted, profiles = null] = process.argv.slice(2);
const figure = figures.find(({ name }) => name === wanted);
if (figure === undefined) throw new Error(`no figure ${wanted}`);
const ground = openGround({ profiles });
process.on('exit', () => ground.clear());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const taken: Taken = { figure: figure.name, says: figure.says, ...(await rowsOf(figure.take(ground))) };
if (profiles !== null) summarize(profiles);
// Work that an interrupted figure has left running ends with this process.
process.stdout.write(JSON.stringify(taken), () => process.exit(0));

async function rowsOf(taking: Promise<readonly Row[]>): Promise<Pick<Taken, 'rows' | 'untaken'>> {
  try {
    return { rows: await Promise.race([taking, tooLong()]), untaken: null };
  } catch (error) {
    return { rows: [], untaken: error instanceof Error ? error.message : String(error) };
  }
}

async function tooLong(): Promise<never> {
  await sleep(mostMinutes * 60_000, null, { ref: false });
  throw new Error(`it took more than ${mostMinutes} minutes`);
}
