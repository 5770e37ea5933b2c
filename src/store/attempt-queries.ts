// Queries that attempts, leases and events share: which attempts are open, and who may write to an attempt.
import type { Lease } from '../core/task/attempt.ts';
import type { Reader } from './engine.ts';
import { sql } from './sql.ts';

export const selectAttempts = sql`
  select attempts.*, tasks.repo, tasks.id as task_id from attempts join tasks on tasks.key = attempts.task_key`;

/**
 * A literal instead of a parameter: otherwise the planner does not see that it can use the partial index of open
 * attempts.
 */
export const isOpen = sql`attempts.state <> 'closed'`;

export const selectOpen = sql`${selectAttempts} where ${isOpen} order by attempts.started_at, attempts.id`;

export async function hasOpenAttempt(read: Reader, taskKey: number): Promise<boolean> {
  return (await read.one(sql`select id from attempts where task_key = ${taskKey} and ${isOpen}`)) !== undefined;
}

/** Matches the attempt if it is open and the lease is still the valid one. */
export function heldBy(lease: Lease) {
  return sql`id = ${lease.attempt} and holder = ${lease.holder} and fence = ${lease.fence} and ${isOpen}`;
}
