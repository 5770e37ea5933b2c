// A worker leaves behind what is waited for without end: pipes in the place of files that git reads, a filter that
// hangs. Whatever is asked of the supervisor then (to cancel, to stop, to end by itself) does not wait for them.
// `npm test` shows the bounds of each call (src/repo/git-bounds.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { draining, eventsOf } from '../support/events-of.ts';
import { gitFolders } from '../support/git-folders.ts';
import { needsLinux } from '../support/skip-without.ts';
import { kill, oddSeconds, sleeping, workingBelow } from '../support/sleepers.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

needsLinux('who still works is looked up in /proc');

const must = (run: string): Action => ({ run, must: true });
const commit = (id: string): Action => ({ commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } });
const pipe = (path: string): string => `rm -f "${path}"; mkfifo "${path}"`;

/** By task; the last of its own git is behind it. */
const attacks = (seconds: number): Readonly<Record<string, string>> => ({
  t1: pipe('.gitignore'),
  t2: pipe('.gitattributes'),
  t3: pipe('src/.gitignore'),
  t4: pipe('README.md'),
  t5: pipe('$info/attributes'),
  t6: pipe('$own/index'),
  t7: pipe('$own/HEAD'),
  t8: pipe('$own/config.worktree'),
  t9: `git config filter.slow.clean "sleep ${seconds}"; git config filter.slow.required true; echo "* filter=slow" >"$info/attributes"; echo x >>README.md`,
  t10: `git config core.fsmonitor "sleep ${seconds}"; git config extensions.worktreeConfig true; ${pipe('$own/packed-refs')}`,
  t11: pipe('$common/config'),
});

/**
 * Five minutes are enough on the busiest machine: a git of ours that waits for one of these is ended after ten. Null
 * where it came in time; else who is still at work.
 */
async function heldBy<T>(yard: Yard, what: Promise<T>): Promise<string[] | null> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 300_000).unref());
  return (await Promise.race([what.then(() => 'in time'), late])) === 'late' ? workingBelow(yard.home) : null;
}

/** Some, so that none of today's is kept from its settling by another: each of these holds its own. */
const some = ['t1', 't2', 't4', 't9'] as const;

async function hostile(only: readonly string[] | null): Promise<{ yard: Yard; ids: readonly string[]; seconds: number }> {
  const seconds = oddSeconds();
  const words = attacks(seconds);
  const ids = only ?? Object.keys(words);
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    files: { 'src/app.txt': 'one\n' },
    actions: Object.fromEntries(
      ids.map((id) => [id, [[{ say: 'at work' }, commit(id), must(`${gitFolders}\nmkdir -p "$info"\n${words[id]}`)], [{ say: 'Done.' }]]]),
    ),
    config: { worker: { graceSeconds: 1, backoffSeconds: 600 } },
  });
  // A git that waits has no marker of ours, and would outlive a test that failed.
  onTestFinished(() => workingBelow(yard.root).forEach((one) => kill(Number.parseInt(one, 10))));
  return { yard, ids, seconds };
}

const nothingLeft = (given: { yard: Yard; seconds: number }): unknown[] => [
  strays(given.yard.home),
  sleeping(given.seconds),
  workingBelow(given.yard.home),
];

test('a run beside endless waits ends by itself, with every task done or ended with its reason', async () => {
  const { yard, ids, seconds } = await hostile(null);
  const before = pictureOf(yard);
  const run = yard.run('run', '--until', 'idle', '--concurrency', '4');
  expect(await heldBy(yard, run)).toBeNull();
  const told = await yard.json<Told[]>('ls');
  expect.soft(told.map(({ id }) => id)).toEqual(ids);
  expect.soft(told.filter(({ state }) => state === 'running' || state === 'delivered')).toEqual([]);
  expect.soft(told.filter(({ state, reason }) => state !== 'done' && reason === '')).toEqual([]);
  expect.soft(changesSince(before, yard)).toEqual([]);
  expect(nothingLeft({ yard, seconds })).toEqual([[], [], []]);
});

const settling =
  (task: string) =>
  (event: Readonly<Record<string, unknown>>): boolean =>
    event['type'] === 'attempt' && event['task'] === task && event['stage'] === 'settling';

test('two Ctrl-C end a run that waits endlessly while it settles', async () => {
  const { yard, ids, seconds } = await hostile(some);
  const supervisor = yard.start('run', '--json', '--concurrency', `${ids.length}`);
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await Promise.all(ids.map((id) => event(settling(id))));
  supervisor.kill('SIGINT');
  // It may have ended by itself: nothing holds it then.
  await event(draining).catch(() => null);
  supervisor.kill('SIGINT');
  expect(await heldBy(yard, all)).toBeNull();
  expect((await yard.json<Told[]>('ls')).filter(({ state }) => state === 'running')).toEqual([]);
  expect(nothingLeft({ yard, seconds })).toEqual([[], [], []]);
});

test('cancel works for tasks whose settling waits endlessly', async () => {
  const { yard, ids, seconds } = await hostile(some);
  const supervisor = yard.start('run', '--json', '--concurrency', `${ids.length}`);
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await Promise.all(ids.map((id) => event(settling(id))));
  expect(await heldBy(yard, Promise.all(ids.map((id) => yard.run('cancel', id))))).toBeNull();
  expect(await heldBy(yard, all)).toBeNull();
  expect((await yard.json<Told[]>('ls')).filter(({ state }) => state !== 'cancelled' && state !== 'done')).toEqual([]);
  expect(nothingLeft({ yard, seconds })).toEqual([[], [], []]);
});
