// The type of a repository that is rarer than a plain clone, and the first steps that all of them share.
import { join } from 'node:path';
import type { GitFixture } from './git-fixture.ts';

export interface Odd {
  readonly root: string;
  /** The git folder that all its worktrees share. */
  readonly common: string;
  /** The worker's steps in its checkout before its commit. */
  readonly work?: (site: string) => void;
  /** Makes changes that the worker leaves uncommitted. */
  readonly leave?: (site: string) => void;
  /** Checks the delivered work in a fresh clone of the branch. */
  readonly arrived?: (clone: string) => void;
  /** Prepares a fresh clone, if that takes more than git. */
  readonly ready?: (clone: string) => void;
  /** Its pre-push hook, if it has one. */
  readonly hook?: string;
  /**
   * The repository is refused with this message until the command of the hint was run; without a command it is always
   * refused.
   */
  readonly refused?: RegExp;
}

export const plain = (root: string): Odd => ({ root, common: join(root, '.git') });

/** A clone as a person makes it, from an address with a protocol, so that git does not copy or link files. */
export function cloned(fx: GitFixture, name: string, ...options: string[]): Odd {
  fx.git(fx.folder, 'clone', '--quiet', '--template=', ...options, `file://${fx.remote}`, name);
  return plain(join(fx.folder, name));
}

export function grown(fx: GitFixture, files: Readonly<Record<string, string>>): void {
  fx.commit(fx.root, files);
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
}

/** The repository with a setting in the person's global configuration, which the worker's git obeys as well. */
export function everywhere(fx: GitFixture, odd: Odd, key: string): Odd {
  fx.git(fx.folder, 'config', '--global', key, 'true');
  return odd;
}
