// What becomes of a delivered task when a worker that answered for its pull request has ended. Its work has arrived before,
// so it is delivered again, however the worker ended: only a person's cancellation is stronger.
import type { Decision } from '../task/decide.ts';
import type { Instant } from '../time.ts';
import { answered, unanswered } from './pull-changes.ts';
import type { PullRecord } from './pull-record.ts';

export interface AnswerEnd {
  readonly decision: Decision;
  readonly change: (record: PullRecord) => PullRecord;
}

/** `decision`: what would become of a task of its own after this end. */
export function afterAnswer({ decision, at }: { readonly decision: Decision; readonly at: Instant }): AnswerEnd {
  const { to } = decision;
  if (to === 'cancelled') return { decision, change: unanswered };
  if (to === 'delivered') return { decision, change: (record) => answered(record, { commit: null, at }) };
  const again: Decision = { ...decision, to: 'delivered' };
  // The work to be done stays, so a worker is started for it once more.
  if (to === 'queued') return { decision: again, change: (record) => record };
  return { decision: { ...again, notBefore: null }, change: unanswered };
}
