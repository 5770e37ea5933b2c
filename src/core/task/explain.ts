// Why a task is where it is, since when, what would move it, and the command for that. Every reason of the closed
// lists (states, standings, waits, caps, refusals, stops, failures) is explained here; a new one does not compile without.
import type { Attempt } from './attempt.ts';
import type { StopReason } from './stop.ts';
import { failureRule, type Next } from './failure.ts';
import { failureIn, namesAccount, refusalIn } from '../reason/legacy.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import { routeText, textOf } from '../reason/words.ts';
import type { Refusal } from '../route/route.ts';
import type { Waiting } from './schedule.ts';
import type { Full, Standing } from './standing.ts';
import type { Task } from './task.ts';
import type { Instant } from '../time.ts';

export interface Explanation {
  readonly why: string;
  readonly moves: string;
  /** null: nothing that one could type moves it. */
  readonly command: string | null;
  /** When it moves by itself; null: not by time. */
  readonly until: Instant | null;
}

export interface ExplainFacts {
  readonly task: Task;
  /** Of a queued task. */
  readonly standing: Standing;
  /** The kinds of the supervisors that are at work. */
  readonly supervisors: ReadonlySet<'run' | 'up' | 'pulse'>;
  readonly last: Attempt | null;
  /** Its open attempt's supervisor is known to be gone. */
  readonly orphaned: boolean;
  /** Where its open attempt's worker is, if that cannot be reached from here; null: it can. */
  readonly beyondReach: string | null;
  /** Accounts that are out until a person takes them in again. */
  readonly paused: readonly string[];
  /** How the agent of its last attempt is signed in; null: there was none. */
  readonly signIn: string | null;
}

interface Advice {
  readonly moves: string;
  readonly command: string | null;
}

export function explain(facts: ExplainFacts): Explanation {
  const { task } = facts;
  switch (task.state) {
    case 'queued':
      return explainQueued(facts);
    case 'running':
      return explainRunning(facts);
    case 'delivered':
      return still(`its work arrived: ${task.evidence ?? textOf(task.reason)}`, {
        moves: 'the next pulse finishes it, or the end of its open subtasks',
        command: 'yardmaster pulse',
      });
    case 'done':
      return still(task.evidence ?? textOf(task.reason), { moves: 'nothing: it is done', command: null });
    case 'cancelled':
      return still(textOf(task.reason), { moves: 'a person', command: `yardmaster retry ${task.id}` });
    case 'blocked':
    case 'failed':
      return still(textOf(task.reason), adviceToGivenUp(facts));
  }
}

/** Since when it is so: the last change of its state, for a running one the start of its attempt. */
export function sinceWhen(facts: { readonly task: Task; readonly last: Attempt | null; readonly changedAt: Instant | null }): Instant {
  const { task, last } = facts;
  return (task.state === 'running' ? last?.startedAt : null) ?? facts.changedAt ?? task.createdAt;
}

function explainQueued({ task, standing, supervisors }: ExplainFacts): Explanation {
  switch (standing.is) {
    case 'waiting': {
      const { wait } = standing;
      return { why: wait.message, until: wait.until, ...adviceToWait(task, wait) };
    }
    case 'refused': {
      const { refused, reasons, until } = standing.refusal;
      const command = refused === 'untrusted' ? `yardmaster trust --repo ${task.repo}` : `yardmaster route --task ${task.id}`;
      return { why: `no route: ${routeText(reasons)}`, until, moves: refusalHints[refused], command };
    }
    case 'hindered':
      return still(`it cannot be started now: ${textOf(standing.reason)}`, {
        moves: 'the next try, which is made by itself',
        command: 'yardmaster doctor',
      });
    case 'faulty':
    case 'without-servers':
      return still(`it cannot be started: ${textOf(standing.reason)}`, adviceToReason(task, standing.reason));
    case 'tried-first':
      return still(`it is ready; the sign-in of ${standing.trial.tried} is tried first`, {
        moves: 'the end of that trial, by itself',
        command: 'yardmaster accounts',
      });
    case 'full':
      return still(`it is ready; ${standing.full.message}`, adviceToFull(task, standing.full));
    case 'unlooked':
    case 'startable':
      return explainReady(task, supervisors);
  }
}

