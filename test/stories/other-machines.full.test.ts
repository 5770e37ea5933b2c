// Whose worker it is to judge: what another machine holds is left alone, and what an older version left is taken over.
// `npm test` shows it in process (src/supervisor/watch/unreachable.test.ts).
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, eventsOf } from '../support/events-of.ts';
import { needsLinux } from '../support/skip-without.ts';
import { openYard, strays, type Told, type Yard } from '../support/yard.ts';

const commit: Action = { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } };

needsLinux('workers are looked for in /proc');

interface Stored {
  readonly launch: string;
  readonly holder: string;
  readonly host: string;
}

/** A yard whose supervisor was killed while the worker of t1 is at work; the worker goes on once there is a file `go`. */
async function abandoned(todo = '- [ ] t1 Go on #auto-dispatch\n'): Promise<Yard> {
  const yard = await openYard({
    todo,
    actions: { t1: [[{ say: 'at work' }, { waitFor: { file: 'go' } }, commit]], t2: [[commit]] },
  });
  const first = yard.start('run', '--json', '--task', 't1');
  await eventsOf(first)(atWork('t1'));
  first.kill('SIGKILL');
  await once(first, 'exit');
  return yard;
}

function change(yard: Yard, how: (database: DatabaseSync, stored: Stored) => void): void {
  const database = new DatabaseSync(join(yard.home, 'yardmaster.db'));
  const stored = database.prepare(`select launch, holder, host from attempts where state <> 'closed'`).get();
  how(database, stored as unknown as Stored);
  database.close();
}

const move = (yard: Yard, to: string): void =>
  change(yard, (database, { launch }) => {
    const moved = JSON.stringify({ ...(JSON.parse(launch) as object), host: to });
    database.prepare(`update attempts set host = ?, launch = ?, lease_until = 0 where state <> 'closed'`).run(to, moved);
  });

test('a worker on another machine is left alone and reported once; a supervisor on its machine takes it over', async () => {
  const yard = await abandoned('- [ ] t1 Go on #auto-dispatch\n- [ ] t2 Meanwhile #auto-dispatch\n');
  let here = '';
  change(yard, (_, { host }) => (here = host));
  expect(here).toContain(hostname());
  move(yard, 'box#0123456789ab');
  const { code, stdout, stderr } = await yard.run('run', '--json');
  expect(code, stderr).toBe(0);
  const told = stdout.split('\n').filter((line) => line.includes('place-unreachable'));
  expect(told).toHaveLength(1);
  expect(JSON.parse(told[0] ?? '')).toMatchObject({ type: 'warning', task: 't1', message: expect.stringContaining('box#0123456789ab') });
  expect((await yard.json<Told[]>('ls')).map(({ state, attempts }) => [state, attempts])).toEqual([
    ['running', 1],
    ['done', 1],
  ]);
  expect(strays(yard.home).length).toBeGreaterThan(0);
  expect(await yard.json('show', 't1')).toMatchObject({
    attempts: [{ host: 'box#0123456789ab', pid: null, transcript: null, verdict: null }],
  });
  expect((await yard.run('explain', 't1')).stdout).toContain('on the host box#0123456789ab, which cannot be reached from here');
  expect(await yard.run('cancel', 't1', '--json')).toMatchObject({ code: 1, stderr: expect.stringContaining('it was not ended') });
  change(yard, (database) => database.exec(`update attempts set stop = null where state <> 'closed'`));

  move(yard, here);
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    attempts: [{ host: here, verdict: 'work', pid: expect.any(Number) }],
  });
  expect(strays(yard.home)).toEqual([]);
});

/** Into the task's row, where they stood before 013. */
function putRecordsBack(database: DatabaseSync): void {
  const columns = { branch: 'deliveries', base: 'deliveries', delivered_commit: 'deliveries', evidence: 'deliveries', worktree: 'sites' };
  for (const [column, table] of Object.entries(columns)) {
    const known = column === 'worktree' ? 'checkout' : column;
    database.exec(`alter table tasks add column ${column} text`);
    database.exec(`update tasks set ${column} = (select ${known} from ${table} where task_key = key)`);
  }
  database.exec('drop table sites; drop table deliveries');
  database.exec('create index tasks_with_worktree on tasks (state, repo) where worktree is not null');
}

test('an open attempt of a database without stored hosts is taken over, and its work arrives', async () => {
  const yard = await abandoned();
  change(yard, (database, { launch, holder }) => {
    const { ref, host: _, ...rest } = JSON.parse(launch) as { ref: object; host: string };
    const [, ...process] = holder.split('|');
    database
      .prepare('update attempts set launch = ?, holder = ?')
      .run(JSON.stringify({ ...rest, ...ref }), [hostname(), ...process].join('|'));
    putRecordsBack(database);
    database.exec('drop table feed; drop table remembered_issues');
    for (const column of ['answer', 'host', 'lease_boot', 'lease_boot_until', 'lease_fence'])
      database.exec(`alter table attempts drop column ${column}`);
    database.exec('alter table tasks drop column ticks');
    database.exec('alter table tasks add column pr_url text');
    database.exec('alter table attempts add column err_offset bigint not null default 0');
    database.exec(`delete from kysely_migration where name >= '008'`);
  });
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    attempts: [{ host: null, verdict: 'work', pid: expect.any(Number), transcript: expect.stringMatching(/stdout$/) }],
  });
  expect(strays(yard.home)).toEqual([]);
});
