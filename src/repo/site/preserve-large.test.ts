// Large files (LFS) of repositories inside a checkout are saved together with the commits that name them, because they
// exist nowhere else.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { gitRepo } from '../git-repo.ts';

let fx: GitFixture;
beforeEach(({ skip }) => {
  if (spawnSync('git', ['lfs', 'version']).status !== 0) skip('git-lfs is not installed');
  fx = createGitFixture();
  fx.git(fx.root, 'lfs', 'install', '--skip-repo');
});
afterEach(() => fx?.dispose());

const attributes = "echo '*.bin filter=lfs diff=lfs merge=lfs -text' >.gitattributes";

async function saved(script: string, before: (remove: () => Promise<unknown>) => Promise<void> = async () => {}) {
  const path = join(fx.worktrees, 't1');
  const repo = gitRepo();
  await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' });
  execFileSync('/bin/sh', ['-ec', script], { cwd: path, stdio: ['ignore', 'ignore', 'inherit'] });
  const remove = () => repo.removeSite({ root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: false });
  await before(remove);
  const { preserved } = await remove();
  expect(existsSync(path)).toBe(false);
  return (name: string): string | null => {
    const [, id = ''] = /^oid sha256:([0-9a-f]{64})$/m.exec(fx.git(fx.root, 'show', `${preserved}:${name}`)) ?? [];
    const file = join(fx.root, '.git/lfs/objects', id.slice(0, 2), id.slice(2, 4), id);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };
}

test('of a nested repository, committed there or not', async () => {
  const content = await saved(
    `git init -q nest; cd nest; ${attributes}; echo committed >made.bin; git add .; git commit -qm inner; echo 'the only copy' >left.bin`,
  );
  expect([content('nest/left.bin'), content('nest/made.bin')]).toEqual(['the only copy\n', 'committed\n']);
});

test('of a submodule', async () => {
  fx.git(fx.folder, 'init', '--quiet', '--bare', 'sub.git');
  const prepare = `git clone -q sub.git sub; cd sub; ${attributes}; git add .; git commit -qm a; git push -q origin HEAD:main
    cd ../repo; git -c protocol.file.allow=always submodule --quiet add -b main ../sub.git sub; git commit -qm sub; git push -q origin main`;
  execFileSync('/bin/sh', ['-ec', prepare], { cwd: fx.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const content = await saved("cd sub; echo 'the only copy' >made.bin; git add .; git commit -qm inner");
  expect(content('sub/made.bin')).toBe('the only copy\n');
});

test('of a removal that could not copy them the first time', async () => {
  const scratch = join(fx.root, '.git/lfs/tmp');
  const script = `git init -q nest; cd nest; ${attributes}; git add .; git commit -qm inner; echo 'the only copy' >left.bin`;
  const content = await saved(script, async (remove) => {
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(dirname(scratch), { recursive: true });
    writeFileSync(scratch, 'in the way');
    await expect(remove()).rejects.toMatchObject({ code: 'not-preserved' });
    rmSync(scratch);
  });
  expect(content('nest/left.bin')).toBe('the only copy\n');
});
