// Where a task stands, and what follows from that: one ladder, from the facts. The dispatch acts on what it says, and all
// that only tell of a task read the same, so that they cannot disagree. Facts that cost much to learn (the route, the room on
// the machine) are asked for only where nothing before them stands in the way.
import { faultRule } from '../fault-codes.ts';
import type { Full, QueuedStanding, Standing, Wait } from '../reason/standing-reason.ts';
import type { TaskReasonFacts } from '../reason/task-reason.ts';
import type { Chosen, Refusal, Trial } from '../route/route.ts';
import type { Attempt } from './attempt.ts';
import type { Task } from './task.ts';
import type { Instant } from '../time.ts';

/** What a supervisor finds that looks for a route and for room; `failed`: what kept it from looking. */
export type Look =
  /** No place takes a worker, whoever asks, so nobody looked for a route. */
  | { readonly busy: Full }
  | {
      readonly route: Chosen | Refusal | Trial;
      /** Why the servers that the task names cannot be had; null: they can. */
      readonly servers: string | null;
      /** Of a route that was chosen: what is full; null: there is room. */
      readonly full: Full | null;
    }
  | { readonly failed: TaskReasonFacts['fault'] };

/** Of a queued task. `wait`: see `waiting`. `look` null: nobody looked. */
export function queuedStanding(facts: { readonly wait: Wait | null; readonly look: Look | null }): QueuedStanding {
  const { wait, look } = facts;
  if (wait !== null) {
    // Where only time is waited for, why there would be no route says more than what happened last.
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
  // Which servers there are is not known without trust.
  if (isUntrusted(route)) return { code: 'refused', facts: route };
  if (servers !== null) return { code: 'without-servers', facts: { problem: servers } };
  if ('tried' in route) return { code: 'tried-first', facts: route };
  if (isRefused(route)) return { code: 'refused', facts: route };
  return full === null ? { code: 'startable', facts: route } : { code: 'full', facts: full };
}

/** Of a task in any state. */
export function standingOf(facts: {
  readonly task: Task;
  /** Of a queued one. */
  readonly queued: QueuedStanding;
  readonly last: Pick<Attempt, 'number' | 'state' | 'route' | 'stop'> | null;
  /** The supervisor of its open attempt is known to be gone. */
  readonly orphaned: boolean;
  /** Where the worker of its open attempt is, if that cannot be reached from here; null: it can. */
  readonly beyondReach: string | null;
}): Standing {
  const { task, last, beyondReach } = facts;
  if (task.state === 'queued') return facts.queued;
  if (task.state !== 'running') return { code: task.state, facts: { reason: task.reason, evidence: task.delivery?.evidence ?? null } };
  if (last === null) return { code: 'working', facts: { working: null } };
  const { agent, model, reasons } = last.route;
  const working = { attempt: last.number, state: last.state, agent, model, route: reasons, stop: last.stop };
  if (beyondReach !== null) return { code: 'beyond-reach', facts: { working, where: beyondReach } };
  return { code: facts.orphaned ? 'orphaned' : 'working', facts: { working } };
}

/** Since when it is so: the last change of its state, for a running one the start of its attempt. */
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
