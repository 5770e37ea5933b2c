// Decides who ticked a line in the task list, and what it means that the line of a finished task is open. Each repetition
// of a task costs money, and lines reopen by accident: our ticks are not committed, so `git stash`, `git checkout`, a
// merge, or an editor with the older text can remove them. A person who unticks a line empties its box, and leaves what was
// written with the tick. Every other way brings back an older line, which lacks what was written with the tick. So a
// delivered task is done again only if the line still has everything that we wrote with its last tick.
import { openedPull } from '../delivery/delivery.ts';
import type { Task, Tick } from '../task/task.ts';
import type { Instant } from '../time.ts';
import type { TodoProblem } from './head.ts';
import type { TodoTask } from './task.ts';

/**
 * Differs from every earlier tick: for a task that is done twice on one day, it contains the time as well. `iso` writes a
 * time as ISO 8601 in UTC.
 */
export function tickOf(given: { readonly task: Task; readonly at: Instant; readonly iso: (at: Instant) => string }): Tick {
  const { task, at, iso } = given;
  const { delivery, ticks } = task;
  const dayOf = (time: Instant): string => iso(time).slice(0, 10);
  const day = dayOf(at);
  const completed = ticks.some((tick) => tick.completed === day) ? iso(at).replace(/\.\d+/, '') : day;
  const pull = openedPull(delivery);
  if (pull !== null && pull.seen.state === 'merged') {
    const { verified } = pull;
    return { pr: `#${pull.seen.number}`, completed, ...(verified?.failed === null ? { verified: dayOf(verified.at) } : {}) };
  }
  const branch = delivery?.commit == null ? null : delivery.branch;
  return branch === null ? { status: 'no-change-needed', completed } : { branch, completed };
}

/** What happens to a task because of its line. `ours` and `came-back` change nothing and are only reported. */
export type LineNews = 'ticked' | 'declined' | 'unticked' | 'ours' | 'came-back' | null;

export function newsOf({ task, todo }: { readonly task: Task; readonly todo: TodoTask }): LineNews {
  const { state, line, ticks } = task;
  const isOpen = todo.mark === 'open';
  if (state === 'done' && isOpen) {
    // Another task of the same id is reported as a clash.
    if (line === 'none' && task.title !== todo.title) return null;
    const last = ticks.at(-1);
    return last !== undefined && carries(todo, last) ? 'unticked' : 'came-back';
  }
  // Nothing was delivered and only the list cancelled the task, so the list may open it again.
  if (state === 'cancelled' && line === 'closed') return isOpen ? 'unticked' : null;
  // A task without an open line does not belong to the list: it came from the command line, or a schedule repeats it.
  if (isOpen || (line !== 'open' && line !== 'unread') || (state !== 'queued' && state !== 'blocked' && state !== 'failed')) return null;
  if (todo.mark === 'declined') return 'declined';
  return ticks.some((tick) => carries(todo, tick)) ? 'ours' : 'ticked';
}

function carries(todo: TodoTask, tick: Tick): boolean {
  const { pr, ...words } = tick;
  if (pr !== undefined && `#${todo.pr}` !== pr) return false;
  return (['completed', 'branch', 'status', 'verified'] as const).every((key) => words[key] === undefined || todo[key] === words[key]);
}

/** The problem that is reported to a person; null if there is nothing to report. */
export function newsProblem(given: { readonly todo: TodoTask; readonly news: LineNews }): TodoProblem | null {
  const { todo, news } = given;
  const { line, id: task } = todo;
  if (news === 'came-back')
    return {
      line,
      task,
      code: 'open-again',
      message: `${task} is done, but its line is not ticked and lacks what Yardmaster wrote with the tick; the task is not done again`,
      hint: `tick the line; or, to have the task done once more, run: yardmaster reset ${task} (git stash and git checkout remove ticks that are not committed)`,
    };
  if (news === 'ours')
    return {
      line,
      task,
      code: 'ticked-before',
      message: `${task} is to be done again, although its line is ticked: Yardmaster wrote that tick when the task was done before`,
      hint: `untick the line; or, if the task is not to be done again, run: yardmaster cancel ${task}`,
    };
  return null;
}
