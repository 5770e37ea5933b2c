// Reads the costs of subagents' sessions from OpenCode's own database. The bridge reports them live, but the process may
// end before a session's last figures are reported (seen under load); its row has them. Measured with 1.18.33.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fromUsd } from '../../core/money/usd.ts';
import { capped, type TranscriptEvent } from '../../core/transcript/transcript.ts';
import { numberIn, text, type Fields } from '../../lib/fields.ts';
import { parseJson } from '../../lib/json-line.ts';
import type { PlaceSite } from '../../ports/place-site.ts';
import { childModel } from './events.ts';

// When a session was resumed, sessions of earlier attempts are below it as well; they were counted then.
const query = `
  WITH RECURSIVE below(id) AS (
    SELECT id FROM session WHERE parent_id = ?
    UNION SELECT session.id FROM session JOIN below ON session.parent_id = below.id
  )
  SELECT session.* FROM session JOIN below ON session.id = below.id WHERE time_created >= ? ORDER BY time_created`;

/** `since`: when the worker was started, in milliseconds since the epoch. Without a database there are no children. */
export async function childSessions(given: {
  readonly site: PlaceSite;
  readonly session: string | null;
  readonly since: number;
}): Promise<readonly TranscriptEvent[]> {
  const { site, session, since } = given;
  if (session === null) return [];
  const file = join(site.taskFolder, 'opencode', 'data', 'opencode', 'opencode.db');
  return (await site.open(file, (here) => childrenIn({ file: here, session, since }))) ?? [];
}

function childrenIn(given: { readonly file: string; readonly session: string; readonly since: number }): readonly TranscriptEvent[] {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(given.file, { readOnly: true });
  } catch {
    return [];
  }
  try {
    return database.prepare(query).all(given.session, given.since).map(childEvent);
  } catch (error) {
    // The schema belongs to another version: the bridge's figures are used.
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
    if (value === null) throw new Error(`${name} of session ${session} is not a number`);
    return value;
  };
  const tokens = {
    input: figure('tokens_input'),
    output: capped(figure('tokens_output') + figure('tokens_reasoning')),
    cacheRead: figure('tokens_cache_read'),
    cacheWrite: figure('tokens_cache_write'),
  };
  const model = childModel(parseJson(text(row.model) ?? ''));
  return { type: 'child', session, tokens, cost: capped(fromUsd(figure('cost'))), ...model };
}
