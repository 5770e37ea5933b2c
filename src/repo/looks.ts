// What is looked up of repositories and remembered for a while, for all that this process does with them.
import { join } from 'node:path';
import type { Repo, RepoPlace } from '../ports/repo.ts';
import { describeRepo, factFilesOf } from './describe.ts';
import { filesOf, findRepo, remoteNames } from './find-repo.ts';
import type { Git } from './git.ts';
import { mainFolder } from './main-folder.ts';
import { commonFolder } from './registry.ts';
import { createRemember } from './remember.ts';
import { remoteAddresses } from './remote-address.ts';
import type { Reach } from './remote-address.ts';
import { askDefault } from './remote-default.ts';

export interface Looks extends Pick<Repo, 'find' | 'describe'> {
  /** The folder that all worktrees of the repository at this folder share. */
  readonly commonOf: (dir: string) => Promise<string>;
  /** The names of the remotes that are configured. */
  readonly remotes: (common: string) => Promise<readonly string[]>;
  /** Where a remote is. `dir`: the repository's main folder, or one of its worktrees. */
  readonly reachFrom: (at: { readonly dir: string; readonly common: string }) => Reach;
}

export function createLooks(given: {
  readonly git: Git;
  readonly limits: { readonly rememberMs: number; readonly defaultMs: number };
}): Looks {
  const { git, limits } = given;
  const remember = createRemember({ longestMs: limits.rememberMs });
  const rememberRemote = createRemember({ longestMs: limits.defaultMs });
  const commonOf = (dir: string) =>
    remember({ key: `common ${dir}`, files: (common) => [join(common, 'config')] }, () => commonFolder(git, dir));
  const remotes = (common: string) =>
    remember({ key: `remotes ${common}`, files: () => [join(common, 'config')] }, () => remoteNames(git, common));
  const reachFrom =
    (at: { readonly dir: string; readonly common: string }): Reach =>
    (remote) =>
      remember({ key: `addresses ${JSON.stringify([at.common, remote])}`, files: () => [join(at.common, 'config')] }, () =>
        remoteAddresses(git, { common: at.common, remote, root: () => mainFolder(git, at) }),
      );
  const find: Repo['find'] = (dir, { remote }) =>
    remember({ key: `find ${JSON.stringify([dir, remote])}`, files: filesOf }, () => findRepo(git, { dir, remote }));
  const askRemote = (given: { readonly place: RepoPlace; readonly remote: string; readonly base: string | null }) => {
    const { root: dir, common } = given.place;
    const key = `default ${JSON.stringify([common, given.remote, given.base])}`;
    return rememberRemote({ key, files: () => [join(common, 'config')] }, () =>
      askDefault(git, { ...given, common, reach: reachFrom({ dir, common }) }),
    );
  };
  const describe: Repo['describe'] = (dir, { remote, base = null }) =>
    remember(
      { key: `facts ${JSON.stringify([dir, remote, base])}`, files: (facts) => [...filesOf(facts), ...factFilesOf(facts)] },
      async () => {
        const place = await find(dir, { remote });
        return describeRepo(git, { place, base, ask: (name) => askRemote({ place, remote: name, base }) });
      },
    );
  return { find, describe, commonOf, remotes, reachFrom };
}
