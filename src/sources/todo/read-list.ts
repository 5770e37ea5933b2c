// Reads the repository's task list and its briefs. A path that is not a regular file, or whose content is too large or not
// UTF-8, is refused with a message that names it.
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { Fault } from '../../core/fault.ts';

const mebibyte = 1024 * 1024;
export const largestList = 64 * mebibyte;
/** A brief is sent to a model as a whole. */
export const largestBrief = mebibyte;

export interface Seen {
  readonly bytes: Buffer;
  readonly text: string;
  readonly stats: BigIntStats;
  readonly mark: string;
}

/**
 * Reads synchronously: the mark is read at every pulse, so a file system that hangs is met there anyway, and promises would
 * cost ten times as much.
 */
export function readSmallFile(path: string, limit: number): Seen | null {
  let handle: number | null = null;
  try {
    // Opened without blocking, because opening a named pipe in the place of the file would hang the supervisor.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(handle, { bigint: true });
    if (!stats.isFile()) throw unreadable({ path, message: `${path} is not a file`, hint: 'put a text file in its place' });
    if (stats.size > limit) throw tooLarge(path, limit);
    const bytes = readFileSync(handle);
    return { bytes, text: decode(path, bytes), stats, mark: markOf(stats) };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(reasonOf(error))) return null;
    if (error instanceof Fault) throw error;
    throw unreadable({
      path,
      message: `${path} cannot be read (${reasonOf(error)})`,
      hint: 'check the permissions of the file and the folders above it',
      cause: error,
    });
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

export function markOf(stats: BigIntStats): string {
  return `${stats.ino}-${stats.size}-${stats.mtimeNs}`;
}

function decode(path: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const message = wide ? `${path} is UTF-16` : `line ${badLine(bytes)} of ${path} has bytes that are not UTF-8`;
  throw unreadable({ path, message, hint: 'save the file as UTF-8' });
}

/**
 * The number of the first line that is not UTF-8, counted from 1. LF is never part of another character, so each line can
 * be checked by itself.
 */
function badLine(bytes: Buffer): number {
  let number = 1;
  for (let start = 0; ; number += 1) {
    const end = bytes.indexOf(10, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return number;
    start = end + 1;
  }
}

export function unreadable(given: { path: string; message: string; hint: string; cause?: unknown }): Fault {
  const { path, message, hint, cause } = given;
  return new Fault({ code: 'todo-unreadable', message, hint, data: { path }, cause });
}

function tooLarge(path: string, limit: number): Fault {
  return new Fault({
    code: 'todo-too-large',
    message: `${path} is larger than ${limit / mebibyte} MiB`,
    hint: 'move finished tasks to another file',
    data: { path, limit },
  });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
