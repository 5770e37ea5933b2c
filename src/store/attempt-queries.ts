// The queries that attempts, leases and events share: which attempts are open, and who may write to one.
import type { Lease } from '../core/task/attempt.ts';
import type { Reader } from './engine.ts';
import { sql } from './sql.ts';

export const selectAttempts = sql`
  select attempts.*, tasks.repo, tasks.id as task_id from attempts join tasks on tasks.key = attempts.task_key`;

/** A literal, not a parameter: only so does the planner see that the partial index of open attempts serves. */
export const isOpen = sql`attempts.state <> 'closed'`;

export const selectOpen = sql`${selectAttempts} where ${isOpen} order by attempts.started_at, attempts.id`;

export async function hasOpenAttempt(read: Reader, taskKey: number): Promise<boolean> {
  return (await read.one(sql`select id from attempts where task_key = ${taskKey} and ${isOpen}`)) !== undefined;
}

/** The attempt, if it is open and the lease is still the valid one. */
export function heldBy(lease: Lease) {
  return sql`id = ${lease.attempt} and holder = ${lease.holder} and fence = ${lease.fence} and ${isOpen}`;
}
