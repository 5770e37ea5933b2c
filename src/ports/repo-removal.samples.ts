// The stage that the suites of `Repo.removeSite` share: a site, changes to it, and checks that it is removed or still
// there.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

export const ref = 'refs/yardmaster/preserved/a1';
export const branch = 'yard/t1';

/** A site of a repository with a bare remote, new for each test; `now` has those of the current test. */
export function removalStage(create: () => Repo) {
  let fx: GitFixture;
  let repo: Repo;
  let path: string;
  let base: string;

  /** Makes the site again, also after it was removed. */
  const again = async (): Promise<void> => {
    ({ base } = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' }));
  };
  beforeEach(async () => {
    fx = createGitFixture();
    repo = create();
    path = join(fx.worktrees, 't1');
    await again();
  });
  afterEach(() => fx.dispose());

  const remove = (options: { path?: string; remote?: string | null; keepBranch?: boolean; branch?: string; merged?: string } = {}) =>
    repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true, ...options });
  const push = (): void => void fx.git(path, 'push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
  /** Brings all commits so far into the person's repository, as at the end of an attempt. */
  const take = () => repo.take({ worktree: path });
  const hasBranch = (): boolean => fx.succeeds(fx.root, 'rev-parse', '--verify', `refs/heads/${branch}`);
  const saved = (file: string): string => fx.git(fx.root, 'show', `${ref}:${file}`);
  const keeps = (commit: string): boolean => fx.succeeds(fx.root, 'merge-base', '--is-ancestor', commit, ref);
  const gone = (): void => {
    expect(existsSync(path)).toBe(false);
    expect([existsSync(join(fx.folder, 'readers/t1')), readdirSync(join(fx.folder, 'trash'))]).toEqual([false, []]);
    expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip', 'refs/yardmaster/taken')).toBe('');
    expect(fx.git(fx.root, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
  };
  const stays = (): void => {
    expect(existsSync(join(path, 'src/app.txt'))).toBe(true);
    expect(fx.git(path, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
    expect(fx.succeeds(fx.root, 'rev-parse', '--verify', ref)).toBe(false);
  };

  return { now: () => ({ fx, repo, path, base }), again, remove, push, take, hasBranch, saved, keeps, gone, stays };
}

export type RemovalStage = ReturnType<typeof removalStage>;
