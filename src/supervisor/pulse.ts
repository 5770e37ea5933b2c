// One pass of the phases, in their order, each within a deadline of its own, none holding a lock while it waits for
// the world, and none ever calling a model.
import { faultRule } from '../core/fault-codes.ts';
import { Fault } from '../core/fault.ts';
import { minute, second, type Duration } from '../core/time.ts';
import { account, alarm } from './account/account.ts';
import { dispatch } from './dispatch/dispatch.ts';
import type { Phase } from './events.ts';
import { storeFeed } from './feed.ts';
import { intake } from './intake/intake.ts';
import { reap } from './reap/reap.ts';
import { cutHeldUp, settle } from './settle/settle.ts';
import { watch } from './watch/watch.ts';
import { tellProgress } from './tell-moved.ts';
import type { World } from './world.ts';

type Step = (world: World) => Promise<string | null>;

const steps: Readonly<Record<Phase, Step>> = { intake, watch, settle, dispatch, reap, account };

/** How long a phase may keep a single pulse waiting for its operations; those go on in a supervisor that stays. */
const deadline: Duration = 2 * minute;
const look: Duration = second;

/**
 * Runs the given phases. `wait` true: each phase waits for the operations it began, so that the pulse has done all it
 * could when it returns (a pulse of its own); false: they go on beside (`run`). A phase that throws is told and does
 * not keep the next ones from running. Faults: `database-full` and `database-unwritable`, of a supervisor that drains.
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
      // What the phase asked for is there by now, and no later pulse may come.
      if (options.wait && world.memory.answers > answers) {
        did = (await steps[phase](world)) ?? did;
        await settledWithin(world, deadline);
      }
      if (options.tell) world.emit({ type: 'phase', phase, did });
    } catch (error) {
      // Workers outlive us, and their end could not be stored: it would be waited for until somebody frees space.
      if (world.memory.draining && error instanceof Fault && faultRule(error.code).storesNothing === true) throw error;
      await alarm(world, { task: null, repo: null, attempt: null, error, where: phase });
    }
  }
  if (tellProgress(world) && options.wait) await settledWithin(world, deadline);
  await storeFeed(world);
}

async function settledWithin(world: World, limit: Duration): Promise<void> {
  const controller = new AbortController();
  const settled = world.memory.inflight.settled().then(() => true);
  for (let waited = 0; waited < limit; waited += look) {
    if (await Promise.race([settled, world.clock.sleep(look, controller.signal).then(() => false)])) break;
    // Somebody may want an end of what is waited for here.
    await cutHeldUp(world);
  }
  controller.abort();
}
