// The stage that the suites of `Repo` share: a real repository with a bare remote, sites made from it, and pushes from
// them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

/** A repository with a bare remote, new for each test, and the `Repo` under test; `now` has those of the current test. */
export function repoStage(create: () => Repo) {
  let fx: GitFixture;
  let repo: Repo;

  beforeEach(() => {
    fx = createGitFixture();
    repo = create();
  });
  afterEach(() => fx.dispose());

  const add = async (
    name: string,
    options: { remote?: string | null; branch?: string } = {},
  ): Promise<{ path: string; branch: string; base: string }> => {
    const path = join(fx.worktrees, name);
    const branch = options.branch ?? `yard/${name}`;
    const remote = options.remote === undefined ? 'origin' : options.remote;
    const made = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote, defaultBranch: 'main' });
    return { path, ...made };
  };
  /** Everything that belongs to the user and must not change. */
  const users = (): unknown => ({
    config: readFileSync(join(fx.root, '.git/config'), 'utf8'),
    head: readFileSync(join(fx.root, '.git/HEAD'), 'utf8'),
    index: readFileSync(join(fx.root, '.git/index')).toString('base64'),
    refs: fx.git(fx.root, 'for-each-ref', 'refs/heads/main', 'refs/remotes', 'refs/tags', 'refs/stash'),
    status: fx.git(fx.root, '--no-optional-locks', 'status', '--porcelain'),
    fetchHead: readFileSync(join(fx.root, '.git/FETCH_HEAD'), 'utf8'),
  });
  const push = async (at: { path: string }, remote = 'origin', sign: 'auto' | 'off' = 'auto') => {
    const taken = await repo.take({ worktree: at.path });
    return repo.push({ worktree: at.path, remote, commit: taken?.commit ?? 'nothing was taken', accept: false, sign });
  };
  const remoteTip = (branch: string): string => fx.git(fx.remote, 'rev-parse', `refs/heads/${branch}`);

  return { now: () => ({ fx, repo }), add, users, push, remoteTip };
}

export type RepoStage = ReturnType<typeof repoStage>;
