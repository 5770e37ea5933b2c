// Ticks the lines of delivered tasks, and opens them again. All ticks of a repository are written in one edit, because each
// edit reads the whole list and writes it to the disk.
import type { Task, Tick } from '../../core/task/task.ts';
import { editTodo } from '../../core/todo/edit.ts';
import { tickOf } from '../../core/todo/tick.ts';
import { iso } from '../../lib/iso.ts';
import type { Completing, Completion } from '../../ports/source.ts';
import { listOf, type List } from './list-file.ts';

export async function tickLines({ file, ids }: List, given: Completing): Promise<Completion> {
  const waiting = new Set<string>();
  const told = new Map<string, Tick>();
  const lines = given.tasks.filter((task) => task.line === 'open');
  if (lines.length === 0) return { waiting, told };
  const path = listOf(given.repo);
  // The mark is taken before the list is read, so that no later change is missed, even if the list cannot be edited.
  const mark = file.mark(path);
  given.marked({ from: mark, to: mark });
  const prefix = await ids(given.repo);
  const change = (before: string): string | null => {
    // Computed again if somebody else wrote in between.
    told.clear();
    let text = before;
    // A parent may be waiting for the tick of its subtask.
    for (let ticked = -1; ticked !== told.size;) {
      ticked = told.size;
      waiting.clear();
      for (const task of lines) {
        if (told.has(task.id)) continue;
        const insert = tickOf({ task, at: given.at, iso });
        const edited = editTodo({ text, ids: prefix }, { id: task.id, mark: 'done', insert: { ...insert }, keep: ['status'] });
        // If the line is gone, no tick is needed.
        if (edited.edited) {
          text = edited.text;
          const { status: _, ...withoutStatus } = insert;
          told.set(task.id, edited.kept.includes('status') ? withoutStatus : insert);
        } else if (edited.why === 'open-children') waiting.add(task.id);
      }
    }
    return text === before ? null : text;
  };
  await file.edit(path, change, given.marked);
  return { waiting, told };
}

/** Removes the tick of a task's line, and what we wrote together with it. */
export async function openLine({ file, ids }: List, task: Task): Promise<void> {
  if (task.line === 'none') return;
  const prefix = await ids(task.repo);
  await file.edit(listOf(task.repo), (text) => {
    const edited = editTodo({ text, ids: prefix }, { id: task.id, mark: 'open', without: task.ticks.map((tick) => ({ ...tick })) });
    return edited.edited ? edited.text : null;
  });
}
