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
  switch (decision.to) {
    case 'queued':
      return { decision: { ...decision, to: 'delivered' }, change: (record) => record };
    case 'blocked':
    case 'failed':
      return { decision: { ...decision, to: 'delivered', notBefore: null }, change: unanswered };
    default:
      return { decision, change: (record) => answered(record, { commit: null, at }) };
  }
}
