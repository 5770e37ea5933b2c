// Work in repositories whose references are in tables is not lost with its site. Such repositories exist if a person has
// `init.defaultRefFormat`, and after `git refs migrate`.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { since } from '../../../test/support/git-version.ts';
import { gitRepo } from '../git-repo.ts';

let fx: GitFixture;
beforeEach(() => void (fx = createGitFixture()));
afterEach(() => fx.dispose());

const branch = 'yard/t1';

async function makeSite() {
  const repo = gitRepo();
  const path = join(fx.worktrees, 't1');
  const { base } = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
  const remove = () => repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true });
  return { repo, path, base, remove };
}

const isSaved = (commit: string): boolean => fx.succeeds(fx.root, 'merge-base', '--is-ancestor', commit, 'refs/yardmaster/preserved/a1');

test('commits of a nested repository, on its branch and on another', async ({ skip }) => {
  const why = since(2, 45)();
  if (why !== null) skip(why);
  const { path, remove } = await makeSite();
  fx.git(path, '-c', 'init.defaultRefFormat=reftable', 'init', '--quiet', 'nested');
  const nested = join(path, 'nested');
  const first = fx.commit(nested, { 'a.txt': 'a' });
  fx.git(nested, 'switch', '--quiet', '--create', 'aside');
  const aside = fx.commit(nested, { 'b.txt': 'b' });
  fx.git(nested, 'switch', '--quiet', '--create', 'other', first);
  const other = fx.commit(nested, { 'c.txt': 'c' });
  expect(await remove()).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
  expect([aside, other].map(isSaved)).toEqual([true, true]);
});

test('a site whose references were moved into tables is not taken, and what it holds is saved', async ({ skip }) => {
  // Only since that version the logs are moved, too.
  const why = since(2, 49)();
  if (why !== null) skip(why);
  const { repo, path, base, remove } = await makeSite();
  const amended = fx.commit(path, { 'a.txt': 'a' });
  fx.git(path, 'commit', '--quiet', '--amend', '-m', 'amended');
  fx.git(path, 'refs', 'migrate', '--ref-format=reftable');
  const last = fx.commit(path, { 'b.txt': 'b' });
  const message = expect.stringContaining('reftable');
  await expect(repo.facts({ worktree: path, base })).rejects.toMatchObject({ code: 'worktree-failed', message });
  await expect(repo.take({ worktree: path })).rejects.toMatchObject({ code: 'worktree-failed', message });
  expect(await remove()).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
  expect([amended, last].map(isSaved)).toEqual([true, true]);
});
