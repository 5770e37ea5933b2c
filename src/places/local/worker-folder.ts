// The folder of one worker: stdin, stdout, stderr and, after its end, its exit status. The status is in a folder of its
// own, so that output does not wake those who watch for it. Everything is private to the user. The exit status is one line
// and counts only with its line end, so a half-written one is never believed.
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { writePrivateFile } from '../../lib/private-file.ts';
import type { Exit } from '../../core/transcript/transcript.ts';
import type { Stream } from '../../ports/place.ts';

export const endFolder = 'end';
export const exitFile = 'end/exit';

export function prepareFolder(given: { readonly folder: string; readonly stdin: string | null }): void {
  for (const folder of [given.folder, join(given.folder, endFolder)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  writePrivateFile({ path: join(given.folder, 'stdin'), content: given.stdin ?? '' });
  for (const stream of ['stdout', 'stderr']) makeEmpty(join(given.folder, stream));
  // A folder that was used before is refused and not cleared: another worker's output would be read as this one's, or be
  // lost.
  if (readExit(given.folder) !== null) throw new Error(`${given.folder} holds the exit status of another worker`);
}

function makeEmpty(path: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    if (fstatSync(file).size > 0) throw new Error(`${path} holds the output of another worker`);
  } finally {
    closeSync(file);
  }
  chmodSync(path, 0o600);
}

/** null while there is no complete exit status. */
export function readExit(folder: string): { readonly exit: Exit; readonly at: number } | null {
  const path = join(folder, exitFile);
  try {
    // A running worker has no exit status yet, and this check costs a tenth of an exception.
    const found = statSync(path, { throwIfNoEntry: false });
    const status = found === undefined ? undefined : /^(\d{1,3})\n$/.exec(readFileSync(path, 'latin1'))?.[1];
    if (found === undefined || status === undefined) return null;
    const code = status === '1' && isNamespaceKilled(folder) ? killedCode : Number(status);
    return { exit: exitOf(code), at: Math.trunc(found.mtimeMs) };
  } catch {
    return null;
  }
}

/**
 * Whether the first process of the worker's PID namespace was killed by SIGKILL, and with it every process in the
 * namespace. `unshare` (util-linux, measured with 2.38) then tries to end by the same signal, fails to do so for SIGKILL,
 * and exits with 1 and these words.
 */
function isNamespaceKilled(folder: string): boolean {
  const size = statSync(join(folder, 'stderr'), { throwIfNoEntry: false })?.size ?? 0;
  const words = 'unshare: sigprocmask unblock failed: Invalid argument\n';
  const tail = readStream({ folder, stream: 'stderr', offset: Math.max(0, size - words.length), limit: words.length });
  return tail.toString('latin1') === words;
}

const killedCode = 128 + constants.signals.SIGKILL;

/** A shell reports death by signal n as 128 + n. */
function exitOf(code: number): Exit {
  return { code, signal: signalNames.get(code - 128) ?? null };
}

/** Returns an `Exit` of the same form for a process whose end we observed ourselves. */
export function exitSeen(code: number | null, signal: NodeJS.Signals | null): Exit {
  return signal === null ? { code, signal } : { code: 128 + constants.signals[signal], signal };
}

// Some numbers have two names (SIGABRT and SIGIOT); the first one is the usual name.
const signalNames = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/**
 * Reads synchronously, as everything here does: the files are usually in the kernel's page cache, which answers in
 * microseconds, and reading through a FileHandle (`node:fs/promises`) takes five times as long.
 */
export function readStream(given: {
  readonly folder: string;
  readonly stream: Stream;
  readonly offset: number;
  readonly limit: number;
}): Buffer {
  const path = join(given.folder, given.stream);
  // Most workers have written nothing since the last look, and reading the size costs a fifth of opening the file.
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= given.offset) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    // The unfilled part of the buffer is not returned.
    const bytes = Buffer.allocUnsafe(Math.min(given.limit, size - given.offset));
    let end = 0;
    while (end < bytes.length) {
      const count = readSync(file, bytes, end, bytes.length - end, given.offset + end);
      if (count === 0) break;
      end += count;
    }
    return bytes.subarray(0, end);
  } finally {
    closeSync(file);
  }
}
