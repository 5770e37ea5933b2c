// The states of tasks as they are stored, for stories that wait for one beside a supervisor without a terminal: to ask a command again
// and again would keep a processor busy.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Yard } from './yard.ts';

export function storedStates(yard: Yard): readonly string[] {
  const database = new DatabaseSync(join(yard.home, 'yardmaster.db'), { timeout: 10_000, readOnly: true });
  try {
    return database
      .prepare('select state from tasks order by key')
      .all()
      .map(({ state }) => String(state));
  } finally {
    database.close();
  }
}
