// References of ours in the person's repository, and the branch that a task delivers. Where references are files, they are
// created and deleted as git does it, but without a git process; unusual cases are left to git.
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

/** The entry in the logs of branches. */
const taken = 'yardmaster: taken';

interface Reserved extends NewRef {
  /** Called with the file before it becomes the reference, so that a process that dies in between has left a note. */
  readonly note?: (file: FolderId) => void;
}

/** Creates a reference that must not exist yet. Otherwise returns git's answer, which says why it could not be created. */
export async function makeRef(git: Git, given: Reserved): Promise<'made' | GitAnswer> {
  return (await makeLoose(given)) ? 'made' : moveRef(git, { ...given, from: null });
}

/** `from`: the commit where the branch must be now; null if it must not exist. */
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
    // Synchronous, because the lock of a process that is killed would be in everybody's way.
    const made = isWritten({ ...given, lock });
    if (!made) rmSync(`${file}.lock`, { force: true });
    // Otherwise a power failure could leave an empty file, and git would refuse to work.
    if (made) await promisify(fsync)(lock);
    return made;
  } finally {
    closeSync(lock);
  }
}

/** Whether it was written completely, and nobody did so before us. */
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

/** Git keeps logs of branches if it keeps one of HEAD. */
function logMade({ common, ref, commit }: NewRef): void {
  if (!existsSync(join(common, 'logs', 'HEAD'))) return;
  const file = join(common, 'logs', ref);
  const at = Math.trunc(Date.now() / 1000);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${'0'.repeat(commit.length)} ${commit} Yardmaster <yardmaster@localhost> ${at} +0000\t${taken}\n`);
}

/** For any other name, only git can decide whether it is valid. */
const plainName = /^refs(?:\/\w[\w-]*)+$/;

export async function dropRef(git: Git, given: OurRef): Promise<void> {
  const { common, ref } = given;
  if (dropLoose(given) || (await localTip(git, { common, ref })) === null) return;
  // A failure only means that some objects are kept longer than needed.
  await git.run({ ...shared(common), args: ['update-ref', '-d', ref] });
}

/**
 * Deletes the reference that a note describes, but no other one of the same name, and the lock under which it was to be
 * made. If the note describes none, the lock is deleted anyway; another process that is about to take it only has to try
 * again.
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

/** Git itself would wait for the lock of the packed references, which somebody may have left behind. */
function dropLoose(given: OurRef): boolean {
  const { common, ref } = given;
  if (isElsewhere(given)) return false;
  try {
    // Such a lock belongs to a killed process, because only the owner of a site uses its references.
    for (const file of [ref, `${ref}.lock`]) rmSync(join(common, file), { force: true });
  } catch {
    // A folder is in the place of the file, or a file in the place of a folder.
    return false;
  }
  // Removes the folders in its name if they are empty now.
  for (let folder = dirname(ref); folder !== 'refs/yardmaster' && removeEmpty(join(common, folder)); folder = dirname(folder));
  return true;
}

/** Whether it is not in a file of its own, or not only there. */
function isElsewhere({ common, ref }: OurRef): boolean {
  const packed = packedText(common);
  return packed === null || packed.includes(latin1(` ${ref}\n`)) || existsSync(join(common, 'reftable'));
}

/** Null if the file exists but must not be read here, for example because it is a link to that of another repository. */
function packedText(common: string): string | null {
  const file = join(common, 'packed-refs');
  return fileText(file) ?? (entryAt(file) === null ? '' : null);
}

/** Whether a packed reference has the name of a folder in this one's path, or the other way round. */
function isInTheWay({ common, ref }: OurRef): boolean {
  const packed = packedText(common) ?? '';
  const above = ref.split('/').map((_, at, parts) => parts.slice(0, at).join('/'));
  return packed.includes(latin1(` ${ref}/`)) || above.some((folder) => folder !== '' && packed.includes(latin1(` ${folder}\n`)));
}

/** Whether modes of files (for repositories with several users) or logging are configured, which only git handles. */
function isConfigured(common: string): boolean {
  const setGroup = 0o2000;
  const settings = /sharedrepository|logallrefupdates(?!\s*=\s*true\b)|^\s*\[include/im;
  return (statSync(join(common, 'refs')).mode & setGroup) !== 0 || settings.test(fileText(join(common, 'config')) ?? '[include]');
}

/** References below a name that ends with a slash. */
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
