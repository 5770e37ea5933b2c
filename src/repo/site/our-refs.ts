// References of ours in the person's repository, and the branch that a task delivers. Where they are files of their own they
// are made and deleted as git does it, without a process of git; whatever is not plain is left to git.
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Git, GitAnswer } from '../git.ts';
import { localTip, shared } from '../registry.ts';
import { entryAt, fileText, filesBelow } from './git-files.ts';
import { idOf, isSame, latin1, type FolderId } from './record.ts';

interface OurRef {
  readonly common: string;
  readonly ref: string;
}

interface NewRef extends OurRef {
  readonly commit: string;
}

/** What the logs of branches say of it. */
const taken = 'yardmaster: taken';

interface Reserved extends NewRef {
  /** Told which file it will be, before it is there: whoever dies over it has left a note by then. */
  readonly note?: (file: FolderId) => void;
}

/** Makes one that must not be there yet. Otherwise git's answer, which says why it could not. */
export async function makeRef(git: Git, given: Reserved): Promise<'made' | GitAnswer> {
  return (await makeLoose(given)) ? 'made' : moveRef(git, { ...given, from: null });
}

/** `from`: where it must be; null: it must not be there. */
export function moveRef(git: Git, given: NewRef & { readonly from: string | null }): Promise<GitAnswer> {
  const { common, ref, commit, from } = given;
  return git.run({ ...shared(common), args: ['update-ref', '-m', taken, ref, commit, from ?? '0'.repeat(commit.length)] });
}

async function makeLoose(given: Reserved): Promise<boolean> {
  const file = join(given.common, given.ref);
  if (!plainName.test(given.ref) || isElsewhere(given) || isInTheWay(given) || isConfigured(given.common)) return false;
  let lock: number;
  try {
    mkdirSync(dirname(file), { recursive: true });
    lock = openSync(`${file}.lock`, 'wx');
  } catch {
    return false;
  }
  try {
    // Nothing is waited for meanwhile: a lock of somebody who is killed is in everybody's way.
    const made = isWritten({ ...given, lock });
    if (!made) rmSync(`${file}.lock`, { force: true });
    // After a loss of power an empty file would stand there, and git would refuse to work.
    if (made) await promisify(fsync)(lock);
    return made;
  } finally {
    closeSync(lock);
  }
}

/** In full, and with nobody before us. */
function isWritten(given: Reserved & { readonly lock: number }): boolean {
  const { common, ref, commit, lock, note } = given;
  try {
    if (writeSync(lock, `${commit}\n`) <= commit.length || existsSync(join(common, ref)) || isElsewhere(given)) return false;
    if (ref.startsWith('refs/heads/')) logMade(given);
    note?.(idOf(fstatSync(lock)));
    renameSync(join(common, `${ref}.lock`), join(common, ref));
    return true;
  } catch {
    return false;
  }
}

/** Git keeps logs of branches where it keeps one of HEAD. */
function logMade({ common, ref, commit }: NewRef): void {
  if (!existsSync(join(common, 'logs', 'HEAD'))) return;
  const file = join(common, 'logs', ref);
  const at = Math.trunc(Date.now() / 1000);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${'0'.repeat(commit.length)} ${commit} Yardmaster <yardmaster@localhost> ${at} +0000\t${taken}\n`);
}

/** Of no other can be said without git whether it is a valid name. */
const plainName = /^refs(?:\/\w[\w-]*)+$/;

export async function dropRef(git: Git, given: OurRef): Promise<void> {
  const { common, ref } = given;
  if (dropLoose(given) || (await localTip(git, { common, ref })) === null) return;
  // Where it fails it keeps some objects longer than they are needed, and nothing else.
  await git.run({ ...shared(common), args: ['update-ref', '-d', ref] });
}

/**
 * The one that a note tells of, and no other one of the same name; with the lock under which it was to be made. Where the note
 * tells of none the lock is gone as well: another one that is about to make it only has to try again.
 */
export async function dropReserved(git: Git, given: OurRef & { readonly file: FolderId | 'git' | null }): Promise<void> {
  const { file } = given;
  const path = join(given.common, given.ref);
  if (file === 'git' || (file !== null && isFile(path, file))) await dropRef(git, given);
  else if (file === null || isFile(`${path}.lock`, file)) rmSync(`${path}.lock`, { force: true });
}

function isFile(path: string, file: FolderId): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && isSame(idOf(there), file);
}

/** Git itself would wait for the lock of the packed ones, which somebody may have left behind. */
function dropLoose(given: OurRef): boolean {
  const { common, ref } = given;
  if (isElsewhere(given)) return false;
  try {
    // A lock is of somebody who was killed: only the owner of a site has to do with its references.
    for (const file of [ref, `${ref}.lock`]) rmSync(join(common, file), { force: true });
  } catch {
    // A folder, or a file in the place of one.
    return false;
  }
  // The folders of its name, if it was the last one in them.
  for (let folder = dirname(ref); folder !== 'refs/yardmaster' && removeEmpty(join(common, folder)); folder = dirname(folder));
  return true;
}

/** It does not stand in a file of its own, or not in that alone. */
function isElsewhere({ common, ref }: OurRef): boolean {
  const packed = packedText(common);
  return packed === null || packed.includes(latin1(` ${ref}\n`)) || existsSync(join(common, 'reftable'));
}

/** Null: it is there and not to be read here, as where it is a link to the one of another repository. */
function packedText(common: string): string | null {
  const file = join(common, 'packed-refs');
  return fileText(file) ?? (entryAt(file) === null ? '' : null);
}

/** A packed one has the name of a folder of this one, or the other way round. */
function isInTheWay({ common, ref }: OurRef): boolean {
  const packed = packedText(common) ?? '';
  const above = ref.split('/').map((_, at, parts) => parts.slice(0, at).join('/'));
  return packed.includes(latin1(` ${ref}/`)) || above.some((folder) => folder !== '' && packed.includes(latin1(` ${folder}\n`)));
}

/** Somebody configured which modes its files have (several people use the repository) or what is logged, which git knows. */
function isConfigured(common: string): boolean {
  const setGroup = 0o2000;
  const settings = /sharedrepository|logallrefupdates(?!\s*=\s*true\b)|^\s*\[include/im;
  return (statSync(join(common, 'refs')).mode & setGroup) !== 0 || settings.test(fileText(join(common, 'config')) ?? '[include]');
}

/** Those below a name that ends with a slash. */
export async function refsBelow(
  git: Git,
  { common, space }: { readonly common: string; readonly space: string },
): Promise<readonly string[]> {
  if (existsSync(join(common, 'reftable'))) {
    const listed = await git.text({ ...shared(common), args: ['for-each-ref', '--format=%(refname)', space], kind: 'read' });
    return listed === '' ? [] : listed.split('\n');
  }
  const packed = (fileText(join(common, 'packed-refs')) ?? '').split('\n').flatMap((line) => {
    const at = line.indexOf(latin1(` ${space}`));
    return at === -1 ? [] : [space + line.slice(at + 1 + latin1(space).length)];
  });
  return [...new Set([...filesBelow(join(common, space)).map((name) => space + name), ...packed])];
}

function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
