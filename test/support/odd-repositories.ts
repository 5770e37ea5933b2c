// Repositories that are rarer than a plain clone, each made as a person would make it, with a real remote. All contain the
// files of `createGitFixture`. A row may add steps to the worker's, and checks of a fresh clone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';
import { since } from './git-version.ts';
import { lfs, gitCrypt, husky, configuredHooks } from './odd-filters.ts';
import { reformatted, partial, sparse, chained, bare, submoduleCheckout, coreWorktree, refsElsewhere } from './odd-layouts.ts';
import { oddPath, oddNames, manyRefs, anotherOwner, tooNew } from './odd-names.ts';
import { cloned, everywhere, grown, plain, type Odd } from './odd-repository.ts';
import { submodules, moduleFolders, emptySubmodules } from './odd-submodules.ts';

export interface OddRow {
  readonly name: string;
  readonly make: (fx: GitFixture) => Odd;
  /** Why it cannot be made on this machine; null: it can. */
  readonly missing?: () => string | null;
}

const program = (name: string) => (): string | null => {
  const there = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)));
  return there ? null : `there is no ${name} here: apt-get install ${name}`;
};

const asRoot = (): string | null => (process.geteuid?.() === 0 ? null : 'only root can give a folder to another user');

/** Those that `npm test` has; all others are in the list below, for the lane `full`. */
export const oddRepositories: readonly OddRow[] = [
  { name: 'shallow', make: (fx) => (grown(fx, { 'more.txt': '1\n' }), cloned(fx, 'shallow', '--depth', '1')) },
  { name: 'reftable', make: (fx) => reformatted(fx, '--ref-format=reftable'), missing: since(2, 45) },
  {
    name: 'a linked worktree',
    make: (fx) => (
      fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'side', join(fx.folder, 'side')),
      { root: join(fx.folder, 'side'), common: join(fx.root, '.git') }
    ),
  },
  { name: 'a sparse checkout by folders', make: (fx) => sparse(fx, '--cone', 'src') },
  { name: 'hooks by core.hooksPath', make: husky },
  { name: 'files’ names of any bytes', make: oddNames },
  { name: 'another owner', make: anotherOwner, missing: asRoot },
];

export const rarerRepositories: readonly OddRow[] = [
  { name: 'a plain clone', make: (fx) => plain(fx.root) },
  { name: 'a partial clone without blobs', make: (fx) => partial(fx, 'blob:none') },
  { name: 'SHA-256', make: (fx) => reformatted(fx, '--object-format=sha256') },
  { name: 'alternates of the person’s own', make: (fx) => chained(fx, 1) },
  { name: 'a submodule’s checkout', make: submoduleCheckout },
  { name: 'core.worktree', make: (fx) => coreWorktree(fx, 'config') },
  { name: 'submodules that are there, nested', make: submodules },
  { name: 'a split index', make: (fx) => everywhere(fx, plain(fx.root), 'core.splitIndex') },
  { name: 'LFS', make: (fx) => lfs(fx, null), missing: program('git-lfs') },
  { name: 'a partial clone without trees', make: (fx) => partial(fx, 'tree:0') },
  { name: 'a partial clone without large blobs', make: (fx) => partial(fx, 'blob:limit=5') },
  { name: 'a partial clone that is sparse', make: (fx) => partial(fx, 'blob:none', '--sparse') },
  { name: 'references elsewhere', make: refsElsewhere, missing: since(2, 54) },
  { name: 'an extension that this git does not know', make: tooNew },
  { name: '50,000 references', make: manyRefs },
  { name: 'a chain of alternates as long as git follows', make: (fx) => chained(fx, 5) },
  {
    name: 'a linked worktree with relative paths',
    make: (fx) => (
      fx.git(fx.root, 'worktree', 'add', '--quiet', '--relative-paths', '-b', 'side', join(fx.folder, 'side')),
      { root: join(fx.folder, 'side'), common: join(fx.root, '.git') }
    ),
    missing: since(2, 48),
  },
  { name: '.bare with a worktree beside it', make: bare },
  { name: 'core.worktree in config.worktree', make: (fx) => coreWorktree(fx, 'config.worktree') },
  { name: 'a sparse checkout with a sparse index', make: (fx) => sparse(fx, '--cone', '--sparse-index', 'src') },
  { name: 'a sparse checkout by patterns', make: (fx) => sparse(fx, '--no-cone', '/src/', '/*.md', '/*.txt') },
  {
    name: 'submodules whose git folders are configured',
    make: moduleFolders,
    missing: since(2, 54),
  },
  { name: 'submodules that are not there', make: emptySubmodules },
  { name: 'submodules, with submodule.recurse', make: (fx) => everywhere(fx, submodules(fx), 'submodule.recurse') },
  { name: 'a watcher of files', make: (fx) => everywhere(fx, plain(fx.root), 'core.fsmonitor'), missing: since(2, 55) },
  { name: 'an index for many files', make: (fx) => everywhere(fx, plain(fx.root), 'feature.manyFiles') },
  { name: 'LFS with a store elsewhere', make: (fx) => lfs(fx, '../../large'), missing: program('git-lfs') },
  { name: 'git-crypt', make: gitCrypt, missing: program('git-crypt') },
  { name: 'hooks in the configuration', make: configuredHooks, missing: since(2, 55) },
  { name: 'a path with odd characters', make: oddPath },
];
