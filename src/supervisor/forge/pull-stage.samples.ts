// A stage for tests of the phase that follows pull requests: the forge and the branches of its repository are in memory, the
// clock is moved by the test, and every worker makes one commit and succeeds.
import { loadSettings } from '../../config/load.ts';
import type { Check } from '../../core/delivery/pull-facts.ts';
import type { PullRecord } from '../../core/delivery/pull-record.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import type { Settings } from '../../core/settings.ts';
import { minute } from '../../core/time.ts';
import type { Repo } from '../../ports/repo.ts';
import { phaseStage, remoteStage, type PhaseStage } from '../phase-stage.samples.ts';
import type { World } from '../world.ts';
import { success } from '../../../test/support/gitless-world.ts';
import { memoryForge, type MemoryForge } from '../../../test/support/memory-forge.ts';
import { addRepository, newCommit, type MemoryPull, type MemoryRepository } from '../../../test/support/memory-forge-state.ts';

export interface PullStage {
  readonly stage: PhaseStage;
  readonly forge: MemoryForge;
  readonly state: MemoryForge['state'];
  readonly repository: MemoryRepository;
  /** The branches that references of ours keep in the person's repository. */
  readonly kept: Set<string>;
  /** The supervisor that the test runs by default. */
  readonly world: World;
  /** How branches were brought up to date, in order. */
  readonly updates: readonly string[];
  /** The first pull request. */
  pull(): MemoryPull;
  head(): string;
  /** What the task's record says of it. */
  record(id?: string): Promise<PullRecord>;
  /** What stands in the reason's place: `checks-failed`, and so on. */
  standing(id?: string): Promise<string | null>;
  /** Lets a worker deliver the task, or answer, without a round at the forge. */
  deliver(id?: string): Promise<void>;
  /** A round of the supervisor, at once or after some minutes. */
  round(after?: number, world?: World): Promise<void>;
  /** The checks of the present head. */
  check(state: Check['state'], more?: Partial<Check>): void;
  /** How often the forge was called by this name. */
  calls(name: string): number;
  another(holder: string, gone?: string): Promise<World>;
}

type Delivery = Settings['delivery'];

export async function pullStage(
  given: {
    readonly delivery?: Partial<Delivery>;
    readonly open?: Delivery['pullRequest']['open'];
    /** In place of the repository's own answers. */
    readonly repo?: Partial<Repo>;
    /** The nth of these workers fails, and is not tried again. */
    readonly failing?: number;
  } = {},
): Promise<PullStage> {
  const clock: { now: () => number } = { now: () => 0 };
  const forge = memoryForge({ now: () => clock.now() });
  const { state } = forge;
  const repository = addRepository(state, 'acme/app');
  const kept = new Set<string>();
  const { settings } = await loadSettings({ env: {}, repo: null, flags: {} });
  const pullRequest = { ...settings.delivery.pullRequest, open: given.open ?? 'always' };
  const updates: string[] = [];
  const stage = await phaseStage({
    worker: (nth) => (nth === given.failing ? [{ exit: 1 }] : [{ say: success }, { exit: 0 }]),
    repo: {
      ...branchesIn({
        ...{ repository, kept, updates, commit: () => newCommit(state) },
        ...{ workers: () => stage.started.length, sites: () => stage.sites },
      }),
      ...given.repo,
    },
    settings: {
      delivery: { ...settings.delivery, pullRequest, ...given.delivery },
      worker: { ...settings.worker, protect: 'off', ...(given.failing === undefined ? {} : { maxRetries: 0 }) },
    },
  });
  clock.now = stage.now;
  const another: PullStage['another'] = (holder, gone) =>
    stage.supervisor(holder, { forges: [forge.forge], ...(gone === undefined ? {} : { gone }) });
  const world = await another('leader');
  const pull = (): MemoryPull => repository.pulls[0]!;
  const head = (): string => repository.branches.get(pull().head.branch) ?? pull().last;
  const record: PullStage['record'] = async (id = 't1') => openedPull((await stage.task(id)).delivery)!;
  return {
    ...{ stage, forge, state, repository, kept, world, updates, pull, head, record, another },
    standing: async (id) => (await record(id)).stands?.why.code ?? null,
    async deliver(id = 't1') {
      if ((await stage.store.task({ repo: '/repo', id })) === null) await stage.add(id);
      await stage.pulseOf(world, 'dispatch', 'watch', 'settle');
    },
    async round(after = 0, of = world) {
      stage.pass(after * minute);
      await stage.pulseOf(of, 'forge');
    },
    check: (is, more = {}) =>
      void repository.checks.set(head(), [
        {
          ...{ id: `c-${head()}`, name: 'test', state: is, required: true, byMachine: false, canRerun: true, url: null },
          ...{ startedAt: stage.now(), ...more },
        },
      ]),
    calls: (name) => state.calls.filter((call) => call.startsWith(`${name} `)).length,
  };
}

/** A worker's commit is at the remote once it is pushed; what people push there is seen by `fetchBranch`. */
function branchesIn(given: {
  readonly repository: MemoryRepository;
  readonly commit: () => string;
  readonly workers: () => number;
  readonly sites: () => Set<string>;
  readonly updates: string[];
  readonly kept: Set<string>;
}): Partial<Repo> {
  const { repository, workers, commit, sites, updates, kept } = given;
  const { branches } = repository;
  const commits = new Map<number, string>();
  const head = (): string => {
    const made = commits.get(workers()) ?? commit();
    commits.set(workers(), made);
    return made;
  };
  /** The branches of sites that were made for one that existed. */
  const resumed = new Map<string, string>();
  const branchOf = (worktree: string): string => resumed.get(worktree) ?? `yard/${worktree}`;
  return {
    ...remoteStage().repo,
    remoteAddress: async () => ({ fetch: [], push: ['https://github.com/acme/app.git'] }),
    facts: async () => ({ head: head(), commits: 1, dirty: [] }),
    push: async ({ worktree, commit: pushed }) => {
      branches.set(branchOf(worktree), pushed);
      return { pushed: true, commit: pushed, ref: `refs/heads/${branchOf(worktree)}` };
    },
    branchAt: async ({ branch }) => branches.get(branch) ?? null,
    fetchBranch: async ({ branch }) => (kept.add(branch), branches.get(branch) ?? null),
    forgetBranch: async ({ branch }) => void kept.delete(branch),
    makeSite: async ({ path, defaultBranch }) => {
      sites().add(path);
      return { base: branches.get(defaultBranch)!, branch: branchOf(path) };
    },
    isAncestor: async ({ ancestor, commit: tip }) => ancestor === tip,
    siteFrom: async ({ path, branch, defaultBranch }) => {
      resumed.set(path, branch);
      return { base: branches.get(defaultBranch)!, branch };
    },
    async updateSite({ onto, how, from }) {
      updates.push(`${how} onto ${onto.branch}${from === undefined ? '' : ` from ${from}`}`);
      return { updated: true, by: 'merge', commit: commit(), base: branches.get(onto.branch)! };
    },
    pushHead: async ({ worktree, commit: pushed, lease }) => {
      const there = branches.get(branchOf(worktree)) ?? null;
      if (there !== lease) return { pushed: false, why: 'moved', head: there };
      branches.set(branchOf(worktree), pushed);
      return { pushed: true, commit: pushed, ref: `refs/heads/${branchOf(worktree)}` };
    },
  };
}
