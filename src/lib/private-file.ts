// Writes a file that only its owner may read: the folders above are made 0700, the file is 0600 from its first byte
// on, and it replaces what stood there in one step. A symbolic link at the path is replaced, never written through.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export async function writePrivateFile(given: { readonly path: string; readonly content: string | Uint8Array }): Promise<void> {
  await mkdir(dirname(given.path), { recursive: true, mode: 0o700 });
  const draft = `${given.path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, given.content, { mode: 0o600, flag: 'wx' });
    await rename(draft, given.path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
