// A process whose wall clock is off as a whole, in its native code too: libfaketime put in front of the C library.
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian's package puts it, by architecture, and where its own Makefile does. */
export function libfaketime(): string | null {
  if (process.platform !== 'linux') return null;
  const folders = [...readdirSync('/usr/lib').map((name) => join('/usr/lib', name)), '/usr/lib64', '/usr/local/lib'];
  const files = folders.map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'));
  return files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile()) ?? null;
}

export interface FakedTime {
  /** What the process is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on; in libfaketime's words: `-60` is a minute behind, `+60 x5` a minute ahead and five times as fast. */
  set(words: string): void;
}

/** The library shares its state by the process's number, and would not start in a later process of the same number. */
export function forgetShared(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) rmSync(join('/dev/shm', name), { force: true });
}

/**
 * `monotonic` true: CLOCK_MONOTONIC is shifted as well, as libfaketime does of itself. No machine lets that clock jump,
 * and timers go by it, so it is left alone where the wall clock jumps.
 */
export function fakeTime(given: { readonly file: string; readonly words: string; readonly monotonic: boolean }): FakedTime {
  const { file } = given;
  const set = (words: string): void => {
    // The library ends the process when it reads half a file.
    writeFileSync(`${file}.next`, words);
    renameSync(`${file}.next`, file);
  };
  set(given.words);
  const env = { LD_PRELOAD: libfaketime() ?? '', FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' };
  return { env: given.monotonic ? env : { ...env, FAKETIME_DONT_FAKE_MONOTONIC: '1' }, set };
}
