// Why a task is where it is, since when, what would move it, and the command for that.
import type { Attempt } from './attempt.ts';
import { movesAway } from './decide.ts';
import { failureKinds, failureRule } from './failure.ts';
import type { Waiting } from './schedule.ts';
import type { Task } from './task.ts';
import type { Instant } from './time.ts';

export interface Explanation {
  readonly why: string;
  readonly moves: string;
  readonly command: string | null;
  /** When it moves by itself; null: not by time. */
  readonly until: Instant | null;
}

export interface ExplainFacts {
  readonly task: Task;
  /** For a queued task; null: ready. */
  readonly wait: Waiting | null;
  readonly last: Attempt | null;
}

export function explain(facts: ExplainFacts): Explanation {
  const { task, last } = facts;
  switch (task.state) {
    case 'queued':
      return explainQueued(facts);
    case 'running':
      return explainRunning(facts);
    case 'delivered':
      return still(
        `its work arrived: ${task.evidence ?? task.reason}`,
        'the next pulse finishes it, or the end of its open subtasks',
        'yardmaster pulse',
      );
    case 'done':
      return still(task.evidence ?? task.reason, 'nothing: it is done', null);
    case 'cancelled':
      return still(task.reason, 'a person', `yardmaster retry ${task.id}`);
    case 'blocked':
    case 'failed':
      return still(task.reason, hintOf(task, last), `yardmaster retry ${task.id}`);
  }
}

function explainQueued(facts: ExplainFacts): Explanation {
  const { task, wait } = facts;
  if (wait === null) return still('it is ready to be dispatched', 'a supervisor with a free slot', 'yardmaster run');
  const explained = { why: wait.message, until: wait.until };
  switch (wait.why) {
    case 'not-marked':
      return { ...explained, moves: 'the tag #auto-dispatch on its line, or naming it', command: `yardmaster run --task ${task.id}` };
    case 'line-gone':
      return { ...explained, moves: 'its line in TODO.md', command: `yardmaster cancel ${task.id}` };
    case 'batch-paused':
      return { ...explained, moves: 'resuming the batch', command: `yardmaster batch resume ${task.batch ?? ''}` };
    case 'batch-cancelled':
      return { ...explained, moves: 'another batch', command: `yardmaster cancel ${task.id}` };
    case 'back-off':
      return { ...explained, moves: 'time; a retry starts it at once', command: `yardmaster retry ${task.id}` };
    case 'dependency':
      return { ...explained, moves: 'the end of what it waits for', command: `yardmaster explain ${wait.on[0] ?? task.id}` };
  }
}

function explainRunning(facts: ExplainFacts): Explanation {
  const { task, last } = facts;
  if (last === null) return still('it is being worked on', 'the end of its worker', `yardmaster logs ${task.id} --follow`);
  const who = `attempt ${last.number} by ${last.route.agent} with ${last.route.model}`;
  const doing = { preparing: 'is being prepared', running: 'is at work', settling: 'has ended and is being judged', closed: 'is closed' }[
    last.state
  ];
  const stop = last.stop === null ? '' : `; it is being stopped: ${last.stop.message}`;
  return still(`${who} ${doing}${stop} (${last.route.reasons.join('; ')})`, 'the end of its worker', `yardmaster logs ${task.id} --follow`);
}

/** The advice of the failure that the stored reason names; a route that is refused for want of another agent names the last one's. */
function hintOf(task: Task, last: Attempt | null): string {
  const named = failureKinds.find((one) => task.reason.startsWith(`${one}:`));
  const barred = task.reason.startsWith('no-agent:') && last?.verdict != null && movesAway(last.verdict.kind);
  const kind = named ?? (barred ? failureKinds.find((one) => one === last.verdict?.kind) : undefined);
  return kind === undefined ? 'mend what the reason names' : failureRule(kind).hint;
}

function still(why: string, moves: string, command: string | null): Explanation {
  return { why, moves, command, until: null };
}
