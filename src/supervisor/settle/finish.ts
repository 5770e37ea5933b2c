// From `delivered` to `done`: the evidence is written into TODO.md, and only then is the task done. All that is delivered
// in a repository within a moment is ticked in one edit: each reads the whole list and writes it to the disk.
import { join } from 'node:path';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Task, Tick } from '../../core/task/task.ts';
import { editTodo } from '../../core/todo/edit.ts';
import { tickOf } from '../../core/todo/tick.ts';
import { second, type Duration } from '../../core/time.ts';
import { openLine } from '../intake/open-line.ts';
import { inScope } from '../dispatch/snapshot.ts';
import type { World } from '../world.ts';

/** How long the first one waits for others, while there are workers that may deliver. */
const moment: Duration = 250;
/** So often it looks whether there still are. */
const look: Duration = 25;

/** What could not be finished is tried again so often, although its list shows no change. */
const again: Duration = 5 * second;

/** Work was delivered since, or what waits for open subtasks may wait no longer. */
export function isFinishDue(
  { memory, todo, clock }: Pick<World, 'memory' | 'todo' | 'clock'>,
  given: { readonly repo: string; readonly tasks: readonly Task[] },
): boolean {
  const { repo, tasks } = given;
  const last = memory.finishedAt.get(repo);
  if (last === undefined || tasks.some(({ key }) => !memory.finishing.has(key))) return true;
  return todo.mark(join(repo, 'TODO.md')) !== last.mark || Math.abs(clock.now() - last.at) >= again;
}

export async function finish(world: World, given: { readonly repo: string; readonly signal: AbortSignal }): Promise<void> {
  const { repo } = given;
  for (let waited = 0; waited < moment && world.memory.leases.size > 0 && !given.signal.aborted; waited += look)
    await world.clock.sleep(look, given.signal);
  const tasks = (await world.store.tasks({ repo, states: ['delivered'] })).filter((task) => inScope(world.scope, task));
  for (const { key } of tasks) world.memory.finishing.add(key);
  const { waiting, ticks } = await tick(world, { repo, tasks });
  world.passing('ticked');
  for (const task of tasks) {
    // It stays delivered, and is finished by a later pulse once its subtasks are closed.
    if (waiting.has(task.id)) continue;
    const reason: TaskReason = { code: 'finished', facts: { evidence: task.delivery?.evidence ?? null } };
    const tick = ticks.get(task.id);
    // Stored with the very step from which on the line is looked at; whoever dies before it ticks the line again.
    const patch = tick === undefined ? {} : { ticks: [...task.ticks, tick] };
    const moved = await world.store.moveTask({ key: task.key, from: ['delivered'], to: 'done', reason, at: world.clock.now(), patch });
    world.passing('finished');
    world.memory.finishing.delete(task.key);
    if (moved === 'ok') world.emit({ type: 'task', task: task.id, repo: task.repo, from: 'delivered', to: 'done', reason: textOf(reason) });
    else if (tick !== undefined) await takeBack(world, { key: task.key, tick });
  }
}

/** A person reset the task while its line was being ticked: that tick is no person's, and the line is open. */
async function takeBack(world: World, { key, tick }: { readonly key: number; readonly tick: Tick }): Promise<void> {
  const task = await world.store.taskByKey(key);
  // Another supervisor may have finished it.
  if (task === null || task.state === 'done') return;
  const ticks = [...task.ticks, tick];
  await world.store.patchTask({ key, patch: { ticks }, at: world.clock.now() });
  await openLine(world, { ...task, ticks });
}

interface Ticked {
  /** Ids of those that wait for their open subtasks. */
  readonly waiting: ReadonlySet<string>;
  /** What was written into their lines, by ids. */
  readonly ticks: ReadonlyMap<string, Tick>;
}

async function tick(world: World, given: { readonly repo: string; readonly tasks: readonly Task[] }): Promise<Ticked> {
  const waiting = new Set<string>();
  const ticks = new Map<string, Tick>();
  const lines = given.tasks.filter((task) => task.line === 'open');
  if (lines.length === 0) return { waiting, ticks };
  const path = join(given.repo, 'TODO.md');
  // Before the list is read, so that no later change of it is missed; also where it cannot be edited.
  const note = (mark: string | null): unknown => world.memory.finishedAt.set(given.repo, { mark, at: world.clock.now() });
  note(world.todo.mark(path));
  const { ids } = (await world.settings(given.repo)).todo;
  const at = new Date(world.clock.now()).toISOString();
  const change = (before: string): string | null => {
    // Asked again where somebody else wrote in between.
    ticks.clear();
    let text = before;
    // The tick of a subtask may be what its parent waits for.
    for (let ticked = -1; ticked !== ticks.size;) {
      ticked = ticks.size;
      waiting.clear();
      for (const task of lines) {
        if (ticks.has(task.id)) continue;
        const insert = tickOf({ task, at });
        const edited = editTodo({ text, ids }, { id: task.id, mark: 'done', insert: { ...insert }, keep: ['status'] });
        // A line that is gone needs no tick of ours.
        if (edited.edited) {
          text = edited.text;
          const { status: _, ...withoutStatus } = insert;
          ticks.set(task.id, edited.kept.includes('status') ? withoutStatus : insert);
        } else if (edited.why === 'open-children') waiting.add(task.id);
      }
    }
    return text === before ? null : text;
  };
  await world.todo.edit(path, change, ({ from, to }) => {
    note(to);
    // Our own tick tells us nothing new: to take the whole list in again for each would cost the square of its length.
    if (world.memory.marks.get(path) === from) world.memory.marks.set(path, to);
  });
  return { waiting, ticks };
}
