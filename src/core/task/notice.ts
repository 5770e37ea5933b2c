// Decides which conditions need a person. Each has a key, so that it is reported once, however often it is checked.
import { failureIn, refusalIn } from '../reason/legacy.ts';
import { conditionText, textOf } from '../reason/words.ts';
import type { RepositoryState } from './set-aside.ts';
import type { Task } from './task.ts';

export interface Notice {
  /** The same for the same condition; different when it occurred again after somebody had acted on it. */
  readonly key: string;
  readonly kind: 'blocked' | 'failed' | 'budget' | 'alarm';
  readonly task: string | null;
  readonly repo: string | null;
  readonly message: string;
  /** What a person would type next. */
  readonly command: string;
}

/** A repository that is set aside is reported once for all its tasks, until it has been used again. */
export function noticeOfAway(repo: string, away: NonNullable<RepositoryState['away']>): Notice {
  return {
    key: `away ${repo} ${away.since}`,
    kind: 'alarm',
    task: null,
    repo,
    message: `${repo} is set aside, and its tasks wait until it can be used: ${conditionText(away.why)}`,
    command: 'yardmaster ls',
  };
}

/** Returns null if the task does not wait for a person. */
export function noticeOf(task: Task): Notice | null {
  if (task.state !== 'blocked' && task.state !== 'failed') return null;
  const { repo, reason } = task;
  // The key contains the text of the reason, so that a task that was reported before an update is not reported again after
  // it.
  const text = textOf(reason);
  const [failure, refused] = [failureIn(reason), refusalIn(reason)];
  // Hundreds of tasks may wait for this one answer.
  if (failure === 'untrusted' || refused === 'untrusted') {
    const [key, message] = [`untrusted ${repo} ${text}`, `tasks of ${repo} are ${task.state}: ${text}`];
    return { key, kind: task.state, task: null, repo, message, command: `yardmaster trust --repo ${repo}` };
  }
  return {
    // A blocked task is attempted again only after a person acted, so the count of attempts distinguishes one blocking from
    // the next. A task that is blocked without an attempt (no route) is distinguished by its reason.
    key: `${task.state} ${task.key} ${task.attempts} ${task.countFrom} ${text}`,
    kind: failure === 'budget' || refused === 'budget' ? 'budget' : task.state,
    task: task.id,
    repo,
    message: `${task.id} is ${task.state}: ${text}`,
    command: `yardmaster explain ${task.id}`,
  };
}
