// The program is updated while a supervisor of the version before is at work in the background. (A whole home of an older version, with
// tasks under way: update.full.test.ts. What of its worktrees is adopted, and how: src/repo/adopt.full.test.ts; its rows: src/store.)
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openYard } from '../support/yard.ts';

test('an older version’s `up` is ended by the newer version’s `down`; then the database is updated, and its copy is private', async () => {
  const yard = await openYard({ todo: '', actions: {} });
  await yard.run('init');
  const up = await yard.json<{ pid: number }>('up');
  const file = join(yard.home, 'yardmaster.db');
  const database = new DatabaseSync(file, { timeout: 10_000 });
  // As the version before left it.
  database.exec(`begin immediate; alter table tasks drop column ticks; delete from kysely_migration where name = '010-ticks'; commit`);
  database.close();
  const refused = await yard.run('status');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`(up, pid ${up.pid})`) });
  expect(refused.stderr).toContain('`yardmaster down` stops a supervisor in the background');
  expect((await yard.run('doctor')).stdout).toContain('an older version of Yardmaster is using the database');
  expect(await yard.run('down')).toMatchObject({ code: 0, stdout: 'the supervisor has ended\n' });
  expect(await yard.json('ls')).toEqual([]);
  expect(statSync(`${file}.before-010-ticks`).mode & 0o777).toBe(0o600);
});
