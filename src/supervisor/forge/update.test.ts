// An update that git refuses is told, is not repeated in vain, and holds up no other pull request of the base.
import { expect, test } from 'vitest';
import type { Repo } from '../../ports/repo.ts';
import { Fault } from '../../core/fault.ts';
import { newCommit } from '../../../test/support/memory-forge-state.ts';
import { pullStage } from './pull-stage.samples.ts';

const away = new Fault({ code: 'worktree-failed', message: 'the site has no branch', hint: 'see what is there' });

test.each<readonly [string, Repo['updateSite'], string]>([
  ['git refuses', async () => ({ updated: false, why: 'refused', message: 'a file is in the way' }), 'a file is in the way'],
  ['its site does not allow', () => Promise.reject(away), 'the site has no branch'],
])('an update that %s', async (_, refusing, message) => {
  let tried = 0;
  const { stage, deliver, round, repository, state, standing, record } = await pullStage({
    delivery: { merge: { when: 'green', method: 'squash', deleteBranch: true } },
    repo: { updateSite: (given) => ((tried += 1), refusing(given)) },
  });
  for (const id of ['t1', 't2']) await deliver(id);
  await round();
  const [first, second] = repository.pulls;
  first!.facts = { behind: true };
  second!.facts = { mergeable: null };
  await round(5);
  await round(5);
  expect(tried).toBe(1);
  expect(await standing('t1')).toBe('update-refused');
  expect((await record('t1')).stands).toMatchObject({ needsPerson: true });
  expect(stage.notices).toMatchObject([{ kind: 'blocked', command: 'yardmaster retry t1', message: expect.stringContaining(message) }]);

  second!.facts = {};
  await round(5);
  expect([first!.state, second!.state]).toEqual(['open', 'merged']);
  // The base has moved by that.
  await round(5);
  expect(tried).toBe(2);
  await stage.store.act({ key: (await stage.task('t1')).key, action: 'retry', at: stage.now() });
  await round(5);
  expect(tried).toBe(3);
  repository.branches.set('main', newCommit(state));
  await round(5);
  expect(tried).toBe(4);
});
