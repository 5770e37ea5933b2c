// From `delivered` to `done`: the evidence is written into TODO.md, and only then is the task done. All that is delivered
// in a repository within a moment is ticked in one edit: each reads the whole list and writes it to the disk.
import { join } from 'node:path';
import type { Task } from '../core/task.ts';
import { editTodo } from '../core/todo-edit.ts';
import type { Duration } from '../core/time.ts';
import { inScope } from './snapshot.ts';
import type { World } from './world.ts';

/** How long the first one waits for others, while there are workers that may deliver. */
const moment: Duration = 250;
/** So often it looks whether there still are. */
const look: Duration = 25;

export async function finish(world: World, given: { readonly repo: string; readonly signal: AbortSignal }): Promise<void> {
  const { repo } = given;
  for (let waited = 0; waited < moment && world.memory.leases.size > 0 && !given.signal.aborted; waited += look)
    await world.clock.sleep(look, given.signal);
  const tasks = (await world.store.tasks({ repo, states: ['delivered'] })).filter((task) => inScope(world.scope, task));
  const waiting = await tick(world, { repo, tasks });
  world.passing('ticked');
  for (const task of tasks) {
    // It stays delivered, and is finished by a later pulse once its subtasks are closed.
    if (waiting.has(task.id)) continue;
    const reason = task.evidence ?? 'delivered';
    const moved = await world.store.moveTask({ key: task.key, to: 'done', reason, at: world.clock.now() });
    world.passing('finished');
    if (moved === 'ok') world.emit({ type: 'task', task: task.id, repo: task.repo, from: 'delivered', to: 'done', reason });
  }
}

/** Answers the ids of those that wait for their open subtasks. */
async function tick(world: World, given: { readonly repo: string; readonly tasks: readonly Task[] }): Promise<ReadonlySet<string>> {
  const waiting = new Set<string>();
  const lines = given.tasks.filter((task) => task.line === 'open');
  if (lines.length === 0) return waiting;
  const completed = new Date(world.clock.now()).toISOString().slice(0, 10);
  const change = (before: string): string | null => {
    let text = before;
    for (const task of lines) {
      const insert = task.deliveredCommit === null || task.branch === null ? { status: 'no-change-needed' } : { branch: task.branch };
      const edited = editTodo(text, { id: task.id, mark: 'done', insert: { ...insert, completed } });
      // A line that is gone, or ticked by a person in the meantime, needs no tick of ours.
      if (edited.edited) text = edited.text;
      else if (edited.why === 'open-children') waiting.add(task.id);
    }
    return text === before ? null : text;
  };
  const path = join(given.repo, 'TODO.md');
  await world.todo.edit(path, change, ({ from, to }) => {
    // Our own tick tells us nothing new: to take the whole list in again for each would cost the square of its length.
    if (world.memory.marks.get(path) === from) world.memory.marks.set(path, to);
  });
  return waiting;
}
