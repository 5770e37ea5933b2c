// One editor of a file at a time, across processes: a lock file beside it, held for the milliseconds of an edit. A lock
// whose holder died is taken over: at once where the holder was a process of this host, else when it has not changed
// for a while. Should a takeover ever be wrong, the editor's own comparison before it replaces the file still stands.
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface LockTimes {
  /** A lock of another host that stays the same for so long has no holder any more, ms by our own clock. */
  readonly staleMs: number;
  /** How long to wait for our turn, ms. */
  readonly waitMs: number;
}

/** Answers what gives the lock back, null when our turn does not come. Throws the file system's errors. */
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
    const mark = await markOf(path);
    if (mark === null) continue;
    if (mark !== seen.mark) seen = { mark, since: now };
    if (now - seen.since >= staleMs || (await holderIsDead(path))) await remove(path, mark);
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

/** Tells one lock from the next one under the same name; null when there is none. */
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
  // Containers share folders but not process ids; they have host names of their own.
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

async function remove(path: string, mark: string): Promise<void> {
  // Of several that find the lock dead only one can move it away, and what it moved may by then be a living one.
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
