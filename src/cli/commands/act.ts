// `cancel`, `retry`, `reset`: a person intervenes.
import { byPerson } from '../../core/task/action.ts';
import { Fault } from '../../core/fault.ts';
import type { Task } from '../../core/task/task.ts';
import { minute, second } from '../../core/time.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Acted } from '../../ports/task-moves.ts';
import { pulse } from '../../supervisor/pulse.ts';
import { openPorts, type Opened } from '../compose.ts';
import { exitCodes, printJson, refuse, type CliContext } from '../context.ts';
import { whereIs } from '../../supervisor/watch/places.ts';
import { openLine } from '../../supervisor/intake/open-line.ts';
import { resetTask } from '../../supervisor/intake/reset.ts';
import { nameOf, takeTask } from '../find-task.ts';
import { taskView } from '../task-view.ts';
import { makeWorld, type Made } from '../world.ts';

interface Flags {
  json?: boolean;
  repo?: string;
}

export async function cancel(this: CliContext, flags: Flags, ...ids: string[]): Promise<void> {
  await acting(this, { flags, ids }, (opened, tasks) => cancelTasks(this, { opened, tasks }));
}

export async function retry(this: CliContext, flags: Flags, ...ids: string[]): Promise<void> {
  await acting(this, { flags, ids }, ({ ports }, tasks) =>
    each(this, tasks, async (task) => {
      // The list may have cancelled it: a line that stays ticked or declined would do so again.
      if (task.state === 'cancelled') await openLine(ports, task);
      return told(this, { task, acted: await ports.store.act({ key: task.key, action: 'retry', at: systemClock.now() }) });
    }),
  );
}

export async function reset(this: CliContext, flags: Flags, ...ids: string[]): Promise<void> {
  await acting(this, { flags, ids }, (opened, tasks) => each(this, tasks, (task) => resetOne(this, { opened, task })));
}

async function resetOne(context: CliContext, given: { opened: Opened; task: Task }): Promise<boolean> {
  const made = await newWorld(context, given);
  try {
    return await told(context, { task: given.task, acted: await resetTask(made.world, given.task) });
  } finally {
    made.end();
  }
}

/** One after the other; answers those of which it was done. */
async function each(context: CliContext, tasks: readonly Task[], act: (task: Task) => Promise<boolean>): Promise<readonly Task[]> {
  const done: Task[] = [];
  for (const task of tasks) if (await tried(context, () => act(task))) done.push(task);
  return done;
}

/** False also where it failed, which is told and keeps none of the other tasks from being done. */
async function tried(context: CliContext, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.err.write(`${error.message}\n  → ${error.hint}\n`);
    context.exit = exitCodes.failed;
    return false;
  }
}

/** False: it was refused, and the reason is told. */
async function told(context: CliContext, given: { readonly task: Task; readonly acted: Acted }): Promise<boolean> {
  const { task, acted } = given;
  if (acted.acted !== 'refused') return true;
  const name = await nameOf(context, task);
  refuse(context, `${name === task.id ? '' : `${name}: `}${acted.why}\n  → ${acted.instead}`);
  return false;
}

/**
 * Cancels tasks in any state that can be; answers those that are. Workers are ended by their supervisors, or by us
 * where they have none. All of them are asked to before the first one is waited for.
 */
export async function cancelTasks(context: CliContext, given: { opened: Opened; tasks: readonly Task[] }): Promise<readonly Task[]> {
  const { opened, tasks } = given;
  const { store } = opened.ports;
  const cancelled: Task[] = [];
  const stopping: { task: Task; attempt: string }[] = [];
  for (const task of tasks) {
    const acted = await store.act({ key: task.key, action: 'cancel', at: systemClock.now() });
    if (acted.acted === 'stopping') stopping.push({ task, attempt: acted.attempt });
    else if (await told(context, { task, acted })) cancelled.push(task);
  }
  if (stopping.length > 0) await ring(opened.home.bell);
  for (const one of stopping) if (await tried(context, () => isEnded(context, { opened, ...one }))) cancelled.push(one.task);
  return cancelled;
}

