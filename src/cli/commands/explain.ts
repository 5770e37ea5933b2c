// `explain`: why a task is where it is, since when, and what would move it.
import { explain } from '../../core/explain.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import { takeSnapshot, waitOf } from '../../supervisor/snapshot.ts';
import { openStore } from '../compose.ts';
import { printJson, type CliContext } from '../context.ts';
import { findTask } from '../find-task.ts';
import { paint } from '../paint.ts';

export async function explainTask(this: CliContext, flags: { json?: boolean; repo?: string }, id: string): Promise<void> {
  const store = await openStore(this);
  try {
    const task = await findTask({ store, id, cwd: this.cwd, repo: flags.repo });
    const [attempts, transitions] = await Promise.all([store.attempts(task.key), store.transitions(task.key)]);
    const wait = task.state === 'queued' ? waitOf(await takeSnapshot({ store }), { task, now: systemClock.now(), named: false }) : null;
    const last = attempts.at(-1) ?? null;
    const told = explain({ task, wait, last });
    const since = transitions.at(-1)?.at ?? task.createdAt;
    const reasons = last?.route.reasons ?? [];
    if (flags.json === true) {
      return printJson(this, {
        id: task.id,
        state: task.state,
        since: iso(since),
        ...told,
        until: iso(told.until),
        verdict: last?.verdict?.kind ?? null,
        route: { reasons },
      });
    }
    const { bold, state } = paint(this.out);
    const rows = [
      ['  why', told.why],
      ['  since', iso(since)],
      ...(told.until === null ? [] : [['  until', iso(told.until)]]),
      ['  moves it', told.moves],
      ...(told.command === null ? [] : [['  command', told.command]]),
      ...(reasons.length === 0 ? [] : [['  last route', reasons.join('; ')]]),
    ];
    this.out.write(`${bold(task.id)}  ${state(task.state)}  ${task.title}\n${table(rows)}`);
  } finally {
    await store.end();
  }
}
