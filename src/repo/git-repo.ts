// Implements the port `Repo` with the installed git.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Sieve } from '../core/security/mask.ts';
import type { RepoBranches } from '../ports/repo-branches.ts';
import type { Leftovers, SiteUpdates } from '../ports/repo-updates.ts';
import type { Repo } from '../ports/repo.ts';
import { branchAtRemote, fetchHead, forgetHead, isAncestor, withoutLogins } from './branches.ts';
import { emptySubmodules } from './empty-submodules.ts';
import { fileState } from './file-state.ts';
import { createFilterCheck, refuseUnconfigured } from './filters.ts';
import { createGit, usualLimits } from './git.ts';
import type { Git, GitLimits } from './git.ts';
import { createLooks, type Looks } from './looks.ts';
import { deleteBranch, mergeBranch } from './merge-branch.ts';
import { pushesTogether, type PushTogether } from './pushes-together.ts';
import { createRemember, type Remember } from './remember.ts';
import { shared } from './registry.ts';
import type { Reach } from './remote-address.ts';
import { adoptWorktree, isToAdopt } from './site/adopt.ts';
import { fillFromIndex, putBackLinked } from './site/adopt-missing.ts';
import { takeLeftLocks } from './site/left-locks.ts';
import { checkAttributes } from './site/attributes.ts';
import { beginConflict, endConflict } from './site/conflict.ts';
import { refuseSecrets, type Work } from './site/held-back.ts';
import { commitLeftovers } from './site/leftovers.ts';
import { requireHistory } from './site/incomplete.ts';
import { makeSite, settingsOf } from './site/make.ts';
import { settleLeft, settleMove } from './site/move-files.ts';
import { refsBelow } from './site/our-refs.ts';
import { dropOwnLocks } from './site/own-locks.ts';
import { onCheckout } from './site/pipes.ts';
import { preservedRef } from './site/preserve.ts';
import { pushHead } from './site/push-head.ts';
import { pushHooks, pushSite } from './site/push.ts';
import {
  hasRepository,
  readable,
  readerOf,
  refusedBySystem,
  removeBegun,
  siteAt,
  standsOn,
  unfinishedAt,
  type Site,
} from './site/record.ts';
import { notOurs, removeSite } from './site/remove.ts';
import { siteFrom } from './site/resume.ts';
import { finishDeletion } from './site/trash.ts';
import { takeSite } from './site/take.ts';
import { changeSummary, commitLog, treeFacts, worktreeFacts } from './site/tree.ts';
import { unreachableSubmodules } from './site/unreachable.ts';
import { updateSite } from './site/update.ts';
import { isVerifyCheckout, verifyCheckout } from './site/verify-checkout.ts';
import { createTurns, type Turns } from './turns.ts';

export interface RepoLimits extends GitLimits {
  /** For how long a remote's answer also serves others who ask the same. All of these are in milliseconds. */
  readonly freshMs: number;
  /** How long a repository's own facts are remembered while its files do not change. */
  readonly rememberMs: number;
  /** How long a remote's default branch is remembered while the repository's configuration does not change. */
  readonly defaultMs: number;
  /** How long a push waits for another one to the same place, so that both go in one call. */
  readonly pushWaitMs: number;
  /** How many bytes of object content a task may bring into the repository. */
  readonly mostBytes: number;
}

/**
 * There is one per process. It orders actions that must not run at once in a repository, and remembers answers that need
 * not be asked for again. All of this may be lost at any time.
 */
export function gitRepo(own: Partial<RepoLimits> = {}): Repo {
  const limits: RepoLimits = {
    ...usualLimits,
    freshMs: 2_000,
    rememberMs: 10_000,
    defaultMs: 60_000,
    pushWaitMs: 300,
    mostBytes: 2 ** 31,
    ...own,
  };
  const git = createGit(limits);
  return over({
    git,
    limits,
    signal: null,
    turns: createTurns({ git, ...limits }),
    remember: createRemember({ git, longestMs: limits.rememberMs }),
    looks: createLooks({ git, limits }),
    filters: createFilterCheck(),
    together: pushesTogether({ waitMs: limits.pushWaitMs }),
    arrived: new Map(),
  });
}

