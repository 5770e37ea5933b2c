// A git folder for a moment, beside the person's repository: it sees their objects and their configuration. What git makes in
// it, and what a push from it records, changes nothing of theirs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SiteSettings } from './site/settings.ts';
import { writeWorkroom } from './site/skeleton.ts';
import { lentStores } from './site/stores.ts';

export interface At {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly gitFolder: string;
}

export async function inWorkroom<T>(
  given: { readonly common: string; readonly settings: SiteSettings; readonly head: string },
  work: (at: At) => Promise<T>,
): Promise<T> {
  const cwd = await mkdtemp(join(tmpdir(), 'yardmaster-merge-'));
  const gitFolder = join(cwd, '.git');
  try {
    writeWorkroom({ ...given, gitFolder, packedRefs: '', stores: lentStores(given.common) });
    return await work({ cwd, gitFolder, env: { GIT_DIR: gitFolder, GIT_WORK_TREE: cwd } });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
