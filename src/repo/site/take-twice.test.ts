// A take that was interrupted, or refused at its end: the next one finishes it, or refuses it as well.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

const take = () => stage.repo.take({ worktree: stage.path });
const tipRef = `refs/yardmaster/tip/${siteBranch}`;

/** The state after the first steps of a take. */
const bring = (...refs: readonly string[]): void => {
  const { fx, path } = stage;
  fx.git(fx.root, 'fetch', '--quiet', path, siteBranch);
  for (const ref of refs) fx.git(fx.root, 'update-ref', ref, 'FETCH_HEAD');
};

/** A commit with a large file (LFS) that the worker made; returns the path of its content below a git folder. */
function commitLarge(bytes: number): string {
  const { fx, path } = stage;
  const draft = join(path, '.git', 'draft');
  writeFileSync(draft, '');
  truncateSync(draft, bytes);
  const content = readFileSync(draft);
  const id = createHash('sha256').update(content).digest('hex');
  const place = `lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`;
  mkdirSync(dirname(join(path, '.git', place)), { recursive: true });
  writeFileSync(join(path, '.git', place), content);
  rmSync(draft);
  fx.commit(path, { 'large.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${id}\nsize ${bytes}\n` });
  return place;
}

test('ended before the branch was made', async () => {
  const { fx, path } = stage;
  bring(tipRef);
  const commit = fx.git(path, 'rev-parse', 'HEAD');
  expect(await take()).toEqual({ commit, kept: null });
  expect(fx.git(fx.root, 'rev-parse', siteBranch)).toBe(commit);
});

test('ended before it was written down, after which the worker went on', async () => {
  const { fx, path } = stage;
  bring(tipRef, `refs/heads/${siteBranch}`);
  const commit = fx.commit(path, { 'more.txt': 'more' });
  expect(await take()).toEqual({ commit, kept: null });
  expect(fx.git(fx.root, 'rev-parse', siteBranch)).toBe(commit);
});

test('ended before the look whether all of it is there, and something is not', async () => {
  const { fx, path } = stage;
  bring(tipRef);
  const tree = fx.git(fx.root, 'rev-parse', `${tipRef}^{tree}`);
  rmSync(join(fx.root, '.git/objects', tree.slice(0, 2), tree.slice(2)));
  expect(await take()).toEqual({ commit: fx.git(path, 'rev-parse', 'HEAD'), kept: null });
  expect(fx.git(fx.root, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
});

test('ended before large files were brought', async () => {
  const place = commitLarge(3);
  bring(tipRef);
  expect(await take()).toMatchObject({ kept: null });
  expect(existsSync(join(stage.fx.root, '.git', place))).toBe(true);
});

test('large files that are too much are refused each time', async () => {
  commitLarge(51 * 2 ** 20);
  await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
  await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
});
