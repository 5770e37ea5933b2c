// `status`: how things stand, at a glance.
import { billedOtherwise, type Attempt } from '../../core/task/attempt.ts';
import { taskStates } from '../../core/task/task.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { lookingHost, openStore, viewWorkers } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { paint } from '../paint.ts';
import { charged } from '../task-view.ts';

export async function status(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const store = await openStore(this);
  try {
    const tasks = await store.tasks({});
    const attempts = await store.attemptsOf(tasks.map((task) => task.key));
    const counts = Object.fromEntries(taskStates.map((state) => [state, tasks.filter((task) => task.state === state).length]));
    const titles = new Map(tasks.map((task) => [task.key, task.title]));
    const open = attempts.filter((attempt) => attempt.state !== 'closed');
    const costUsd = attempts.reduce((sum, attempt) => sum + charged(attempt), 0);
    const mismatches = attempts.filter(billedOtherwise).map(mismatchView);
    const now = systemClock.now();
    const supervisors: { kind: string; pid: number; startedAt: string | null }[] = [];
    for (const { holder, kind, pid, startedAt } of await store.supervisors())
      if (!(await lookingHost.isGone(holder))) supervisors.push({ kind, pid, startedAt: iso(startedAt) });
    if (flags.json === true) {
      const views = await viewWorkers(open);
      const workers = open.map((one) => ({
        task: one.taskId,
        repo: one.repo,
        attempt: one.number,
        state: one.state,
        agent: one.route.agent,
        model: one.route.model,
        pid: views.get(one.id)?.pid ?? null,
        startedAt: iso(one.startedAt),
        costUsd: charged(one),
      }));
      return printJson(this, { counts, workers, supervisors, costUsd, mismatches, repos: await store.repos() });
    }
    // Loaded only here: what tells the width of any character takes 30 ms to load.
    const [{ dollars, elapsed, table }, { cut }] = await Promise.all([import('../../lib/table.ts'), import('../cut.ts')]);
    const { state, bold, bad } = paint(this.out);
    this.out.write(`${taskStates.map((one) => `${state(one)} ${counts[one]}`).join('  ')}   ${bold(dollars(costUsd))} in all\n`);
    const told = supervisors.map(({ kind, pid }) => `${kind} (pid ${pid})`);
    this.out.write(`supervisors: ${told.length === 0 ? 'none; `yardmaster up` starts one' : told.join(', ')}\n`);
    for (const one of mismatches)
      this.out.write(
        `${bad('ALARM')} ${one.task} attempt ${one.attempt}: billed by ${one.billed}, sent out on ${one.account} (${one.routed})\n`,
      );
    this.out.write(
      table(
        open.map((one) => [
          one.taskId,
          one.state,
          one.route.agent,
          one.route.model,
          elapsed(now - one.startedAt),
          dollars(charged(one)),
          cut(this.out, titles.get(one.taskKey) ?? '', 40),
        ]),
      ),
    );
  } finally {
    await store.end();
  }
}

function mismatchView({ taskId, repo, number, route, billing }: Attempt) {
  return { task: taskId, repo, attempt: number, account: route.account, routed: route.billing, billed: billing };
}
