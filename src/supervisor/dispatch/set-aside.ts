// What attempts tell of the repository that they work for: set aside when it cannot be used, which a person is told once,
// and taken in again when it was.
import type { Attempt } from '../../core/task/attempt.ts';
import type { Said } from '../../core/reason/said.ts';
import { failureRule, type FailureKind } from '../../core/task/failure.ts';
import { noticeOfAway } from '../../core/task/notice.ts';
import { afterOutage, afterUse, usable, type RepositoryState } from '../../core/task/set-aside.ts';
import type { Settings } from '../../core/settings.ts';
import { second, type Instant } from '../../core/time.ts';
import { notifyOnce } from '../account/account.ts';
import type { World } from '../world.ts';

/** What the end of an attempt says of its repository. Before its task is queued again: it waits with all others then. */
export async function markOutage(
  world: World,
  given: {
    /** For a task of which no attempt was begun: what it would have been. */
    readonly attempt: Pick<Attempt, 'id' | 'repo' | 'taskKey' | 'startedAt'>;
    readonly kind: FailureKind;
    readonly said: Said;
    readonly settings: Settings;
    readonly failedAt: Instant;
  },
): Promise<void> {
  const { attempt, kind, said, settings, failedAt: at } = given;
  const { next, hint } = failureRule(kind);
  if (next !== 'aside') return;
  const { repo, taskKey: task, startedAt, id: seed } = attempt;
  const outage = { kind, said, task, startedAt, at, base: settings.worker.backoffSeconds * second, seed };
  const seen = { first: false };
  const { away } = await world.store.changeCondition({
    kind: 'repository',
    name: repo,
    change: (state) => {
      const before = state ?? usable;
      const after = afterOutage(before, outage);
      seen.first = before.away === null && after.away !== null;
      return after;
    },
  });
  if (!seen.first || away === null) return;
  const notice = noticeOfAway(repo, away);
  world.emit({ type: 'warning', task: null, repo, attempt: null, code: 'repository-away', message: notice.message, hint });
  await notifyOnce(world, notice);
}

/** After a step for which the repository, or its remote, was needed. */
export async function markUsed(
  world: World,
  given: { readonly repo: string; readonly used: Parameters<typeof afterUse>[1]['used'] },
): Promise<void> {
  const at = world.clock.now();
  const change = (state: RepositoryState | null): RepositoryState => afterUse(state ?? usable, { used: given.used, at });
  await world.store.changeCondition({ kind: 'repository', name: given.repo, change });
}
