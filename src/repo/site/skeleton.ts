// Writes the files of a site's two git folders as git init would: a git process for each would cost more than all of them.
// Their format is documented in gitrepository-layout(5).
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
  /** The commit that is checked out. */
  readonly tip: string;
  readonly settings: SiteSettings;
  /** Object folders of the person's repositories, from which the site borrows (alternates in git). */
  readonly stores: readonly string[];
  /** References of the worker's repository besides its branch: lines as in `packed-refs`, in order. */
  readonly packedRefs: string;
  /** The remote and the branch that the site starts from; null without a remote. */
  readonly start: { readonly remote: string; readonly branch: string } | null;
}

/** Parts of the person's git folder that affect how files are checked out. */
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
  writeBranch(facts, facts.tip);
}

/**
 * Sets the reader's branch, in `packed-refs`: a file of its own would need two more folders. A rebase of ours leaves such
 * a file, which is deleted.
 */
export function writeBranch(site: Pick<Site, 'reader' | 'branch'>, commit: string): void {
  writeFileSync(join(site.reader, 'packed-refs'), packedText(`${commit} refs/heads/${site.branch}\n`));
  rmSync(join(site.reader, 'refs/heads', site.branch), { force: true });
}

/** Includes the person's configuration in a git folder of ours. */
function personsConfig(given: Pick<SkeletonFacts, 'common' | 'settings'>): string {
  const config = join(given.common, 'config');
  const includes = [config, ...(existsSync(`${config}.worktree`) ? [`${config}.worktree`] : [])];
  return [
    formatText(given.settings),
    settingsText(given.settings.reader),
    settingsText(includes.map((value) => ({ key: 'include.path', value }))),
    // These settings come last, so that they override the person's, which may be different for their own checkout. Git
    // would believe a commit graph in the worker's objects, whatever it says about a commit's tree and parents.
    '[core]\n\tbare = false\n\tlogAllRefUpdates = false\n\tcommitGraph = false\n',
    // Git 2.54 can disable such hooks only by their names; from 2.55 on, each call of ours disables all (`git.ts`).
    settingsText(given.settings.hooks.names.map((name) => ({ key: `hook.${name}.enabled`, value: 'false' }))),
    given.settings.largeFiles === null ? '' : settingsText([{ key: 'lfs.storage', value: given.settings.largeFiles }]),
  ].join('');
}

/** A git folder at a commit, whose checkout has no files and which sees all objects of the site. */
export function writeView(given: Omit<Workroom, 'common' | 'stores'> & { readonly site: Site }): void {
  const { common, reader, path, stores } = given.site;
  const own = [join(reader, 'objects'), join(path, '.git', 'objects')];
  writeWorkroom({ ...given, common, stores: [...own, ...(stores ?? [join(common, 'objects')])] });
}

interface Workroom {
  readonly common: string;
  readonly gitFolder: string;
  readonly settings: SiteSettings;
  /** The commit. */
  readonly head: string;
  /** Lines as in `packed-refs`, in order. */
  readonly packedRefs: string;
  /** The object folders that it borrows from. */
  readonly stores: readonly string[];
}

/** A git folder of ours beside the person's, with their configuration: nothing that is done in it changes theirs. */
export function writeWorkroom({ common, gitFolder, settings, head, packedRefs, stores }: Workroom): void {
  makeFolders(gitFolder);
  writeGitFolder(gitFolder, { common, head: `${head}\n`, config: personsConfig({ common, settings }), alternates: stores });
  writeFileSync(join(gitFolder, 'packed-refs'), packedText(packedRefs));
}

export function writeWorkers(facts: SkeletonFacts & { readonly gitFolder: string }): void {
  const { common, settings, start, gitFolder } = facts;
  makeFolders(gitFolder);
  writeGitFolder(gitFolder, { common, head: headOf(facts), config: workersConfig(settings), alternates: facts.stores });
  writeFileSync(join(gitFolder, 'packed-refs'), packedText(`${facts.tip} refs/heads/${facts.branch}\n${facts.packedRefs}`));
  if (start !== null) write(join(gitFolder, 'refs/remotes', start.remote, 'HEAD'), `ref: refs/remotes/${start.remote}/${start.branch}\n`);
  // The hooks of the person's own commits and checkouts, as in a worktree of theirs.
  if (settings.hooksPath === null) copyHooks(join(common, 'hooks'), join(gitFolder, 'hooks'));
}

/** A submodule's git folder in a site, at a commit and on no branch. */
export function writeModule(
  facts: Pick<SkeletonFacts, 'common' | 'settings' | 'stores' | 'packedRefs'> & {
    readonly commit: string;
    readonly gitFolder: string;
    /** The path from the git folder to its checkout. */
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

/**
 * The configuration of the worker's repository. Git's automatic maintenance is off in it: it would pack objects in the
 * background that we are about to read one by one.
 */
function workersConfig(settings: SiteSettings): string {
  const own = '[core]\n\tbare = false\n\tlogAllRefUpdates = true\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n';
  return `${formatText(settings)}${own}${settingsText(settings.worker)}`;
}

function headOf({ branch }: SkeletonFacts): string {
  return `ref: refs/heads/${branch}\n`;
}

/** Git makes other folders when it needs them, and each one costs as much as ten files. */
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

/** Git puts an exclude file without any pattern into each repository. */
function isMute(file: string, name: string): boolean {
  return name === 'info/exclude' && /^(?:#.*\n|\n)*$/.test(readFileSync(file, 'latin1'));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Links stay links to the place where the person keeps the hook. */
function copyHooks(from: string, to: string): void {
  const entries = existsSync(from) ? readdirSync(from, { withFileTypes: true }) : [];
  for (const entry of entries.filter(({ name }) => !name.endsWith('.sample'))) {
    mkdirSync(to, { recursive: true });
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isFile()) copyFileSync(source, target);
  }
}
