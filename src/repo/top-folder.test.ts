import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { gitRepo } from './git-repo.ts';
import { topFolder } from './top-folder.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => {
  vi.unstubAllEnvs();
  fx.dispose();
});

/** Git's own answer; null for a bare repository too. */
const described = async (dir: string): Promise<string | null> =>
  gitRepo()
    .describe(dir, { remote: 'origin' })
    .then(
      ({ root }) => root,
      (error: { code: string }) => (error.code === 'not-a-repository' ? null : Promise.reject(error)),
    );

interface Layout {
  readonly what: string;
  /** Creates the layout and returns the folder to start from. */
  readonly make: () => string;
}

const ordinary: readonly Layout[] = [
  { what: 'the top folder', make: () => fx.root },
  { what: 'a folder below it', make: () => join(fx.root, 'src') },
  { what: 'outside of any repository', make: () => fx.worktrees },
  {
    what: 'a symbolic link into it',
    make: () => {
      symlinkSync(join(fx.root, 'src'), join(fx.folder, 'link'));
      return join(fx.folder, 'link');
    },
  },
  {
    what: 'a folder below a linked worktree',
    make: () => {
      fx.git(fx.root, 'worktree', 'add', '-q', '-b', 'w', join(fx.worktrees, 'w'));
      return join(fx.worktrees, 'w', 'src');
    },
  },
  {
    what: 'a linked worktree inside of the main one, its paths relative',
    make: () => {
      fx.git(fx.root, 'worktree', 'add', '-q', '-b', 'w', 'ignored/w');
      writeFileSync(join(fx.root, 'ignored/w/.git'), 'gitdir: ../../.git/worktrees/w\n');
      return join(fx.root, 'ignored/w');
    },
  },
  {
    what: 'a checkout whose git folder is elsewhere',
    make: () => {
      fx.git(fx.root, 'init', '-q', '--separate-git-dir', join(fx.folder, 'elsewhere'));
      return join(fx.root, 'src');
    },
  },
  {
    what: 'a git folder that is a symbolic link',
    make: () => {
      renameSync(join(fx.root, '.git'), join(fx.folder, 'moved'));
      symlinkSync(join(fx.folder, 'moved'), join(fx.root, '.git'));
      return fx.root;
    },
  },
];

test.each(ordinary)('$what: found without git, and as git has it', async ({ make }) => {
  const dir = make();
  expect(topFolder(dir)).toEqual({ root: await described(dir) });
});

const unusual: readonly Layout[] = [
  { what: 'a bare repository', make: () => fx.remote },
  { what: 'the inside of the git folder', make: () => join(fx.root, '.git', 'refs') },
  { what: 'a folder that is not there', make: () => join(fx.root, 'missing') },
  { what: 'a file', make: () => join(fx.root, 'README.md') },
  {
    what: 'a submodule',
    make: () => {
      fx.git(fx.root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', fx.remote, 'part');
      return join(fx.root, 'part');
    },
  },
  {
    what: 'a worktree that was set to be elsewhere',
    make: () => {
      fx.git(fx.root, 'config', 'core.worktree', fx.worktrees);
      return fx.root;
    },
  },
  {
    what: 'a linked worktree of a bare repository',
    make: () => {
      fx.git(fx.remote, 'worktree', 'add', '-q', '-b', 'w', join(fx.worktrees, 'w'));
      return join(fx.worktrees, 'w');
    },
  },
  {
    what: 'a worktree whose repository is gone',
    make: () => {
      fx.git(fx.root, 'worktree', 'add', '-q', '-b', 'w', join(fx.worktrees, 'w'));
      renameSync(fx.root, join(fx.folder, 'moved'));
      return join(fx.worktrees, 'w');
    },
  },
  {
    what: 'an empty folder named .git inside of a repository',
    make: () => {
      mkdirSync(join(fx.root, 'src/.git'));
      return join(fx.root, 'src');
    },
  },
  {
    what: 'a limit set by the environment',
    make: () => {
      vi.stubEnv('GIT_CEILING_DIRECTORIES', fx.root);
      return join(fx.root, 'src');
    },
  },
];

test.each(unusual)('$what: left to git', ({ make }) => {
  expect(topFolder(make())).toBe('ask git');
});
