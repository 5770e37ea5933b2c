import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { localSite } from '../../places/local/site.ts';
import type { PlaceSite } from '../../ports/place-site.ts';
import { childSessions } from './children.ts';

const siteAt = (taskFolder: string): PlaceSite => localSite({ checkout: taskFolder, taskFolder, privateFolder: taskFolder, env: {} });

/** The site of a task whose database was changed by this SQL. */
function siteWith(sql: string): PlaceSite {
  const folder = mkdtempSync(join(tmpdir(), 'yard-children-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'opencode/data/opencode'), { recursive: true });
  const database = new DatabaseSync(join(folder, 'opencode/data/opencode/opencode.db'));
  database.exec(sql);
  database.close();
  return siteAt(folder);
}

const table =
  'create table session (id text, parent_id text, cost real, tokens_input int, tokens_output int, tokens_reasoning int, tokens_cache_read int, tokens_cache_write int, time_created int, model text);';

test('children at any depth, since the worker was started', async () => {
  const rows = [
    "('main', null, 1, 9, 9, 9, 9, 9, 100, null)",
    "('old', 'main', 1, 9, 9, 9, 9, 9, 100, null)",
    `('child', 'main', 0.0045, 1000, 100, 20, 3, 4, 200, '{"id":"small","providerID":"acme","variant":"default"}')`,
    "('grandchild', 'child', 0.5, 1, 2, 0, 0, 0, 300, 'small')",
    "('stranger', 'other', 1, 9, 9, 9, 9, 9, 300, null)",
  ];
  const site = siteWith(`${table} insert into session values ${rows.join(', ')}`);
  expect(await childSessions({ site, session: 'main', since: 150 })).toEqual([
    { type: 'child', session: 'child', cost: 4500, tokens: { input: 1000, output: 120, cacheRead: 3, cacheWrite: 4 }, model: 'acme/small' },
    { type: 'child', session: 'grandchild', cost: 500_000, tokens: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 } },
  ]);
  expect(await childSessions({ site, session: null, since: 0 })).toEqual([]);
});

test('no database, no children; another schema is noted', async () => {
  expect(await childSessions({ site: siteAt('/nowhere'), session: 'main', since: 0 })).toEqual([]);
  const site = siteWith('create table session (id text)');
  expect(await childSessions({ site, session: 'main', since: 0 })).toEqual([
    { type: 'noted', text: expect.stringContaining('no such column') },
  ]);
});

test('figures of another kind are noted, and none of them is believed', async () => {
  const site = siteWith(`${table} insert into session values ('child', 'main', 1, 'many', 9, 9, 9, 9, 100, null)`);
  expect(await childSessions({ site, session: 'main', since: 0 })).toEqual([
    { type: 'noted', text: expect.stringContaining('tokens_input of session child is not a number') },
  ]);
});
