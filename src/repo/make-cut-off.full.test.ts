// A site whose maker is killed while the files are written: it does not count as a site, is recognized as ours, and is
// removed completely.
// `npm test` shows it for a supervisor that is killed (supervisor-life.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { gitRepo } from './git-repo.ts';

let fx: GitFixture;
let path: string;
let pidFile: string;

beforeEach(() => {
  fx = createGitFixture();
  path = join(fx.worktrees, 't1');
  pidFile = join(fx.folder, 'pid');
});
afterEach(() => fx.dispose());

async function killedMaker(...at: readonly ('fsync' | 'openSync' | 'renameSync' | 'folders' | 'note' | 'note-draft')[]): Promise<void> {
  const fixture = fileURLToPath(new URL('maker.fixture.ts', import.meta.url));
  const maker = spawn(process.execPath, [fixture, fx.root, path, pidFile, ...at], { stdio: 'inherit' });
  expect(await once(maker, 'exit')).toEqual([null, 'SIGKILL']);
}

/** Killed by a filter of the person's, which runs in the middle of the checkout. */
async function killedOverTheFiles(): Promise<void> {
  fx.git(fx.root, 'config', 'filter.cut.smudge', `kill -9 $(cat '${pidFile}'); cat`);
  fx.git(fx.root, 'config', 'filter.cut.clean', 'cat');
  fx.commit(fx.root, { '.gitattributes': '*.cut filter=cut\n', 'a.cut': 'a\n' });
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  await killedMaker();
}

const given = () => ({ root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: false });

test('nobody works in it; it is told as what it is, and its removal leaves nothing', async () => {
  await killedOverTheFiles();
  const repo = gitRepo();
  expect(await repo.hasSite({ path, branch: 'yard/t1' })).toBe(false);
  expect(await repo.describeSite(path)).toEqual({ common: join(fx.root, '.git'), branch: 'yard/t1' });
  expect(await repo.removeSite(given())).toEqual({ preserved: null });
  expect([path, join(fx.folder, 'readers/t1')].filter((folder) => existsSync(folder))).toEqual([]);
  expect(fx.git(fx.root, 'for-each-ref', 'refs/heads/yard', 'refs/yardmaster/base')).toBe('');
  expect(await repo.describeSite(path)).toBeNull();
});

test('another folder that stands at its path by then is left alone', async () => {
  await killedOverTheFiles();
  renameSync(path, `${path}-moved`);
  mkdirSync(path);
  fx.write(path, { 'mine.txt': 'of a person\n' });
  await gitRepo().removeSite(given());
  expect(existsSync(join(path, 'mine.txt'))).toBe(true);
});

const ourFiles = (): readonly string[] => {
  const all = readdirSync(join(fx.root, '.git/refs/yardmaster'), { recursive: true, encoding: 'utf8' });
  return all.filter((name) => name.startsWith('base/') && /t1/.test(name));
};

test.each(['folders', 'note', 'note-draft'] as const)('what has no note of it yet goes with all of it: %s', async (at) => {
  await killedMaker(at);
  const reader = join(fx.folder, 'readers/t1');
  expect([path, reader].map((folder) => existsSync(folder))).toEqual([true, true]);
  fx.write(path, { 'mine.txt': 'of a person\n' });
  await expect(gitRepo().removeSite(given())).rejects.toMatchObject({ code: 'not-a-worktree' });
  rmSync(join(path, 'mine.txt'));
  expect(await gitRepo().removeSite(given())).toEqual({ preserved: null });
  expect([path, reader].filter((folder) => existsSync(folder))).toEqual([]);
  // Even if its removal was interrupted as well.
  mkdirSync(path);
  await gitRepo().removeSite(given());
  expect(existsSync(path)).toBe(false);
});

test('its reservation goes with it, although nothing else is there yet', async () => {
  await killedMaker('fsync');
  expect(ourFiles()).toEqual(['base/yard/t1']);
  await gitRepo().removeSite(given());
  expect(ourFiles()).toEqual([]);
});

test('what somebody else has reserved under the same name stays, and the lock of the one that was killed goes', async () => {
  await killedMaker('renameSync');
  expect(ourFiles()).toEqual(['base/yard/t1.lock']);
  const theirs = join(fx.root, '.git/refs/yardmaster/base/yard/t1');
  writeFileSync(theirs, `${fx.git(fx.root, 'rev-parse', 'main')}\n`);
  await gitRepo().removeSite(given());
  expect(ourFiles()).toEqual(['base/yard/t1']);
});

test('a lock of which its maker came to note nothing goes with the rest', async () => {
  await killedMaker('openSync');
  expect(ourFiles()).toEqual(['base/yard/t1.lock']);
  await gitRepo().removeSite(given());
  expect(ourFiles()).toEqual([]);
});

test('a lock that a killed maker left behind holds nobody else up for long', async () => {
  await killedMaker('openSync');
  const lock = join(fx.root, '.git/refs/yardmaster/base/yard/t1.lock');
  const seconds = Date.now() / 1000;
  utimesSync(lock, seconds, seconds - 4);
  const other = join(fx.worktrees, 't2');
  const made = await gitRepo().makeSite({ root: fx.root, path: other, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' });
  expect(made.branch).toBe('yard/t1');
  expect(ourFiles()).toEqual(['base/yard/t1']);
});