function explainReady(task: Task, supervisors: ExplainFacts['supervisors']): Explanation {
  if (supervisors.size === 0) return still('it is ready; no supervisor is at work', { moves: 'a supervisor', command: 'yardmaster run' });
  if (!supervisors.has('up'))
    return still('it is ready; a `run` is at work, which may not look after this task', {
      moves: 'a supervisor that looks after it',
      command: `yardmaster run --task ${task.id}`,
    });
  return still('it is ready; a supervisor is at work', { moves: 'the next pulse', command: 'yardmaster pulse' });
}

function adviceToWait(task: Task, wait: Waiting): Advice {
  switch (wait.why) {
    case 'not-marked':
      return { moves: 'the tag #auto-dispatch on its line, or naming it', command: `yardmaster run --task ${task.id}` };
    case 'line-gone':
      return { moves: 'its line in TODO.md', command: `yardmaster cancel ${task.id}` };
    case 'line-unread':
      return { moves: 'its line in TODO.md, once that is mended', command: 'yardmaster doctor' };
    case 'batch-paused':
      return { moves: 'resuming the batch', command: `yardmaster batch resume ${task.batch ?? ''}` };
    case 'batch-cancelled':
      return { moves: 'another batch', command: `yardmaster cancel ${task.id}` };
    case 'back-off':
      return { moves: 'time; a retry starts it at once', command: `yardmaster retry ${task.id}` };
    case 'set-aside':
      return { moves: 'its repository, which is tried again by itself; a retry tries it at once', command: `yardmaster retry ${task.id}` };
    case 'dependency':
      return { moves: 'the end of what it waits for', command: `yardmaster explain ${wait.on[0] ?? task.id}` };
    // Only the person at that terminal ends it.
    case 'attached':
      return { moves: 'the end of the session that a person attached to', command: null };
    case 'clearing':
      return { moves: 'the end of that, by itself', command: null };
  }
}

function adviceToFull(task: Task, { cap }: Full): Advice {
  switch (cap) {
    case 'workers':
      return { moves: 'the end of a worker, or a higher supervisor.concurrency', command: 'yardmaster status' };
    case 'host':
      return { moves: 'the end of a worker on its host, or a number as supervisor.concurrency', command: 'yardmaster status' };
    case 'place':
      return { moves: 'the end of a worker in its place', command: 'yardmaster status' };
    case 'repository':
      return { moves: 'the end of a worker of its repository, or a higher limits.perRepository', command: 'yardmaster status' };
    case 'model':
      return { moves: 'the end of a worker with its model, or a higher limits.perModel', command: 'yardmaster status' };
    case 'account':
      return { moves: 'the end of a worker on that account, or a higher limits.perAccount', command: 'yardmaster accounts' };
    case 'batch':
      return { moves: 'the end of a worker of its batch', command: `yardmaster batch show ${task.batch ?? ''}` };
    case 'memory':
      return { moves: 'memory: the end of a worker, or of something else on this machine', command: 'yardmaster status' };
  }
}

/** What only a person can mend, before and after the task is blocked by it. */
function adviceToReason(task: Task, reason: TaskReason): Advice {
  const retry = `yardmaster retry ${task.id}`;
  if (reason.code === 'unknown-servers')
    return { moves: 'a server of that name in mcp.yaml, or another one on its line; `yardmaster mcp` lists them', command: retry };
  return {
    moves: reason.code === 'fault' ? reason.facts.hint : 'a person who fixes the problem above, and then tries the task again',
    command: retry,
  };
}

