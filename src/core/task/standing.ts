// Why a queued task is not at work, and what follows from that: one ladder, from the facts. The dispatch acts on what it
// says, and all that only tell of a task read the same, so that they cannot disagree. Facts that cost much to learn (the
// route, the room on the machine) are asked for only where nothing before them stands in the way.
import { faultRule } from '../fault-codes.ts';
import type { TaskReason } from '../reason/task-reason.ts';
import type { Chosen, Refusal, Trial } from '../route/route.ts';
import type { CapReached, Waiting } from './schedule.ts';

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
  | { readonly failed: FaultReason['facts'] };

type FaultReason = Extract<TaskReason, { code: 'fault' }>;

export interface Full {
  readonly cap: CapReached['cap'] | 'memory';
  readonly message: string;
}

export type Standing =
  | { readonly is: 'waiting'; readonly wait: Waiting }
  /** Nothing is known that it waits for, and nobody has looked for a route. */
  | { readonly is: 'unlooked' }
  /** What kept somebody from looking goes by itself. */
  | { readonly is: 'hindered'; readonly reason: FaultReason }
  /** Only a person can mend what kept somebody from looking. */
  | { readonly is: 'faulty'; readonly reason: FaultReason }
  | { readonly is: 'without-servers'; readonly reason: TaskReason }
  | { readonly is: 'refused'; readonly refusal: Refusal }
  | { readonly is: 'tried-first'; readonly trial: Trial }
  | { readonly is: 'full'; readonly full: Full }
  | { readonly is: 'startable'; readonly route: Chosen };

/** `wait`: see `waiting`. `look` null: nobody looked. */
export function standingOf(facts: { readonly wait: Waiting | null; readonly look: Look | null }): Standing {
  const { wait, look } = facts;
  if (wait !== null) {
    // Where only time is waited for, why there would be no route says more than what happened last.
    const refused = wait.why === 'back-off' && look !== null && 'route' in look && isRefused(look.route) ? look.route : null;
    return refused === null ? { is: 'waiting', wait } : { is: 'refused', refusal: refused };
  }
  if (look === null) return { is: 'unlooked' };
  if ('failed' in look) {
    const { failed } = look;
    const is = faultRule(failed.code).follows === 'later' ? 'hindered' : 'faulty';
    return { is, reason: { code: 'fault', facts: failed } };
  }
  if ('busy' in look) return { is: 'full', full: look.busy };
  const { route, servers, full } = look;
  // Which servers there are is not known without trust.
  if (isUntrusted(route)) return { is: 'refused', refusal: route };
  if (servers !== null) return { is: 'without-servers', reason: { code: 'unknown-servers', facts: { problem: servers } } };
  if ('tried' in route) return { is: 'tried-first', trial: route };
  if (isRefused(route)) return { is: 'refused', refusal: route };
  return full === null ? { is: 'startable', route } : { is: 'full', full };
}

export function isUntrusted(route: Chosen | Refusal | Trial): route is Refusal {
  return isRefused(route) && route.refused === 'untrusted';
}

function isRefused(route: Chosen | Refusal | Trial): route is Refusal {
  return 'refused' in route;
}
