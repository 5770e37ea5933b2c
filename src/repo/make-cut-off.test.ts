// A site whose maker is killed while the files are written: it counts as none, is known as ours, and goes with all of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { gitRepo } from './git-repo.ts';

let fx: GitFixture;
let path: string;

beforeEach(async () => {
  fx = createGitFixture();
  path = join(fx.worktrees, 't1');
  // A filter of the person's, which runs in the middle of the checkout.
  const pidFile = join(fx.folder, 'pid');
  fx.git(fx.root, 'config', 'filter.cut.smudge', `kill -9 $(cat '${pidFile}'); cat`);
  fx.git(fx.root, 'config', 'filter.cut.clean', 'cat');
  fx.commit(fx.root, { '.gitattributes': '*.cut filter=cut\n', 'a.cut': 'a\n' });
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  const fixture = fileURLToPath(new URL('maker.fixture.ts', import.meta.url));
  const maker = spawn(process.execPath, [fixture, fx.root, path, pidFile], { stdio: 'inherit' });
  expect(await once(maker, 'exit')).toEqual([null, 'SIGKILL']);
});
afterEach(() => fx.dispose());

const given = () => ({ root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: false });

test('nobody works in it; it is told as what it is, and its removal leaves nothing', async () => {
  const repo = gitRepo();
  expect(await repo.hasSite({ path, branch: 'yard/t1' })).toBe(false);
  expect(await repo.describeSite(path)).toEqual({ common: join(fx.root, '.git'), branch: 'yard/t1' });
  expect(await repo.removeSite(given())).toEqual({ preserved: null });
  expect([path, join(fx.folder, 'readers/t1')].filter((folder) => existsSync(folder))).toEqual([]);
  expect(fx.git(fx.root, 'for-each-ref', 'refs/heads/yard', 'refs/yardmaster/base')).toBe('');
  expect(await repo.describeSite(path)).toBeNull();
});

test('another folder that stands at its path by then is left alone', async () => {
  renameSync(path, `${path}-moved`);
  mkdirSync(path);
  fx.write(path, { 'mine.txt': 'of a person\n' });
  await gitRepo().removeSite(given());
  expect(existsSync(join(path, 'mine.txt'))).toBe(true);
});
