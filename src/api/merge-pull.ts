// A person's wish that pull requests are merged. It is stored while the command that asks for it waits for the outcome, and is
// withdrawn when that command ends without a merge: nothing is merged later by a word that was answered with no.
import { openedPull } from '../core/delivery/delivery.ts';
import { recordAfter, type PullEffect } from '../core/delivery/pull-effect.ts';
import type { PullRecord } from '../core/delivery/pull-record.ts';
import { mergeWish } from '../core/delivery/pull-request.ts';
import type { Task } from '../core/task/task.ts';
import type { Instant } from '../core/time.ts';
import type { Ports } from '../supervisor/world.ts';
import type { Acting, Outcome } from './act.ts';
import { mergeDelivered } from './merge-branch.ts';
import { wordsOf } from './pulls.ts';

/**
 * Records a person's wish that the pull request is merged with the head that it has now. The next round merges it as soon as
 * its checks and the base's rules allow it. Work without a pull request is merged at once, by plain git.
 */
export async function askMerge({ ports }: Pick<Acting, 'ports'>, task: Task): Promise<Outcome> {
  const record = openedPull(task.delivery);
  if (record === null) return mergeDelivered(ports, task);
  const refused = refusalOf(task, record);
  if (refused !== null) return refused;
  const written = await changed(ports, { key: task.key, effect: { did: 'asked-merge', head: record.seen.head.commit } });
  return { outcome: 'done', task: written ?? task, note: null };
}

function refusalOf(task: Task, { seen }: PullRecord): Outcome | null {
  if (task.state === 'cancelled')
    return { outcome: 'refused', task, why: `${task.id} is cancelled, so nothing of it is merged`, instead: `yardmaster retry ${task.id}` };
  if (seen.state === 'open') return null;
  return {
    outcome: 'refused',
    task,
    why: `pull request #${seen.number} of ${task.id} is ${seen.state}`,
    instead: `yardmaster pr ${task.id}`,
  };
}

/** A wish as it was stored. */
export interface Wish {
  readonly key: number;
  readonly at: Instant;
}

/** Null if nobody has asked for the merge of its pull request. */
export function wishOf({ key, delivery }: Task): Wish | null {
  const asked = openedPull(delivery)?.mergeAsked ?? null;
  return asked === null ? null : { key, at: asked.at };
}

/** Withdraws this wish, and no later one of somebody else. */
export async function withdrawMerge(ports: Pick<Ports, 'store' | 'clock'>, { key, at }: Wish): Promise<void> {
  await changed(ports, { key, effect: { did: 'withdrew-merge', asked: at } });
}

async function changed(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { key, effect }: { readonly key: number; readonly effect: PullEffect },
): Promise<Task | null> {
  const at = clock.now();
  return store.changePull({
    key,
    at,
    change: ({ delivery }) => {
      const now = openedPull(delivery);
      return now === null ? null : { pull: recordAfter({ record: now, effect, at }) };
    },
  });
}

/**
 * What has become of a wish. `over`: it is not merged by this wish; `text` says why, or is null if the standing of the pull
 * request says it. `waits`: for the next round, for machines, or for a lower one of its stack that is to be merged as well.
 */
export type Merging =
  | { readonly is: 'merged' }
  | { readonly is: 'waits'; readonly text: string }
  | { readonly is: 'over'; readonly text: string | null };

export async function mergingOf({ store }: Pick<Ports, 'store'>, { key, at }: Wish): Promise<Merging> {
  const task = await store.taskByKey(key);
  const record = openedPull(task?.delivery ?? null);
  if (task === null || record === null) return { is: 'over', text: 'its pull request is no longer followed' };
  const { seen, stands, mergeAsked, repository } = record;
  const { text } = wordsOf(task, record);
  if (seen.state === 'merged') return isKnownAsMerged(record) ? { is: 'merged' } : { is: 'waits', text };
  if (seen.state === 'closed' || task.state === 'cancelled' || task.state === 'failed') return { is: 'over', text: null };
  if (mergeAsked === null) return { is: 'over', text: 'its merge was asked for, and that was withdrawn by another command' };
  const unable = (await store.conditions('forge')).get(repository.host)?.unable ?? null;
  if (unable !== null && unable.at > at && unable.at > record.observedAt) {
    const why = `${unable.message} (${unable.hint})`;
    return unable.lasts ? { is: 'over', text: why } : { is: 'waits', text: why };
  }
  // Until a round has seen the wish, where the pull request stands says nothing about it.
  if (stands?.asked !== mergeAsked.at || record.answer !== null) return { is: 'waits', text };
  const isStuck = stands.needsPerson || (task.state === 'blocked' && task.reason.code !== 'pull');
  if (isStuck) return { is: 'over', text: mergeWish(record) === 'void' ? text : null };
  if (stands.why.code !== 'stacked') return { is: 'waits', text };
  const lower = await store.task({ repo: task.repo, id: stands.why.facts.on });
  return isToBeMerged(lower) ? { is: 'waits', text } : { is: 'over', text: null };
}

/** The round that merged it has also said so. */
function isKnownAsMerged({ finished, stands }: PullRecord): boolean {
  const code = stands?.why.code;
  return finished || code === 'merged' || code === 'verifying' || code === 'verify-failed';
}

function isToBeMerged(lower: Task | null): boolean {
  const record = openedPull(lower?.delivery ?? null);
  return record !== null && (record.seen.state === 'merged' || mergeWish(record) === 'holds');
}
