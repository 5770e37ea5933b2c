// One step of one pull request, and how what it did is recorded: in the task's own record, and only while the task still has
// the pull request.
import { openedPull } from '../../core/delivery/delivery.ts';
import { recordAfter, type PullEffect } from '../../core/delivery/pull-effect.ts';
import type { PullRecord } from '../../core/delivery/pull-record.ts';
import type { PullStep } from '../../core/delivery/pull-request.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import type { ForgeAccount, Seen } from '../../ports/forge.ts';
import type { PullChange } from '../../ports/task-moves.ts';
import type { World } from '../world.ts';

/** What every step needs, whichever it is. */
export interface Rounding {
  readonly account: ForgeAccount;
  readonly task: Task;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

export interface Step<S extends PullStep = PullStep> extends Rounding {
  readonly record: PullRecord;
  readonly step: S;
  /** What was seen in this round; null if the forge no longer shows it. */
  readonly seen: Seen | null;
  readonly baseCommit: string | null;
}

/** Records the effect; false if the task no longer has the pull request. */
export async function record(world: World, given: Rounding, effect: PullEffect): Promise<boolean> {
  return change(world, given, (now) => ({ pull: recordAfter({ record: now, effect, at: world.clock.now() }) }));
}

export async function change(world: World, given: Rounding, rule: (record: PullRecord, task: Task) => PullChange | null): Promise<boolean> {
  const written = await world.store.changePull({
    key: given.task.key,
    at: world.clock.now(),
    change: (task) => {
      const now = openedPull(task.delivery);
      return now === null ? null : rule(now, task);
    },
  });
  return written !== null;
}
