// Writes a file that only its owner may read: the folders above are made 0700, the file is 0600 from its first byte
// on, and it replaces what stood there in one step. A symbolic link at the path is replaced, never written through.
// Synchronous: for a small file a promise for each step takes ten times as long as the steps.
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function writePrivateFile(given: { readonly path: string; readonly content: string | Uint8Array }): void {
  mkdirSync(dirname(given.path), { recursive: true, mode: 0o700 });
  const draft = `${given.path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, given.content, { mode: 0o600, flag: 'wx' });
    renameSync(draft, given.path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
