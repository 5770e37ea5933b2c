// The files of a site's two git folders, written as git init would write them: a process of git for each would cost more
// than all of them. Their form is documented in gitrepository-layout(5).
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { alternatesFile, alternatesText, type Site } from './record.ts';
import type { SiteSettings } from './settings.ts';
import { settingsText } from './git-setting.ts';

export interface SkeletonFacts {
  readonly path: string;
  readonly reader: string;
  readonly common: string;
  readonly branch: string;
  readonly base: string;
  readonly settings: SiteSettings;
  /** Of the person's, to be borrowed from. */
  readonly stores: readonly string[];
  /** References of the worker's repository beside its branch: in the form of the lines of `packed-refs`, in order. */
  readonly packedRefs: string;
  /** The remote and its branch from which the site starts; null without a remote. */
  readonly start: { readonly remote: string; readonly branch: string } | null;
}

/** Parts of the person's git folder that say how files are checked out. */
const copied = ['shallow', 'info/exclude', 'info/attributes', 'info/sparse-checkout', 'git-crypt'];

export function writeReader(facts: SkeletonFacts): void {
  const { reader, common, path } = facts;
  makeFolders(reader);
  writeGitFolder(reader, {
    common,
    head: headOf(facts),
    config: personsConfig(facts),
    alternates: [join(path, '.git', 'objects'), ...facts.stores],
  });
  writeBranch(facts, facts.base);
}

/** The reader's branch. In a file of its own, as git leaves it after a rebase of ours, it would cost two folders more. */
export function writeBranch(site: Pick<Site, 'reader' | 'branch'>, commit: string): void {
  writeFileSync(join(site.reader, 'packed-refs'), packedText(`${commit} refs/heads/${site.branch}\n`));
  rmSync(join(site.reader, 'refs/heads', site.branch), { force: true });
}

/** The person's configuration, for a git folder of ours. */
function personsConfig(given: Pick<SkeletonFacts, 'common' | 'settings'>): string {
  const config = join(given.common, 'config');
  const includes = [config, ...(existsSync(`${config}.worktree`) ? [`${config}.worktree`] : [])];
  return [
    formatText(given.settings),
    settingsText(given.settings.reader),
    settingsText(includes.map((value) => ({ key: 'include.path', value }))),
    // After the person's, which may say something else of their own checkout. A commit graph in the worker's objects would be
    // believed, whatever it says of a commit's tree and parents.
    '[core]\n\tbare = false\n\tlogAllRefUpdates = false\n\tcommitGraph = false\n',
    // Git 2.54 can switch off such hooks only by their names; from 2.55 on each call of ours says it of all (`git.ts`).
    settingsText(given.settings.hooks.names.map((name) => ({ key: `hook.${name}.enabled`, value: 'false' }))),
    given.settings.largeFiles === null ? '' : settingsText([{ key: 'lfs.storage', value: given.settings.largeFiles }]),
  ].join('');
}

/** A git folder whose checkout has no files, at a commit, which sees all objects of the site. */
export function writeView(given: {
  readonly site: Site;
  readonly gitFolder: string;
  readonly settings: SiteSettings;
  readonly head: string;
  readonly packedRefs: string;
}): void {
  const { site, gitFolder, settings } = given;
  const { common, reader, path } = site;
  makeFolders(gitFolder);
  const stores = [join(reader, 'objects'), join(path, '.git', 'objects'), ...(site.stores ?? [join(common, 'objects')])];
  writeGitFolder(gitFolder, { common, head: `${given.head}\n`, config: personsConfig({ common, settings }), alternates: stores });
  writeFileSync(join(gitFolder, 'packed-refs'), packedText(given.packedRefs));
}

export function writeWorkers(facts: SkeletonFacts & { readonly gitFolder: string }): void {
  const { common, settings, start, gitFolder } = facts;
  makeFolders(gitFolder);
  writeGitFolder(gitFolder, { common, head: headOf(facts), config: workersConfig(settings), alternates: facts.stores });
  writeFileSync(join(gitFolder, 'packed-refs'), packedText(`${facts.base} refs/heads/${facts.branch}\n${facts.packedRefs}`));
  if (start !== null) write(join(gitFolder, 'refs/remotes', start.remote, 'HEAD'), `ref: refs/remotes/${start.remote}/${start.branch}\n`);
  // Of the person's own commits and checkouts, as in a worktree of theirs.
  if (settings.hooksPath === null) copyHooks(join(common, 'hooks'), join(gitFolder, 'hooks'));
}

/** A submodule's git folder in a site, at a commit and on no branch. */
export function writeModule(
  facts: Pick<SkeletonFacts, 'common' | 'settings' | 'stores' | 'packedRefs'> & {
    readonly commit: string;
    readonly gitFolder: string;
    /** From the git folder to its checkout. */
    readonly worktree: string;
  },
): void {
  const { settings, gitFolder, commit, stores, worktree } = facts;
  makeFolders(gitFolder);
  const core = settingsText([{ key: 'core.worktree', value: worktree }]);
  const config = `${workersConfig(settings)}${core}`;
  writeGitFolder(gitFolder, { common: facts.common, head: `${commit}\n`, config, alternates: stores });
  if (facts.packedRefs !== '') writeFileSync(join(gitFolder, 'packed-refs'), packedText(facts.packedRefs));
}

/** Git does not tidy up by itself there: it would pack, behind the agent's back, what is about to be read object by object. */
function workersConfig(settings: SiteSettings): string {
  const own = '[core]\n\tbare = false\n\tlogAllRefUpdates = true\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n';
  return `${formatText(settings)}${own}${settingsText(settings.worker)}`;
}

function headOf({ branch }: SkeletonFacts): string {
  return `ref: refs/heads/${branch}\n`;
}

/** Git makes the others when it needs them, and each one costs as much as ten files. */
function makeFolders(gitFolder: string): void {
  for (const name of ['objects/info', 'refs']) mkdirSync(join(gitFolder, name), { recursive: true });
}

function packedText(refs: string): string {
  return `# pack-refs with: peeled fully-peeled sorted \n${refs}`;
}

function formatText({ objectFormat }: SiteSettings): string {
  if (objectFormat === 'sha1') return '[core]\n\trepositoryformatversion = 0\n';
  return `[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = ${objectFormat}\n`;
}

function writeGitFolder(
  gitFolder: string,
  facts: { readonly common: string; readonly head: string; readonly config: string; readonly alternates: readonly string[] },
): void {
  writeFileSync(join(gitFolder, 'HEAD'), facts.head);
  writeFileSync(join(gitFolder, 'config'), facts.config);
  writeFileSync(alternatesFile(gitFolder), alternatesText(facts.alternates));
  for (const name of copied) {
    const from = join(facts.common, name);
    if (existsSync(from) && !isMute(from, name)) cpSync(from, join(gitFolder, name), { recursive: true });
  }
}

/** Git puts an exclude file into each repository that says nothing. */
function isMute(file: string, name: string): boolean {
  return name === 'info/exclude' && /^(?:#.*\n|\n)*$/.test(readFileSync(file, 'latin1'));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Links stay links: they lead to where the person keeps the hook. */
function copyHooks(from: string, to: string): void {
  const entries = existsSync(from) ? readdirSync(from, { withFileTypes: true }) : [];
  for (const entry of entries.filter(({ name }) => !name.endsWith('.sample'))) {
    mkdirSync(to, { recursive: true });
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isFile()) copyFileSync(source, target);
  }
}