interface Known {
  readonly git: Git;
  readonly limits: RepoLimits;
  readonly signal: AbortSignal | null;
  readonly turns: Turns;
  readonly remember: Remember;
  /** A question that several callers share is given up when all of them are gone. */
  readonly looks: Looks;
  readonly filters: ReturnType<typeof createFilterCheck>;
  readonly together: PushTogether;
  /** By checkout: the last commit that the remote confirmed to have. */
  readonly arrived: Map<string, string>;
}

function over(known: Known): Repo {
  const { git, signal } = known;
  return {
    within: (other) => {
      const both = signal === null ? other : AbortSignal.any([signal, other]);
      return over({ ...known, git: git.within(other), signal: both, looks: known.looks.within(both) });
    },
    ...ofRepositories(known),
    ...ofBranches(known),
    ...ofSites(known),
    ...ofVerification(known, ofSites(known)),
    ...ofDelivery(known),
    ...ofUpdates(known),
  };
}

/** What is needed to make a site of any kind. */
async function making({ git, turns, remember, looks, filters, signal }: Known, root: string) {
  const common = await looks.commonOf(root);
  const check = (commit: string): Promise<void> => refuseUnconfigured(git, { filters, common, commit });
  return { turns, remember, looks, common, reach: looks.reachFrom({ dir: root, common }), check, signal };
}

function ofRepositories(known: Known): Pick<Repo, 'find' | 'describe' | 'unconfiguredFilters' | 'makeSite' | 'siteFrom' | 'preserved'> {
  const { git, looks, filters } = known;
  return {
    find: (dir, options) => looks.find(dir, options),
    describe: (dir, options) => looks.describe(dir, options),
    unconfiguredFilters: async ({ root, commit }) => filters(git, { common: await looks.commonOf(root), commit }),
    makeSite: async (given) => makeSite(git, { ...given, ...(await making(known, given.root)) }),
    siteFrom: async (given) => siteFrom(git, { ...given, ...(await making(known, given.root)) }),
    preserved: async ({ root, attempts }) => {
      const refs = await refsBelow(git, { common: await looks.commonOf(root), space: preservedRef('') });
      return refs.filter((ref) => attempts.some((attempt) => ref.startsWith(preservedRef(attempt)))).toSorted();
    },
  };
}

function ofBranches({ git, turns, looks, remember, signal }: Known): RepoBranches {
  const at = async <T extends { readonly root: string }>(given: T) => {
    const common = await looks.commonOf(given.root);
    return { ...given, common, turns, reach: looks.reachFrom({ dir: given.root, common }) };
  };
  return {
    branchAt: async (given) => branchAtRemote(git, await at(given)),
    fetchBranch: async (given) => fetchHead(git, await at(given)),
    forgetBranch: async (given) => forgetHead(git, await at(given)),
    isAncestor: async ({ root, ...given }) => isAncestor(git, { ...given, ...shared(await looks.commonOf(root)) }),
    mergeBranch: async (given) => {
      const about = await at(given);
      return mergeBranch(git, { ...about, settings: await settingsOf({ ...about, remember, signal }) });
    },
    deleteBranch: async (given) => {
      const about = await at(given);
      return deleteBranch(git, { ...about, settings: await settingsOf({ ...about, remember, signal }) });
    },
    fileState: (given) => fileState(git, given),
    remoteAddress: async (given) => withoutLogins(await (await at(given)).reach(given.remote)),
  };
}

