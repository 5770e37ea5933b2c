// Runs the phases once, in order. Each phase has a deadline of its own; no phase holds a lock while it waits for other
// programs or the network, and none calls a model.
import { faultRule } from '../core/fault-codes.ts';
import { Fault } from '../core/fault.ts';
import { minute, second, type Duration } from '../core/time.ts';
import { account, alarm } from './account/account.ts';
import { dispatch } from './dispatch/dispatch.ts';
import type { Phase } from './events.ts';
import { storeFeed } from './feed.ts';
import { followPulls } from './forge/follow.ts';
import { intake } from './intake/intake.ts';
import { followIssues } from './issues/follow.ts';
import { reap } from './reap/reap.ts';
import { interruptHeldUp, settle } from './settle/settle.ts';
import { watch } from './watch/watch.ts';
import { reportProgress } from './emit-moved.ts';
import type { World } from './world.ts';

type Step = (world: World) => Promise<string | null>;

const steps: Readonly<Record<Phase, Step>> = { issues: followIssues, intake, watch, settle, forge: followPulls, dispatch, reap, account };

/**
 * How long a phase may delay a single pulse while its operations finish. In a supervisor that stays, they continue beside
 * the pulse.
 */
const deadline: Duration = 2 * minute;
const checkEvery: Duration = second;

/**
 * Runs the given phases. With `wait`, each phase waits for the operations it began, so that a single pulse has done
 * everything it could when it returns; without it, they continue beside the pulse (`run`). If a phase throws, a warning is
 * emitted and the next phases still run. Faults: `database-full` and `database-unwritable`, if the supervisor is draining.
 */
export async function pulse(
  world: World,
  options: { readonly phases: readonly Phase[]; readonly wait: boolean; readonly tell: boolean },
): Promise<void> {
  for (const phase of options.phases) {
    try {
      const answers = world.memory.answers;
      let did = await steps[phase](world);
      if (options.wait) await settledWithin(world, deadline);
      // The answers that the phase asked for have arrived by now, and there may be no later pulse to use them.
      if (options.wait && world.memory.answers > answers) {
        did = (await steps[phase](world)) ?? did;
        await settledWithin(world, deadline);
      }
      if (options.tell) world.emit({ type: 'phase', phase, did });
    } catch (error) {
      // Workers outlive the supervisor, and while their end cannot be stored, draining would wait until somebody frees
      // space.
      if (world.memory.draining && error instanceof Fault && faultRule(error.code).storesNothing === true) throw error;
      await alarm(world, { task: null, repo: null, attempt: null, error, where: phase });
    }
  }
  if (reportProgress(world) && options.wait) await settledWithin(world, deadline);
  await storeFeed(world);
}

async function settledWithin(world: World, limit: Duration): Promise<void> {
  const controller = new AbortController();
  const settled = world.memory.inflight.settled().then(() => true);
  for (let waited = 0; waited < limit; waited += checkEvery) {
    if (await Promise.race([settled, world.clock.sleep(checkEvery, controller.signal).then(() => false)])) break;
    // Meanwhile a person may have asked for the end of the work that is waited for here.
    await interruptHeldUp(world);
  }
  controller.abort();
}
