// Deletes a folder that we made in two steps: it is moved out of the way at once, and then emptied without leaving its file
// system (file systems that are mounted in it belong to others). A later deletion finishes one that was interrupted.
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { homeFolders } from '../../core/task/folder-names.ts';
import { openLanes } from '../lanes.ts';
import { folderId, isSame, type FolderId } from './record.ts';

/** In a younger one, another process may still be at work. */
const leftAfterMs = 60_000;

/** Folders are recognized by device and inode: nothing else is deleted. Faults: `worktree-failed`. */
export async function deleteFolders(folders: readonly { readonly path: string; readonly id: FolderId }[]): Promise<void> {
  const [first] = folders;
  if (first === undefined) return;
  const trash = join(dirname(dirname(first.path)), homeFolders.trash);
  mkdirSync(trash, { recursive: true, mode: 0o700 });
  if (folderId(trash) === null) throw noFolder(trash);
  const moved = folders.flatMap(({ path, id }) => {
    if (!isSame(folderId(path), id)) return [];
    const to = join(trash, crypto.randomUUID());
    try {
      renameSync(path, to);
    } catch (cause) {
      throw undeletable(path, cause);
    }
    if (isSame(folderId(to), id)) return [to];
    // Somebody replaced the folder in the last moment; theirs goes back to where it was.
    renameSync(to, path);
    return [];
  });
  const left = readdirSync(trash)
    .map((name) => join(trash, name))
    .filter((path) => !moved.includes(path) && isOld(path));
  await empty([...moved, ...left]);
  requireGone(moved);
}

/** For a folder that was moved into the trash. Faults: `worktree-failed`. */
export async function finishDeletion(path: string): Promise<void> {
  if (folderId(dirname(path)) === null) throw noFolder(dirname(path));
  await empty([path]);
  requireGone([path]);
}

function requireGone(paths: readonly string[]): void {
  const stay = paths.filter((path) => existsSync(path));
  if (stay.length > 0) throw undeletable(stay.join(', '));
}

/** It keeps its name, so that `reap` finds it again. */
function undeletable(what: string, cause?: unknown): Fault {
  return new Fault({
    code: 'worktree-failed',
    message: `${what} could not be deleted`,
    hint: 'nothing in it is needed any more. Check whether something in it is mounted or immutable (lsattr -R), change that, then run: yardmaster reap',
    cause,
  });
}

/** Everything old in that folder is deleted, so it must not be a link to another one. */
function noFolder(path: string): Fault {
  return new Fault({ code: 'worktree-failed', message: `${path} is not a folder`, hint: 'find out who put it there, and remove it' });
}

function isOld(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts !== undefined && Math.abs(Date.now() - facts.ctimeMs) > leftAfterMs;
}

async function empty(paths: readonly string[]): Promise<void> {
  const stay = process.platform === 'darwin' ? '-x' : '--one-file-system';
  if (await run('rm', ['-rf', stay, '--', ...paths])) return;
  // Package caches are full of folders without write permission. Files keep their mode, because a file may have hard links
  // elsewhere.
  const open = ['-exec', 'chmod', 'u+rwx', '{}'];
  // An unreadable folder gets its permissions before it is entered; for the others, many are changed at a time.
  await run('find', [
    ...paths,
    '-xdev',
    '-type',
    'd',
    '(',
    '!',
    '-perm',
    '-u=rx',
    ...open,
    ';',
    '-o',
    '!',
    '-perm',
    '-u=w',
    ...open,
    '+',
    ')',
  ]);
  await run('rm', ['-rf', stay, '--', ...paths]);
}

let lane: ReturnType<typeof openLanes> | null = null;
/** A file system that does not answer must not hold us for ever. The rest is deleted at a later look. */
const mostMs = 600_000;
const mostOutput = 2 ** 26;

/** Through a small shell, because starting a program from a large process costs more than deleting a checkout. */
async function run(program: string, args: readonly string[]): Promise<boolean> {
  lane ??= openLanes({ PATH: '/usr/bin:/bin' });
  const bounds = { timeoutMs: mostMs, graceMs: 1000, mostOutput, signal: null };
  const { code } = await lane({ ...bounds, program, args, cwd: '/', bytes: false, env: {} });
  return code === 0;
}
