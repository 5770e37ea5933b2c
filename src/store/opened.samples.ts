// Opens the store on SQLite for tests: three connections to one file, and one in memory.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Opened, OpenStores } from '../ports/store.samples.ts';
import { openStore } from './open.ts';

/** Must be called where hooks of a test file may be registered. */
export function openers(): { readonly onFile: OpenStores; readonly inMemory: OpenStores } {
  let template = '';
  beforeAll(async () => {
    template = await mkdtemp(join(tmpdir(), 'yard-store-'));
    await (await openStore({ file: join(template, 'db') })).end();
  });
  afterAll(() => rm(template, { recursive: true }));

  /** A copy of a migrated file: opening is tested elsewhere, and would be most of the time of a small test. */
  async function onFile(): Promise<Opened> {
    const folder = await mkdtemp(join(tmpdir(), 'yard-store-'));
    const file = join(folder, 'yardmaster.db');
    await copyFile(join(template, 'db'), file);
    const stores = [await openStore({ file }), await openStore({ file }), await openStore({ file })] as const;
    return {
      stores,
      dispose: async () => {
        for (const store of stores) await store.end();
        await rm(folder, { recursive: true });
      },
    };
  }

  async function inMemory(): Promise<Opened> {
    const store = await openStore({ file: ':memory:' });
    return { stores: [store, store, store], dispose: () => store.end() };
  }

  return { onFile, inMemory };
}
