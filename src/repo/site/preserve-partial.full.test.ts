// A worker's commits on top of a history that was fetched only in part are not lost with its site, and do not keep the site
// for ever.
// `npm test` shows the same rule by one story (partial-history.test.ts).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { preserved, siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';

let stage: SiteStage;
let remove: () => ReturnType<SiteStage['repo']['removeSite']>;
let git: SiteStage['fx']['git'];

beforeEach(async () => {
  stage = await siteStage();
  const { fx, repo, path } = stage;
  git = fx.git;
  remove = () => repo.removeSite({ root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true });
  fx.git(fx.remote, 'config', 'uploadpack.allowFilter', 'true');
});
afterEach(() => stage.fx.dispose());

/** Several commits on a branch of the remote. */
function grow(branch: string): void {
  const { fx } = stage;
  const other = fx.clone(`clone-${branch}`);
  fx.git(other, 'checkout', '--quiet', '-B', branch);
  for (const text of ['one', 'two']) fx.commit(other, { 'theirs.txt': text, 'far/away.txt': `far ${text}` });
  fx.git(other, 'push', '--quiet', 'origin', branch);
}

test.for([
  ['--depth=1', 'clean'],
  ['--depth=1', 'with a commit'],
  ['--filter=blob:none', 'with a commit'],
] as const)('a repository inside that was cloned with %s, %s: its files are saved', async ([part, how]) => {
  const { fx, path } = stage;
  grow('main');
  fx.git(path, 'clone', '--quiet', part, `file://${fx.remote}`, 'vendor');
  const vendor = join(path, 'vendor');
  const own = how === 'clean' ? null : fx.commit(vendor, { 'own.txt': 'own' });
  if (own !== null) fx.git(vendor, 'reset', '--quiet', '--hard', 'HEAD~1');
  if (own !== null) fx.git(vendor, 'branch', 'own', own);
  expect(await remove()).toEqual({ preserved });
  expect(existsSync(path)).toBe(false);
  expect(git(fx.root, 'fsck', '--no-dangling')).toBe('');
  expect(git(fx.root, 'show', `${preserved}:vendor/theirs.txt`)).toBe('two');
  const told = git(fx.root, 'log', '--format=%H %s', preserved).split('\n');
  if (own === null) return;
  const [of] = told.find((line) => line.includes(`The files of ${own}`))?.split(' ') ?? [];
  expect(git(fx.root, 'show', `${of}:own.txt`)).toBe('own');
});

test('a repository inside that was cloned without any files, and of which nothing was checked out', async () => {
  const { fx, path } = stage;
  grow('side');
  fx.git(path, 'clone', '--quiet', '--no-checkout', '--filter=tree:0', '--branch=side', `file://${fx.remote}`, 'vendor');
  fx.git(fx.remote, 'branch', '-D', 'side');
  expect(await remove()).toEqual({ preserved });
  expect(git(fx.root, 'show', `${preserved}:done.txt`)).toBe('done');
});

test('a commit on another branch whose other files were never fetched, and which the remote has no longer: the site stays', async () => {
  const { fx, path } = stage;
  grow('side');
  fx.git(path, 'fetch', '--quiet', '--filter=blob:none', 'origin', 'side');
  fx.git(path, 'add', '--all');
  fx.git(path, 'commit', '--quiet', '-m', 'left');
  fx.git(path, 'sparse-checkout', 'set', 'src');
  fx.git(path, 'checkout', '--quiet', '-b', 'aside', 'FETCH_HEAD');
  fx.commit(path, { 'src/own.txt': 'own' });
  fx.git(path, 'checkout', '--quiet', siteBranch);
  fx.git(path, 'sparse-checkout', 'disable');
  fx.git(fx.remote, 'branch', '-D', 'side');
  await expect(remove()).rejects.toMatchObject({ code: 'not-preserved', message: expect.stringContaining('were never fetched there') });
  expect(git(path, 'show', 'aside:src/own.txt')).toBe('own');
});
