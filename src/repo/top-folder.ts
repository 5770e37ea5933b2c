// Finds a repository's top folder by looking for `.git`, as git does, without a process: to describe a repository takes git
// some seven, a tenth of a second. It answers what `describe` answers, and where the layout is not one of the ordinary it
// does not guess.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** `root`: the main worktree's top folder, also from inside a linked one; null outside of any repository. */
export type TopFolder = { readonly root: string | null } | 'ask git';

export function topFolder(dir: string): TopFolder {
  // With these in the environment, git stops looking somewhere else.
  if (process.env['GIT_CEILING_DIRECTORIES'] !== undefined || process.env['GIT_DISCOVERY_ACROSS_FILESYSTEM'] !== undefined)
    return 'ask git';
  try {
    return lookUp(realpathSync(dir));
  } catch {
    // Something is not there, not readable or not a folder: git has the words for it.
    return 'ask git';
  }
}

function lookUp(start: string): TopFolder {
  const { dev } = statSync(`${start}/.`);
  for (let at = start; ; at = dirname(at)) {
    // Like git, not into another file system.
    if (statSync(at).dev !== dev) return { root: null };
    if (existsSync(join(at, '.git'))) return ofWorktree(at);
    // A bare repository, or the inside of a `.git`.
    if (existsSync(join(at, 'HEAD'))) return 'ask git';
    if (dirname(at) === at) return { root: null };
  }
}

function ofWorktree(top: string): TopFolder {
  const mark = join(top, '.git');
  const pointer = statSync(mark).isFile() ? /^gitdir: (.+)$/m.exec(readFileSync(mark, 'utf8'))?.[1] : mark;
  if (pointer === undefined) return 'ask git';
  const own = realpathSync(resolve(top, pointer));
  // Git refuses what belongs to somebody else, unless it is configured to trust it.
  if ([top, mark, own].some((path) => statSync(path).uid !== process.geteuid?.())) return 'ask git';
  if (!existsSync(join(own, 'HEAD'))) return 'ask git';
  const linked = join(own, 'commondir');
  const common = existsSync(linked) ? realpathSync(resolve(own, readFileSync(linked, 'utf8').trim())) : own;
  // A submodule, a bare repository, or a worktree that was set to be elsewhere; the second file is the main worktree's own.
  const files = ['config', 'config.worktree'].map((name) => join(common, name)).filter((file) => existsSync(file));
  if (files.some((file) => /\bworktree\s*=|\bbare\b(?!\s*=\s*false\b)/i.test(readFileSync(file, 'utf8')))) return 'ask git';
  if (own === common) return { root: top };
  return basename(common) === '.git' ? { root: dirname(common) } : 'ask git';
}
