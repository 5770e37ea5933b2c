// Several supervisors on one home: none doubles what another does, and one that stood still loses what it held.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { PausePoint } from '../../src/supervisor/pause-points.ts';
import { brokenInvariants } from '../chaos/invariants.ts';
import { stopped } from '../support/wait-until.ts';
import { ended, openYard, type Told } from '../support/yard.ts';

/** Where it holds the most: before, while and after its worker runs. */
const points: readonly PausePoint[] = ['worktree-made', 'output-stored', 'judged', 'pushed'];

test('a supervisor that was stopped for longer than its lease touches nothing of the lost attempt when it wakes', async ({ skip }) => {
  skip(process.platform !== 'linux', 'whether a process is stopped is read from /proc');
  const ids = points.map((_, index) => `t${index + 1}`);
  const yard = await openYard({
    todo: '',
    actions: Object.fromEntries(ids.map((id) => [id, [[{ commit: { file: `${id}.txt`, content: 'x\n', message: id } }]]])),
    config: { supervisor: { pollMs: 50 } },
  });
  for (const [index, point] of points.entries()) {
    yard.writeTodo(`${yard.todo()}- [ ] ${ids[index]} Work #auto-dispatch\n`);
    const first = yard.startWith({ YARDMASTER_PAUSE: `${point}:SIGSTOP` }, 'run');
    const firstEnd = ended(first);
    await stopped(first);
    const database = new DatabaseSync(join(yard.home, 'yardmaster.db'));
    database.exec('update attempts set lease_boot_until = 0');
    database.close();
    expect(await yard.run('run'), point).toMatchObject({ code: 0 });
    first.kill('SIGCONT');
    expect(await firstEnd, point).toMatchObject({ code: 0 });
  }
  expect((await yard.json<Told[]>('ls')).map((task) => task.state)).toEqual(ids.map(() => 'done'));
  expect(yard.attempts()).toHaveLength(ids.length);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('three concurrent supervisors do twelve tasks exactly once each', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `t${index + 1}`);
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    actions: Object.fromEntries(ids.map((id) => [id, [[{ commit: { file: `${id}.txt`, content: 'x\n', message: id } }]]])),
    config: { supervisor: { pollMs: 50 } },
  });
  const ends = await Promise.all([1, 2, 3].map(() => yard.run('run', '--concurrency', '4')));
  // One that came when all were taken found nothing to do.
  for (const end of ends) expect([0, 3], end.stderr).toContain(end.code);
  expect((await yard.json<Told[]>('ls')).map((task) => task.attempts)).toEqual(ids.map(() => 1));
  expect(await brokenInvariants(yard)).toEqual([]);
});
