// A disk that is full when a worker ends, so that its status cannot be written: it is waited for, no work is done twice,
// and the program ends when it is told to.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { atWork, eventsOf } from '../support/events-of.ts';
import { fill, mount, noOwnDisk } from '../support/small-disk.ts';
import { until } from '../support/wait-until.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const work = { commit: { file: 't1', content: 'x\n', message: 'the work' } };
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');

async function open(...options: string[]): Promise<{ yard: Yard; isMounted: boolean }> {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[work, { say: 'at work' }, { waitFor: { file: 'go' } }]] },
    config: { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 0.1, graceSeconds: 1 } },
  });
  return { yard, isMounted: mount(yard.home, '-t', 'tmpfs', '-o', options.join(','), 'none') };
}

/** Takes all names of files that are left on the folder's disk, where what is written into others has room; answers what gives them back. */
function fillNames(folder: string): () => void {
  const made: string[] = [];
  try {
    for (;;) {
      const file = join(folder, `name-${made.length}`);
      writeFileSync(file, '');
      made.push(file);
    }
  } catch {
    return () => made.forEach((file) => rmSync(file));
  }
}

/** The agent has ended, and who started it lets some time pass. */
function isWaiting(wrapper: number): boolean {
  try {
    const child = readFileSync(`/proc/${wrapper}/task/${wrapper}/children`, 'utf8').trim();
    return child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8') === 'sleep\n';
  } catch {
    // One of them has ended meanwhile.
    return false;
  }
}

test('the work of a worker whose exit status could not be written is delivered once there is room', async ({ skip }) => {
  const { yard, isMounted } = await open('size=64m', 'nr_inodes=2000');
  skip(!isMounted || process.platform !== 'linux', noOwnDisk);
  await yard.run('import');
  const supervisor = yard.start('run', '--json');
  const run = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  const told = await yard.json<{ attempts: readonly { pid: number }[] }>('show', 't1');
  const wrapper = told.attempts[0]?.pid ?? 0;
  const free = fillNames(yard.home);
  letGo(yard);
  await until(() => isWaiting(wrapper) || !existsSync(`/proc/${wrapper}`));
  free();
  expect(await run).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work', exitCode: 0 }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('TERM ends a supervisor that can store nothing any more, and the next one continues its workers', async ({ skip }) => {
  const { yard, isMounted } = await open('size=24m');
  skip(!isMounted, noOwnDisk);
  await yard.run('import');
  const supervisor = yard.start('run', '--json');
  const run = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  const free = fill(yard.home);
  supervisor.kill('SIGTERM');
  expect(await run).toMatchObject({ code: 1, stderr: expect.stringMatching(/its disk is full\n {2}→ free some space there[^\n]*\n$/) });
  free();
  letGo(yard);
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});
