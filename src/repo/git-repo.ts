// The port `Repo` over the git that is installed.
import { join } from 'node:path';
import type { Repo } from '../ports/repo.ts';
import { describeRepo, mainFolder, remoteNames } from './describe.ts';
import { createGit, usualLimits } from './git.ts';
import type { Git, GitLimits } from './git.ts';
import { commonFolder, linkAt } from './registry.ts';
import { createRemember, type Remember } from './remember.ts';
import { pushAddresses } from './remote-heads.ts';
import { adoptWorktree } from './site/adopt.ts';
import { takeLeftLocks } from './site/left-locks.ts';
import { commitLeftovers } from './site/leftovers.ts';
import { makeSite } from './site/make.ts';
import { pushHook, pushSite } from './site/push.ts';
import { hasRepository, readable, siteAt, standsOn, type Site } from './site/record.ts';
import { removeSite } from './site/remove.ts';
import { absoluteAddress, siteSettings } from './site/settings.ts';
import { takeSite } from './site/take.ts';
import { changeSummary, commitLog, treeFacts, worktreeFacts } from './site/tree.ts';
import { createTurns, type Turns } from './turns.ts';

export interface RepoLimits extends GitLimits {
  /** How long what a remote said serves those who ask it the same. Milliseconds, as all of these. */
  readonly freshMs: number;
  /** How long a repository's own facts are kept while its files are untouched. */
  readonly rememberMs: number;
  /** So much a task may bring into the repository, in bytes of what its objects hold. */
  readonly mostBytes: number;
}

/**
 * One for the process: what must not happen at once in a repository is put in order here, and what need not be asked
 * again is known here. All of it may be lost at any time.
 */
export function gitRepo(own: Partial<RepoLimits> = {}): Repo {
  const limits: RepoLimits = { ...usualLimits, freshMs: 2_000, rememberMs: 10_000, mostBytes: 2 ** 31, ...own };
  const turns = createTurns(limits);
  const remember = createRemember({ longestMs: limits.rememberMs });
  /** By checkout, the commit of which the remote last said that it arrived. */
  const arrived = new Map<string, string>();
  return over({ git: createGit(limits), limits, turns, remember, arrived });
}

interface Known {
  readonly git: Git;
  readonly limits: RepoLimits;
  readonly turns: Turns;
  readonly remember: Remember;
  readonly arrived: Map<string, string>;
}

function over(known: Known): Repo {
  const { git, turns, remember, arrived } = known;
  const { mostBytes } = known.limits;
  const commonOf = (dir: string) =>
    remember({ key: `common ${dir}`, files: (common) => [join(common, 'config')] }, () => commonFolder(git, dir));
  const addressesOf = (given: { readonly common: string; readonly remote: string }) =>
    remember({ key: JSON.stringify(['addresses', given]), files: () => [join(given.common, 'config')] }, async () =>
      (await remoteNames(git, given.common)).includes(given.remote) ? pushAddresses(git, given) : [],
    );
  const adopt = async (path: string): Promise<Site | null> => {
    const link = linkAt(path);
    if (link === null) return null;
    const root = await mainFolder(git, { dir: link.path, common: link.common });
    const remotes = await remoteNames(git, link.common);
    const remote = remotes.includes('origin') ? 'origin' : remotes[0];
    const addresses = remote === undefined ? [] : await addressesOf({ common: link.common, remote });
    const pushTo = remote === undefined ? null : { remote, addresses: addresses.map((address) => absoluteAddress({ address, root })) };
    return turns.alone(path, () => adoptWorktree(git, { path, root, pushTo }));
  };
  const open = async (path: string): Promise<Site> => {
    await adopt(path);
    return readable(path);
  };

  return {
    within: (signal) => over({ ...known, git: git.within(signal) }),
    describe: (dir, options) =>
      remember({ key: JSON.stringify([dir, options.remote]), files: (known) => known.files }, () =>
        describeRepo(git, { dir, remote: options.remote }),
      ).then(({ facts }) => facts),
    makeSite: async (given) => makeSite(git, { ...given, turns, remember, common: await commonOf(given.root) }),
    describeSite: async (path) => {
      await adopt(path);
      const site = siteAt(path);
      return site !== null && hasRepository(site) ? { root: site.root, branch: site.branch } : null;
    },
    hasSite: async ({ path, branch }) => {
      await adopt(path);
      const site = siteAt(path);
      return site !== null && site.branch === branch && standsOn(site);
    },
    takeLeftLocks: async (given) => takeLeftLocks(given),
    facts: async ({ worktree, base }) => worktreeFacts(await treeFacts(git, { site: await open(worktree), base })),
    log: async ({ worktree, base }) => commitLog(git, { site: await open(worktree), base }),
    changes: async ({ worktree, base }) => changeSummary(git, { site: await open(worktree), base }),
    commitAll: async ({ worktree, ...given }) => commitLeftovers(git, { ...given, site: await open(worktree) }),
    take: async ({ worktree }) => takeSite(git, { site: await open(worktree), mostBytes }),
    pushHook: async ({ worktree, ...given }) => {
      const site = await open(worktree);
      const { hooksPath } = await siteSettings(git, site);
      return pushHook({ ...given, site, hooksPath });
    },
    push: async ({ worktree, ...given }) => {
      const site = await open(worktree);
      const addresses = await addressesOf({ common: site.common, remote: given.remote });
      const result = await pushSite(git, { ...given, turns, site, addresses, mostBytes });
      if (result.pushed) arrived.set(worktree, result.commit);
      return result;
    },
    removeSite: async (given) => {
      const common = await commonOf(given.root);
      await adopt(given.path);
      const removed = await removeSite(git, { ...given, common, arrived: arrived.get(given.path) ?? null });
      arrived.delete(given.path);
      return removed;
    },
  };
}
