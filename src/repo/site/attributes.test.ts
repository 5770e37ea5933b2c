// Attributes that a worker commits are checked before anything is taken, at no cost for work that changes none.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { preserved, siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

/** The same steps as when work is collected: looked at, and taken. */
async function take() {
  const worktree = stage.path;
  await stage.repo.facts({ worktree, base: stage.base });
  return stage.repo.take({ worktree });
}
const refused = expect.objectContaining({ code: 'filter-missing', message: expect.stringContaining('git-crypt') });
const secret = { '.gitattributes': 'secret* filter=git-crypt\n', 'secret.txt': 'in clear\n' };

test('a filter that is not configured: nothing is taken, and all of it is saved', async () => {
  const { fx, path, repo } = stage;
  fx.commit(path, secret);
  const clear = fx.git(path, 'rev-parse', 'HEAD:secret.txt');
  for (let tries = 2; tries > 0; tries -= 1) await expect(take()).rejects.toEqual(refused);
  expect(fx.succeeds(fx.root, 'cat-file', '-e', clear)).toBe(false);
  expect(fx.git(fx.root, 'for-each-ref', `refs/heads/${siteBranch}`, 'refs/yardmaster/tip')).toBe('');
  await repo.removeSite({ root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true });
  expect(fx.git(fx.root, 'show', `${preserved}:secret.txt`)).toBe('in clear');
});

test('also below a folder, in packs, on a second commit, and where nothing was looked at before', async () => {
  const { fx, path, repo } = stage;
  fx.commit(path, { 'one.txt': 'one' });
  await take();
  fx.commit(path, { 'deep/er/.gitattributes': secret['.gitattributes'], 'deep/er/secret': 'in clear' });
  fx.git(path, 'gc', '--quiet');
  await expect(repo.take({ worktree: path })).rejects.toEqual(refused);
  await expect(take()).rejects.toEqual(refused);
});

test('mended by the worker or by the person, it is taken', async () => {
  const { fx, path } = stage;
  fx.commit(path, secret);
  await expect(take()).rejects.toEqual(refused);
  fx.git(fx.root, 'config', 'filter.git-crypt.clean', 'cat');
  expect(await take()).toMatchObject({ kept: null });
  fx.git(fx.root, 'config', '--unset', 'filter.git-crypt.clean');
  fx.commit(path, { '.gitattributes': '*.txt text\n' });
  expect(await take()).toMatchObject({ kept: null });
});

test('no git is asked about attributes where the commits touch none', async () => {
  const { fx, path } = stage;
  const trace = join(fx.folder, 'trace');
  appendFileSync(fx.globalConfig, `[trace2]\n\tnormalTarget = ${trace}\n`);
  const searches = (): number => readFileSync(trace, 'utf8').match(/ start .*\bgrep\b/g)?.length ?? 0;
  fx.commit(path, { 'src/app.txt': 'changed', gitattributes: 'secret* filter=git-crypt\n' });
  expect(await take()).toMatchObject({ kept: null });
  expect(readFileSync(trace, 'utf8')).toContain(' start ');
  expect(searches()).toBe(0);
  fx.commit(path, { 'src/.gitattributes': '*.txt text\n' });
  expect(await take()).toMatchObject({ kept: null });
  expect(searches()).toBe(1);
});