/** Waits for the end of the attempt; answers whether the task is cancelled by that. */
async function isEnded(context: CliContext, given: { opened: Opened; task: Task; attempt: string }): Promise<boolean> {
  const { opened, task, attempt } = given;
  await untilClosed(context, given);
  const verdict = (await opened.ports.store.attempt(attempt))?.verdict;
  // Its work arrived first, which is told; or it was ended by a supervisor of an older version, and can be cancelled now.
  if (verdict?.kind !== 'cancelled') return (await cancelTasks(context, { opened, tasks: [task] })).length > 0;
  if (verdict.message !== byPerson) context.err.write(`${task.id} was ${verdict.message}\n`);
  return true;
}

/** Waits for the supervisor to end the attempt, and takes it over once its lease has run out. */
export async function untilClosed(context: CliContext, given: { opened: Opened; task: Task; attempt: string }): Promise<void> {
  const { task } = given;
  const { store, clock, settings } = given.opened.ports;
  const made = await newWorld(context, given);
  const controller = new AbortController();
  const { worker } = await settings(task.repo);
  const deadline = clock.lease().ms + worker.graceSeconds * second + minute;
  try {
    while ((await store.attempt(given.attempt))?.state !== 'closed') {
      if (clock.lease().ms > deadline)
        throw new Fault({
          code: 'not-ended',
          message: `${task.id} is still being ended`,
          hint: `yardmaster explain ${task.id} tells how far it is`,
        });
      await pulse(made.world, { phases: ['watch', 'settle'], wait: true, tell: false });
      const [beyond] = (await store.attempts(task.key)).filter(({ id }) => made.world.memory.unreachable.has(id));
      if (beyond !== undefined)
        throw new Fault({
          code: 'not-ended',
          message: `the worker of ${task.id} is in ${whereIs(beyond)}, which cannot be reached from here; it was not ended`,
          hint: 'the wish is stored: the next supervisor that reaches it ends the worker',
        });
      await clock.sleep(100, controller.signal);
    }
  } finally {
    await store.release({ holder: made.world.holder });
    made.end();
  }
}

/** For this task alone: what else is to be done is a supervisor's, which tells of it. */
function newWorld(context: CliContext, given: { opened: Opened; task: Task }): Promise<Made> {
  const { opened, task } = given;
  const emit = (event: { type: string; message?: string; hint?: string }): void => {
    if (event.type === 'warning') context.err.write(`${event.message}\n  → ${event.hint}\n`);
  };
  return makeWorld(context, { opened, scope: { repo: null, batch: null, named: new Set([task.key]) }, flags: {}, emit });
}

/** On all of them, or on none where one is not there; one that is refused, or for which it fails, keeps none of the others from being done. */
async function acting(
  context: CliContext,
  given: { flags: Flags; ids: readonly string[] },
  act: (opened: Opened, tasks: readonly Task[]) => Promise<readonly Task[]>,
): Promise<void> {
  const { flags, ids } = given;
  const opened = await openPorts(context);
  const { store } = opened.ports;
  try {
    const tasks = await Promise.all([...new Set(ids)].map((id) => takeTask(context, { store, id, repo: flags.repo })));
    const done = await act(opened, tasks);
    if (done.length > 0) await ring(opened.home.bell);
    const views = [];
    for (const task of done) {
      const now = (await store.taskByKey(task.key)) ?? task;
      views.push(taskView({ task: now, last: (await store.attempts(task.key)).at(-1) ?? null, wait: null }));
      if (flags.json !== true) context.out.write(`${await nameOf(context, now)} is ${now.state}\n`);
    }
    if (flags.json === true && views.length > 0) printJson(context, ids.length === 1 ? views[0] : views);
  } finally {
    await opened.end();
  }
}
