// Reads a git folder that a worker could have written, without git: only regular files are opened (reading a pipe would
// wait for ever), nothing is followed, and anything without the documented form (gitrepository-layout(5)) is skipped.
// Configuration, hooks and symbolic references, which git would run or follow, are mere data here. Names are bytes, one
// character each (latin1), because a branch or a folder may have any name.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { Fault } from '../../core/fault.ts';

/** Text, or bytes. */
export type Path = string | Buffer;

/** A path below the folder; the name is bytes, one character each. */
export function below(folder: Path, name: string): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`, 'latin1')]);
}

const mostMebibytes = 64;
const mostBytes = mostMebibytes * 2 ** 20;
const mostLines = 500_000;

/** How much may still be read of references and logs. */
export interface Budget {
  bytes: number;
  /** Each file that is read also counts as one line. */
  lines: number;
}

/**
 * The limit for all references and logs of one git folder together: enough for half a million references. Lines are
 * limited as well as bytes, because a worker can quickly write files full of line ends, and reading a line costs us more
 * than writing it costs the worker.
 */
export function lookBudget(): Budget {
  return { bytes: mostBytes, lines: mostLines };
}

/** Matches the id of a commit, tree, blob or tag: 40 hexadecimal digits (SHA-1), or 64 (SHA-256). */
export const id = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The entry at a path, without following links; null if there is nothing, or nothing that can be examined. (lstat itself
 * throws if a file is in the way.)
 */
export function entryAt(path: Path) {
  try {
    // An exception for a missing file would cost ten times as much as the check.
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** The content of a regular file. Null if there is none, or if it is larger than any that git writes. */
export function fileBytes(path: Path): Buffer | null {
  let file: number;
  try {
    // The check comes before opening, because opening a device may have effects. O_NONBLOCK, because a pipe may take the
    // file's place in between.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const facts = fstatSync(file);
    return facts.isFile() && facts.size <= mostBytes ? readFileSync(file) : null;
  } finally {
    closeSync(file);
  }
}

export function fileText(path: Path): string | null {
  return fileBytes(path)?.toString('latin1') ?? null;
}

/** No repository has so many entries, and reading all of them would hold up everything else. */
export const mostEntries = 1_000_000;

/** How many files and folders may still be examined. */
export interface Room {
  entries: number;
}

/**
 * The first thing in a git folder that git does not make: an entry outside of `hooks` that is neither a file nor a
 * folder, a folder that cannot be read, or too many entries. A sentence for people; null if there is nothing of the kind.
 */
export function oddity(gitFolder: Path, room: Room = { entries: mostEntries }): string | null {
  const most = room.entries;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const path = folder === '' ? gitFolder : below(gitFolder, folder);
    const entries = listed(path);
    if (entries === null) return `${path.toString()} cannot be read`;
    room.entries -= entries.length;
    if (room.entries < 0) return `${gitFolder.toString()} holds more than ${most} files and folders`;
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile() || name === 'hooks') continue;
      if (!entry.isDirectory()) return `${below(gitFolder, name).toString()} is neither a file nor a folder`;
      folders.push(name);
    }
  }
  return null;
}

/** Removes pipes, sockets and devices from a git folder: git would wait for them, and they contain nothing. */
export function dropPipes(gitFolder: Path): void {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of listed(folder === '' ? gitFolder : below(gitFolder, folder)) ?? []) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(name);
      else if (!entry.isFile() && !entry.isSymbolicLink()) rmSync(below(gitFolder, name), { force: true });
    }
  }
}

/** Null if the folder cannot be read: it is missing or closed, or its path is longer than the system allows. */
export function listed(folder: Path) {
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'latin1' });
  } catch {
    return null;
  }
}

/** The names of all files below a folder, in bytes, with slashes; none if the folder is missing. */
export function filesBelow(folder: Path): readonly string[] {
  const [files, folders] = [[] as string[], ['']];
  for (let way = folders.pop(); way !== undefined; way = folders.pop()) {
    for (const entry of listed(way === '' ? folder : below(folder, way)) ?? []) {
      const name = way === '' ? entry.name : `${way}/${entry.name}`;
      if (entry.isFile()) files.push(name);
      else if (entry.isDirectory()) folders.push(name);
    }
  }
  return files;
}

/** The ids in a file that has one per line. Faults: `worktree-failed` if the budget does not suffice. */
export function idsIn(path: Path, budget = lookBudget()): readonly string[] {
  return [...linesOf(path, budget)].filter((line) => id.test(line));
}

/**
 * Yields one line of a file at a time, because an array of all lines would take a hundred times the memory of the file.
 * Faults: `worktree-failed` if the budget does not suffice.
 */
export function* linesOf(path: Path, budget: Budget): Generator<string> {
  const text = textWithin(path, budget) ?? '';
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const next = end === -1 ? text.length : end;
    yield text.slice(at, next);
    at = next + 1;
    spend(path, { bytes: 0, lines: 1, budget });
  }
}

/** The text of a file, counted against the budget. Null if there is no regular file. */
export function textWithin(path: Path, budget: Budget): string | null {
  const facts = entryAt(path);
  if (facts?.isFile() !== true) return null;
  spend(path, { bytes: facts.size, lines: 1, budget });
  return fileText(path);
}

/**
 * Takes what is read from the budget. Faults: `worktree-failed` if the budget does not suffice; if the rest were skipped
 * without a fault, it would count as missing, and be lost.
 */
export function spend(path: Path, given: { readonly bytes: number; readonly lines: number; readonly budget: Budget }): void {
  given.budget.bytes -= given.bytes;
  given.budget.lines -= given.lines;
  if (given.budget.bytes < 0 || given.budget.lines < 0) throw tooMuch(path);
}

function tooMuch(path: Path): Fault {
  return new Fault({
    code: 'worktree-failed',
    message: `the task's repository has more references and logs than Yardmaster reads (${mostMebibytes} MiB or ${mostLines} lines), so ${path.toString()} was not read`,
    hint: 'check what the worker did there; yardmaster reset gives the task a new checkout',
  });
}
