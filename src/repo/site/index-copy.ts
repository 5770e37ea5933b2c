// Copies the worker's own index for our git: the original may be locked, and git would write into it. If git keeps one half
// in a file of its own (`core.splitIndex`, gitformat-index(5)), that file is copied too, because git searches for it in its
// git folder, which here is the reader.
import { readdirSync } from 'node:fs';
import { copyFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { entryAt, fileBytes } from './git-files.ts';
import { unreadable, type Site } from './record.ts';

/**
 * Git needs about 100 bytes for each file, so this is enough for five million, more than the largest known repositories
 * have. A worker can easily make a larger file, and its copy would fill the disk.
 */
const mostBytes = 512 * 2 ** 20;

export async function copyIndex(from: string, to: string): Promise<void> {
  const seconds = await timeOf(from);
  await copyFile(from, to);
  await utimes(to, seconds, seconds);
}

/**
 * The time for a copy, read before it is made. Git does not look into a file with the size and time of its entry, unless
 * the index is older than that time. A copy that merely seems newer would hide changes of the same second as the entry;
 * whole seconds, because a rounded time may be in the next one.
 */
export async function timeOf(index: string): Promise<number> {
  return Math.floor((await stat(index)).mtimeMs / 1000);
}

/**
 * Null if the worker's repository has no index. The copy is deleted afterwards. Faults: `worktree-failed` if it is too
 * large.
 */
export async function onIndexCopy<T>(site: Site, use: (copy: string) => Promise<T>): Promise<T | null> {
  const gitFolder = join(site.path, '.git');
  const index = join(gitFolder, 'index');
  if (!isFile(index)) return null;
  const copy = join(site.reader, `index-${crypto.randomUUID()}`);
  const made = [copy];
  try {
    await copyBounded(site, { from: index, to: copy });
    const other = sharedHalf({ gitFolder, copy });
    if (other !== null) {
      made.push(join(site.reader, other));
      await copyBounded(site, { from: join(gitFolder, other), to: join(site.reader, other) });
    }
    return await use(copy);
  } finally {
    for (const file of made) await rm(file, { force: true });
  }
}

async function copyBounded(site: Site, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  const size = entryAt(from)?.size ?? 0;
  if (size > mostBytes) throw unreadable(site.path, `${from} is larger than any index, with ${size} bytes`);
  await copyIndex(from, to);
}

function isFile(path: string): boolean {
  return entryAt(path)?.isFile() === true;
}

/** The name of the other half, which contains its checksum. */
function sharedHalf({ gitFolder, copy }: { readonly gitFolder: string; readonly copy: string }): string | null {
  const names = readdirSync(gitFolder).filter((name) => /^sharedindex\.[0-9a-f]{40,64}$/.test(name) && isFile(join(gitFolder, name)));
  const bytes = names.length === 0 ? null : fileBytes(copy);
  return names.find((name) => bytes?.includes(Buffer.from(name.slice('sharedindex.'.length), 'hex'))) ?? null;
}
