// Replaces a file's text in one step: every reader sees either the old or the new text, even after a crash.
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * People keep their configuration elsewhere and link to it, so the target of a link is replaced, not the link. An
 * existing file keeps its mode; a new one gets `mode`.
 */
export async function replaceFile(given: { readonly path: string; readonly text: string; readonly mode?: number }): Promise<void> {
  const path = await realpath(given.path).catch(() => given.path);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.tmp`;
  const before = await stat(path).then(
    (found) => found.mode & 0o7777,
    () => null,
  );
  try {
    const file = await open(draft, 'wx', given.mode ?? 0o666);
    try {
      await file.writeFile(given.text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (before !== null) await chmod(draft, before);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
