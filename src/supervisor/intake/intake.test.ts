// What intake reads from TODO.md, what happens to a line whose id belongs to a task from elsewhere, and what ticks mean
// while others write the list.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { phaseWorld, todoSources } from '../../../test/support/phase-world.ts';
import { claimBy, closeAs, request } from '../../ports/store.samples.ts';
import type { Store } from '../../ports/store.ts';
import { openStore } from '../../store/open.ts';
import type { SupervisorEvent } from '../events.ts';
import { intake } from './intake.ts';
import type { World } from '../world.ts';
import { because } from '../../core/core.samples.ts';

let repo = '';
let store: Store;
let world: World;
let told: SupervisorEvent[] = [];

beforeEach(async () => {
  [repo, told] = [await mkdtemp(join(tmpdir(), 'yard-intake-')), []];
  store = await openStore({ file: ':memory:' });
  const clock = { now: () => 5, lease: () => ({ boot: '', ms: 0, wall: 0 }), sleep: async () => {}, id: () => 'id' };
  world = await phaseWorld({ store, clock, holder: 'me', emit: (event) => void told.push(event), places: [], sources: todoSources() });
  world = { ...world, scope: { ...world.scope, repo } };
});
afterEach(() => rm(repo, { recursive: true }));

const add = (title: string) =>
  store.addTask({ repo, task: { ...request('', { line: 'none', title }), id: null }, taken: [], prefix: 't', at: 1 });

async function finished(key: number): Promise<void> {
  const claim = await claimBy(store, { taskKey: key });
  if (claim.claimed) await closeAs(store, { lease: claim.lease, to: 'delivered' });
  await store.moveTask({ key, from: ['delivered'], to: 'done', reason: because(''), at: 2 });
}

test.each(['', ' #auto-dispatch'])('is reported with both titles, and changes nothing%s', async (mark) => {
  const waits = await add('A');
  const works = await add('Before');
  await finished(works!.key);
  const before = await store.tasks({});
  await writeFile(join(repo, 'TODO.md'), `- [ ] t1 B${mark}\n- [ ] t2 After${mark}\n- [ ] t3 C #auto-dispatch\n`);
  expect(await intake(world)).toBe('1 task added or updated');
  expect(await store.tasks({})).toEqual([...before, expect.objectContaining({ id: 't3', title: 'C' })]);
  const path = join(repo, 'TODO.md');
  expect(told).toEqual([
    expect.objectContaining({
      type: 'warning',
      code: 'todo',
      message: `${path}:1: the line "B" is not read as a task: t1 is the id of another task, "A", which did not come from this list`,
      hint: expect.stringContaining('another id'),
    }),
    expect.objectContaining({ message: expect.stringMatching(/TODO\.md:2: .*"After".*t2.*"Before"/) }),
  ]);
  // With the same title it is the same task, and from now on the list owns it.
  await writeFile(path, `- [ ] t1 A #urgent${mark}\n- [ ] t4 B #auto-dispatch\n`);
  await intake(world);
  expect(told).toHaveLength(2);
  expect(await store.task({ repo, id: 't1' })).toMatchObject({ key: waits!.key, line: 'open', tags: expect.arrayContaining(['urgent']) });
  expect(await store.task({ repo, id: 't4' })).toMatchObject({ title: 'B' });
});

test('is not the line of a task that a schedule repeats: that line may be written again', async () => {
  const path = join(repo, 'TODO.md');
  await writeFile(path, '- [ ] t1 A #auto-dispatch\n');
  await intake(world);
  const task = await store.task({ repo, id: 't1' });
  await finished(task!.key);
  await store.putSchedule({ repo, cron: '* * * * *', target: { kind: 'task', name: 't1' }, nextAt: 3, at: 2 });
  await writeFile(path, '- [x] t1 A #auto-dispatch\n');
  await intake(world);
  expect(await store.task({ repo, id: 't1' })).toMatchObject({ state: 'queued', line: 'ticked' });
  await writeFile(path, '- [ ] t1 A, and better #auto-dispatch\n');
  await intake(world);
  expect(await store.task({ repo, id: 't1' })).toMatchObject({ title: 'A, and better', line: 'open' });
  expect(told.filter(({ type }) => type === 'warning')).toEqual([]);
});

test('a schedule whose next time was computed while the clock was ahead gets the right one', async () => {
  const [minute, days] = [60_000, 864e6];
  const target = { kind: 'task', name: 't1' } as const;
  await add('A');
  await store.putSchedule({ repo, cron: '* * * * *', target, nextAt: days, at: days - 1 });
  await store.putSchedule({ repo, cron: '* * * * *', target, nextAt: days, at: 1 });
  const fired = await store.putSchedule({ repo, cron: '* * * * *', target, nextAt: 3 * minute, at: 1 });
  await store.fireSchedule({ id: fired, from: 3 * minute, nextAt: days, at: 3 * minute, missed: 0 });
  await intake(world);
  expect((await store.schedules()).map(({ nextAt, lastAt }) => [nextAt, lastAt])).toEqual([
    [minute, null],
    [days, null],
    [minute, 3 * minute],
  ]);
  expect(world.memory.nextSchedule).toBe(minute);
  expect(await store.task({ repo, id: 't1' })).toMatchObject({ state: 'queued', wanted: false });
});

