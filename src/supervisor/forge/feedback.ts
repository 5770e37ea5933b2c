// What a worker is told that answers for a pull request: the failed checks with the ends of their logs, what reviewers said, or
// the files that are in conflict.
import { conflictFeedback, failedChecksFeedback, reviewFeedback } from '../../core/task/answer-prompt.ts';
import type { PullStep } from '../../core/delivery/pull-request.ts';
import type { Step } from './step.ts';

/** So many characters of each log are asked for. */
const logLimit = 6000;

export async function feedbackFor(given: Step<Extract<PullStep, { readonly do: 'answer' }>>): Promise<string> {
  const { step, record, seen, account } = given;
  const { repository } = record;
  switch (step.kind) {
    case 'checks': {
      const logs = await Promise.all(
        step.checks.map(async (check) => ({ name: check.name, log: await account.checkLog({ repository, check, limit: logLimit }) })),
      );
      return failedChecksFeedback({ number: record.seen.number, checks: logs });
    }
    case 'review':
      return reviewFeedback({
        number: record.seen.number,
        items: (seen?.items ?? []).flatMap(({ id, author, place, text }) =>
          step.items.includes(id) ? [{ login: author.login, place, text }] : [],
        ),
      });
    case 'conflict':
      return conflictFeedback({ number: record.seen.number, base: record.seen.base.branch });
  }
}
