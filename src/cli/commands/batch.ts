// `batch …`: manages ordered sets of tasks with a concurrency limit of their own.
import { cancelTasks } from '../../api/act.ts';
import { Fault } from '../../core/fault.ts';
import type { Batch } from '../../core/task/batch.ts';
import { ring } from '../../lib/bell.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import type { Store } from '../../ports/store.ts';
import { homeOf, openPorts, openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { takeNamed } from '../find-task.ts';
import { actingOf, printed } from './act.ts';
import { requireBatch } from './add.ts';

interface Flags {
  json?: boolean;
}

export async function create(
  this: CliContext,
  flags: Flags & { concurrency?: number; mcp?: readonly string[]; role?: string },
  name: string,
): Promise<void> {
  await within(this, flags, async (store) => {
    // Its tasks may belong to several repositories, so the names of servers and roles are checked when a task is
    // dispatched.
    const made = await store.putBatch({
      name,
      state: 'open',
      concurrency: flags.concurrency ?? 0,
      mcp: flags.mcp ?? null,
      role: flags.role ?? null,
      createdAt: systemClock.now(),
    });
    if (made === 'exists')
      throw new Fault({ code: 'batch-exists', message: `there is already a batch ${name}`, hint: `yardmaster batch show ${name}` });
    return [name];
  });
}

export async function add(this: CliContext, flags: Flags & { repo?: string }, name: string, ...ids: string[]): Promise<void> {
  await within(this, flags, async (store) => {
    await requireBatch(store, name);
    const found = await Promise.all(ids.map((id) => takeNamed(this, { store, id, repo: flags.repo })));
    for (const task of found) await store.patchTask({ key: task.key, patch: { batch: name, wanted: true }, at: systemClock.now() });
    return [name];
  });
}

export async function show(this: CliContext, flags: Flags, name: string): Promise<void> {
  await within(this, flags, async (store) => {
    await requireBatch(store, name);
    return [name];
  });
}

export async function list(this: CliContext, flags: Flags): Promise<void> {
  await within(this, flags, async (store) => (await store.batches()).map((batch) => batch.name));
}

export async function pause(this: CliContext, flags: Flags, name: string): Promise<void> {
  await changeState(this, { flags, name, state: 'paused' });
}

export async function resume(this: CliContext, flags: Flags, name: string): Promise<void> {
  await changeState(this, { flags, name, state: 'open' });
}

export async function cancel(this: CliContext, flags: Flags, name: string): Promise<void> {
  const opened = await openPorts(this);
  try {
    await requireBatch(opened.ports.store, name);
    await opened.ports.store.patchBatch({ name, state: 'cancelled' });
    const open = await opened.ports.store.tasks({ batch: name, states: ['queued', 'running', 'blocked', 'failed'] });
    await printed(this, await cancelTasks(actingOf(this, opened), open));
    await print(this, { store: opened.ports.store, flags, names: [name] });
  } finally {
    await opened.end();
  }
}

async function changeState(context: CliContext, given: { flags: Flags; name: string; state: Batch['state'] }): Promise<void> {
  await within(context, given.flags, async (store) => {
    await requireBatch(store, given.name);
    await store.patchBatch({ name: given.name, state: given.state });
    return [given.name];
  });
}

async function within(context: CliContext, flags: Flags, act: (store: Store) => Promise<readonly string[]>): Promise<void> {
  const store = await openStore(context);
  try {
    const names = await act(store);
    await ring(homeOf(context).bell);
    await print(context, { store, flags, names });
  } finally {
    await store.end();
  }
}

async function print(context: CliContext, given: { store: Store; flags: Flags; names: readonly string[] }): Promise<void> {
  const { store, names } = given;
  const batches = (await store.batches()).filter((batch) => names.includes(batch.name));
  const views = await Promise.all(
    batches.map(async (batch) => ({
      ...batch,
      createdAt: iso(batch.createdAt),
      tasks: (await store.tasks({ batch: batch.name })).map((task) => ({ id: task.id, title: task.title, state: task.state })),
    })),
  );
  if (given.flags.json === true) return printJson(context, views);
  if (views.length === 0) return context.err.write('no batches; create one with yardmaster batch create NAME\n');
  for (const view of views) {
    const limit = view.concurrency === 0 ? '' : `, ${view.concurrency} at once`;
    context.out.write(`${view.name}  ${view.state}${limit}\n${table(view.tasks.map((task) => [`  ${task.id}`, task.state, task.title]))}`);
  }
}
