// Locks that a killed git of ours left in the person's repository. Those on our references are removed once they are too
// old to be held; those of others stay, and are reported.
// `npm test` shows the same rule by one lock (faults-repo.test.ts).
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shortLimits, siteStage, type SiteStage } from '../../test/support/site-stage.ts';
import { createGit, usualLimits } from './git.ts';
import { gitRepo } from './git-repo.ts';
import { takeAway } from './obstacle.ts';
import { moveRef } from './site/our-refs.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

/** As old as given, or older than any lock that is held. */
function lockOn(ref: string, { text = '', ageSeconds = 60 }: { readonly text?: string; readonly ageSeconds?: number } = {}): string {
  const lock = join(stage.fx.root, '.git', `${ref}.lock`);
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, text);
  const made = Date.now() / 1000 - ageSeconds;
  utimesSync(lock, made, made);
  return lock;
}

test.each(['tip/yard/t1', 'base/yard/t1', 'preserved/a1', 'remotes/origin/main'])('on refs/yardmaster/%s', async (name) => {
  const { fx, path, repo } = stage;
  const lock = lockOn(`refs/yardmaster/${name}`);
  fx.commit(fx.clone('other'), { 'theirs.txt': 'theirs' });
  fx.git(join(fx.folder, 'other'), 'push', '--quiet', 'origin', 'main');
  const taken = await repo.take({ worktree: path });
  expect(taken).toMatchObject({ kept: null });
  const again = join(fx.worktrees, 't2');
  await gitRepo(shortLimits).makeSite({ root: fx.root, path: again, branch: () => 'yard/t2', remote: 'origin', defaultBranch: 'main' });
  const about = { root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: true };
  expect(await repo.removeSite(about)).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
  expect(existsSync(lock)).toBe(false);
});

test('on the branch to which the same commit was to be written', async () => {
  const { fx, path, repo } = stage;
  const lock = lockOn('refs/heads/yard/t1', { text: `${fx.git(path, 'rev-parse', 'HEAD')}\n` });
  expect(await repo.take({ worktree: path })).toMatchObject({ kept: null });
  expect(existsSync(lock)).toBe(false);
});

test.each([
  ['a branch, with another commit in it', 'refs/heads/yard/new', 60, 'f'.repeat(40)],
  ['a branch, with nothing in it', 'refs/heads/yard/new', 60, ''],
  ['a reference of ours, so young that it may be held', 'refs/yardmaster/tip/yard/new', -60, ''],
])('one stays on %s', async (_, ref, ageSeconds, text) => {
  const { fx } = stage;
  const lock = lockOn(ref, { ageSeconds, text: `${text}\n` });
  const commit = fx.git(fx.root, 'rev-parse', 'HEAD');
  const git = createGit({ ...usualLimits, lockMs: 100 });
  const answer = await moveRef(git, { common: join(fx.root, '.git'), ref, commit, from: null });
  expect(answer.obstacle?.message).toContain(`${lock} has been there`);
  expect(existsSync(lock)).toBe(true);
});

test('one that somebody else holds by now is put back', async () => {
  const lock = lockOn('refs/yardmaster/tip/yard/new');
  const seen = lstatSync(lock);
  rmSync(lock);
  lockOn('refs/yardmaster/tip/yard/new', { text: 'theirs', ageSeconds: 0 });
  expect(await takeAway(lock, seen)).toBe(false);
  expect(readdirSync(dirname(lock))).toEqual(['new.lock']);
  expect(readFileSync(lock, 'utf8')).toBe('theirs');
});

test.each([
  ['with an apostrophe and a space in its path', "o'brien's work/repo", 'refs/yardmaster/tip/new', false],
  ['of a person, below folders of such names', 'refs/yardmaster/repo', 'refs/heads/new', true],
])('one in a repository %s', async (_, name, ref, stays) => {
  const { fx } = stage;
  const root = join(fx.folder, name);
  mkdirSync(dirname(root), { recursive: true });
  fx.git(fx.folder, 'clone', '--quiet', fx.remote, root);
  const lock = join(root, '.git', `${ref}.lock`);
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, '');
  utimesSync(lock, 1e9, 1e9);
  const commit = fx.git(root, 'rev-parse', 'HEAD');
  const { ok } = await moveRef(createGit({ ...usualLimits, lockMs: 100 }), { common: join(root, '.git'), ref, commit, from: null });
  expect([ok, existsSync(lock)]).toEqual([!stays, stays]);
});
