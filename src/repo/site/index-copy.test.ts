// Git looks into a file that was written in the same second as the index, but not into an older one. So a copy of an index
// must not seem newer than the original: a worker's change in that second, at the same size, would be lost.
import { copyFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { createGit, usualLimits } from '../git.ts';
import { gitRepo } from '../git-repo.ts';
import { copyFiles } from './adopt-files.ts';
import { besideLinks } from './beside-links.ts';
import { onIndexCopy } from './index-copy.ts';
import { besideLeftOut } from './left-out.ts';
import { siteAt, type Site } from './record.ts';

const git = createGit(usualLimits);
const second = 1_700_000_000;
let fx: GitFixture;
let site: Site;

beforeEach(async () => {
  fx = createGitFixture();
  const path = join(fx.worktrees, 't1');
  await gitRepo().makeSite({ root: fx.root, path, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' });
  const made = siteAt(path);
  if (made === null) throw new Error('no site was made');
  site = made;
});
afterEach(() => fx.dispose());

function old(file: string): string {
  // Rounded to milliseconds, it would be in the next second.
  utimesSync(file, second + 0.9997, second + 0.9997);
  return file;
}

const timeOf = (file: string): Promise<number> => Promise.resolve(statSync(file).mtimeMs / 1000);

test('of the worker’s own one', async () => {
  old(join(site.path, '.git/index'));
  expect(await onIndexCopy(site, timeOf)).toBe(second);
});

test('of one that says what is left out', async () => {
  fx.git(site.path, 'update-index', '--index-version', '4');
  const index = old(join(site.reader, 'index'));
  expect(
    await besideLeftOut(git, site, async (copy) => {
      expect(copy).not.toBe(index);
      return timeOf(copy);
    }),
  ).toBe(second);
});

test.each(['2', '4'])('of one in which links were replaced, in version %s of the format', async (version) => {
  fx.git(site.path, 'clone', '--quiet', fx.remote, 'inner');
  const commit = fx.commit(join(site.path, 'inner'), { 'own.txt': 'own' });
  fx.git(site.path, 'update-index', '--add', '--cacheinfo', `160000,${commit},inner`);
  fx.git(site.path, 'update-index', '--index-version', version);
  const index = join(site.reader, 'index');
  copyFileSync(join(site.path, '.git/index'), index);
  old(index);
  expect(
    await besideLinks(git, { site, folder: site.path, index }, async (copy) => {
      expect(copy).not.toBe(index);
      return timeOf(copy);
    }),
  ).toBe(second);
});

test('of a linked worktree’s', async () => {
  const index = old(join(site.path, '.git/index'));
  await copyFiles(index, join(fx.folder, 'copy'));
  expect(await timeOf(join(fx.folder, 'copy'))).toBe(second);
});
