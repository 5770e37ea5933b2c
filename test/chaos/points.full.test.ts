// Kills the supervisor with -9 at every pause point of a task, one after the other, within one run of 12 tasks. For most points this
// is the only test; `npm test` kills supervisors while workers run, in a check and in a push
// (test/stories/supervisor-life.test.ts, no-process-survives.test.ts).
import { expect, test } from 'vitest';
import { taskPoints } from '../../src/supervisor/pause-points.ts';
import { ended, openYard, type Told } from '../support/yard.ts';
import { brokenInvariants } from './invariants.ts';
import { twelveTasks } from './twelve-tasks.ts';

test('a supervisor that is killed at any pause point is continued by the next one, which neither loses nor repeats work', async () => {
  const yard = await openYard(twelveTasks);
  const survived: string[] = [];
  for (const point of taskPoints) {
    const { signal } = await ended(yard.startWith({ YARDMASTER_PAUSE: `${point}:SIGKILL` }, 'run', '--concurrency', '2'));
    if (signal !== 'SIGKILL') survived.push(point);
  }
  // A point that no run passes proves nothing.
  expect(survived).toEqual([]);
  await yard.run('run', '--concurrency', '4');
  expect((await yard.json<Told[]>('ls')).map((task) => task.state)).toEqual(Array.from({ length: 12 }, () => 'done'));
  expect(await brokenInvariants(yard)).toEqual([]);
});
