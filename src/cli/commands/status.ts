// `status`: shows counts, workers and money at a glance.
import { statusOf, statusView } from '../../api/status.ts';
import { charged } from '../../api/task-view.ts';
import { taskStates } from '../../core/task/task.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { asking, openStore, viewWorkers } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { paint } from '../paint.ts';

export async function status(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const store = await openStore(this);
  try {
    const found = await statusOf(asking(this, store));
    const { counts, open, supervisors, costUsd, mismatched, forges } = found;
    if (flags.json === true) return printJson(this, statusView(found, await viewWorkers(open)));
    // Loaded only here, because the module that measures the width of characters takes 30 ms to load.
    const [{ dollars, elapsed, table }, { cut }] = await Promise.all([import('../../lib/table.ts'), import('../cut.ts')]);
    const { state, bold, bad } = paint(this.out);
    this.out.write(`${taskStates.map((one) => `${state(one)} ${counts[one]}`).join('  ')}   ${bold(dollars(costUsd))} in all\n`);
    const told = supervisors.map(({ kind, pid }) => `${kind} (pid ${pid})`);
    this.out.write(`supervisors: ${told.length === 0 ? 'none; start one with yardmaster up' : told.join(', ')}\n`);
    for (const { host, points } of forges)
      if (points !== null)
        this.out.write(
          `${host}: ${points.left} of the ${points.limit} points of an hour are left (${points.used} used by pull requests)\n`,
        );
    for (const { taskId, number, billing, route } of mismatched)
      this.out.write(
        `${bad('WARNING')} ${taskId} attempt ${number} was billed by ${billing}, but planned on the account ${route.account} (${route.billing})\n`,
      );
    const now = systemClock.now();
    this.out.write(
      table(
        open.map((one) => [
          one.taskId,
          one.state,
          one.route.agent,
          one.route.model,
          elapsed(now - one.startedAt),
          dollars(charged(one)),
          cut(this.out, one.title, 40),
        ]),
      ),
    );
  } finally {
    await store.end();
  }
}
