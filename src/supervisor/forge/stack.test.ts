// A stack at the forge: opened and merged from the bottom up, each with its own commits only, whatever happens to the lower one.
import { expect, test } from 'vitest';
import { closeIn, newCommit } from '../../../test/support/memory-forge-state.ts';
import type { PausePoint } from '../pause-points.ts';
import { pullStage, type PullStage } from './pull-stage.samples.ts';

/** Checks are required, and merged is what passes them. */
const merging = { delivery: { merge: { when: 'green', method: 'squash', deleteBranch: true } } } as const;

interface StackStage extends PullStage {
  /** Lets the checks of the task's present head pass. */
  pass(id: string): Promise<void>;
}

/** Two tasks, of which the second builds on the first; both have their pull requests. */
async function stackOfTwo(delivery: Parameters<typeof pullStage>[0] = {}): Promise<StackStage> {
  const at = await pullStage(delivery);
  const { stage, deliver, round, repository } = at;
  if (delivery === merging) repository.required = ['test'];
  await deliver('t1');
  await stage.add('t2', { blockedBy: ['t1'] });
  await deliver('t2');
  await round();
  return {
    ...at,
    async pass(id) {
      const commit = repository.branches.get((await stage.task(id)).delivery!.branch!)!;
      const test = { name: 'test', state: 'green', required: true, byMachine: false, canRerun: true, url: null, startedAt: null } as const;
      repository.checks.set(commit, [{ id: `c-${commit}`, ...test }]);
    },
  };
}

test('the upper one starts from the delivered branch, and its pull request says so', async () => {
  const { stage, repository, standing, record } = await stackOfTwo();
  const [lower, upper] = repository.pulls;
  const { branch, commit } = (await stage.task('t1')).delivery!;
  expect((await stage.task('t2')).delivery).toMatchObject({ base: commit, stackedOn: { task: 't1', branch } });
  expect([lower!.base, upper!.base]).toEqual(['main', branch]);
  expect(upper!.body).toContain('This builds on #1 (task t1), which is merged first.');
  expect(stage.started[1]!.stdin).toContain(`It starts from the branch ${branch}, which has the work of task t1.`);
  expect([await standing('t2'), (await record('t2')).stands?.needsPerson]).toEqual(['stacked', false]);
});

test('a task does not start from another one’s branch where it may not, and where it is to be merged first', async () => {
  const { stage, deliver } = await pullStage({ delivery: { stack: false } });
  await deliver('t1');
  await stage.add('t2', { blockedBy: ['t1'] });
  await deliver('t2');
  expect(await stage.task('t2')).toMatchObject({ state: 'queued', attempts: 0 });
});

test('it is merged into the base, after the lower one, with its own commits only; then the lower branch is deleted', async () => {
  const { stage, round, repository, updates, pass, calls, world } = await stackOfTwo(merging);
  const [lower, upper] = repository.pulls;
  const { commit, branch } = (await stage.task('t1')).delivery!;
  await pass('t2');
  await round(5);
  expect([upper!.state, updates]).toEqual(['open', []]);
  await pass('t1');
  await round(5);
  expect([lower!.state, upper!.state, upper!.base]).toEqual(['merged', 'open', 'main']);
  expect(updates).toEqual([`rebase onto main from ${commit}`]);
  expect(repository.branches.has(branch!)).toBe(false);
  expect((await stage.task('t2')).delivery).toMatchObject({ base: repository.branches.get('main'), stackedOn: null });
  await stage.pulseOf(world, 'settle');
  expect(await stage.task('t1')).toMatchObject({ state: 'done' });
  await pass('t2');
  await round(5);
  expect([upper!.state, calls('merge'), calls('edit')]).toEqual(['merged', 2, 1]);
  await stage.pulseOf(world, 'settle');
  expect(await stage.task('t2')).toMatchObject({ state: 'done' });
});

test.each<PausePoint>(['merge-asked', 'stack-recorded', 'retargeted', 'update-pushed'])(
  'a supervisor that ends at `%s` is continued by the next one, which moves its commits once',
  async (point) => {
    const { stage, forge, round, repository, updates, pass, standing } = await stackOfTwo(merging);
    const { commit } = (await stage.task('t1')).delivery!;
    await pass('t1');
    const passing = (at: PausePoint): void => {
      if (at === point) throw new Error('killed');
    };
    await round(5, await stage.supervisor('leader', { forges: [forge.forge], passing }));
    await round(5);
    await round(5);
    expect(updates).toEqual([`rebase onto main from ${commit}`]);
    expect((await stage.task('t2')).delivery).toMatchObject({ base: repository.branches.get('main'), stackedOn: null });
    expect([repository.pulls[1]!.base, await standing('t2')]).toEqual(['main', 'checks-running']);
  },
);

test('the upper one follows when the lower one changes, and neither waits for it to be merged', async () => {
  const { stage, round, repository, state, updates, standing } = await stackOfTwo();
  const { commit, branch } = (await stage.task('t1')).delivery!;
  repository.branches.set(branch!, newCommit(state));
  await round(5);
  expect(updates).toEqual([`rebase onto ${branch} from ${commit}`]);
  expect((await stage.task('t2')).delivery).toMatchObject({ base: repository.branches.get(branch!), stackedOn: { task: 't1' } });
  await round(5);
  expect([updates.length, await standing('t2')]).toEqual([1, 'stacked']);
});

test('a closed lower one is told once; with another base, the upper one goes on with its own commits', async () => {
  const { stage, round, repository, state, updates, record } = await stackOfTwo({ delivery: merging.delivery });
  const { commit } = (await stage.task('t1')).delivery!;
  closeIn(state, { pull: repository.pulls[0]!, by: 'grace' });
  await round(5);
  await round(5);
  expect((await record('t2')).stands).toMatchObject({ why: { code: 'stacked', facts: { lower: 'closed' } }, needsPerson: true });
  const told = stage.notices.filter(({ task }) => task === 't2');
  expect(told).toMatchObject([
    { message: 't2: #2 builds on the branch of t1, whose pull request was closed', command: 'yardmaster open t2' },
  ]);
  repository.pulls[1]!.base = 'main';
  await round(5);
  expect(updates).toEqual([`rebase onto main from ${commit}`]);
});

test('work that is delivered after the lower one was merged gets its pull request on the base', async () => {
  const { stage, deliver, round, repository, check, updates, world } = await pullStage(merging);
  await deliver('t1');
  await round();
  await stage.add('t2', { blockedBy: ['t1'] });
  const { commit } = (await stage.task('t1')).delivery!;
  await stage.pulseOf(world, 'dispatch', 'watch');
  check('green');
  await round(5);
  await stage.pulseOf(world, 'settle');
  await round(5);
  expect(repository.pulls.map(({ state, base }) => [state, base])).toEqual([
    ['merged', 'main'],
    ['open', 'main'],
  ]);
  expect(updates).toEqual([`rebase onto main from ${commit}`]);
});
