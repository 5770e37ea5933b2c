// Finds the folder that stands for a repository, from whichever of its worktrees one looks: its `TODO.md` and
// `yardmaster.yaml` are the ones that count. Usually this is the top folder of the main worktree. A bare repository has no
// main worktree; one of its linked worktrees, or the folder around it, is used instead.
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Git } from './git.ts';
import { branchAt, commonFolder, leadsTo, linkAt, linkedWorktrees, none, shared } from './registry.ts';

/** Faults: `unusable-repository`. */
export async function mainFolder(git: Git, given: { readonly dir: string; readonly common: string }): Promise<string> {
  const { dir, common } = given;
  const { bare, worktree } = await layout(git, common);
  if (worktree !== null) return configuredFolder(git, { common, worktree });
  if (bare) return (await standIn(git, common)) ?? refuseBare(git, common);
  const own = await git.maybe({
    cwd: dir,
    args: ['rev-parse', '--path-format=absolute', '--absolute-git-dir', '--show-toplevel'],
    kind: 'read',
  });
  const top = await after(own ?? '', common);
  if (top !== null) return realpath(top);
  // From a linked worktree, git does not tell the main one. In most layouts, the main worktree's `.git` is the common
  // folder.
  if (leadsTo(dirname(common)) === common) return dirname(common);
  throw new Fault({
    code: 'unusable-repository',
    message: `${dir} is a linked worktree, and its repository ${common} has no record of its main worktree`,
    hint: 'give the main worktree instead of the linked one',
  });
}

/** The text behind the line that names this folder; null if the line names another one. Paths may contain line ends. */
async function after(lines: string, folder: string): Promise<string | null> {
  for (let end = lines.indexOf('\n'); end !== -1; end = lines.indexOf('\n', end + 1)) {
    if ((await realpath(lines.slice(0, end)).catch(none)) === folder) return lines.slice(end + 1);
  }
  return null;
}

interface Layout {
  readonly bare: boolean;
  readonly worktree: string | null;
}

/**
 * As git reads these two files, and no others, to find the main worktree. In a linked worktree, `git config` would answer
 * what holds there, and `git sparse-checkout` moves both keys from the first file into the second.
 */
async function layout(git: Git, common: string): Promise<Layout> {
  const first = await layoutIn(git, { common, file: 'config' });
  if (!first.own || !existsSync(join(common, 'config.worktree'))) return first;
  const second = await layoutIn(git, { common, file: 'config.worktree' });
  return { bare: second.bare || first.bare, worktree: second.worktree ?? first.worktree };
}

async function layoutIn(
  git: Git,
  given: { readonly common: string; readonly file: string },
): Promise<Layout & { /** Whether the main worktree has a configuration file of its own. */ readonly own: boolean }> {
  const { common, file } = given;
  const keys = String.raw`^(core\.(bare|worktree)|extensions\.worktreeconfig)$`;
  const args = ['config', '--file', join(common, file), '-z', '--get-regexp', keys];
  const listed = (await git.maybe({ ...shared(common), args, kind: 'read' })) ?? '';
  const entries = new Map(listed.split('\0').map((entry) => [entry.split('\n', 1)[0] ?? '', entry.slice(entry.indexOf('\n') + 1)]));
  return {
    bare: isTrue(entries, 'core.bare'),
    worktree: entries.get('core.worktree') ?? null,
    own: isTrue(entries, 'extensions.worktreeconfig'),
  };
}

/** For git, a key without a value is true; here such an entry has its own name as the value. */
function isTrue(entries: ReadonlyMap<string, string>, key: string): boolean {
  return /^(?:true|yes|on|[1-9]\d*)$/i.test(entries.get(key)?.replace(key, 'true') ?? 'false');
}

/** The folder in `core.worktree`. It is usable only if git finds the repository from there. */
async function configuredFolder(git: Git, given: { readonly common: string; readonly worktree: string }): Promise<string> {
  const { common, worktree } = given;
  const top = await realpath(resolve(common, worktree)).catch(none);
  if (top !== null && (leadsTo(top) === common || (await commonFolder(git, top).catch(() => null)) === common)) return top;
  const unset = `git config --file '${join(common, 'config')}' --unset core.worktree`;
  throw new Fault({
    code: 'unusable-repository',
    message: `the setting core.worktree of ${common} names the folder ${worktree}, ${top === null ? 'which does not exist' : 'but git does not find the repository from there'}`,
    hint:
      top === null
        ? `correct core.worktree; or, to remove it, run: ${unset}`
        : `to use that folder, run: echo 'gitdir: ${common}' > '${join(top, '.git')}'; or, to remove the setting, run: ${unset}`,
  });
}

/** A person who puts one of these files beside a bare repository means that folder. */
const ours = ['TODO.md', 'yardmaster.yaml'];

/**
 * For a bare repository: the folder around it if it contains one of our files; else the linked worktree of the branch
 * that the bare repository's HEAD names, which has been the default branch since it was cloned. That worktree is
 * recognized by its folder's name, so that another branch being checked out there does not matter, else by the branch
 * that is checked out. Else the folder around it.
 */
async function standIn(git: Git, common: string): Promise<string | null> {
  const around = dirname(common);
  const leads = leadsTo(around) === common;
  if (leads && ours.some((name) => existsSync(join(around, name)))) return around;
  const branch = await branchAt(git, common);
  if (branch !== null) {
    const linked = linkedWorktrees(common).filter(({ path }) => linkAt(path)?.common === common);
    const byName = linked.find(({ path }) => path === join(around, branch));
    if (byName !== undefined) return byName.path;
    for (const { admin, path } of linked) if ((await branchAt(git, admin)) === branch) return path;
  }
  return leads ? around : null;
}

async function refuseBare(git: Git, common: string): Promise<never> {
  const branch = (await branchAt(git, common)) ?? 'main';
  throw new Fault({
    code: 'unusable-repository',
    message: `${common} is a bare repository: it has no files to work on`,
    hint: `clone it, or create a worktree and give that folder: git -C '${common}' worktree add '../${basename(branch)}' '${branch}'`,
  });
}
