import { phases } from '../../src/supervisor/events.ts';
import { pulse } from '../../src/supervisor/pulse.ts';
import type { Figure } from '../figure.ts';
import { addFinished } from '../finished-tasks.ts';
import type { Ground } from '../ground.ts';
import { leaveOpenAttempts } from '../open-attempts.ts';
import { profiled } from '../profile.ts';
import { inTurns, median } from '../samples.ts';
import { agents, openStage, request } from '../stage.ts';
import { openWorld } from '../world.ts';

const rounds = 100;

export const finished: Figure = {
  name: 'finished',
  says:
    'one pulse with 100 open tasks (50 whose workers run, 50 that wait for another), with 100,000 finished tasks beside them; the limit is ' +
    'the same with 100 finished ones. Both alternate in this process.',
  async take(ground) {
    const [few, many] = [await openTasks(ground, 100), await openTasks(ground, 100_000)];
    const once = (of: typeof few) => (): Promise<void> => pulse(of.world, { phases, wait: false, tell: false });
    // The first pulses adopt the workers.
    await inTurns(5, { few: once(few), many: once(many) });
    const spent = await profiled(ground, { name: 'finished', run: () => inTurns(rounds, { few: once(few), many: once(many) }) });
    await Promise.all([few.close(), many.close()]);
    return [
      {
        what: 'pulse, median',
        value: median(spent.many.wall),
        unit: 'ms',
        limit: { what: '100 finished', value: median(spent.few.wall) },
        bar: { of: 'ratio', most: 1.2 },
        note: `CPU ratio ${(spent.many.cpu / spent.few.cpu).toFixed(2)}`,
      },
    ];
  },
};

async function openTasks(ground: Ground, count: number): Promise<Awaited<ReturnType<typeof openWorld>>> {
  const stage = openStage(ground, { name: `finished-${count}`, agent: agents.sleeps });
  const store = await stage.store();
  await addFinished(store, { stage, count });
  await leaveOpenAttempts(ground, { stage, count: 50 });
  const at = Date.now();
  for (let number = 51; number <= 100; number += 1)
    await store.putTask({ repo: stage.repo, task: request(`t${number}`, { blockedBy: ['t1'] }), at });
  await store.end();
  return openWorld({ env: stage.env });
}
