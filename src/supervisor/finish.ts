// From `delivered` to `done`: the evidence is written into TODO.md, and only then is the task done.
import { join } from 'node:path';
import type { Task } from '../core/task.ts';
import { editTodo } from '../core/todo-edit.ts';
import type { World } from './world.ts';

export async function finish(world: World, task: Task): Promise<void> {
  const evidence = task.evidence ?? 'delivered';
  const date = new Date(world.clock.now()).toISOString().slice(0, 10);
  let openChildren = false;
  if (task.line === 'open') {
    const insert = task.deliveredCommit === null || task.branch === null ? { status: 'no-change-needed' } : { branch: task.branch };
    const path = join(task.repo, 'TODO.md');
    const tick = (text: string): string | null => {
      const edited = editTodo(text, { id: task.id, mark: 'done', insert: { ...insert, completed: date } });
      openChildren = !edited.edited && edited.why === 'open-children';
      // A line that is gone, or ticked by a person in the meantime, needs no tick of ours.
      return edited.edited ? edited.text : null;
    };
    await world.todo.edit(path, tick, ({ from, to }) => {
      // Our own tick tells us nothing new: to take the whole list in again for each would cost the square of its length.
      if (world.memory.marks.get(path) === from) world.memory.marks.set(path, to);
    });
  }
  // It stays delivered, and is finished by a later pulse once its subtasks are closed.
  if (openChildren) return;
  world.passing('ticked');
  const moved = await world.store.moveTask({ key: task.key, to: 'done', reason: evidence, at: world.clock.now() });
  world.passing('finished');
  if (moved === 'ok') world.emit({ type: 'task', task: task.id, repo: task.repo, from: 'delivered', to: 'done', reason: evidence });
}
