// `explain`: shows why a task is where it is, since when, and what would move it.
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { openPorts } from '../compose.ts';
import { routeTexts } from '../../core/reason/words.ts';
import { printJson, type CliContext } from '../context.ts';
import { explainTask } from '../../api/explain-task.ts';
import { conflictsOf, conflictView } from '../../api/issues.ts';
import { conflictCommand, conflictText } from '../../core/sync/conflict-words.ts';
import { standsView } from '../../api/standings.ts';
import { lookUp } from '../find-task.ts';
import { paint } from '../paint.ts';

export async function explain(this: CliContext, flags: { json?: boolean; repo?: string }, id: string): Promise<void> {
  const opened = await openPorts(this);
  try {
    const { task, store } = await lookUp(this, { store: opened.ports.store, id, repo: flags.repo });
    const explained = await explainTask({ ...opened.ports, store }, task);
    const { last, since, text, advice, command, until } = explained;
    const conflicts = await conflictsOf(opened.ports, { repo: task.repo, id: task.id });
    const reasons = routeTexts(last?.route.reasons ?? []);
    const spokeAt = task.state === 'running' ? (last?.lastEventAt ?? null) : null;
    if (flags.json === true) {
      return printJson(this, {
        id: task.id,
        state: task.state,
        why: text,
        moves: advice,
        command,
        until: iso(until),
        since: iso(since),
        standing: standsView(explained),
        lastEventAt: iso(spokeAt),
        verdict: last?.verdict?.kind ?? null,
        route: { reasons },
        conflicts: conflicts.map(conflictView),
      });
    }
    // Loaded only here, because the module that measures the width of characters takes 30 ms to load.
    const { elapsed, table } = await import('../../lib/table.ts');
    const { bold, state } = paint(this.out);
    const now = systemClock.now();
    const ago = (at: number): string => `${iso(at)} (${elapsed(now - at)} ago)`;
    const rows = [
      ['  why', text],
      ['  since', ago(since)],
      ...(spokeAt === null ? [] : [['  last event', ago(spokeAt)]]),
      ...(until === null ? [] : [['  until', `${iso(until)} (in ${elapsed(until - now)})`]]),
      ['  next step', advice],
      ...(command === null ? [] : [['  command', command]]),
      ...conflicts.flatMap((one) => [
        ['  conflict', conflictText(one)],
        ['  settle it', conflictCommand(one)],
      ]),
      ...(reasons.length === 0 ? [] : [['  last route', reasons.join('; ')]]),
    ];
    this.out.write(`${bold(task.id)}  ${state(task.state)}  ${task.title}\n${table(rows)}`);
  } finally {
    await opened.end();
  }
}
