// Records whether repositories can be used, from the ends of attempts: one that cannot be used is set aside, and a person
// is told once; after it was used successfully, it is taken up again.
import type { Attempt } from '../../core/task/attempt.ts';
import type { Said } from '../../core/reason/said.ts';
import { failureRule, type FailureKind } from '../../core/task/failure.ts';
import { noticeOfAway } from '../../core/task/notice.ts';
import { afterOutage, afterUse, usable, type RepositoryState } from '../../core/task/set-aside.ts';
import type { Settings } from '../../core/settings.ts';
import { second, type Instant } from '../../core/time.ts';
import { notifyOnce } from '../account/account.ts';
import type { World } from '../world.ts';

/**
 * Stores what the end of an attempt shows about its repository. This must come before its task is queued again, so that the
 * task waits with the others.
 */
export async function recordOutage(
  world: World,
  given: {
    /** If the task had no attempt yet, the values that the attempt would have had. */
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

/** Called after a step for which the repository, or its remote, was needed. */
export async function recordUse(
  world: World,
  given: { readonly repo: string; readonly used: Parameters<typeof afterUse>[1]['used'] },
): Promise<void> {
  const at = world.clock.now();
  const change = (state: RepositoryState | null): RepositoryState => afterUse(state ?? usable, { used: given.used, at });
  await world.store.changeCondition({ kind: 'repository', name: given.repo, change });
}
