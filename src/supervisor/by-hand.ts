// What people did to the lines of tasks that we know: they ticked or declined one that was not begun, or opened one that
// was over. Which of these a line shows is a rule of core; here the task is moved, and told.
import type { Task } from '../core/task.ts';
import { clashesIn } from '../core/todo-clash.ts';
import type { TodoProblem, TodoTask } from '../core/todo-line.ts';
import { newsOf, newsProblem, type LineNews } from '../core/todo-tick.ts';
import type { Store } from '../ports/store.ts';
import { anew } from './anew.ts';
import type { SupervisorEvent } from './events.ts';
import type { World } from './world.ts';

interface Line {
  readonly task: Task;
  readonly todo: TodoTask;
  readonly news: LineNews;
}

/** The lines that say something new of a task that is not being worked on. */
export async function newsIn(given: { store: Store; repo: string; tasks: readonly TodoTask[] }): Promise<readonly Line[]> {
  const { store, repo, tasks } = given;
  // Those that are over pile up for ever, and count only where their lines are open.
  const open = tasks.flatMap((todo) => (todo.mark === 'open' ? [todo.id] : []));
  const stored = [...(await store.tasks({ repo, states: unbegun })), ...(await store.tasks({ repo, ids: open }))];
  const known = new Map(stored.map((task) => [task.id, task]));
  return tasks.flatMap((todo) => {
    const task = known.get(todo.id);
    const news = task === undefined ? null : newsOf({ task, todo });
    return task === undefined || news === null ? [] : [{ task, todo, news }];
  });
}

/** Lines of the list that do not go with the stored tasks of their ids. */
export async function mismatches(given: { store: Store; repo: string; tasks: readonly TodoTask[] }): Promise<readonly TodoProblem[]> {
  const stored = await given.store.tasks({ repo: given.repo, line: 'none' });
  return [...clashesIn({ tasks: given.tasks, stored }), ...problemsIn(await newsIn(given))];
}

export function problemsIn(lines: readonly Line[]): readonly TodoProblem[] {
  return lines.flatMap((line) => newsProblem(line) ?? []);
}

/** What the list says of others changes nothing: they are history, or being worked on. */
export const unbegun = ['queued', 'blocked', 'failed'] as const;

// It may have been begun since the list was read.
const moves = {
  ticked: { from: unbegun, to: 'cancelled', reason: 'ticked by hand in TODO.md' },
  declined: { from: unbegun, to: 'cancelled', reason: 'declined in TODO.md' },
  unticked: { from: ['done', 'cancelled'], to: 'queued', reason: 'unticked by hand in TODO.md' },
} as const;

/** Answers how many tasks it moved. */
export async function heedLines(
  world: Pick<World, 'store' | 'clock'> & { readonly emit: (event: Extract<SupervisorEvent, { type: 'task' }>) => void },
  lines: readonly Line[],
): Promise<number> {
  let moved = 0;
  for (const { task, news } of lines) {
    if (news !== 'ticked' && news !== 'declined' && news !== 'unticked') continue;
    const { from, to, reason } = moves[news];
    const patch = to === 'queued' ? { ...anew(task), line: 'open' as const } : { line: 'closed' as const };
    const move = { key: task.key, from, to, reason, at: world.clock.now(), patch };
    if ((await world.store.moveTask(move)) !== 'ok') continue;
    world.emit({ type: 'task', task: task.id, repo: task.repo, from: task.state, to, reason });
    moved += 1;
  }
  return moved;
}
