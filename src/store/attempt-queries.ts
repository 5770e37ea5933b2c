// The queries that attempts, leases and events share: which attempts are open, and who may write to one.
import { sql, type ExpressionBuilder } from 'kysely';
import type { Lease } from '../core/attempt.ts';
import type { Reader, Writer } from './engine.ts';
import type { Schema } from './schema.ts';

export function selectAttempts(read: Reader) {
  return read
    .selectFrom('attempts')
    .innerJoin('tasks', 'tasks.key', 'attempts.task_key')
    .selectAll('attempts')
    .select(['tasks.repo as repo', 'tasks.id as task_id']);
}

export function selectOpen(read: Reader) {
  return selectAttempts(read).where(isOpen).orderBy('attempts.started_at').orderBy('attempts.id');
}

/** A literal, not a parameter: only so does the planner see that the partial index of open attempts serves. */
export function isOpen(column: ExpressionBuilder<Schema, 'attempts'>) {
  return column('attempts.state', '<>', sql.lit('closed' as const));
}

/** An update that touches the attempt only if it is open and the lease is still the valid one. */
export function writeAttempt(tx: Writer, lease: Lease) {
  return tx
    .updateTable('attempts')
    .where('id', '=', lease.attempt)
    .where('holder', '=', lease.holder)
    .where('fence', '=', lease.fence)
    .where(isOpen);
}
