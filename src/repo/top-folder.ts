// Finds a repository's top folder by searching for `.git` as git does, but without a process: describing a repository takes
// git about seven processes, a tenth of a second. The answer is the same as that of `describe`; in an unusual layout the
// caller is told to ask git.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** `root`: the main worktree's top folder, also from inside a linked one; null outside of any repository. */
export type TopFolder = { readonly root: string | null } | 'ask git';

export function topFolder(dir: string): TopFolder {
  // With these variables set, git stops searching elsewhere.
  if (process.env['GIT_CEILING_DIRECTORIES'] !== undefined || process.env['GIT_DISCOVERY_ACROSS_FILESYSTEM'] !== undefined)
    return 'ask git';
  try {
    return lookUp(realpathSync(dir));
  } catch {
    // Something is missing, not readable or not a folder; git has a message for it.
    return 'ask git';
  }
}

function lookUp(start: string): TopFolder {
  const { dev } = statSync(`${start}/.`);
  for (let at = start; ; at = dirname(at)) {
    // Like git, the search does not cross into another file system.
    if (statSync(at).dev !== dev) return { root: null };
    if (existsSync(join(at, '.git'))) return ofWorktree(at);
    // A bare repository, or the inside of a `.git` folder.
    if (existsSync(join(at, 'HEAD'))) return 'ask git';
    if (dirname(at) === at) return { root: null };
  }
}

function ofWorktree(top: string): TopFolder {
  const dotGit = join(top, '.git');
  const pointer = statSync(dotGit).isFile() ? /^gitdir: (.+)$/m.exec(readFileSync(dotGit, 'utf8'))?.[1] : dotGit;
  if (pointer === undefined) return 'ask git';
  const own = realpathSync(resolve(top, pointer));
  // Git refuses a repository that belongs to another user, unless it is configured to trust it.
  if ([top, dotGit, own].some((path) => statSync(path).uid !== process.geteuid?.())) return 'ask git';
  if (!existsSync(join(own, 'HEAD'))) return 'ask git';
  const linked = join(own, 'commondir');
  const common = existsSync(linked) ? realpathSync(resolve(own, readFileSync(linked, 'utf8').trim())) : own;
  // These two files can name a submodule, a bare repository, or a worktree in another folder; the second one is the main
  // worktree's own.
  const files = ['config', 'config.worktree'].map((name) => join(common, name)).filter((file) => existsSync(file));
  if (files.some((file) => /\bworktree\s*=|\bbare\b(?!\s*=\s*false\b)/i.test(readFileSync(file, 'utf8')))) return 'ask git';
  if (own === common) return { root: top };
  return basename(common) === '.git' ? { root: dirname(common) } : 'ask git';
}
