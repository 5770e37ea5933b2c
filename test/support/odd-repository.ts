// The form of a repository that is rarer than a plain clone, and the first steps by which all of them are made.
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';

export interface Odd {
  readonly root: string;
  /** The git folder that all its worktrees share. */
  readonly common: string;
  /** What the worker does before its commit, in its checkout. */
  readonly work?: (site: string) => void;
  /** What it leaves uncommitted. */
  readonly leave?: (site: string) => void;
  /** What stands at the remote, looked at in a fresh clone of the branch. */
  readonly arrived?: (clone: string) => void;
  /** How a fresh clone of it is made ready, where that takes more than git. */
  readonly ready?: (clone: string) => void;
  /** Its hook before a push, if it has one. */
  readonly hook?: string;
  /** It is refused, by these words, until the command of the hint was given; without a command it stays so. */
  readonly refused?: RegExp;
}

export const plain = (root: string): Odd => ({ root, common: join(root, '.git') });

/** A clone as a person makes it, from an address with a protocol: git copies no files then. */
export function cloned(fx: GitFixture, name: string, ...options: string[]): Odd {
  fx.git(fx.folder, 'clone', '--quiet', '--template=', ...options, `file://${fx.remote}`, name);
  return plain(join(fx.folder, name));
}

export function grown(fx: GitFixture, files: Readonly<Record<string, string>>): void {
  fx.commit(fx.root, files);
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
}

/** With a setting of the person's that their worker's git obeys as well. */
export function everywhere(fx: GitFixture, odd: Odd, key: string): Odd {
  fx.git(fx.folder, 'config', '--global', key, 'true');
  return odd;
}
