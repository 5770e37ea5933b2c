// What is saved of a site before its removal has the same limit as what is taken from it: if it is too much, nothing is
// copied and nothing is lost, and a person is told how to remove it.
// `npm test` has no other proof of this.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { preserved, siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';
import { filesBelow } from './git-files.ts';

const MiB = 2 ** 20;

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage({ mostBytes: 2 * MiB })));
afterEach(() => stage.fx.dispose());

const text = (size: number): string => randomBytes(size / 2).toString('hex');
const remove = () =>
  stage.repo.removeSite({ root: stage.fx.root, path: stage.path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true });
const stored = (): readonly string[] => [...filesBelow(join(stage.fx.root, '.git/objects'))].sort();

async function kept(size: string): Promise<void> {
  const { fx, path } = stage;
  const before = stored();
  for (let tries = 2; tries > 0; tries -= 1) {
    await expect(remove()).rejects.toMatchObject({
      code: 'not-preserved',
      message: expect.stringMatching(new RegExp(`${path} is kept: .* ${size} MiB that the repository does not have, more than 2 MiB`)),
      hint: expect.stringContaining(`rm -rf '${path}'`),
    });
  }
  expect(stored()).toEqual(before);
  expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/preserved')).toBe('');
  expect(existsSync(join(path, 'left.txt'))).toBe(true);
  // The command in the hint suffices.
  rmSync(path, { recursive: true });
  expect(await remove()).toEqual({ preserved: null });
  expect(readdirSync(join(fx.folder, 'readers'))).toEqual([]);
  expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip')).toBe('');
}

test('a commit that take refuses does not come in at the removal', async () => {
  stage.fx.commit(stage.path, { 'large.txt': text(3 * MiB), 'left.txt': 'left' });
  await expect(stage.repo.take({ worktree: stage.path })).rejects.toMatchObject({ code: 'not-taken' });
  await kept('3');
});

test('a file that was not committed: it is not even written into the reader', async () => {
  const { fx, path } = stage;
  fx.write(path, { 'large.txt': text(3 * MiB) });
  const large = fx.git(path, 'hash-object', 'large.txt');
  await expect(remove()).rejects.toMatchObject({ code: 'not-preserved' });
  expect(fx.succeeds(join(fx.folder, 'readers/t1'), 'cat-file', '-e', large)).toBe(false);
});

test('a tracked file that was changed, and what was staged and changed again', async () => {
  const { fx, path } = stage;
  fx.write(path, { 'done.txt': text(MiB + MiB / 2) });
  fx.git(path, 'add', 'done.txt');
  fx.write(path, { 'done.txt': text(MiB + MiB / 2) });
  await kept('3');
});

test('the history of a repository inside', async () => {
  const { fx, path } = stage;
  fx.git(path, 'init', '--quiet', 'nested');
  fx.commit(join(path, 'nested'), { 'large.txt': text(3 * MiB) });
  fx.commit(join(path, 'nested'), { 'large.txt': 'small' });
  await kept('3');
});

test('large files (LFS) of a commit', async () => {
  const { fx, path } = stage;
  const content = text(3 * MiB);
  const id = createHash('sha256').update(content).digest('hex');
  const store = join(path, '.git/lfs/objects', id.slice(0, 2), id.slice(2, 4));
  mkdirSync(store, { recursive: true });
  writeFileSync(join(store, id), content);
  fx.commit(path, { p: `version https://git-lfs.github.com/spec/v1\noid sha256:${id}\nsize ${content.length}\n`, 'left.txt': 'left' });
  await kept('3');
  expect(existsSync(join(fx.root, '.git/lfs'))).toBe(false);
});

test('what was taken before does not count again', async () => {
  const { fx, path } = stage;
  fx.commit(path, { 'one.txt': text(MiB + MiB / 2) });
  await stage.repo.take({ worktree: path });
  fx.write(path, { 'two.txt': text(MiB + MiB / 2) });
  expect(await remove()).toEqual({ preserved });
  expect(fx.git(fx.root, 'ls-tree', '--name-only', preserved).split('\n')).toEqual(expect.arrayContaining(['one.txt', 'two.txt']));
});
