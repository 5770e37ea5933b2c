// Edits the repository's task list. An edit replaces the file in one step and keeps its mode and owner; a symbolic link is
// kept, and its target replaced. Our own editors take turns by a lock. If anybody else writes in between, the edit is made
// again on the new text. Bytes that the edit does not concern stay unchanged.
import { renameSync, statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { isCode, takeLock, type LockTimes } from '../../lib/lock-file.ts';
import type { TodoMarks } from '../../ports/todo-file.ts';
import { largestList, markOf, readSmallFile, reasonOf, unreadable, type Seen } from './read-list.ts';

/**
 * How often an edit is repeated while we hold the lock. A program that writes more often is reported as a fault, because
 * racing it would be pointless.
 */
const mostTries = 20;

export async function writeBrief({ path, text }: { readonly path: string; readonly text: string }): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
    return path;
  } catch (error) {
    throw new Fault({
      code: 'todo-unwritable',
      message: `${path} cannot be written (${reasonOf(error)})`,
      hint: 'move away whatever is at that path, and check that its folder is writable and has free space',
      data: { path },
      cause: error,
    });
  }
}

/** Replaces the file in one step, if it is as the caller planned on. The comparison is the last step before that. */
export async function setBrief(given: {
  readonly path: string;
  readonly text: string;
  readonly isAsPlanned: () => boolean;
}): Promise<boolean> {
  const { path, text, isAsPlanned } = given;
  try {
    await mkdir(dirname(path), { recursive: true });
    const target = (await targetOf(path)) ?? path;
    const draft = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.tmp`);
    try {
      const mode = statSync(target, { throwIfNoEntry: false })?.mode ?? 0o644;
      const handle = await open(draft, 'wx', mode & 0o777);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (!isAsPlanned()) return false;
      renameSync(draft, target);
      return true;
    } finally {
      await rm(draft, { force: true });
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** What the system refuses, in plain words; everything else as it is. */
function unwritable(path: string, error: unknown): unknown {
  if (error instanceof Fault || !isSystemError(error)) return error;
  return new Fault({
    code: 'todo-unwritable',
    message: `${path} cannot be replaced (${reasonOf(error)})`,
    hint: 'check that its folder is writable and has free space',
    data: { path },
    cause: error,
  });
}

interface Edit {
  readonly change: (text: string) => string | null;
  readonly replaced: (marks: TodoMarks) => void;
}

export async function edit(given: Edit & { path: string; times: LockTimes }): Promise<boolean> {
  const { path, change, replaced, times } = given;
  const target = await targetOf(path);
  // Most calls end here, and must leave no trace in the folder.
  let wanted = target === null ? null : await changed(target, change);
  if (target === null || wanted === null) return false;
  const lock = lockOf(target);
  try {
    const release = await takeLock({ path: lock, ...times });
    if (release === null) throw locked(lock);
    try {
      await sweep(target, times);
      for (let tries = 0; wanted !== null && tries < mostTries; tries += 1) {
        if (await replace(target, { ...wanted, replaced })) return true;
        wanted = await changed(target, change);
      }
      if (wanted === null) return false;
    } finally {
      await release();
    }
  } catch (error) {
    throw unwritable(path, error);
  }
  throw new Fault({
    code: 'todo-busy',
    message: `${path} is being written again and again by another program`,
    hint: 'find out which program writes it, and try again when it is done',
    data: { path },
  });
}

function lockOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.lock`);
}

export async function tidy({ path, times }: { path: string; times: LockTimes }): Promise<void> {
  const target = await targetOf(path);
  if (target === null) return;
  const names = await readdir(dirname(target));
  if (!names.some((name) => isLeft({ target, name }) || name === basename(lockOf(target)))) return;
  // A lock that is held will be released by its holder, who tidies up.
  const release = await takeLock({ path: lockOf(target), ...times });
  if (release === null) return;
  try {
    await sweep(target, times);
  } finally {
    await release();
  }
}

function locked(path: string): Fault {
  return new Fault({
    code: 'todo-busy',
    message: `another program holds the lock ${path}`,
    hint: 'wait for it to end; if no program is editing the list, delete the lock',
    data: { path },
  });
}

/**
 * Removes what killed editors left beside the list, which would otherwise stay in the person's checkout for ever. Only
 * the holder of the lock makes drafts, and that is us. Another process may have moved a dead lock away for a moment.
 */
async function sweep(target: string, { staleMs }: LockTimes): Promise<void> {
  const folder = dirname(target);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const left = isLeft({ target, name });
    if (left === 'draft' || (left === 'lock' && isOlder(path, staleMs))) await rm(path, { force: true });
  }
}

function isLeft({ target, name }: { readonly target: string; readonly name: string }): 'draft' | 'lock' | null {
  const start = `.${basename(target)}.`;
  const rest = name.startsWith(start) ? name.slice(start.length) : '';
  if (draftEnd.test(rest)) return 'draft';
  return lockEnd.test(rest) ? 'lock' : null;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const draftEnd = new RegExp(`^${uuid}\\.tmp$`);
const lockEnd = new RegExp(`^lock\\.${uuid}$`);

function isOlder(path: string, ms: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Math.abs(Date.now() - stats.ctimeMs) > ms;
}

async function targetOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null;
    throw unreadable({
      path,
      message: `${path} cannot be found (${reasonOf(error)})`,
      hint: 'check the symbolic links and folders on the way to it',
      cause: error,
    });
  }
}

interface Changed {
  readonly before: Seen;
  readonly text: string;
}

/** The file and its new text; null if it stays unchanged, or does not exist. */
async function changed(target: string, change: (text: string) => string | null): Promise<Changed | null> {
  const before = readSmallFile(target, largestList);
  const text = before === null ? null : change(before.text);
  return before === null || text === null || text === before.text ? null : { before, text };
}

/** Returns false and changes nothing if somebody else wrote in between. */
async function replace(target: string, given: Changed & { replaced: (marks: TodoMarks) => void }): Promise<boolean> {
  const { before, text, replaced } = given;
  const draft = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.tmp`);
  try {
    const to = await writeDraft({ draft, text, like: before.stats });
    const now = readSmallFile(target, largestList);
    if (now === null || !now.bytes.equals(before.bytes)) return false;
    // Synchronous, so that only microseconds remain between comparison and replacement.
    if (markOf(statSync(target, { bigint: true })) !== now.mark) return false;
    renameSync(draft, target);
    replaced({ from: now.mark, to });
    return true;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Returns the mark that the file keeps when it is renamed. */
async function writeDraft(given: { draft: string; text: string; like: BigIntStats }): Promise<string> {
  const { draft, text, like } = given;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    const own = await handle.stat({ bigint: true });
    if (own.uid !== like.uid || own.gid !== like.gid) {
      // Only root may change a file's owner; for everybody else, the content matters more.
      await handle.chown(Number(like.uid), Number(like.gid)).catch(() => {});
    }
    await handle.chmod(Number(like.mode & 0o7777n));
    // Without it, a power cut after the rename could leave an empty list.
    await handle.sync();
    return markOf(await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
