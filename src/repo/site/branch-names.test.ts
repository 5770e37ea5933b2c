// A branch at the remote that would have ours in its folder, or the other way round, is detected before anything is paid
// for.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { branchName } from '../../core/delivery/branch.ts';
import { gitRepo } from '../git-repo.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => fx.dispose());

const make = (branch: (taken: ReadonlySet<string>) => string) => {
  const about = { root: fx.root, path: join(fx.worktrees, 't1'), remote: 'origin', defaultBranch: 'main' };
  return gitRepo().makeSite({ ...about, branch });
};

for (const there of ['yard', 'yard/t1-x/y']) {
  test(`${there} at the remote: that name is refused, and nothing is left of it`, async () => {
    fx.git(fx.root, 'push', '--quiet', 'origin', `main:${there}`);
    await expect(make(() => 'yard/t1-x')).rejects.toMatchObject({
      code: 'worktree-failed',
      message: expect.stringContaining(`there is a branch ${there}, here or at the remote`),
      hint: expect.stringContaining('delivery.branchPrefix'),
    });
    expect(existsSync(join(fx.worktrees, 't1'))).toBe(false);
    expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base')).toBe('');
  });

  test(`${there} at the remote: the name that a task gets can be pushed`, async () => {
    fx.git(fx.root, 'push', '--quiet', 'origin', `main:${there}`);
    const { branch } = await make((taken) => branchName({ prefix: 'yard/', id: 't1', title: 'x', taken }));
    fx.git(fx.root, 'push', '--quiet', 'origin', `main:refs/heads/${branch}`);
    expect(fx.git(fx.remote, 'rev-parse', branch)).toBe(fx.git(fx.root, 'rev-parse', 'main'));
  });
}

test('a branch here in whose folder it would be is told by name', async () => {
  fx.git(fx.root, 'branch', 'yard');
  await expect(make(() => 'yard/t1-x')).rejects.toThrow('there is a branch yard, here or at the remote, and git cannot have both');
});
