import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { viewWorkers } from '../../src/cli/compose.ts';
import type { Figure } from '../figure.ts';
import { leaveOpenAttempts } from '../open-attempts.ts';
import { cpuOf, now } from '../samples.ts';
import { agents, openStage } from '../stage.ts';
import { superviseNoted } from '../supervised.ts';
import type { Mark } from '../world.ts';

const count = 1000;

export const restart: Figure = {
  name: 'restart',
  says:
    `a supervisor was killed and left ${count} open attempts with running workers; another one starts: from the opening of its store until it ` +
    'holds every attempt and has checked every worker. The limit: reading /proc/PID/stat of each, and one update of as many rows.',
  async take(ground) {
    const stage = openStage(ground, { name: 'restart', agent: agents.sleeps });
    await leaveOpenAttempts(ground, { stage, count });
    const store = await stage.store();
    const views = await viewWorkers(await store.openAttempts());
    await store.end();
    const limit = least({ file: stage.home.database, pids: [...views.values()].flatMap(({ pid }) => pid ?? []) });
    const supervisor = await superviseNoted(ground, { stage, name: 'restart' });
    await supervisor.until((marks) => lookedAt(marks).size === count);
    const { own } = cpuOf(supervisor.pid);
    const begun = supervisor.marks.find((mark) => mark.call === 'opened')?.from ?? Number.NaN;
    const held = supervisor.marks.find((mark) => mark.call === 'store.takeOver')?.to ?? Number.NaN;
    const looked = Math.max(...lookedAt(supervisor.marks).values());
    await supervisor.end();
    return [
      {
        what: `${count} attempts`,
        value: looked - begun,
        unit: 'ms',
        limit: { what: 'reads and an update', value: limit },
        bar: { of: 'value', most: 1000 },
        note: `held after ${(held - begun).toFixed(0)} ms; ${own} ms CPU since its process began`,
      },
    ];
  },
};

/** Workers by attempt, each with the end of its first check. */
function lookedAt(marks: readonly Mark[]): ReadonlyMap<Mark['of'], number> {
  const first = new Map<Mark['of'], number>();
  for (const { call, of, to } of marks) if (call === 'place.look' && !first.has(of)) first.set(of, to);
  return first;
}

function least(given: { readonly file: string; readonly pids: readonly number[] }): number {
  const database = new DatabaseSync(given.file, { timeout: 5000 });
  const from = now();
  for (const pid of given.pids) readFileSync(`/proc/${pid}/stat`, 'latin1');
  // Writes the same value again, because the data must stay unchanged here.
  database.exec(`update attempts set holder = holder where state <> 'closed'`);
  const took = now() - from;
  database.close();
  return took;
}
