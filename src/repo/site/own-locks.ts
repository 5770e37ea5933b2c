// If a git of ours is killed, or the machine loses its power, a lock may stay in the reader, where nobody would release it.
// Every git of ours in a reader has that folder in its environment, which shows whether one is still running there.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from '../../lib/processes.ts';
import { latin1 } from './record.ts';

/** Locks that our commands in a reader take, see gitrepository-layout(5). */
const names = ['index.lock', 'HEAD.lock', 'packed-refs.lock'];

export function dropOwnLocks(reader: string): void {
  const locks = names.map((name) => join(reader, name)).filter((lock) => existsSync(lock));
  if (locks.length === 0) return;
  const { carriers, settled } = processes.carriers({ name: 'GIT_DIR', value: latin1(reader) });
  // A running git releases its lock at its end, and other gits wait for that.
  if (carriers.length > 0 || !settled) return;
  for (const lock of locks) rmSync(lock, { force: true });
}
