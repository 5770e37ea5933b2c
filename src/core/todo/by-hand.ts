// What people did to the lines of known tasks: they ticked or declined one that had not begun, opened one that was over, or
// deleted one from the list.
import { anew } from '../task/anew.ts';
import { isUnbegun, unbegun, type Task } from '../task/task.ts';
import { absenceFrom, type Todo, type TodoProblem, type TodoTask } from './line.ts';
import { newsOf, newsProblem, type LineNews } from './tick.ts';

export interface Line {
  readonly task: Task;
  readonly todo: TodoTask;
  readonly news: LineNews;
}

interface Stored {
  readonly stored: readonly Task[];
}

export function openIn(tasks: readonly TodoTask[]): readonly string[] {
  return tasks.flatMap((todo) => (todo.mark === 'open' ? [todo.id] : []));
}

/** The lines that change something about a task that no worker is working on. */
export function newsIn({ tasks, stored }: Stored & { readonly tasks: readonly TodoTask[] }): readonly Line[] {
  const known = new Map(stored.map((task) => [task.id, task]));
  return tasks.flatMap((todo) => {
    const task = known.get(todo.id);
    const news = task === undefined ? null : newsOf({ task, todo });
    return task === undefined || news === null ? [] : [{ task, todo, news }];
  });
}

export function problemsIn(lines: readonly Line[]): readonly TodoProblem[] {
  return lines.flatMap((line) => newsProblem(line) ?? []);
}

// The task may have begun since the list was read.
const moves = {
  ticked: { from: unbegun, to: 'cancelled', reason: { code: 'ticked', facts: {} } },
  declined: { from: unbegun, to: 'cancelled', reason: { code: 'declined', facts: {} } },
  unticked: { from: ['done', 'cancelled'], to: 'queued', reason: { code: 'unticked', facts: {} } },
} as const;

/** How the task of a line changes; null if it does not. */
export function moveOf({ task, news }: Line) {
  if (news !== 'ticked' && news !== 'declined' && news !== 'unticked') return null;
  const move = moves[news];
  const patch = move.to === 'queued' ? { ...anew(task), line: 'open' as const } : { line: 'closed' as const };
  return { ...move, task, patch };
}

/** Stored tasks whose lines were deleted from the list, or cannot be read any more, unless that is stored already. */
export function missingFrom({ stored, ...todo }: Stored & Todo): readonly Task[] {
  const absence = absenceFrom(todo);
  return stored.flatMap((task) => {
    const line = absence(task.id);
    const isNews = line !== null && line !== task.line && ['open', 'gone', 'unread'].includes(task.line);
    return isNews && isUnbegun(task) ? { ...task, line } : [];
  });
}
