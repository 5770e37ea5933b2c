// What people did to the lines of tasks that we know: they ticked or declined one that was not begun, or opened one that
// was over. Which of these a line shows is a rule of core; here the task is moved, and told.
import { textOf } from '../../core/reason/words.ts';
import type { Task } from '../../core/task/task.ts';
import { clashesIn } from '../../core/todo/clash.ts';
import { absenceFrom, type Todo, type TodoProblem, type TodoTask } from '../../core/todo/line.ts';
import { newsOf, newsProblem, type LineNews } from '../../core/todo/tick.ts';
import type { Store } from '../../ports/store.ts';
import { anew } from './anew.ts';
import type { SupervisorEvent } from '../events.ts';
import type { World } from '../world.ts';

export interface Line {
  readonly task: Task;
  readonly todo: TodoTask;
  readonly news: LineNews;
}

interface List {
  readonly tasks: readonly TodoTask[];
  /** What `aboutList` answers. */
  readonly stored: readonly Task[];
}

/** The stored tasks of which the list may say something: those that are over pile up for ever, and count only where their lines are open. */
export async function aboutList(given: {
  readonly store: Store;
  readonly repo: string;
  readonly tasks: readonly TodoTask[];
}): Promise<readonly Task[]> {
  const { store, repo, tasks } = given;
  const stored = [...(await store.tasks({ repo, states: unbegun })), ...(await store.tasks({ repo, ids: openIn(tasks) }))];
  return [...new Map(stored.map((task) => [task.key, task])).values()];
}

export function openIn(tasks: readonly TodoTask[]): readonly string[] {
  return tasks.flatMap((todo) => (todo.mark === 'open' ? [todo.id] : []));
}

/** The lines that say something new of a task that is not being worked on. */
export function newsIn({ tasks, stored }: List): readonly Line[] {
  const known = new Map(stored.map((task) => [task.id, task]));
  return tasks.flatMap((todo) => {
    const task = known.get(todo.id);
    const news = task === undefined ? null : newsOf({ task, todo });
    return task === undefined || news === null ? [] : [{ task, todo, news }];
  });
}

/** Lines of the list that do not go with the stored tasks of their ids. */
export function mismatches(list: List): readonly TodoProblem[] {
  return [...clashesIn(list), ...problemsIn(newsIn(list))];
}

export function problemsIn(lines: readonly Line[]): readonly TodoProblem[] {
  return lines.flatMap((line) => newsProblem(line) ?? []);
}

/** What the list says of others changes nothing: they are history, or being worked on. */
const unbegun = ['queued', 'blocked', 'failed'] as const;

export function isUnbegun({ state }: Pick<Task, 'state'>): boolean {
  return unbegun.some((one) => one === state);
}

// It may have been begun since the list was read.
const moves = {
  ticked: { from: unbegun, to: 'cancelled', reason: { code: 'ticked', facts: {} } },
  declined: { from: unbegun, to: 'cancelled', reason: { code: 'declined', facts: {} } },
  unticked: { from: ['done', 'cancelled'], to: 'queued', reason: { code: 'unticked', facts: {} } },
} as const;

/** How the task of a line is moved; null: it stays as it is. */
function moveOf({ task, news }: Line) {
  if (news !== 'ticked' && news !== 'declined' && news !== 'unticked') return null;
  const move = moves[news];
  const patch = move.to === 'queued' ? { ...anew(task), line: 'open' as const } : { line: 'closed' as const };
  return { ...move, patch };
}

/** The task as it would be once its line was heeded. */
export function asHeeded(line: Line): Task {
  const move = moveOf(line);
  return move === null ? line.task : { ...line.task, ...move.patch, state: move.to, reason: move.reason };
}

/** Those of the stored tasks whose lines were taken out of the list, or cannot be read any more, where that is not stored yet. */
export function goneFrom({ stored, ...todo }: List & Todo): readonly Task[] {
  const absence = absenceFrom(todo);
  return stored.flatMap((task) => {
    const line = absence(task.id);
    const isNews = line !== null && line !== task.line && ['open', 'gone', 'unread'].includes(task.line);
    return isNews && isUnbegun(task) ? { ...task, line } : [];
  });
}

/** Answers how many tasks it moved. */
export async function heedLines(
  world: Pick<World, 'store' | 'clock'> & { readonly emit: (event: Extract<SupervisorEvent, { type: 'task' }>) => void },
  lines: readonly Line[],
): Promise<number> {
  let moved = 0;
  for (const line of lines) {
    const { task } = line;
    const move = moveOf(line);
    if (move === null || (await world.store.moveTask({ ...move, key: task.key, at: world.clock.now() })) !== 'ok') continue;
    world.emit({ type: 'task', task: task.id, repo: task.repo, from: task.state, to: move.to, reason: textOf(move.reason) });
    moved += 1;
  }
  return moved;
}
