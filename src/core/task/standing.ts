// Where a task stands, and what follows from that: one ladder of rules over the facts. The dispatch acts on its answer, and
// everything that only displays a task reads the same answer, so they cannot disagree. Expensive facts (the route, the room
// on the machine) are asked for only if no earlier rung decides.
import { isComplete } from '../delivery/delivery.ts';
import { repositoryName } from '../delivery/pull-facts.ts';
import type { PullStands } from '../delivery/pull-record.ts';
import { mergeWish } from '../delivery/pull-request.ts';
import { faultRule } from '../fault-codes.ts';
import type { Full, QueuedStanding, Standing, Wait } from '../reason/standing-reason.ts';
import type { TaskReasonFacts } from '../reason/task-reason.ts';
import type { Chosen, Refusal, Trial } from '../route/route.ts';
import type { Attempt } from './attempt.ts';
import { isStartable, type Task } from './task.ts';
import type { Instant } from '../time.ts';

/** What a supervisor finds when it computes a route and checks for room. `failed`: a fault prevented that. */
export type Look =
  /** No place has room for any worker, so no route was computed. */
  | { readonly busy: Full }
  | {
      readonly route: Chosen | Refusal | Trial;
      /** Why the servers that the task names cannot be used; null: they can. */
      readonly servers: string | null;
      /** For a route that was chosen: the limit that leaves no room; null: there is room. */
      readonly full: Full | null;
    }
  | { readonly failed: TaskReasonFacts['fault'] };

/** The standing of a queued task. `wait`: see `waiting`. `look` is null if no route was computed. */
export function queuedStanding(facts: { readonly wait: Wait | null; readonly look: Look | null }): QueuedStanding {
  const { wait, look } = facts;
  if (wait !== null) {
    // For a task that waits only for time, the reason why it would have no route says more than the last failure.
    const refused = wait.code === 'back-off' && look !== null && 'route' in look && isRefused(look.route) ? look.route : null;
    return refused === null ? wait : { code: 'refused', facts: refused };
  }
  if (look === null) return { code: 'unlooked', facts: {} };
  if ('failed' in look) {
    const { failed } = look;
    return { code: faultRule(failed.code).follows === 'later' ? 'hindered' : 'faulty', facts: failed };
  }
  if ('busy' in look) return { code: 'full', facts: look.busy };
  const { route, servers, full } = look;
  // Without trust it is unknown which servers exist.
  if (isUntrusted(route)) return { code: 'refused', facts: route };
  if (servers !== null) return { code: 'without-servers', facts: { problem: servers } };
  if ('tried' in route) return { code: 'tried-first', facts: route };
  if (isRefused(route)) return { code: 'refused', facts: route };
  return full === null ? { code: 'startable', facts: route } : { code: 'full', facts: full };
}

/** The standing of a task in any state. */
export function standingOf(facts: {
  readonly task: Task;
  /** Used if the task is queued. */
  readonly queued: QueuedStanding;
  readonly last: Pick<Attempt, 'number' | 'state' | 'route' | 'stop'> | null;
  /** The supervisor of its open attempt is known to be gone. */
  readonly orphaned: boolean;
  /** The host of its open attempt's worker if that cannot be reached from here; null if it can. */
  readonly beyondReach: string | null;
}): Standing {
  const { task, last, beyondReach } = facts;
  if (task.state === 'queued') return facts.queued;
  if (task.state === 'delivered') return isStartable(task) ? facts.queued : deliveredStanding(task);
  if (task.state !== 'running') return { code: task.state, facts: { reason: task.reason, evidence: task.delivery?.evidence ?? null } };
  if (last === null) return { code: 'working', facts: { working: null } };
  const { agent, model, reasons } = last.route;
  const working = { attempt: last.number, state: last.state, agent, model, route: reasons, stop: last.stop };
  if (beyondReach !== null) return { code: 'beyond-reach', facts: { working, where: beyondReach } };
  return { code: facts.orphaned ? 'orphaned' : 'working', facts: { working } };
}

function deliveredStanding(task: Task): Standing {
  const pull = task.delivery?.pull ?? null;
  if (isComplete(task.delivery) || pull === null)
    return { code: 'delivered', facts: { reason: task.reason, evidence: task.delivery?.evidence ?? null } };
  if (pull.seen === null) return { code: 'opening', facts: { repository: repositoryName(pull.repository) } };
  const { number, url } = pull.seen;
  return { code: 'in-review', facts: { number, url, stands: pull.stands ?? justOpened, wish: mergeWish(pull) } };
}

const justOpened: PullStands = { why: { code: 'forge-computes', facts: {} }, waitsFor: 'forge', needsPerson: false };

/** Since when it stands there: the last change of its state, or for a running task the start of its attempt. */
export function sinceWhen(facts: { readonly task: Task; readonly last: Attempt | null; readonly changedAt: Instant | null }): Instant {
  const { task, last } = facts;
  return (task.state === 'running' ? last?.startedAt : null) ?? facts.changedAt ?? task.createdAt;
}

export function isUntrusted(route: Chosen | Refusal | Trial): route is Refusal {
  return isRefused(route) && route.refused === 'untrusted';
}

function isRefused(route: Chosen | Refusal | Trial): route is Refusal {
  return 'refused' in route;
}
