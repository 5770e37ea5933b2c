// `concurrency: auto` under real pressure: our program in a memory cgroup of its own, as in a container with a limit.
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ended, openYard, type Told, type Yard } from '../support/yard.ts';

/** Runs `yardmaster run` with no more memory than this to be had; null where no such group can be made. */
async function runWithin(yard: Yard, megabytes: number): Promise<string[] | null> {
  const group = join('/sys/fs/cgroup/memory', `yard-test-${randomUUID()}`);
  try {
    mkdirSync(group);
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(megabytes * 2 ** 20));
  } catch {
    return null;
  }
  onTestFinished(() => rmdirSync(group));
  const supervisor = yard.start('run', '--json');
  writeFileSync(join(group, 'cgroup.procs'), String(supervisor.pid));
  const { stdout } = await ended(supervisor);
  return stdout.trim().split('\n');
}

interface Event {
  readonly type: string;
  readonly stage?: string;
  readonly task?: string;
}

function mostAtOnce(lines: readonly string[]): number {
  const open = new Set<string>();
  let most = 0;
  for (const { type, stage, task } of lines.map((line) => JSON.parse(line) as Event)) {
    if (type !== 'attempt' || task === undefined) continue;
    if (stage === 'closed') open.delete(task);
    else open.add(task);
    most = Math.max(most, open.size);
  }
  return most;
}

test.for([
  // Half a gigabyte is kept free, OpenCode is expected to need 650 MB, and one is always admitted.
  [1200, 1],
  [2200, 2],
] as const)('with %i MB of memory at most %i workers run at once, and all tasks are done', async ([megabytes, most], { skip }) => {
  const ids = ['t1', 't2', 't3', 't4'];
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    actions: Object.fromEntries(ids.map((id) => [id, [[{ commit: { file: id, content: 'x\n', message: 'the work' } }]]])),
    config: { supervisor: { concurrency: 'auto', pollMs: 50 } },
  });
  const lines = await runWithin(yard, megabytes);
  if (lines === null) return skip('a memory cgroup (version 1) cannot be made here: it takes Linux and root');
  expect(mostAtOnce(lines)).toBe(most);
  expect((await yard.json<Told[]>('ls')).map(({ state }) => state)).toEqual(ids.map(() => 'done'));
});
