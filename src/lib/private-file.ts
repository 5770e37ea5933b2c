// Writes a file that only its owner can read: missing folders above it are created with 0700, the file has 0600 from its
// first byte on, and it replaces an older file in one step. A symbolic link at the path is replaced, never followed.
// Synchronous, because for a small file a promise per step takes ten times as long as the steps themselves.
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
