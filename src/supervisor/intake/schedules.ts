// Starts tasks and batches at set times. A run that was due while no supervisor was running is reported and not made up
// for, because a nightly run is not wanted at noon.
import { minute } from '../../core/time.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { textOf } from '../../core/reason/words.ts';
import { anew } from '../../core/task/anew.ts';
import type { Task } from '../../core/task/task.ts';
import type { Schedule } from '../../ports/store.ts';
import { nextRun, runsBetween } from '../../lib/cron.ts';
import { alarm } from '../account/account.ts';
import { Fault } from '../../core/fault.ts';
import { emitMoved } from '../emit-moved.ts';
import type { World } from '../world.ts';

/** A run that is later than this counts as missed. */
const late = 5 * minute;

export async function fireSchedules(world: World): Promise<number> {
  const now = world.clock.now();
  let fired = 0;
  const schedules = await Promise.all((await world.store.schedules()).map((one) => correctNextTime(world, one)));
  world.memory.nextSchedule = Math.min(...schedules.map(({ nextAt }) => nextAt), Infinity);
  for (const schedule of schedules) {
    if (schedule.nextAt > now || (world.scope.repo !== null && world.scope.repo !== schedule.repo)) continue;
    const { past, next } = runsBetween({ cron: schedule.cron, from: schedule.nextAt, to: now });
    const last = past.at(-1) ?? schedule.nextAt;
    const missed = past.length - (now - last <= late ? 1 : 0);
    // A pattern that never matches again, such as a date in the past, stays as a record and starts nothing more.
    const moved = await world.store.fireSchedule({
      id: schedule.id,
      from: schedule.nextAt,
      nextAt: next ?? Number.MAX_SAFE_INTEGER,
      at: now,
      missed,
    });
    if (!moved) continue;
    if (missed > 0) await warnOfMissed(world, { schedule, missed });
    if (now - last > late) continue;
    fired += 1;
    for (const task of await targets(world, schedule)) await requeue(world, { task, schedule });
  }
  return fired;
}

/**
 * Its next time may have been computed while the clock was ahead; the other times in its record are then in the future too.
 */
async function correctNextTime(world: World, schedule: Schedule): Promise<Schedule> {
  const { id, cron, nextAt: from, lastAt, createdAt } = schedule;
  const now = world.clock.now();
  if (Math.max(createdAt, lastAt ?? 0) <= now) return schedule;
  const nextAt = nextRun({ cron, after: now });
  if (nextAt === null || nextAt >= from) return schedule;
  await world.store.fireSchedule({ id, from, nextAt, at: lastAt, missed: 0 });
  return { ...schedule, nextAt };
}

/**
 * The states from which a scheduled task is queued again. A task that runs, or whose work is being finished, is left to
 * end.
 */
const over = ['done', 'blocked', 'failed', 'cancelled'] as const;

async function targets(world: World, schedule: Schedule): Promise<readonly Task[]> {
  const { repo, target } = schedule;
  if (target.kind === 'batch') return (await world.store.tasks({ batch: target.name })).filter((task) => task.repo === repo);
  const task = await world.store.task({ repo, id: target.name });
  return task === null ? [] : [task];
}

async function requeue(world: World, given: { task: Task; schedule: Schedule }): Promise<void> {
  const { task, schedule } = given;
  const at = world.clock.now();
  const reason: TaskReason = { code: 'scheduled', facts: { cron: schedule.cron } };
  if (task.state === 'queued') {
    await world.store.patchTask({ key: task.key, patch: { wanted: true, notBefore: null }, at });
    return;
  }
  const line = task.line === 'none' ? 'none' : 'ticked';
  const patch = { ...anew(task), ...(task.state === 'done' ? ({ line } as const) : {}), wanted: true };
  if ((await world.store.moveTask({ key: task.key, from: over, to: 'queued', reason, at, patch })) === 'ok') {
    emitMoved(world, { task, from: task.state, to: 'queued', reason: textOf(reason) });
    return;
  }
  world.emit({
    type: 'warning',
    task: task.id,
    repo: task.repo,
    attempt: null,
    code: 'schedule-skipped',
    message: `${task.id} is still ${task.state}: its run by the schedule ${schedule.cron} is skipped`,
    hint: 'choose a longer interval, so that each run can end before the next',
  });
}

async function warnOfMissed(world: World, given: { schedule: Schedule; missed: number }): Promise<void> {
  const { schedule, missed } = given;
  const { kind, name } = schedule.target;
  const error = new Fault({
    code: 'schedule-missed',
    message: `${kind} ${name}: ${missed} ${missed === 1 ? 'run' : 'runs'} of its schedule ${schedule.cron} missed since ${new Date(schedule.nextAt).toISOString()}, because no supervisor was running`,
    hint: kind === 'task' ? `to start it now, run: yardmaster reset ${name}` : 'to keep a supervisor running, run: yardmaster up',
  });
  await alarm(world, { task: kind === 'task' ? name : null, repo: schedule.repo, attempt: null, error, where: 'schedule' });
}
