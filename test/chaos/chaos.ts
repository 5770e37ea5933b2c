// `npm run chaos -- --minutes N --seed S`: first kill -9 at every pause point of a task, each on a separate yard, then rounds of
// random chaos until the time is over. A broken invariant ends it with exit code 1 and keeps the yard.
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { taskPoints } from '../../src/supervisor/pause-points.ts';
import { buildProgram } from '../support/bundle.ts';
import { buildStage, ended, type Told } from '../support/stage.ts';
import { brokenInvariants } from './invariants.ts';
import { chaosRound } from './round.ts';
import { twelveTasks } from './twelve-tasks.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    points: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const started = performance.now();
const until = started + Number(values.minutes) * 60_000;
if (!(until > started)) throw new Error(`--minutes ${values.minutes}: expected a number above 0`);

const { program, folder } = buildProgram();
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const totals: Record<string, number> = {};
const count = (name: string, by = 1): void => void (totals[name] = (totals[name] ?? 0) + by);
const broken: string[] = [];

/** Uses one yard per point, so that a fresh run of twelve tasks meets it. */
async function killedAt(point: string): Promise<string[]> {
  const stage = await buildStage({ ...twelveTasks, program });
  let after: string[] = ['it was not reached'];
  try {
    const { signal } = await ended(stage.startWith({ YARDMASTER_PAUSE: `${point}:SIGKILL` }, 'run', '--concurrency', '4'));
    // On a fresh yard, no other supervisor's work can be taken over.
    if (signal !== 'SIGKILL' && point !== 'taken-over') return after;
    await stage.run('run', '--concurrency', '4');
    await stage.run('reap');
    const open = (await stage.json<Told[]>('ls')).filter(({ state }) => state !== 'done');
    after = [...open.map(({ id, state, reason }) => `${id} is ${state}: ${reason}`), ...(await brokenInvariants(stage))];
    return after;
  } finally {
    await stage.close({ keep: after.length > 0 });
    if (after.length > 0) console.log(`kept: ${stage.root}`);
  }
}

if (values.points) {
  for (const point of taskPoints) {
    if (controller.signal.aborted) break;
    const found = await killedAt(point);
    count('points');
    broken.push(...found.map((what) => `killed at ${point}: ${what}`));
    console.log(`killed at ${point}: ${found.length === 0 ? 'well' : found.join('; ')}`);
  }
}
for (let seed = Number(values.seed); performance.now() < until && !controller.signal.aborted; seed += 1) {
  const round = await chaosRound({ seed, program, blows: 40, signal: controller.signal });
  count('rounds');
  count('tasks', round.tasks);
  count('attempts', round.attempts);
  for (const [name, times] of [...Object.entries(round.blows), ...Object.entries(round.ends)]) count(name, times);
  broken.push(...round.broken.map((what) => `round ${seed}: ${what}`));
  const blows = Object.entries(round.blows).map(([name, times]) => `${times} ${name}`);
  const ends = Object.entries(round.ends).map(([state, times]) => `${times} ${state}`);
  console.log(`round ${seed}: ${round.tasks} tasks (${ends.join(', ')}), ${round.attempts} attempts; ${blows.join(', ')}`);
  for (const what of round.odd) console.log(`  ${what}`);
  for (const what of round.broken) console.log(`  BROKEN ${what}`);
  if (round.kept !== null) console.log(`  kept: ${round.kept}`);
}
rmSync(folder, { recursive: true, force: true });
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(
  `${minutes} min from seed ${values.seed}: ${Object.entries(totals)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ')}`,
);
console.log(broken.length === 0 ? 'no invariant is broken' : `${broken.length} broken:\n${broken.join('\n')}`);
process.exitCode = broken.length === 0 ? 0 : 1;
