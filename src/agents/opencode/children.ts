// What subagents' sessions have cost, from OpenCode's own database. The bridge tells it live, but a session's last
// figures may not be told before the process ends (seen under load); its row has them. Measured with 1.18.33.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { capped, type TranscriptEvent } from '../../core/transcript.ts';
import { numberIn, text, type Fields } from '../../lib/fields.ts';
import { parseJson } from '../../lib/json-line.ts';
import { childModel } from './events.ts';

// Sessions of earlier attempts hang below the same session when it was resumed; those were counted then.
const query = `
  WITH RECURSIVE below(id) AS (
    SELECT id FROM session WHERE parent_id = ?
    UNION SELECT session.id FROM session JOIN below ON session.parent_id = below.id
  )
  SELECT session.* FROM session JOIN below ON session.id = below.id WHERE time_created >= ? ORDER BY time_created`;

/** `since`: when the worker was started, milliseconds since the epoch. A database that is not there has no children. */
export function childSessions(given: {
  readonly taskFolder: string;
  readonly session: string | null;
  readonly since: number;
}): TranscriptEvent[] {
  if (given.session === null) return [];
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(join(given.taskFolder, 'opencode', 'data', 'opencode', 'opencode.db'), { readOnly: true });
  } catch {
    return [];
  }
  try {
    return database.prepare(query).all(given.session, given.since).map(childEvent);
  } catch (error) {
    // Another version's schema: the bridge's figures stand.
    return [{ type: 'noted', text: `subagents' costs cannot be read: ${error instanceof Error ? error.message : String(error)}` }];
  } finally {
    database.close();
  }
}

function childEvent(row: Fields): TranscriptEvent {
  const session = text(row.id);
  if (session === null) throw new Error('a session has no id');
  const figure = (name: string): number => {
    const value = numberIn(row[name], [0, 1e12]);
    if (value === null) throw new Error(`${name} of session ${session} is no figure`);
    return value;
  };
  const tokens = {
    input: figure('tokens_input'),
    output: capped(figure('tokens_output') + figure('tokens_reasoning')),
    cacheRead: figure('tokens_cache_read'),
    cacheWrite: figure('tokens_cache_write'),
  };
  const model = childModel(parseJson(text(row.model) ?? ''));
  return { type: 'child', session, tokens, cost: capped(Math.round(figure('cost') * 1e6)), ...model };
}
