// `cancel`, `retry`, `reset`: the commands by which a person changes the state of tasks.
import { cancelAndClose } from '../../api/pulls.ts';
import { cancelTasks, resetTasks, retryTasks, type Acting, type Outcome } from '../../api/act.ts';
import { viewTask } from '../../api/show-task.ts';
import type { Task } from '../../core/task/task.ts';
import { ring } from '../../lib/bell.ts';
import { openPorts, type Opened } from '../compose.ts';
import { exitCodes, printJson, refuse, type CliContext } from '../context.ts';
import { nameOf, takeTask } from '../find-task.ts';
import { makeWorld } from '../world.ts';

interface Flags {
  json?: boolean;
  repo?: string;
}

export interface CancelFlags extends Flags {
  close?: boolean;
}

export async function cancel(this: CliContext, flags: CancelFlags, ...ids: string[]): Promise<void> {
  await act(this, { flags, ids, action: flags.close === true ? cancelAndClose : cancelTasks });
}

export async function retry(this: CliContext, flags: Flags, ...ids: string[]): Promise<void> {
  await act(this, { flags, ids, action: retryTasks });
}

export async function reset(this: CliContext, flags: Flags, ...ids: string[]): Promise<void> {
  await act(this, { flags, ids, action: resetTasks });
}

/** Acts on all of the given tasks, or on none if one of them does not exist. */
async function act(
  context: CliContext,
  given: {
    flags: Flags;
    ids: readonly string[];
    action: (acting: Acting, tasks: readonly Task[]) => Promise<readonly Outcome[]>;
  },
): Promise<void> {
  const { flags, ids } = given;
  const opened = await openPorts(context);
  const { store } = opened.ports;
  try {
    const tasks = await Promise.all([...new Set(ids)].map((id) => takeTask(context, { store, id, repo: flags.repo })));
    const done = await printed(context, await given.action(actingOf(context, opened), tasks));
    if (done.length > 0) await ring(opened.home.bell);
    const views = [];
    for (const task of done) {
      const now = (await store.taskByKey(task.key)) ?? task;
      views.push(await viewTask(opened.ports, now));
      if (flags.json !== true) context.out.write(`${await nameOf(context, now)} is ${now.state}\n`);
    }
    if (flags.json === true && views.length > 0) printJson(context, ids.length === 1 ? views[0] : views);
  } finally {
    await opened.end();
  }
}

export function actingOf(context: CliContext, opened: Opened): Acting {
  // Its other events belong to a supervisor, which reports them itself.
  const emit = (event: { type: string; message?: string; hint?: string }): void => {
    if (event.type === 'warning') context.err.write(`${event.message}\n  → ${event.hint}\n`);
  };
  return {
    ports: opened.ports,
    ring: () => ring(opened.home.bell),
    worldFor: ({ key }) => makeWorld(context, { opened, scope: { repo: null, batch: null, named: new Set([key]) }, flags: {}, emit }),
  };
}

/** Prints for each task why the action was not done, and returns the tasks for which it was. */
export async function printed(context: CliContext, outcomes: readonly Outcome[]): Promise<readonly Task[]> {
  const done: Task[] = [];
  for (const one of outcomes) {
    const { task } = one;
    if (one.outcome === 'done') {
      if (one.note !== null) context.err.write(`${one.note}\n`);
      done.push(task);
    } else if (one.outcome === 'failed') {
      context.err.write(`${one.fault.message}\n  → ${one.fault.hint}\n`);
      context.exit = exitCodes.failed;
    } else {
      const name = await nameOf(context, task);
      refuse(context, `${name === task.id ? '' : `${name}: `}${one.why}\n  → ${one.instead}`);
    }
  }
  return done;
}
