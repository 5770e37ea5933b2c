// The contract of `Repo` over repositories that are not plain clones. Every one of them either passes one sequence of
// steps, from the description to the removal, or is refused before that, by name. (repo-places.testsuite.ts tests how such
// repositories are found from their folders, and which uses of `.bare` and core.worktree are refused.)
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { OddRow } from '../../test/support/odd-repositories.ts';
import type { Odd } from '../../test/support/odd-repository.ts';
import { changesSince, pictureOf } from '../../test/support/repository-picture.ts';
import type { Repo } from './repo.ts';

export function repoOddContract(given: { readonly create: () => Repo; readonly rows: readonly OddRow[] }): void {
  const { create, rows } = given;
  let fx: GitFixture;
  beforeEach(() => {
    fx = createGitFixture();
  });
  afterEach(() => fx.dispose());

  const origin = { remote: 'origin' };

  describe('odd repositories', () => {
    test.for(rows)('$name', async ({ make, missing }, { skip }) => {
      const why = missing?.() ?? null;
      if (why !== null) skip(why);
      const odd = make(fx);
      if (odd.refused !== undefined && !(await isLifted(odd))) return;
      const { root, common } = odd;
      const repository = { repo: root, gitFolder: common, env: process.env };
      const before = pictureOf(repository);
      const path = join(fx.worktrees, 't1');
      const commit = await passage(odd, path);

      expect(readdirSync(fx.worktrees)).toEqual([]);
      for (const name of ['readers', 'trash']) expect(readdirSync(join(dirname(fx.worktrees), name)), name).toEqual([]);
      expect(changesSince(before, repository)).toEqual([]);
      const left = fx.git(common, `--git-dir=${common}`, 'for-each-ref', '--format=%(refname)', 'refs/heads/yard', 'refs/yardmaster');
      expect(left.split('\n').filter((ref) => !ref.startsWith('refs/yardmaster/remotes/'))).toEqual([]);
      look(odd, commit);
    });
  });

  /** It is refused by name before anything is made. Returns whether the hint's own command helps. */
  async function isLifted({ root, refused }: Odd): Promise<boolean> {
    const fault: unknown = await create()
      .describe(root, origin)
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'unusable-repository', message: expect.stringMatching(refused ?? /^$/) });
    const { hint } = fault as { hint: string };
    const command = hint.indexOf('git config --global');
    if (command === -1) return false;
    execFileSync('/bin/sh', ['-c', hint.slice(command)], { stdio: 'ignore' });
    return true;
  }

  /** A worker commits edited and moved files and leaves another file uncommitted; both are delivered. */
  async function passage(odd: Odd, path: string): Promise<string> {
    const repo = create();
    const { root, remote, defaultBranch, common } = await repo.describe(odd.root, origin);
    expect(common).toBe(odd.common);
    const { branch, base } = await repo.makeSite({ root, path, branch: () => 'yard/t1', remote, defaultBranch });
    expect(fx.git(path, 'status', '--porcelain', '--ignore-submodules=none')).toBe('');
    expect(await repo.facts({ worktree: path, base })).toEqual({ head: base, commits: 0, dirty: [] });

    odd.work?.(path);
    fx.git(path, 'mv', 'README.md', 'READ-ME.md');
    fx.write(path, { 'src/app.txt': 'one\n2\nthree\n' });
    const own = fx.commit(path, {});
    odd.leave?.(path);
    fx.write(path, { 'src/left.txt': 'left\n', 'src/app.txt': 'one\n2\n3\n' });

    const facts = await repo.facts({ worktree: path, base });
    expect(facts).toMatchObject({ head: own, commits: 1, dirty: expect.arrayContaining(['src/app.txt', 'src/left.txt']) });
    expect(await repo.log({ worktree: path, base })).toHaveLength(1);
    expect((await repo.changes({ worktree: path, base })).join('\n')).toContain('src/app.txt');
    const commit = await repo.commitAll({ worktree: path, message: 'left', sign: 'auto' });
    if (commit === null) throw new Error('nothing was committed');
    expect(await repo.facts({ worktree: path, base })).toEqual({ head: commit, commits: 2, dirty: [] });
    expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
    expect(fx.git(odd.common, `--git-dir=${odd.common}`, 'rev-parse', branch)).toBe(commit);
    expect(await repo.unreachableSubmodules({ worktree: path, commit, base })).toEqual([]);
    const hooks = await repo.pushHooks({ worktree: path, remote: 'origin', commit });
    expect(hooks.map(({ file }) => file)).toEqual(odd.hook === undefined ? [] : [odd.hook]);
    for (const hook of hooks) expect(hook.input).toBe(`refs/heads/${branch} ${commit} refs/heads/${branch} ${'0'.repeat(commit.length)}\n`);
    const pushed = await repo.push({ worktree: path, remote: 'origin', commit, accept: false, sign: 'auto' });
    expect(pushed, JSON.stringify(pushed)).toMatchObject({ pushed: true, commit });
    // A new process, which knows nothing of what the remote has received.
    const removed = await create().removeSite({ root, path, branch, attempt: 'a1', remote, keepBranch: false });
    expect(removed).toEqual({ preserved: null });
    return commit;
  }

  function look(odd: Odd, commit: string): void {
    expect(fx.git(fx.remote, 'rev-parse', 'yard/t1')).toBe(commit);
    const clone = join(fx.folder, 'fresh-clone');
    fx.git(fx.folder, 'clone', '--quiet', '--recurse-submodules', '--branch', 'yard/t1', `file://${fx.remote}`, clone);
    fx.git(clone, 'fsck', '--no-dangling');
    odd.ready?.(clone);
    const texts = ['READ-ME.md', 'src/app.txt', 'src/left.txt'].map((name) => readFileSync(join(clone, name), 'utf8'));
    expect(texts).toEqual(['A repository.\n', 'one\n2\n3\n', 'left\n']);
    expect(existsSync(join(clone, 'README.md'))).toBe(false);
    odd.arrived?.(clone);
  }
}
