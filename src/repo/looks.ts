// Questions about repositories whose answers are remembered for a while, shared by everything that this process does with
// them.
import { join } from 'node:path';
import type { Repo, RepoPlace } from '../ports/repo.ts';
import { describeRepo, factFilesOf } from './describe.ts';
import { filesOf, findRepo, remoteNames } from './find-repo.ts';
import type { Git } from './git.ts';
import { mainFolder } from './main-folder.ts';
import { commonFolder } from './registry.ts';
import { createRemember, type Remember } from './remember.ts';
import { remoteAddresses } from './remote-address.ts';
import type { Reach } from './remote-address.ts';
import { askDefault } from './remote-default.ts';

export interface Looks extends Pick<Repo, 'find' | 'describe'> {
  /** The folder that all worktrees of the repository share. */
  readonly commonOf: (dir: string) => Promise<string>;
  /** The names of the configured remotes. */
  readonly remotes: (common: string) => Promise<readonly string[]>;
  /** The addresses of a remote. `dir`: the repository's main folder, or one of its worktrees. */
  readonly reachFrom: (at: { readonly dir: string; readonly common: string }) => Reach;
  /** The same for a caller that stops asking when this signal aborts. */
  readonly within: (signal: AbortSignal) => Looks;
}

export function createLooks(given: {
  readonly git: Git;
  readonly limits: { readonly rememberMs: number; readonly defaultMs: number };
}): Looks {
  const { git, limits } = given;
  return looksOf({
    remember: createRemember({ git, longestMs: limits.rememberMs }),
    rememberRemote: createRemember({ git, longestMs: limits.defaultMs }),
    signal: null,
  });
}

function looksOf(given: { readonly remember: Remember; readonly rememberRemote: Remember; readonly signal: AbortSignal | null }): Looks {
  const { remember, rememberRemote, signal } = given;
  const within = (other: AbortSignal): Looks => looksOf({ ...given, signal: other });
  const configOf = (common: string): readonly string[] => [join(common, 'config')];
  const commonOf = (dir: string) => remember({ key: `common ${dir}`, files: configOf, signal }, ({ git }) => commonFolder(git, dir));
  const remotes = (common: string) =>
    remember({ key: `remotes ${common}`, files: () => configOf(common), signal }, ({ git }) => remoteNames(git, common));
  const reachFrom =
    ({ dir, common }: { readonly dir: string; readonly common: string }): Reach =>
    (remote) =>
      remember({ key: `addresses ${JSON.stringify([common, remote])}`, files: () => configOf(common), signal }, ({ git }) =>
        remoteAddresses(git, { common, remote, root: () => mainFolder(git, { dir, common }) }),
      );
  const find: Repo['find'] = (dir, { remote }) =>
    remember({ key: `find ${JSON.stringify([dir, remote])}`, files: filesOf, signal }, ({ git }) => findRepo(git, { dir, remote }));
  const askRemote = (asked: {
    readonly place: RepoPlace;
    readonly remote: string;
    readonly base: string | null;
    readonly signal: AbortSignal;
  }) => {
    const { root: dir, common } = asked.place;
    const key = `default ${JSON.stringify([common, asked.remote, asked.base])}`;
    return rememberRemote({ key, files: () => configOf(common), signal: asked.signal }, (at) =>
      askDefault(at.git, { ...asked, common, reach: within(at.signal).reachFrom({ dir, common }) }),
    );
  };
  const describe: Repo['describe'] = (dir, { remote, base = null }) =>
    remember(
      { key: `facts ${JSON.stringify([dir, remote, base])}`, files: (facts) => [...filesOf(facts), ...factFilesOf(facts)], signal },
      async (at) => {
        const place = await within(at.signal).find(dir, { remote });
        return describeRepo(at.git, { place, base, ask: (name) => askRemote({ place, remote: name, base, signal: at.signal }) });
      },
    );
  return { find, describe, commonOf, remotes, reachFrom, within };
}