function ofVerification(known: Known, { removeSite }: Pick<Repo, 'removeSite'>): Pick<Repo, 'verifyCheckout' | 'removeVerifyCheckout'> {
  const remove = async ({ root, path }: { readonly root: string; readonly path: string }): Promise<void> => {
    await removeSite({ root, path, branch: null, attempt: '', remote: null, keepBranch: true });
  };
  return {
    verifyCheckout: async ({ folder, name, ...given }) => {
      const path = join(folder, name);
      if (isVerifyCheckout(path) === true) await remove({ ...given, path });
      return verifyCheckout(known.git, { ...given, path, ...(await making(known, given.root)) });
    },
    removeVerifyCheckout: async ({ root, path }) => {
      const isOurs = isVerifyCheckout(path);
      if (isOurs === true) return remove({ root, path });
      if (isOurs === false || (existsSync(path) && !removeBegun(path))) throw notOurs(path, 'it was not made to check what was merged');
    },
  };
}

type OfSites = Pick<
  Repo,
  | 'describeSite'
  | 'removeBegun'
  | 'hasSite'
  | 'emptySubmodules'
  | 'takeLeftLocks'
  | 'facts'
  | 'log'
  | 'changes'
  | 'commitAll'
  | 'removeSite'
  | 'finishDeletion'
>;

function ofSites(known: Known): OfSites {
  const { git, looks, arrived, turns } = known;
  const { adopt, on } = opening(known);
  return {
    describeSite: async (path) => {
      await adopt(path);
      const site = siteAt(path) ?? unfinishedAt(path);
      return site !== null && hasRepository(site) ? { common: site.common, branch: site.branch } : null;
    },
    removeBegun: async (path) => siteAt(path) === null && removeBegun(path),
    hasSite: async ({ path, branch }) => {
      await adopt(path);
      const site = siteAt(path);
      return site !== null && site.branch === branch && standsOn(site);
    },
    emptySubmodules: ({ worktree }) => on(worktree, (at) => emptySubmodules(at.git, at.site)),
    takeLeftLocks: async (given) => takeLeftLocks(given),
    facts: ({ worktree, base }) =>
      on(worktree, async (at) => {
        await requireHistory(at.git, { ...at, turns, reach: reachOf(known, at.site) });
        return worktreeFacts(await treeFacts(at.git, { ...at, base }));
      }),
    log: ({ worktree, base }) => on(worktree, (at) => commitLog(at.git, { ...at, base })),
    changes: ({ worktree, base }) => on(worktree, (at) => changeSummary(at.git, { ...at, base })),
    commitAll: ({ worktree, ...given }) => on(worktree, (at) => commitIn(known, at, given)),
    removeSite: async (given) => {
      const common = await looks.commonOf(given.root);
      const missing = putBackLinked({ common, path: given.path });
      await adopt(given.path);
      if (missing) await fillFromIndex(git, given.path);
      dropOwnLocks(readerOf(given.path));
      await settleLeft(onCheckout(git, given.path), given.path);
      const reach = looks.reachFrom({ dir: given.root, common });
      const { merged = null, path } = given;
      const about = { ...given, merged, common, reach, turns, mostBytes: known.limits.mostBytes, arrived: arrived.get(path) ?? null };
      const removed = await removeSite(onCheckout(git, given.path), about).catch((error: unknown) => {
        throw refusedBySystem(given.path, error) ?? error;
      });
      arrived.delete(given.path);
      return removed;
    },
    finishDeletion,
  };
}

function commitIn({ filters, limits }: Known, at: OnSite, given: Leftovers): Promise<string | null> {
  const { mostBytes } = limits;
  const look = (tips: readonly string[]): Promise<void> => lookFor(given.secrets, { ...at, tips });
  const check = (tree: string): Promise<void> => refuseUnconfigured(at.git, { filters, common: at.site.reader, commit: tree });
  return commitLeftovers(at.git, { ...given, ...at, mostBytes, check, look });
}

function reachOf({ looks }: Known, { root, common }: Site): Reach {
  return looks.reachFrom({ dir: root, common });
}

type OfDelivery = Pick<Repo, 'take' | 'unreachableSubmodules' | 'pushHooks' | 'push'>;

