import { existsSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { createGit, usualLimits } from '../git.ts';
import { makeRef } from './our-refs.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => fx.dispose());

test('no lock stands while something is waited for: who is killed meanwhile leaves none', async () => {
  const [common, commit] = [join(fx.root, '.git'), fx.git(fx.root, 'rev-parse', 'HEAD')];
  const ref = 'refs/yardmaster/base/yard/t1';
  const made = makeRef(createGit(usualLimits), { common, ref, commit });
  const file = join(common, ref);
  expect([existsSync(`${file}.lock`), readFileSync(file, 'utf8')]).toEqual([false, `${commit}\n`]);
  expect(await made).toBe('made');
});

test('a packed branch of that name is seen where the file of packed references is a link', async () => {
  const common = join(fx.root, '.git');
  const commit = fx.git(fx.root, 'rev-parse', 'HEAD');
  fx.git(fx.root, 'branch', 'yard/theirs');
  fx.git(fx.root, 'pack-refs', '--all');
  renameSync(join(common, 'packed-refs'), join(fx.folder, 'packed'));
  symlinkSync(join(fx.folder, 'packed'), join(common, 'packed-refs'));
  expect(await makeRef(createGit(usualLimits), { common, ref: 'refs/heads/yard/theirs', commit })).toMatchObject({ ok: false });
  expect(existsSync(join(common, 'refs/heads/yard/theirs'))).toBe(false);
});

test.each([
  ['where git keeps logs', true],
  ['where it does not', false],
])('a new branch is as git would make it, %s', async (_, logs) => {
  const common = join(fx.root, '.git');
  const commit = fx.git(fx.root, 'rev-parse', 'HEAD');
  if (!logs) fx.git(fx.root, 'config', 'core.logAllRefUpdates', 'false');
  await makeRef(createGit(usualLimits), { common, ref: 'refs/heads/yard/new', commit });
  expect(fx.git(fx.root, 'rev-parse', 'refs/heads/yard/new')).toBe(commit);
  expect(fx.git(fx.root, 'reflog', '--format=%H %gs', 'yard/new')).toBe(logs ? `${commit} yardmaster: taken` : '');
  fx.git(fx.root, 'branch', '--move', 'yard/new', 'yard/renamed');
  fx.git(fx.root, 'branch', '-D', 'yard/renamed');
  expect(fx.git(fx.root, 'fsck')).toBe('');
});
