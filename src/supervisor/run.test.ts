// When a supervisor may end: work that was delivered during an earlier edit of the list is finished first. The costs of
// earlier runs do not count in its sum.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { phaseWorld, todoSources } from '../../test/support/phase-world.ts';
import { claimBy, closeAs, request } from '../ports/store.samples.ts';
import type { Store } from '../ports/store.ts';
import { openStore } from '../store/open.ts';
import { run } from './run.ts';

test('it does not end before work that was delivered during an edit of the list is ticked as well', async () => {
  const repo = await mkdtemp(join(tmpdir(), 'yard-run-'));
  await writeFile(join(repo, 'TODO.md'), '- [ ] t1 Title of t1 #auto-dispatch\n');
  const never = new AbortController().signal;
  const opened = await openStore({ file: ':memory:' });
  await opened.putTask({ repo, task: request('t1'), at: 1 });
  const task = (await opened.task({ repo, id: 't1' }))!;
  const claim = await claimBy(opened, { taskKey: task.key });
  if (!claim.claimed) throw new Error(claim.why);
  // Its worker ended before this supervisor began, at 900.
  await closeAs(opened, { lease: claim.lease, to: 'delivered' });
  // The edit that began before the task was delivered ends after the pulse has read the delivered tasks.
  let end: () => void = () => {};
  const tasks: Store['tasks'] = async (filter) => {
    if (filter.states?.includes('queued') === true && looked) end();
    if (filter.states?.includes('delivered') === true) looked = true;
    return opened.tasks(filter);
  };
  let looked = false;
  const clock = {
    now: () => 1000,
    lease: () => ({ boot: '', ms: 0, wall: 0 }),
    sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)),
    id: randomUUID,
  };
  const world = await phaseWorld({ store: { ...opened, tasks }, clock, holder: 'me', emit: () => {}, places: [], sources: todoSources() });
  world.memory.touched.add(task.key);
  world.memory.inflight.start(`finish ${repo}`, () => new Promise((resolve) => (end = resolve)));
  const waker = { woken: () => new Promise<void>((resolve) => void setImmediate(resolve)), taken: () => true };
  const { counts, costUsd } = await run(world, { until: 'done', pollMs: 1, drain: never, stop: never, waker });
  expect(counts).toMatchObject({ delivered: 0 });
  expect(costUsd).toBe(0);
  expect((await opened.taskByKey(task.key))?.state).toBe('done');
  expect(await readFile(join(repo, 'TODO.md'), 'utf8')).toMatch(/^- \[x\] t1 /);
  await rm(repo, { recursive: true });
});
