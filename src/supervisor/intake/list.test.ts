// How intake applies a task list: its lines become tasks of the store, and unreadable content changes nothing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { todoSources } from '../../../test/support/phase-world.ts';
import { phaseStage, type PhaseStage } from '../phase-stage.samples.ts';
import type { World } from '../world.ts';

let repo = '';
let stage: PhaseStage;
let world: World;
beforeEach(async () => {
  repo = await mkdtemp(join(tmpdir(), 'yard-list-'));
  stage = await phaseStage({ worker: () => [{ hang: true }] });
  world = await stage.supervisor('reader', { sources: todoSources(), scope: { repo, batch: null, named: null } });
});
afterEach(() => rm(repo, { recursive: true }));

const write = (content: string | Uint8Array): Promise<void> => writeFile(join(repo, 'TODO.md'), content);
const tasks = () => stage.store.tasks({ repo });

test('a line with #auto-dispatch becomes a task with its words and tokens; one without it is left to people', async () => {
  await write('- [ ] t1 Fix the parser #auto-dispatch model:opus blocked-by:t2\n- [ ] t2 Think\n- [x] t3 Old #auto-dispatch\n');
  await stage.pulseOf(world, 'intake');
  expect(await tasks()).toMatchObject([
    { id: 't1', title: 'Fix the parser', state: 'queued', wanted: true, line: 'open', model: 'opus', blockedBy: ['t2'] },
  ]);
  await write('- [ ] t1 Fix the lexer #auto-dispatch\n');
  await stage.pulseOf(world, 'intake');
  expect(await tasks()).toMatchObject([{ id: 't1', title: 'Fix the lexer', model: null, blockedBy: [] }]);
});

test('a removed line keeps its task from starting, unless the task already runs', async () => {
  await write('- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch\n');
  await stage.pulseOf(world, 'intake');
  await stage.pulseOf({ ...world, concurrency: 1 }, 'dispatch');
  await write('');
  await stage.pulseOf(world, 'intake', 'dispatch');
  expect(await tasks()).toMatchObject([
    { id: 't1', state: 'running' },
    { id: 't2', state: 'queued', line: 'gone', attempts: 0 },
  ]);
});

test('a list that cannot be read is reported, changes no task, and is read as soon as it can be', async () => {
  await write('- [ ] t1 First #auto-dispatch\n');
  await stage.pulseOf(world, 'intake');
  const before = await tasks();
  await write(Uint8Array.of(0x2d, 0x20, 0xff, 0xfe, 0x00));
  await stage.pulseOf(world, 'intake');
  expect(await tasks()).toEqual(before);
  expect(stage.told.filter(({ type }) => type === 'warning')).toMatchObject([{ repo }]);
  await write('- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch\n');
  await stage.pulseOf(world, 'intake');
  expect((await tasks()).map(({ id }) => id)).toEqual(['t1', 't2']);
});
