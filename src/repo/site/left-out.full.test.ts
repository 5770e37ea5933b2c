// A file that a sparse checkout leaves out is not deleted: neither if the person's checkout is sparse and the worker
// brought in a new file from the remote, nor if the worker made its own checkout sparse.
// `npm test` has no other proof of this.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { gitRepo } from '../git-repo.ts';

let fx: GitFixture;
let other: string;
beforeEach(() => {
  fx = createGitFixture();
  other = fx.clone('other');
  fx.commit(other, { 'far/old.txt': 'old', 'src/n.txt': 'n' });
  fx.git(other, 'push', '--quiet', 'origin', 'main');
});
afterEach(() => fx.dispose());

const branch = 'yard/t1';
const preserved = 'refs/yardmaster/preserved/a1';

async function make(root: string) {
  const repo = gitRepo();
  const path = join(fx.worktrees, 't1');
  const { base } = await repo.makeSite({ root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
  const commitAll = () => repo.commitAll({ worktree: path, message: 'left', sign: 'off' });
  const remove = () => repo.removeSite({ root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true });
  return { repo, path, base, commitAll, remove };
}

const state = (root: string): string => fx.git(root, 'diff', '--name-status', `${branch}`, preserved);

test.for([['--cone'], ['--no-cone'], ['--cone', '--sparse-index']])('of the remote, in a sparse checkout: %s', async (how) => {
  fx.git(fx.folder, 'clone', '--quiet', '--sparse', `file://${fx.remote}`, 'persons');
  const root = join(fx.folder, 'persons');
  fx.git(root, 'sparse-checkout', 'set', ...how, 'src');
  const { repo, path, base, commitAll, remove } = await make(root);
  fx.commit(path, { 'src/own.txt': 'own' });
  fx.commit(other, { 'far/old.txt': 'changed', 'far/new.txt': 'new' });
  fx.git(other, 'push', '--quiet', 'origin', 'main');
  fx.git(path, 'fetch', '--quiet', 'origin', 'main');
  fx.git(path, 'rebase', '--quiet', 'FETCH_HEAD');
  expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: [] });
  fx.write(path, { 'src/left.txt': 'left' });
  const commit = await commitAll();
  expect(fx.git(path, 'show', '--format=', '--name-status', commit ?? '')).toBe('A\tsrc/left.txt');
  expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
  fx.write(path, { 'src/left.txt': 'more' });
  expect(await remove()).toEqual({ preserved });
  expect(state(root)).toBe('M\tsrc/left.txt');
});

test('what the worker brought into a sparse checkout and deleted is told, and committed', async () => {
  fx.git(fx.folder, 'clone', '--quiet', '--sparse', `file://${fx.remote}`, 'persons');
  const { repo, path, base, commitAll, remove } = await make(join(fx.folder, 'persons'));
  fx.git(path, 'sparse-checkout', 'disable');
  rmSync(join(path, 'far/old.txt'));
  expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: ['far/old.txt'] });
  const commit = await commitAll();
  expect(fx.git(path, 'show', '--format=', '--name-status', commit ?? '')).toBe('D\tfar/old.txt');
  expect(await remove()).toEqual({ preserved });
});

test.for([[], ['--index-version', '4']])('of a checkout that the worker made sparse: %s', async (version) => {
  const { repo, path, base, commitAll, remove } = await make(fx.root);
  if (version.length > 0) fx.git(path, 'update-index', ...version);
  fx.git(path, 'sparse-checkout', 'set', '--no-cone', '/src');
  expect(existsSync(join(path, 'far/old.txt'))).toBe(false);
  expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: [] });
  expect(await repo.changes({ worktree: path, base })).toEqual([]);
  fx.write(path, { 'far/old.txt': 'by hand' });
  rmSync(join(path, 'src/n.txt'));
  const commit = await commitAll();
  expect(fx.git(path, 'show', '--format=', '--name-status', commit ?? '')).toBe('M\tfar/old.txt\nD\tsrc/n.txt');
  expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
  fx.write(path, { 'src/app.txt': 'more' });
  expect(await remove()).toEqual({ preserved });
  expect(state(fx.root)).toBe('M\tsrc/app.txt');
});

test('of which nothing else is left on the disk', async () => {
  const { path, commitAll, remove } = await make(fx.root);
  fx.git(path, 'sparse-checkout', 'set', '--no-cone', '/README.md');
  rmSync(join(path, 'README.md'));
  const commit = await commitAll();
  expect(fx.git(path, 'show', '--format=', '--name-status', commit ?? '')).toBe('D\tREADME.md');
  expect(await remove()).toEqual({ preserved });
  expect(fx.git(fx.root, 'rev-parse', preserved)).toBe(commit);
});