test('the body of a task is its brief, and then what is indented below its line', async () => {
  await mkdir(join(repo, 'todo', 'tasks'), { recursive: true });
  await writeFile(join(repo, 'todo', 'tasks', 't2-brief.md'), '# Brief\n');
  const below = '  goes on #auto-dispatch\n  - [ ] a step\n    ```\n      code\n    ```\n';
  await writeFile(join(repo, 'TODO.md'), `- [ ] t1 A\n${below}- [ ] t2 B\n${below}- [ ] t3 C #auto-dispatch\n`);
  await intake(world);
  const body = 'goes on #auto-dispatch\n- [ ] a step\n  ```\n    code\n  ```';
  expect((await store.tasks({})).map((task) => [task.id, task.body])).toEqual([
    ['t1', body],
    ['t2', `# Brief\n\n${body}`],
    ['t3', null],
  ]);
  expect(told).toEqual([]);
});

test('the ticks of a list that changed while the store was read have no effect', async () => {
  const path = join(repo, 'TODO.md');
  await writeFile(path, '- [ ] t1 A #auto-dispatch\n');
  await intake(world);
  await writeFile(path, '- [x] t1 A #auto-dispatch\n');
  // As in a reset, a supervisor opens the line right after another one has read it.
  const tasks: Store['tasks'] = async (filter) => {
    await writeFile(path, '- [ ] t1 A #auto-dispatch\n');
    return store.tasks(filter);
  };
  await intake({ ...world, store: { ...store, tasks } });
  expect(await store.task({ repo, id: 't1' })).toMatchObject({ state: 'queued' });
  await writeFile(path, '- [x] t1 A #auto-dispatch\n');
  expect(await intake(world)).toBe('1 task added or updated');
  expect(await store.task({ repo, id: 't1' })).toMatchObject({
    state: 'cancelled',
    line: 'closed',
    reason: { code: 'ticked' },
  });
});

const large = `  ${'x'.repeat((256 << 10) + 1)}\n`;

test.each([
  ['the text below it is too long', `- [ ] t1 A #auto-dispatch\n${large}`],
  ['its checkbox is wrong', '- [?] t1 A #auto-dispatch\n'],
  ['its checkbox is gone', '- t1 A #auto-dispatch\n'],
  ['its id has something behind it', '- [ ] t1: A #auto-dispatch\n'],
  ['its id has marks around it', '- [ ] **t1** A #auto-dispatch\n'],
  ['a code fence above it is not closed', '```\n- [ ] t1 A #auto-dispatch\n'],
])('a line that cannot be read, because %s, is told; its task waits as it was, and goes on once it can be read', async (_, text) => {
  const path = join(repo, 'TODO.md');
  const good = '- [ ] t1 A #auto-dispatch\n  as it was\n';
  await writeFile(path, good);
  await intake(world);
  const before = await store.task({ repo, id: 't1' });
  await writeFile(path, text);
  await intake(world);
  expect(await store.task({ repo, id: 't1' })).toEqual({ ...before, line: 'unread', updatedAt: expect.any(Number) });
  expect(told).toEqual([expect.objectContaining({ type: 'warning', code: 'todo', message: expect.stringContaining(`${path}:1: `) })]);
  await writeFile(path, `\n${good}`);
  await intake(world);
  expect(await store.task({ repo, id: 't1' })).toEqual({ ...before, updatedAt: expect.any(Number) });
});

test('a line that could not be read has an effect once it is corrected and ticked, or removed', async () => {
  const path = join(repo, 'TODO.md');
  await writeFile(path, '- [ ] t1 A #auto-dispatch\n- [ ] t2 B #auto-dispatch\n');
  await intake(world);
  await writeFile(path, '- [?] t1 A #auto-dispatch\n- [?] t2 B #auto-dispatch\n');
  await intake(world);
  await writeFile(path, '- [x] t1 A #auto-dispatch\n');
  await intake(world);
  expect(await store.task({ repo, id: 't1' })).toMatchObject({ state: 'cancelled', line: 'closed' });
  expect(await store.task({ repo, id: 't2' })).toMatchObject({ state: 'queued', line: 'gone' });
});

test('a list that was away, and of which one task could not be stored, is read again when it is back with the same mark', async () => {
  let text: string | null = '- [ ] t1 A #auto-dispatch\n- [ ] t2 B #auto-dispatch\n';
  const sources = todoSources({ mark: () => text, read: async () => (text === null ? null : { text, mark: text }) });
  const lines = async () => (await store.tasks({})).map(({ line }) => line);
  await intake({ ...world, sources });
  const there = text;
  text = null;
  const putTask: Store['putTask'] = async (put) => {
    if (put.task.id === 't2') throw new Error('the disk is full');
    return store.putTask(put);
  };
  await intake({ ...world, sources, store: { ...store, putTask } });
  expect([await lines(), told.map((event) => event.type)]).toEqual([['gone', 'open'], ['warning']]);
  text = there;
  await intake({ ...world, sources });
  expect(await lines()).toEqual(['open', 'open']);
});