function ofDelivery(known: Known): OfDelivery {
  const { turns, remember, looks, filters, arrived, together, signal } = known;
  const { mostBytes } = known.limits;
  const { on } = opening(known);
  return {
    take: ({ worktree, secrets }) =>
      on(worktree, async (at) => {
        const check = (commit: string): Promise<void> => refuseUnconfigured(at.git, { filters, common: at.site.reader, commit });
        const reach = reachOf(known, at.site);
        await requireHistory(at.git, { ...at, turns, reach });
        await checkAttributes(at.git, { ...at, check });
        const look = (commit: string): Promise<void> => lookFor(secrets, { ...at, tips: [commit] });
        return takeSite(at.git, { ...at, mostBytes, reach, look });
      }),
    unreachableSubmodules: ({ worktree, ...given }) =>
      on(worktree, (at) => unreachableSubmodules(at.git, { ...given, ...at, reach: reachOf(known, at.site) })),
    pushHooks: ({ worktree, ...given }) =>
      on(worktree, async (at) => {
        const settings = await settingsOf({ ...at.site, remember, signal });
        return pushHooks({ ...given, ...at, settings, reach: reachOf(known, at.site) });
      }),
    push: ({ worktree, ...given }) =>
      on(worktree, async (at) => {
        const remotes = await looks.remotes(at.site.common);
        const about = { turns, known: remotes.includes(given.remote), reach: reachOf(known, at.site), mostBytes, together };
        const result = await pushSite(at.git, { ...given, ...at, ...about });
        if (result.pushed) arrived.set(worktree, result.commit);
        return result;
      }),
  };
}

function ofUpdates(known: Known): SiteUpdates {
  const { turns, looks, arrived, remember, signal } = known;
  const { on } = opening(known);
  const whole = async <T extends object>(given: T, at: OnSite) => {
    const { promisor } = await settingsOf({ ...at.site, remember, signal });
    const about = { ...given, ...at, turns, promisor, reach: reachOf(known, at.site) };
    await requireHistory(at.git, about);
    return about;
  };
  return {
    updateSite: (given) => on(given.worktree, async (at) => updateSite(at.git, await whole(given, at))),
    beginConflict: (given) => on(given.worktree, async (at) => beginConflict(at.git, await whole(given, at))),
    endConflict: ({ worktree, leftovers }) =>
      on(worktree, (at) => endConflict(at.git, { ...at, commit: leftovers === undefined ? null : () => commitIn(known, at, leftovers) })),
    pushHead: ({ worktree, ...given }) =>
      on(worktree, async (at) => {
        const isKnown = (await looks.remotes(at.site.common)).includes(given.remote);
        const result = await pushHead(at.git, { ...given, ...at, known: isKnown, reach: reachOf(known, at.site) });
        if (result.pushed) arrived.set(worktree, result.commit);
        return result;
      }),
  };
}

async function lookFor(sieve: Sieve | null | undefined, { git, ...work }: OnSite & Pick<Work, 'tips'>): Promise<void> {
  if (sieve != null) await refuseSecrets(git, { ...work, sieve });
}

interface OnSite {
  readonly git: Git;
  readonly site: Site;
}

/**
 * How sites are opened: a linked worktree of an older version is turned into a site first, and refusals of the operating
 * system become messages for people.
 */
function opening(known: Known) {
  const { git, turns, looks } = known;
  const adopt = async (path: string): Promise<void> => {
    if (!isToAdopt(path)) return;
    const place = async (): Promise<Pick<Site, 'root' | 'pushTo'>> => {
      const { root, common, remote } = await looks.find(path, { remote: 'origin' });
      const pushTo = remote === null ? null : { remote, addresses: (await looks.reachFrom({ dir: root, common })(remote)).push };
      return { root, pushTo };
    };
    await turns.alone(path, () => adoptWorktree(git, { path, place }));
  };
  const on = async <T>(path: string, work: (at: OnSite) => Promise<T>): Promise<T> => {
    try {
      await adopt(path);
      const site = readable(path);
      dropOwnLocks(site.reader);
      const at = onCheckout(git, path);
      return await work({ git: at, site: await settleMove(at, site) });
    } catch (error) {
      throw refusedBySystem(path, error) ?? error;
    }
  };
  return { adopt, on };
}
