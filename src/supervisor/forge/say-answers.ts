// Answers at the forge what a worker has dealt with: in the thread where it was said, with the commit. The forge's side looks
// for the same answer first, so nothing is said twice.
import { saidOn } from '../../core/delivery/pull-changes.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import type { PullRecord } from '../../core/delivery/pull-record.ts';
import { answerText } from '../../core/delivery/pull-texts.ts';
import type { World } from '../world.ts';
import type { Rounding } from './step.ts';

export async function sayAnswers(world: World, given: Rounding & { readonly record: PullRecord }): Promise<void> {
  const { account, task, record } = given;
  const { repository, seen, head } = record;
  for (const item of record.items) {
    if (item.state !== 'done') continue;
    const at = { repository, number: seen.number };
    await account.say({
      ...at,
      thread: item.thread,
      text: answerText({ task: task.id, item: item.id, commit: head.commit === item.commit ? null : head.commit, words: null }),
    });
    if (item.bot && item.thread !== null) await account.resolve({ ...at, thread: item.thread });
    world.passing('item-answered');
    await world.store.changePull({
      key: task.key,
      at: world.clock.now(),
      change: ({ delivery }) => {
        const now = openedPull(delivery);
        return now === null ? null : { pull: saidOn(now, [item.id]) };
      },
    });
  }
}
