// One id, two tasks: a line of the list and a task that did not come from it. The title decides whether both mean the same
// task: a person who writes down a task that was added by the command line uses its words.
import type { Task, TaskRequest } from '../task/task.ts';
import type { TodoProblem } from './head.ts';
import type { TodoTask } from './task.ts';

/** Whether the request is about another task than the stored one of the same id. It must not change that one then. */
export function isClash(stored: Pick<Task, 'line' | 'title'>, request: Pick<TaskRequest, 'line' | 'title'>): boolean {
  return (stored.line === 'none') !== (request.line === 'none') && stored.title !== request.title;
}

export function clash(given: { readonly todo: TodoTask; readonly title: string }): TodoProblem {
  const { todo, title } = given;
  return {
    line: todo.line,
    task: todo.id,
    code: 'taken-id',
    message: `the line "${todo.title}" is not taken in: ${todo.id} is the id of another task, "${title}", which did not come from this list`,
    hint: `give the line another id, or the title "${title}" if both are the same task`,
  };
}

/** `stored`: at least those tasks of the repository that came from elsewhere. A line that is ticked or declined asks for nothing. */
export function clashesIn(given: { readonly tasks: readonly TodoTask[]; readonly stored: readonly Task[] }): TodoProblem[] {
  const stored = new Map(given.stored.map((task) => [task.id, task]));
  return given.tasks.flatMap((todo) => {
    const task = stored.get(todo.id);
    if (task === undefined || todo.mark !== 'open' || !isClash(task, { line: 'open', title: todo.title })) return [];
    return clash({ todo, title: task.title });
  });
}
