// Lets one editor at a time change a file, across processes: a lock file beside it is held for the milliseconds of an edit.
// A lock whose holder died is taken over: at once if the holder was a process of this host, otherwise when the lock has not
// changed for a while. If a takeover should ever be wrong, the editor still compares the file before it replaces it.
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface LockTimes {
  /** A lock of another host that has not changed for this long, in ms by our own clock, has no holder any more. */
  readonly staleMs: number;
  /** How long to wait for our turn, in ms. */
  readonly waitMs: number;
}

/**
 * Returns a function that releases the lock, or null if our turn does not come in time. Throws errors of the file system
 * unchanged.
 */
export async function takeLock(given: { readonly path: string } & LockTimes): Promise<(() => Promise<void>) | null> {
  const { path, staleMs, waitMs } = given;
  const from = performance.now();
  let seen = { mark: '', since: from };
  for (;;) {
    if (await create(path)) {
      const own = await markOf(path);
      return async () => {
        if (own !== null && (await markOf(path)) === own) await rm(path, { force: true });
      };
    }
    const now = performance.now();
    const stamp = await markOf(path);
    if (stamp === null) continue;
    if (stamp !== seen.mark) seen = { mark: stamp, since: now };
    if (now - seen.since >= staleMs || (await holderIsDead(path))) await remove(path, stamp);
    else if (now - from >= waitMs) return null;
    else await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 8));
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${hostname()} ${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Distinguishes a lock from the next one under the same name; null if there is none. */
async function markOf(path: string): Promise<string | null> {
  try {
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}-${mtimeNs}`;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function holderIsDead(path: string): Promise<boolean> {
  const [, host, pid] = /^(\S+) (\d+)\n$/.exec(await readFile(path, 'utf8').catch(() => '')) ?? [];
  // Containers may share folders without sharing process ids; they have different host names.
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

async function remove(path: string, mark: string): Promise<void> {
  // Of several processes that find the lock dead, only one can move it away; and the lock that it moved may already be a
  // live one.
  const away = `${path}.${crypto.randomUUID()}`;
  try {
    await rename(path, away);
    if ((await markOf(away)) !== mark) await link(away, path);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  }
  await rm(away, { force: true });
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
