// `reap`: runs the reap phase alone, or shows what it would do.
import { findLeftovers } from '../../supervisor/reap/leftovers.ts';
import type { Leftover } from '../../core/task/leftovers.ts';
import { pulse } from '../../supervisor/pulse.ts';
import { table } from '../../lib/table.ts';
import { openPorts } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { progressOf } from '../progress.ts';
import { makeWorld } from '../world.ts';

export interface ReapFlags {
  json?: boolean;
  dryRun?: boolean;
}

export async function reapOnce(this: CliContext, flags: ReapFlags): Promise<void> {
  const opened = await openPorts(this);
  const { store, clock } = opened.ports;
  try {
    if (flags.dryRun === true) {
      const over = await store.tasks({ states: ['done', 'cancelled'], withSite: true });
      const finished = over.map((task) => ({ kind: 'worktree', name: task.site?.checkout ?? '', why: `${task.id} is ${task.state}` }));
      const found = [...finished, ...(await findLeftovers(opened.ports)).map(rowOf)];
      if (flags.json === true) return printJson(this, found);
      return this.out.write(
        found.length === 0 ? 'nothing was left behind\n' : table(found.map(({ kind, name, why }) => [kind, name, why])),
      );
    }
    const progress = progressOf(this, { json: flags.json === true, now: () => clock.now() });
    const made = await makeWorld(this, { opened, scope: { repo: null, batch: null, named: null }, flags: {}, emit: progress.emit });
    try {
      await pulse(made.world, { phases: ['reap'], wait: true, tell: true });
    } finally {
      made.end();
      progress.end();
    }
  } finally {
    await opened.end();
  }
}

function rowOf(leftover: Leftover): { kind: string; name: string; why: string; pids?: readonly number[] } {
  if (leftover.kind !== 'processes') return { kind: leftover.kind, name: leftover.name, why: leftover.why };
  const { pids, why, attempt } = leftover;
  return { kind: 'processes', name: `${pids.join(', ')} of ${attempt}`, why, pids };
}
