// Takes the tick of a task's line away, with what we wrote when we ticked it.
import { join } from 'node:path';
import type { Task } from '../../core/task/task.ts';
import { editTodo } from '../../core/todo/edit.ts';
import type { World } from '../world.ts';

export async function openLine({ todo, settings }: Pick<World, 'todo' | 'settings'>, task: Task): Promise<void> {
  if (task.line === 'none') return;
  const { ids } = (await settings(task.repo)).todo;
  await todo.edit(join(task.repo, 'TODO.md'), (text) => {
    const edited = editTodo({ text, ids }, { id: task.id, mark: 'open', without: task.ticks.map((tick) => ({ ...tick })) });
    return edited.edited ? edited.text : null;
  });
}
