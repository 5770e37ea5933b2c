// Kills the supervisor with -9 at every pause point of pull requests, one after the other, in one yard at the stage of a
// forge: nothing is opened, said or merged twice, nothing is merged that we did not push, and every task ends.
import { expect, test } from 'vitest';
import type { PausePoint } from '../../src/supervisor/pause-points.ts';
import { pullPoints } from '../../src/supervisor/pause-points.ts';
import { repository } from '../support/forge-yard.ts';
import { ended, type Told } from '../support/yard.ts';
import { brokenInvariants } from './invariants.ts';
import { ids, mergedTasks, review } from './merged-tasks.ts';

test('a supervisor that is killed at any pause point of a pull request is continued by the next one, which repeats nothing', async () => {
  const tasks = await mergedTasks();
  const { yard, forge } = tasks;
  const killed: string[] = [];
  const killAt = async (point: PausePoint): Promise<void> => {
    const { signal } = await ended(
      yard.startWith({ YARDMASTER_PAUSE: `${point}:SIGKILL` }, 'run', '--concurrency', '3', '--until', 'done'),
    );
    if (signal === 'SIGKILL') killed.push(point);
  };
  for (const point of ['pull-opened', 'rerun-recorded', 'answer-asked'] as const) await killAt(point);

  await yard.run('run', '--until', 'idle');
  const ada = forge.as('ada');
  ada.review(tasks.at('t3'), { state: 'CHANGES_REQUESTED', body: '', remarks: [{ path: 't3.txt', line: 1, body: review }] });
  await killAt('item-answered');

  // The base moves, so that its strict rule demands an update before the merge.
  ada.push({ repository, branch: 'main', files: { 'other.txt': 'x\n' } });
  ada.approve(tasks.at('t3'));
  tasks.release('t3');
  for (const point of ['update-pushed', 'merge-asked', 'verified'] as const) await killAt(point);

  ada.editPull(tasks.at('t5'), { base: tasks.branch('t4') });
  await yard.run('run', '--until', 'idle');
  for (const id of ['t4', 't5'] as const) tasks.release(id);
  for (const point of ['stack-recorded', 'retargeted'] as const) await killAt(point);
  expect(killed.toSorted()).toEqual([...pullPoints].toSorted());

  await yard.run('run', '--until', 'done');
  await yard.run('reap');
  expect((await yard.json<Told[]>('ls')).map(({ id, state, reason }) => [id, state === 'done' ? state : reason])).toEqual(
    ids.map((id) => [id, 'done']),
  );
  expect(forge.repository(repository).items.size).toBe(ids.length);
  const merges = forge.requests().filter(({ method, path }) => method === 'PUT' && path.endsWith('/merge'));
  expect(merges.map(({ body }) => (body as { sha: string }).sha).filter((sha) => !tasks.pushed.has(sha))).toEqual([]);
  for (const id of ids) {
    const pull = forge.pull(repository, tasks.at(id).number);
    expect([id, pull.base, pull.merged?.commit]).toEqual([id, 'main', expect.any(String)]);
    const said = [...pull.comments, ...pull.threads.flatMap(({ comments }) => comments)].filter(({ author }) => author === 'robot');
    expect(said).toHaveLength(id === 't3' ? 1 : 0);
  }
  const files = forge.repository(repository).bare.git(['ls-tree', '--name-only', 'main']).split('\n');
  for (const id of ids) expect(files).toContain(`${id}.txt`);
  // The stage is in this process, which a git of the test's own blocks.
  yard.git('remote', 'set-url', 'origin', forge.repository(repository).bare.path);
  expect(await brokenInvariants(yard, { merged: true })).toEqual([]);
});
