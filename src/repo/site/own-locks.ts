// Git of ours that is killed, or runs when the machine loses its power, leaves its lock in the reader, where nobody would give
// it back. All git of ours in a reader has that folder in its environment, so whether one is still at work there can be seen.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from '../../lib/processes.ts';
import { latin1 } from './record.ts';

/** Taken by what we do there: see gitrepository-layout(5). */
const names = ['index.lock', 'HEAD.lock', 'packed-refs.lock'];

export function dropOwnLocks(reader: string): void {
  const locks = names.map((name) => join(reader, name)).filter((lock) => existsSync(lock));
  if (locks.length === 0) return;
  const { carriers, settled } = processes.carriers({ name: 'GIT_DIR', value: latin1(reader) });
  // One that is at work gives its lock back at its end, and git waits for that.
  if (carriers.length > 0 || !settled) return;
  for (const lock of locks) rmSync(lock, { force: true });
}
