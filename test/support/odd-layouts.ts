// Repositories with an unusual layout of folders or objects: partial, sparse, borrowed, bare, or in another format.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';
import { cloned, grown, plain, type Odd } from './odd-repository.ts';

/** Makes the whole fixture again in another format. */
export function reformatted(fx: GitFixture, ...format: string[]): Odd {
  for (const path of [fx.root, fx.remote]) rmSync(path, { recursive: true });
  fx.git(fx.folder, 'init', '--quiet', '--bare', '--template=', ...format, fx.remote);
  fx.git(fx.folder, 'init', '--quiet', '--template=', ...format, fx.root);
  fx.git(fx.root, 'remote', 'add', 'origin', fx.remote);
  grown(fx, { 'README.md': 'A repository.\n', 'src/app.txt': 'one\ntwo\nthree\n', '.gitignore': '*.log\nignored/\n' });
  return plain(fx.root);
}

export function partial(fx: GitFixture, filter: string, ...options: string[]): Odd {
  grown(fx, { 'src/app.txt': 'one\n', 'src/deep/er/old.txt': 'older\n', 'docs/a.txt': 'docs\n' });
  grown(fx, { 'src/app.txt': 'one\ntwo\nthree\n', 'src/deep/er/old.txt': 'old\n' });
  fx.git(fx.remote, 'config', 'uploadpack.allowFilter', 'true');
  const odd = cloned(fx, 'partial', '--filter', filter, ...options);
  if (options.includes('--sparse')) fx.git(odd.root, 'sparse-checkout', 'set', 'src');
  // The branch that work starts from has files that the person does not have.
  grown(fx, { 'src/deep/er/new.txt': 'new at the remote\n' });
  return {
    ...odd,
    work: (site) => fx.git(site, 'mv', 'src/deep/er/new.txt', 'src/moved.txt'),
    // In a sparse checkout this path is outside, and the other files in that folder are missing.
    leave: (site) => fx.write(site, { 'docs/left.txt': 'left\n' }),
    arrived: (clone) => ['docs/a.txt', 'docs/left.txt', 'src/moved.txt'].forEach((name) => readFileSync(join(clone, name))),
  };
}

export function sparse(fx: GitFixture, ...options: string[]): Odd {
  grown(fx, { 'docs/old.txt': 'old\n', 'docs/deep/old.txt': 'old\n' });
  fx.git(fx.root, 'sparse-checkout', 'set', ...options);
  return {
    ...plain(fx.root),
    work: (site) => {
      if (existsSync(join(site, 'docs'))) throw new Error('the checkout is not sparse');
    },
    leave: (site) => fx.write(site, { 'docs/left.txt': 'left\n' }),
    arrived: (clone) => {
      for (const name of ['old.txt', 'deep/old.txt', 'left.txt']) readFileSync(join(clone, 'docs', name));
    },
  };
}

/** A chain of repositories, each of which borrows objects from the one before; the work is done in the last one. */
export function chained(fx: GitFixture, length: number): Odd {
  let from = fx.remote;
  for (let link = 1; link <= length; link += 1) {
    const name = `link-${link}`;
    fx.git(fx.folder, 'clone', '--quiet', '--shared', '--template=', from, name);
    from = join(fx.folder, name);
    fx.commit(from, { [`link-${link}.txt`]: `${link}\n` });
  }
  fx.git(from, 'remote', 'set-url', 'origin', fx.remote);
  fx.git(from, 'push', '--quiet', 'origin', 'main');
  return plain(from);
}

export function bare(fx: GitFixture): Odd {
  const around = join(fx.folder, 'project');
  mkdirSync(around);
  fx.git(around, 'clone', '--quiet', '--bare', fx.remote, '.bare');
  writeFileSync(join(around, '.git'), 'gitdir: ./.bare\n');
  fx.git(around, 'worktree', 'add', '--quiet', join(around, 'main'), 'main');
  return { root: join(around, 'main'), common: join(around, '.bare') };
}

export function submoduleCheckout(fx: GitFixture): Odd {
  const above = fx.clone('above');
  fx.git(above, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', fx.remote, 'part');
  fx.git(above, 'config', 'extensions.worktreeConfig', 'true');
  return { root: join(above, 'part'), common: join(above, '.git/modules/part') };
}

export function coreWorktree(fx: GitFixture, file: string): Odd {
  fx.git(fx.root, 'config', 'extensions.worktreeConfig', 'true');
  fx.git(fx.root, 'config', '--file', join(fx.root, '.git', file), 'core.worktree', fx.root);
  fx.write(fx.root, { 'mine.txt': 'untracked\n', 'src/app.txt': 'changed and not committed\n' });
  return plain(fx.root);
}

/** References in another folder, as `GIT_REFERENCE_BACKEND` places them. */
export function refsElsewhere(fx: GitFixture): Odd {
  const config = join(fx.root, '.git/config');
  const refs = join(fx.folder, 'refs-elsewhere');
  mkdirSync(join(refs, 'refs'), { recursive: true });
  const text = `[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = files://${refs}\n`;
  writeFileSync(config, `${readFileSync(config, 'utf8')}${text}`);
  return { ...plain(fx.root), refused: /extensions\.refStorage/ };
}
