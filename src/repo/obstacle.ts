// Recognizes obstacles for git that a person can remove: a lock that somebody holds or left behind, a full disk, a
// read-only file system, a remote that requires a sign-in, a program that is not installed. We never remove a lock of a
// person's, because whether its owner still lives cannot be known for sure. A lock that a killed call of ours left on one
// of our references is removed, because nobody else would.
import type { Stats } from 'node:fs';
import { access, constants, link, lstat, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { causeOf } from '../core/cause.ts';

export interface Obstacle {
  /** The code of the resulting Fault; null for the code of the failed action. */
  readonly code: 'disk-full' | 'read-only' | 'needs-person' | null;
  readonly message: string;
  readonly hint: string;
}

/** A reference is locked for milliseconds; and this is less than a call waits for a lock. */
const longestHeldMs = 5_000;

/**
 * Removes the lock that was in the way, if it is on a reference of ours or on one to which the same commit was to be
 * written, and if it is too old to be held by anybody.
 */
export async function dropLeftLock(given: {
  readonly gitFolder: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly stderr: string;
}): Promise<boolean> {
  const { gitFolder, cwd, args, stderr } = given;
  const lockInMessage = lockNamed.exec(stderr)?.[1];
  if (lockInMessage === undefined) return false;
  const lock = resolve(cwd, lockInMessage);
  try {
    const seen = await lstat(lock);
    const isOurs = relative(gitFolder, lock).startsWith('refs/yardmaster/');
    if (!isOurs && !isToWrite(args, await readFile(lock, 'utf8'))) return false;
    return (await timeAt(dirname(lock))) - seen.mtimeMs >= longestHeldMs && (await takeAway(lock, seen));
  } catch {
    // It is gone, or we may not remove it; the next try will show.
    return false;
  }
}

/** The time of the file system, which may be another machine's. */
async function timeAt(folder: string): Promise<number> {
  const probe = join(folder, `${crypto.randomUUID()}.lock`);
  await writeFile(probe, '', { flag: 'wx' });
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/** Removes only this very lock: somebody else may have removed it meanwhile, and hold one of the same name. */
export async function takeAway(lock: string, seen: Pick<Stats, 'dev' | 'ino' | 'mtimeMs'>): Promise<boolean> {
  // Git accepts no reference whose name ends in `.lock`.
  const aside = join(dirname(lock), `${crypto.randomUUID()}.lock`);
  await rename(lock, aside);
  const { dev, ino, mtimeMs } = await lstat(aside);
  const isIt = dev === seen.dev && ino === seen.ino && mtimeMs === seen.mtimeMs;
  if (!isIt) await link(aside, lock).catch(() => {});
  await rm(aside);
  return isIt;
}

function isToWrite(args: readonly string[], text: string): boolean {
  return args[0] === 'update-ref' && /^[0-9a-f]{40,64}\n$/.test(text) && args.includes(text.trimEnd());
}

const lockNamed = /Unable to create '([^\n]+?\.lock)': File exists/;
/** For this one file, git's message does not name the lock. */
const configNamed = /could not lock config file ([^\n]+): File exists/;

export async function obstacleOf(given: { readonly cwd: string; readonly stderr: string }): Promise<Obstacle | null> {
  const { cwd, stderr } = given;
  const config = configNamed.exec(stderr)?.[1];
  const lock = lockNamed.exec(stderr)?.[1] ?? (config === undefined ? undefined : `${config}.lock`);
  if (lock !== undefined) return lockFound(resolve(cwd, lock));
  // Git does not always repeat the system's error, so the file system is checked as well.
  const failedToWrite = /unable to|could not|cannot/i.test(stderr);
  if (/No space left on device|Disk quota exceeded/.test(stderr) || (failedToWrite && (await isFull(cwd))))
    return {
      code: 'disk-full',
      message: 'the disk is full',
      hint: `free space on the disk of the state home, or of the repository${await roomAt(cwd)}`,
    };
  if (/Read-only file system/.test(stderr) || (failedToWrite && (await isReadOnly(cwd))))
    return {
      code: 'read-only',
      message: 'the file system is read-only',
      hint: 'mount it with write access; its tasks then continue by themselves',
    };
  const cause = causeOf(stderr);
  return cause === null || cause.cure === null ? null : { code: 'needs-person', message: cause.line, hint: cause.cure };
}

/** Less than a worktree's records and a small commit need. */
const leastFree = 256 * 1024;

async function isFull(folder: string): Promise<boolean> {
  const disk = await statfs(folder).catch(() => null);
  return disk !== null && (disk.bavail * disk.bsize < leastFree || (disk.files > 0 && disk.ffree === 0));
}

async function roomAt(folder: string): Promise<string> {
  const disk = await statfs(folder).catch(() => null);
  const mebibytes = (blocks: number): string => (disk === null ? '' : ((blocks * disk.bsize) / 2 ** 20).toFixed(1));
  return disk === null ? '' : ` (at ${folder} ${mebibytes(disk.bavail)} of ${mebibytes(disk.blocks)} MiB are free)`;
}

async function isReadOnly(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => false,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EROFS',
  );
}

async function lockFound(lock: string): Promise<Obstacle> {
  const made = await stat(lock).then(
    (facts) => facts.mtimeMs,
    () => null,
  );
  return {
    code: null,
    message: made === null ? `${lock} is held` : `${lock} has been there for ${age(Date.now() - made)}`,
    hint: `another git holds this lock, or a killed git left it behind. If no git is running there: rm '${lock}'`,
  };
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
