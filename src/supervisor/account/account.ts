// Phase 6: adds up what the open attempts have cost so far, and notifies a person of each condition once, whichever
// supervisor finds it.
import { toUsd } from '../../core/money/usd.ts';
import { chargedOf } from '../../core/task/attempt.ts';
import { noticeOf, type Notice } from '../../core/task/notice.ts';
import { budgetAlerts } from './budget.ts';
import { inScope } from '../dispatch/snapshot.ts';
import { describe, type World } from '../world.ts';

export async function account(world: World): Promise<string | null> {
  const waiting = await world.store.tasks({ states: ['blocked', 'failed'] });
  for (const task of waiting) {
    const notice = inScope(world.scope, task) ? noticeOf(task) : null;
    if (notice !== null) await notifyOnce(world, notice);
  }
  for (const notice of await budgetAlerts(world)) await notifyOnce(world, notice);
  const open = await world.store.openAttempts();
  if (open.length === 0) return null;
  const cost = open.reduce((sum, attempt) => sum + chargedOf(attempt), 0);
  return `$${toUsd(cost).toFixed(4)} by ${open.length} open ${open.length === 1 ? 'attempt' : 'attempts'} so far`;
}

/** Reports a problem that no rule can solve: as a warning, and to a person. */
export async function alarm(
  world: World,
  given: { task: string | null; repo: string | null; attempt: string | null; error: unknown; where: string },
): Promise<void> {
  const facts = describe(given.error, given.where);
  world.emit({ type: 'warning', task: given.task, repo: given.repo, attempt: given.attempt, ...facts });
  await notifyOnce(world, {
    key: `alarm ${facts.code} ${facts.message}`,
    kind: 'alarm',
    task: given.task,
    repo: null,
    message: `${facts.message} (${facts.hint})`,
    command: 'yardmaster doctor',
  });
}

export async function notifyOnce(world: World, notice: Notice): Promise<void> {
  const { memory } = world;
  if (memory.noticed.has(notice.key)) return;
  memory.noticed.add(notice.key);
  // Even if the database itself is the problem, a person is notified.
  const first = await world.store.notice({ key: notice.key, at: world.clock.now() }).catch(() => true);
  if (first) memory.inflight.start(`notify ${notice.key}`, () => world.notify(notice));
}

/** Tells those of which a person was not notified yet, in one notice. */
export async function notifyTogether(world: World, notices: readonly Notice[]): Promise<void> {
  const { memory } = world;
  const news: Notice[] = [];
  for (const notice of notices) {
    if (memory.noticed.has(notice.key)) continue;
    memory.noticed.add(notice.key);
    if (await world.store.notice({ key: notice.key, at: world.clock.now() }).catch(() => true)) news.push(notice);
  }
  const [first] = news;
  if (first === undefined) return;
  const others = news.length - 1;
  const message = others === 0 ? first.message : `${first.message}; and ${others} more of this kind`;
  memory.inflight.start(`notify ${first.key}`, () => world.notify({ ...first, message, task: others === 0 ? first.task : null }));
}
