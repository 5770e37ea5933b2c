// The program is updated while tasks of the version before are under way in linked worktrees: each is finished there or
// saved, what comes later works in sites, and of the person's repository nothing is changed.
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { becomes, eventsOf } from '../support/events-of.ts';
import { needsLinux } from '../support/skip-without.ts';
import { oldHome, oldIds, oldTodo } from '../support/old-home.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

needsLinux('workers are looked for in /proc');

const later = (id: string): Action[] => [{ commit: { file: `${id}-later.txt`, content: 'x\n', message: `later work of ${id}` } }];

function openAttempts(yard: Yard): unknown {
  const database = new DatabaseSync(join(yard.home, 'yardmaster.db'), { readOnly: true });
  const rows = database.prepare(`select * from attempts where state <> 'closed' order by id`).all();
  database.close();
  return rows.map((row) => ({ ...row, lease_until: 'renewed' }));
}

/** What of the person's must stay as it is. Branches of tasks come and go, and are looked at as commits. */
function persons(yard: Yard): unknown {
  const git = join(yard.repo, '.git');
  return {
    files: ['config', 'HEAD', 'index', 'info/exclude'].map((name) => readFileSync(join(git, name), 'latin1')),
    hooks: readdirSync(join(git, 'hooks')),
    main: yard.git('rev-parse', 'main', 'topic', 'stash@{0}'),
  };
}

const isLinked = (path: string): boolean => lstatSync(join(path, '.git')).isFile();

test('a home of version 95ac52a with open, blocked and delivered tasks is updated, and its tasks are finished', async () => {
  const yard = await openYard({
    todo: oldTodo,
    actions: {
      ...Object.fromEntries(oldIds.map((id) => [id, [later(id)]])),
      t12: [[{ edit: { file: 'README.md', content: 'resolved, and not staged\n' } }], later('t12')],
    },
    config: { worker: { pidNamespace: 'off', maxRetries: 0, backoffSeconds: 0.2 } },
  });
  yard.git('branch', 'topic');
  yard.write(join(yard.repo, 'README.md'), 'stashed\n');
  yard.git('stash', '--quiet');
  const old = oldHome(yard, (child) => onTestFinished(() => void child.kill('SIGKILL')));
  yard.writeTodo(
    oldTodo.replace('- [ ] t6 Task t6 #auto-dispatch', '- [x] t6 Task t6 #auto-dispatch branch:yard/t6-task-t6 completed:2026-11-28'),
  );
  const before = persons(yard);
  const at = (id: string): string => old.worktrees[id] ?? '';

  // The old supervisor was not stopped: nothing is touched, whatever is asked for.
  const held = openAttempts(yard);
  expect(held).toHaveLength(4);
  for (const command of ['run', 'ls', 'cancel t7']) {
    const refused = await yard.run(...command.split(' '));
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/an older version of Yardmaster is using the database .*\(run, pid \d+/),
    });
  }
  expect(openAttempts(yard)).toEqual(held);
  expect(['t1', 't2', 't3', 't10'].map((id) => isLinked(at(id)))).toEqual([true, true, true, true]);
  await old.endOld();
  expect(readdirSync(yard.home).filter((name) => name.includes('before'))).toEqual([]);

  // What its rows said of branches, checkouts and what was delivered is in the records.
  const base = yard.git('rev-parse', 'main');
  const line = (id: string) => ({ branch: `yard/${id}-task-${id}`, base, pullRequest: null, merged: null, verified: null });
  for (const id of ['t1', 't4', 't7'])
    expect(await yard.json('show', id)).toMatchObject({ worktree: at(id), delivery: { ...line(id), commit: null }, evidence: null });
  for (const id of ['t5', 't6']) {
    const commit = yard.git('rev-parse', `yard/${id}-task-${id}`);
    const evidence = `branch yard/${id}-task-${id} at ${commit.slice(0, 12)}, pushed to origin`;
    expect(await yard.json('show', id)).toMatchObject({ worktree: at(id), delivery: { ...line(id), commit }, evidence });
  }
  expect(await yard.json('show', 't10')).toMatchObject({ worktree: null, branch: null, base: null, delivery: null });

  // Its workers are waited for: what has ended is settled, what is at work is left alone until it has ended.
  const run = yard.start('run', '--json');
  const told = eventsOf(run);
  const end = ended(run);
  for (const id of ['t2', 't3', 't5', 't10']) await told(becomes(id, 'done'));
  expect(isLinked(at('t1'))).toBe(true);
  expect(strays(yard.home)).not.toEqual([]);
  old.goOn();
  await told(becomes('t1', 'done'));
  await end;
  const states = async (): Promise<unknown> =>
    Object.fromEntries((await yard.json<Told[]>('ls')).map(({ id, state, attempts }) => [id, `${state} ${attempts}`]));
  expect(await states()).toEqual({
    ...{ t1: 'done 1', t2: 'done 1', t3: 'done 2', t5: 'done 1', t6: 'done 1', t7: 'done 2', t10: 'done 2' },
    ...{ t4: 'blocked 1', t8: 'failed 1', t9: 'failed 1', t12: 'failed 1' },
  });

  // What waited for a person goes on as well, in what was there where that can be worked in.
  for (const id of ['t4', 't8', 't9', 't12']) expect((await yard.run('retry', id)).code).toBe(0);
  await yard.run('run');
  const unmerged = (await yard.json<Told[]>('ls')).find(({ id }) => id === 't12');
  expect(unmerged).toMatchObject({ verdict: 'leftovers', reason: expect.stringContaining('unresolved conflicts in README.md') });
  expect(readFileSync(join(at('t12'), 'README.md'), 'utf8')).toBe('resolved, and not staged\n');
  expect((await yard.run('reset', 't12')).code).toBe(0);
  const last = await yard.run('run');
  expect(last, last.stdout + last.stderr).toMatchObject({ code: 0 });
  expect(await states()).toEqual({
    ...Object.fromEntries(oldIds.map((id) => [id, ['t1', 't2', 't5', 't6'].includes(id) ? 'done 1' : 'done 2'])),
    t12: expect.stringMatching(/^done /),
  });
  const worked = yard.attempts().filter(({ task, cwd }) => cwd === at(task));
  expect(worked.map(({ task, attempt }) => `${task} ${attempt}`)).toEqual(['t3 1', 't4 1', 't7 1', 't12 1']);

  expect(persons(yard)).toEqual(before);
  expect(existsSync(join(yard.repo, '.git/worktrees'))).toBe(false);
  expect([readdirSync(join(yard.home, 'worktrees')), readdirSync(join(yard.home, 'readers'))]).toEqual([[], []]);
  expect([strays(yard.home), yard.git('fsck', '--no-dangling', '--no-progress')]).toEqual([[], '']);
  yard.git('fetch', '--quiet', 'origin');
  yard.git('reflog', 'expire', '--expire=now', '--all');
  const kept = new Set(yard.git('rev-list', '--objects', '--no-object-names', '--remotes', '--glob=refs/yardmaster/preserved').split('\n'));
  expect([...old.commits, ...old.files].filter((id) => !kept.has(id))).toEqual([]);
});