const refusalHints: Readonly<Record<Refusal['refused'], string>> = {
  untrusted: failureRule('untrusted').hint,
  'unknown-agent': 'the name of an agent that there is; `yardmaster agents` lists them',
  'agent-not-installed':
    'installing that agent, with which it goes on by itself, or forcing another one; `yardmaster agents` tells what is there',
  'unknown-role': 'a role that is described in a file roles/NAME.md, or none',
  'unknown-model': 'a tier, or a model as provider/model',
  'provider-not-served': 'an agent that serves the provider, or another model',
  // The same word stands for a worker's own budget: what a person does about it is the same, too.
  budget: failureRule('budget').hint,
  'provider-down': 'time: one task will try the provider again',
  'models-overloaded': 'time: each model of its chain is tried again after a back-off',
  'no-place': 'a place in places.use that takes the agent and the account',
  'no-account': 'an account that can be used: `yardmaster accounts` tells of each why not',
  'no-agent': 'an agent that serves the model, with which it goes on by itself; `yardmaster agents` tells what is there',
};

function explainRunning(facts: ExplainFacts): Explanation {
  const { task, last } = facts;
  const command = `yardmaster logs ${task.id} --follow`;
  if (last === null) return still('it is being worked on', { moves: 'the end of its worker', command });
  const who = `attempt ${last.number} by ${last.route.agent} with ${last.route.model}`;
  const judged = 'has ended; its work is being judged, checked and pushed';
  const doing = { preparing: 'is being prepared', running: 'is at work', settling: judged, closed: 'is closed' }[last.state];
  const stop = last.stop === null ? '' : `; it is being stopped: ${last.stop.message}`;
  const why = `${who} ${doing}${stop} (${routeText(last.route.reasons)})`;
  if (facts.beyondReach !== null)
    return still(`${why}; its worker is on ${facts.beyondReach}, which cannot be reached from here`, {
      moves: 'a supervisor that reaches it; until then nobody can tell whether its worker lives',
      command: null,
    });
  if (facts.orphaned)
    return still(`${why}; its supervisor is gone`, { moves: 'a supervisor that takes it over', command: 'yardmaster run' });
  const end = last.state === 'settling' ? 'the end of that, by itself' : 'the end of its worker';
  return still(why, { moves: `${end}${last.stop === null ? '' : `; ${afterStop(last.stop.reason)}`}`, command });
}

const afterFailure: Readonly<Record<Next, string>> = {
  again: 'then it is tried again',
  instead: 'then the next model of its chain is tried, or it waits',
  later: 'then it waits, and is tried again',
  aside: 'then it waits until its repository can be used again',
  elsewhere: 'then another account or agent is tried',
  cooled: 'then another account is tried, or this one when it may be used again',
  never: 'then it is blocked',
};

function afterStop(reason: StopReason): string {
  if (reason === 'cancelled') return 'then it is cancelled';
  return afterFailure[failureRule(reason === 'lost' ? 'killed' : reason).next];
}

/** The advice of what the stored reason names. */
function adviceToGivenUp({ task, paused, signIn }: ExplainFacts): Advice {
  const retry = `yardmaster retry ${task.id}`;
  const [named, refused] = [failureIn(task.reason), refusalIn(task.reason)];
  if (named === 'auth' && signIn !== null) return { moves: signIn, command: retry };
  const generic = refused === null ? adviceToReason(task, task.reason).moves : refusalHints[refused];
  const moves = named === null ? generic : failureRule(named).hint;
  const out = named === 'billing' || refused === 'no-account' ? paused.filter((account) => namesAccount(task.reason, account)) : [];
  if (out.length === 0) return { moves, command: refused === 'untrusted' ? `yardmaster trust --repo ${task.repo}` : retry };
  // A retry alone would be blocked again at once, and what takes them in queues the task.
  const are = out.length === 1 ? 'is out until somebody takes it' : 'are out until somebody takes them';
  return {
    moves: `${moves}; ${out.join(' and ')} ${are} in again`,
    command: out.map((account) => `yardmaster accounts resume ${account}`).join(' && '),
  };
}

function still(why: string, advice: Advice): Explanation {
  return { why, ...advice, until: null };
}
