// Deletes a folder with all that is in it. (`git worktree remove` refuses a folder whose `.git` is missing, and gives up
// on folders without write permission, of which package caches are full.)
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export async function deleteFolder(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 } as const;
  try {
    await rm(path, options);
  } catch {
    await makeWritable(path);
    await rm(path, options);
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
