// Whose a tick in the task list is, and what an open line of a task that is over means. A task costs money each time it
// is done, and lines come back by themselves: our ticks are not committed, so that `git stash`, `git checkout`, a merge,
// or an editor that still has the older text takes them away. A person who unticks a line empties its box and leaves what
// was written with the tick; whatever else brings a line back brings an older one, which knows nothing of that tick.
// So a delivered task is done again only where the line still has all that we wrote with its last tick.
import type { Task, Tick } from '../task/task.ts';
import type { TodoProblem } from './head.ts';
import type { TodoTask } from './task.ts';

/** Unlike each one before it: where a task is done twice on one day, the time stands in it as well. `at`: as ISO 8601, UTC. */
export function tickOf({ task, at }: { readonly task: Task; readonly at: string }): Tick {
  const { delivery, ticks } = task;
  const day = at.slice(0, 10);
  const completed = ticks.some((tick) => tick.completed === day) ? at.replace(/\.\d+/, '') : day;
  const branch = delivery?.commit == null ? null : delivery.branch;
  return branch === null ? { status: 'no-change-needed', completed } : { branch, completed };
}

/** What is done with a task because of its line; `ours` and `came-back` change nothing and are told. */
export type LineNews = 'ticked' | 'declined' | 'unticked' | 'ours' | 'came-back' | null;

export function newsOf({ task, todo }: { readonly task: Task; readonly todo: TodoTask }): LineNews {
  const { state, line, ticks } = task;
  const isOpen = todo.mark === 'open';
  if (state === 'done' && isOpen) {
    // Another task of the same id is told as a clash.
    if (line === 'none' && task.title !== todo.title) return null;
    const last = ticks.at(-1);
    return last !== undefined && carries(todo, last) ? 'unticked' : 'came-back';
  }
  // Nothing was delivered, and the list alone cancelled it: the list opens it again.
  if (state === 'cancelled' && line === 'closed') return isOpen ? 'unticked' : null;
  // A task without an open line is not the list's: it came from the command line, or is done again by a schedule.
  if (isOpen || (line !== 'open' && line !== 'unread') || (state !== 'queued' && state !== 'blocked' && state !== 'failed')) return null;
  if (todo.mark === 'declined') return 'declined';
  return ticks.some((tick) => carries(todo, tick)) ? 'ours' : 'ticked';
}

function carries(todo: TodoTask, tick: Tick): boolean {
  return (['completed', 'branch', 'status'] as const).every((key) => tick[key] === undefined || todo[key] === tick[key]);
}

/** What a person is told of it; null where nothing is to be told. */
export function newsProblem(given: { readonly todo: TodoTask; readonly news: LineNews }): TodoProblem | null {
  const { todo, news } = given;
  const { line, id: task } = todo;
  if (news === 'came-back')
    return {
      line,
      task,
      code: 'open-again',
      message: `${task} is done, although its line is open and has nothing of the tick; it is not done again`,
      hint: `tick the line, or run: yardmaster reset ${task}, which does it once more (a stash or a checkout takes away ticks that are not committed)`,
    };
  if (news === 'ours')
    return {
      line,
      task,
      code: 'ticked-before',
      message: `${task} is to be done, although its line is ticked: that tick is Yardmaster's, of the time before`,
      hint: `open the line, or run: yardmaster cancel ${task}`,
    };
  return null;
}
