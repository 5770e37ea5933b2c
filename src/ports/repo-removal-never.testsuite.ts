// What `Repo.removeSite` must never delete: anything that is not the site itself, and work that could not be saved.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { ref, type RemovalStage } from './repo-removal.samples.ts';

function mount(type: string, at: string): boolean {
  try {
    execFileSync('mount', ['-t', type, type, at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function removalNever(stage: RemovalStage): void {
  const { remove, stays } = stage;
  let fx: GitFixture;
  let path: string;
  beforeEach(() => void ({ fx, path } = stage.now()));

  describe('never', () => {
    test('anything that is not exactly a checkout that was made for this repository', async () => {
      const foreign = join(fx.folder, 'foreign');
      fx.write(foreign, { 'f.txt': 'f' });
      const other = fx.clone('other');
      const otherTree = join(fx.worktrees, 'other');
      fx.git(other, 'worktree', 'add', '--quiet', '-b', 'o', otherTree);
      const link = join(fx.folder, 'link');
      symlinkSync(fx.root, link);
      const linkToTree = join(fx.folder, 'link-to-tree');
      symlinkSync(path, linkToTree);
      const before = fx.git(
        fx.folder,
        'hash-object',
        join(fx.root, '.git/config'),
        join(fx.root, '.git/index'),
        join(fx.root, 'src/app.txt'),
      );
      const targets = [
        fx.root,
        dirname(fx.root),
        join(fx.root, 'src'),
        join(fx.root, '.git'),
        foreign,
        other,
        otherTree,
        link,
        `${link}/`,
        linkToTree,
        join(path, 'src'),
        join(path, '..'),
        '/',
      ];
      for (const target of targets) {
        await expect(remove({ path: target, keepBranch: false }), target).rejects.toMatchObject({ code: 'not-a-worktree' });
        expect(
          fx.git(fx.folder, 'hash-object', join(fx.root, '.git/config'), join(fx.root, '.git/index'), join(fx.root, 'src/app.txt')),
        ).toBe(before);
        expect([existsSync(join(foreign, 'f.txt')), existsSync(join(otherTree, 'README.md')), existsSync(link)]).toEqual([
          true,
          true,
          true,
        ]);
      }
      stays();
    });

    test('another folder in the checkout’s place', async () => {
      const foreign = join(fx.folder, 'foreign');
      fx.write(foreign, { 'f.txt': 'f' });
      renameSync(path, `${path}-away`);
      for (const put of [() => symlinkSync(foreign, path), () => renameSync(foreign, path)]) {
        put();
        await expect(remove({ keepBranch: false })).rejects.toMatchObject({ code: 'not-a-worktree' });
        expect(readFileSync(join(path, 'f.txt'), 'utf8')).toBe('f');
        if (lstatSync(path).isSymbolicLink()) rmSync(path);
      }
    });

    test('what is mounted in it, which nobody deletes', async ({ skip }) => {
      const mounted = join(path, 'ignored/mount');
      mkdirSync(mounted, { recursive: true });
      if (!mount('tmpfs', mounted)) skip('nothing can be mounted here');
      try {
        writeFileSync(join(mounted, 'theirs.txt'), 'precious');
        await expect(remove({ keepBranch: false })).rejects.toMatchObject({ message: expect.stringContaining('could not be deleted') });
      } finally {
        const [left = ''] = readdirSync(join(fx.folder, 'trash'));
        const now = join(fx.folder, 'trash', left, 'ignored/mount');
        expect(readFileSync(join(now, 'theirs.txt'), 'utf8')).toBe('precious');
        execFileSync('umount', [now]);
      }
    });

    test('a branch that is checked out elsewhere', async () => {
      expect(await remove({ branch: 'main', keepBranch: false })).toEqual({ preserved: null });
      expect(fx.succeeds(fx.root, 'rev-parse', '--verify', 'refs/heads/main')).toBe(true);
    });

    test('what could not be saved', async () => {
      fx.git(fx.root, 'config', 'filter.bad.clean', 'false');
      fx.git(fx.root, 'config', 'filter.bad.required', 'true');
      fx.write(path, { '.gitattributes': 'n.txt filter=bad\n', 'n.txt': 'precious' });
      await expect(remove({ keepBranch: false })).rejects.toMatchObject({
        code: 'not-preserved',
        message: expect.stringContaining('n.txt'),
      });
      expect(readFileSync(join(path, 'n.txt'), 'utf8')).toBe('precious');
      stays();
      fx.git(fx.root, 'config', '--unset', 'filter.bad.clean');
      fx.git(fx.root, 'config', 'filter.bad.required', 'false');
      // A lock on exactly the reference that has to be written.
      fx.write(fx.root, { [`.git/${ref}.lock`]: '' });
      await expect(remove()).rejects.toMatchObject({ code: 'not-preserved' });
      expect(readFileSync(join(path, 'n.txt'), 'utf8')).toBe('precious');
    });
  });
}
