// `cancel`, `retry`, `reset`: a person intervenes.
import { join } from 'node:path';
import { unseen } from '../../core/account.ts';
import { mended } from '../../core/account-change.ts';
import { Fault } from '../../core/fault.ts';
import { editTodo } from '../../core/todo-edit.ts';
import type { Task } from '../../core/task.ts';
import { ring } from '../../lib/bell.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { TaskPatch } from '../../ports/store.ts';
import { pulse } from '../../supervisor/pulse.ts';
import { clearTask } from '../../supervisor/clear.ts';
import { whileHeld } from '../../supervisor/holds.ts';
import { openPorts, type Opened } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import { whereIs } from '../../supervisor/places.ts';
import { takeTask } from '../find-task.ts';
import { taskView } from '../task-view.ts';
import { makeWorld, type Made } from '../world.ts';

interface Flags {
  json?: boolean;
  repo?: string;
}

export async function cancel(this: CliContext, flags: Flags, id: string): Promise<void> {
  await acting(this, { flags, id }, (opened, task) => cancelTask(this, { opened, task }));
}

export async function retry(this: CliContext, flags: Flags, id: string): Promise<void> {
  await acting(this, { flags, id }, async (opened, task) => {
    const patch = fresh(task);
    await forgive(opened, task);
    if (task.state === 'queued') {
      // Waiting out a back-off is what a retry cuts short.
      await opened.ports.store.patchTask({ key: task.key, patch, at: systemClock.now() });
      return true;
    }
    if (task.state === 'done') return refused(this, `${task.id} is done; \`yardmaster reset ${task.id}\` would do it again from the start`);
    // The list may have cancelled it: a line that stays ticked or declined would do so again.
    if (task.state === 'cancelled') await openLine(opened, task);
    return requeue(this, { opened, task, patch, reason: 'retried by a person' });
  });
}

export async function reset(this: CliContext, flags: Flags, id: string): Promise<void> {
  await acting(this, { flags, id }, async (opened, task) => {
    if (task.state === 'running') return refused(this, `${task.id} is running; cancel it first`);
    const made = await newWorld(this, { opened, task });
    let moved = false;
    try {
      const { ports } = opened;
      const free = await whileHeld(ports, { task, holder: made.world.holder, what: 'clearing' }, async (now) => {
        await clearTask(made.world, { task: now, keepBranch: false });
        await openLine(opened, now);
        moved = await queueAnew(this, { opened, task: now });
      });
      return free
        ? moved
        : refused(this, `${task.id} is attached to by a person, or is being cleared; \`yardmaster explain ${task.id}\` tells`);
    } finally {
      made.end();
    }
  });
}

/** Takes the tick of the task's line away, with what we wrote when we ticked it. */
async function openLine({ ports }: Opened, task: Task): Promise<void> {
  if (task.line === 'none') return;
  await ports.todo.edit(join(task.repo, 'TODO.md'), (text) => {
    const edited = editTodo(text, { id: task.id, mark: 'open', without: task.ticks.map((tick) => ({ ...tick })) });
    return edited.edited ? edited.text : null;
  });
}

async function queueAnew(context: CliContext, given: { opened: Opened; task: Task }): Promise<boolean> {
  const { opened, task } = given;
  const patch = { ...fresh(task), deliveredCommit: null, evidence: null };
  if (task.state !== 'queued') return requeue(context, { opened, task, patch, reason: 'reset by a person' });
  await opened.ports.store.patchTask({ key: task.key, patch, at: systemClock.now() });
  return true;
}

/** What is forgotten when a person intervenes: back-off, charged retries, failures that barred a route. */
function fresh(task: Task): TaskPatch {
  return { notBefore: null, retries: 0, countFrom: task.attempts };
}

/** Whoever tries it again has mended the sign-in that was refused, or wants to see it refused once more. */
async function forgive({ ports: { store } }: Opened, task: Task): Promise<void> {
  const refusals = (await store.attempts(task.key)).filter(({ verdict, number }) => verdict?.kind === 'auth' && number > task.countFrom);
  for (const name of new Set(refusals.flatMap(({ route }) => route.account ?? [])))
    await store.changeCondition({ kind: 'account', name, change: (state) => mended(state ?? unseen) });
}

async function requeue(context: CliContext, given: { opened: Opened; task: Task; patch: TaskPatch; reason: string }): Promise<boolean> {
  const { task } = given;
  const moved = await given.opened.ports.store.moveTask({
    key: task.key,
    to: 'queued',
    reason: given.reason,
    at: systemClock.now(),
    patch: given.patch,
  });
  return moved === 'ok' ? true : refused(context, `${task.id} is ${task.state}: there is nothing to try again`);
}

/** Cancels a task in any state that can be; a running worker is ended by its supervisor, or by us when it has none. */
export async function cancelTask(context: CliContext, given: { opened: Opened; task: Task }): Promise<boolean> {
  const { opened, task } = given;
  const { store } = opened.ports;
  if (task.state !== 'running') {
    const moved = await store.moveTask({ key: task.key, to: 'cancelled', reason: 'cancelled by a person', at: systemClock.now() });
    return moved === 'ok' ? true : refused(context, `${task.id} is ${task.state}: there is nothing to cancel`);
  }
  const open = (await store.attempts(task.key)).findLast((attempt) => attempt.state !== 'closed');
  if (open !== undefined)
    await store.requestStop({ attempt: open.id, stop: { reason: 'cancelled', message: 'cancelled by a person', until: null } });
  await ring(opened.home.bell);
  await untilClosed(context, { opened, task });
  return true;
}

/** Waits for the supervisor to end the worker, and takes the attempt over once its lease has run out. */
export async function untilClosed(context: CliContext, given: { opened: Opened; task: Task }): Promise<void> {
  const { store, clock } = given.opened.ports;
  const made = await newWorld(context, given);
  const controller = new AbortController();
  const deadline = clock.lease().ms + 60_000;
  try {
    while ((await store.taskByKey(given.task.key))?.state === 'running') {
      if (clock.lease().ms > deadline)
        throw new Fault({
          code: 'not-ended',
          message: `${given.task.id} is still being ended`,
          hint: `yardmaster explain ${given.task.id} tells how far it is`,
        });
      await pulse(made.world, { phases: ['watch', 'settle'], wait: true, tell: false });
      const [beyond] = (await store.attempts(given.task.key)).filter(({ id }) => made.world.memory.unreachable.has(id));
      if (beyond !== undefined)
        throw new Fault({
          code: 'not-ended',
          message: `the worker of ${given.task.id} is in ${whereIs(beyond)}, which cannot be reached from here; it was not ended`,
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

function refused(context: CliContext, reason: string): false {
  refuse(context, reason);
  return false;
}

async function acting(
  context: CliContext,
  given: { flags: Flags; id: string },
  act: (opened: Opened, task: Task) => Promise<boolean>,
): Promise<void> {
  const opened = await openPorts(context);
  const { store } = opened.ports;
  try {
    const task = await takeTask(context, { store, id: given.id, repo: given.flags.repo });
    if (!(await act(opened, task))) return;
    await ring(opened.home.bell);
    const now = (await store.taskByKey(task.key)) ?? task;
    if (given.flags.json === true)
      return printJson(context, taskView({ task: now, last: (await store.attempts(task.key)).at(-1) ?? null, wait: null }));
    context.out.write(`${now.id} is ${now.state}\n`);
  } finally {
    await opened.end();
  }
}
