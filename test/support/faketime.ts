// Starts processes whose wall clock is wrong as a whole, in native code too: libfaketime is loaded before the C library.
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The library's path: where Debian's package installs it, which depends on the architecture, or where its own Makefile
 * does.
 */
export function libfaketime(): string | null {
  if (process.platform !== 'linux') return null;
  const folders = [...readdirSync('/usr/lib').map((name) => join('/usr/lib', name)), '/usr/lib64', '/usr/local/lib'];
  const files = folders.map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'));
  return files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile()) ?? null;
}

export interface FakedTime {
  /** The environment to start the process with. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Sets the clock from now on, in libfaketime's notation: `-60` is a minute behind, `+60 x5` a minute ahead and five times
   * as fast.
   */
  set(words: string): void;
}

/**
 * Removes the library's shared state of an ended process: it is named by the process id, and would keep a later process
 * with that id from starting.
 */
export function forgetShared(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(join('/dev/shm', name), { force: true });
}

/**
 * `monotonic`: whether CLOCK_MONOTONIC is shifted as well, which is libfaketime's default. No real machine lets that clock
 * jump, and timers depend on it, so tests in which the wall clock jumps leave it unchanged.
 */
export function fakeTime(given: { readonly file: string; readonly words: string; readonly monotonic: boolean }): FakedTime {
  const { file } = given;
  const set = (words: string): void => {
    // The library ends the process if it reads half a file, so the file is replaced in one step.
    writeFileSync(`${file}.next`, words);
    renameSync(`${file}.next`, file);
  };
  set(given.words);
  const env = { LD_PRELOAD: libfaketime() ?? '', FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' };
  return { env: given.monotonic ? env : { ...env, FAKETIME_DONT_FAKE_MONOTONIC: '1' }, set };
}
