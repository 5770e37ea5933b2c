// Detects one id for two tasks: a line of the list, and a task that did not come from it. The title decides whether both
// are the same task, because a person who writes down a task that was added on the command line uses its words.
import type { Task, TaskRequest } from '../task/task.ts';
import type { TodoProblem } from './head.ts';
import type { TodoTask } from './task.ts';

/**
 * Whether the request is about another task than the stored one of the same id. If so, it must not change the stored
 * task.
 */
export function isClash(stored: Pick<Task, 'line' | 'title'>, request: Pick<TaskRequest, 'line' | 'title'>): boolean {
  return (stored.line === 'none') !== (request.line === 'none') && stored.title !== request.title;
}

export function clash(given: { readonly todo: TodoTask; readonly title: string }): TodoProblem {
  const { todo, title } = given;
  return {
    line: todo.line,
    task: todo.id,
    code: 'taken-id',
    message: `the line "${todo.title}" is not read as a task: ${todo.id} is the id of another task, "${title}", which did not come from this list`,
    hint: `give the line another id, or the title "${title}" if both are the same task`,
  };
}

/**
 * `stored` has to contain at least those tasks of the repository that came from elsewhere. A ticked or declined line asks
 * for nothing.
 */
export function clashesIn(given: { readonly tasks: readonly TodoTask[]; readonly stored: readonly Task[] }): TodoProblem[] {
  const stored = new Map(given.stored.map((task) => [task.id, task]));
  return given.tasks.flatMap((todo) => {
    const task = stored.get(todo.id);
    if (task === undefined || todo.mark !== 'open' || !isClash(task, { line: 'open', title: todo.title })) return [];
    return clash({ todo, title: task.title });
  });
}
