// Which conditions need a person, each with a name of its own, so that it is told once however often it is looked at.
import { failureIn, refusalIn } from '../reason/legacy.ts';
import { conditionText, textOf } from '../reason/words.ts';
import type { RepositoryState } from './set-aside.ts';
import type { Task } from './task.ts';

export interface Notice {
  /** The same for the same condition, another one when it came again after somebody had acted on it. */
  readonly key: string;
  readonly kind: 'blocked' | 'failed' | 'budget' | 'alarm';
  readonly task: string | null;
  readonly repo: string | null;
  readonly message: string;
  /** What a person would type next. */
  readonly command: string;
}

/** A repository that is set aside: once for all its tasks, until it was used again. */
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

/** A task that waits for a person; null: it does not. */
export function noticeOf(task: Task): Notice | null {
  if (task.state !== 'blocked' && task.state !== 'failed') return null;
  const { repo, reason } = task;
  // Keys have the words of the reason, so that a task of which a person was told before an update is not told again after it.
  const text = textOf(reason);
  const [failure, refused] = [failureIn(reason), refusalIn(reason)];
  // One answer of theirs is all that hundreds of tasks wait for.
  if (failure === 'untrusted' || refused === 'untrusted') {
    const [key, message] = [`untrusted ${repo} ${text}`, `tasks of ${repo} are ${task.state}: ${text}`];
    return { key, kind: task.state, task: null, repo, message, command: `yardmaster trust --repo ${repo}` };
  }
  return {
    // A task is attempted again only by a person's doing, so the count of attempts tells one blocking from the next; and
    // one that is blocked without an attempt (no route) is told by its reason.
    key: `${task.state} ${task.key} ${task.attempts} ${task.countFrom} ${text}`,
    kind: failure === 'budget' || refused === 'budget' ? 'budget' : task.state,
    task: task.id,
    repo,
    message: `${task.id} is ${task.state}: ${text}`,
    command: `yardmaster explain ${task.id}`,
  };
}
