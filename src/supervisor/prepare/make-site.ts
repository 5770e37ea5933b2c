// Provides the site for a claimed attempt: the task's existing site, or a new one in which set-up was run.
import { join } from 'node:path';
import { inWords } from '../../core/reason/said.ts';
import type { Attempt } from '../../core/task/attempt.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import type { StackedOn } from '../../core/delivery/stacked-on.ts';
import type { PullRecord } from '../../core/delivery/pull-record.ts';
import { branchName, perhapsPushed } from '../../core/delivery/branch.ts';
import { missingForSetUp, setUpEnvironment } from '../../core/security/delivery-environment.ts';
import { faultRule } from '../../core/fault-codes.ts';
import { worktreeName } from '../../core/task/folder-names.ts';
import type { Settings } from '../../core/settings.ts';
import { branchedSite, type BranchedSite } from '../../core/task/site.ts';
import type { Task } from '../../core/task/task.ts';
import { minute } from '../../core/time.ts';
import type { Repo } from '../../ports/repo.ts';
import { heldPlace } from '../watch/places.ts';
import { recordUse } from '../dispatch/set-aside.ts';
import { siteOf } from './site.ts';
import { startBranch } from './start-branch.ts';
import { Unprepared, type Claimed, type Preparing } from './unprepared.ts';
import { warnOfRepository } from '../dispatch/warn-of-repository.ts';
import { describe, emitStage, type World } from '../world.ts';

/** The task's site as the attempt finds it. */
export interface ReadySite extends BranchedSite {
  /** The other task's branch on which its work builds; null: none. */
  readonly stackedOn: StackedOn | null;
  /** Titles of the commits on the branch since the base. */
  readonly commits: readonly string[];
  /** Submodules whose folders are empty. */
  readonly emptySubmodules: readonly string[];
}

export class LeaseLost extends Error {}

/** The task's existing site, or a new one in which `delivery.setup` was run. */
export async function makeSite(world: World, given: Preparing): Promise<ReadySite> {
  const { task, attempt, settings } = given;
  const repo = world.repo.within(given.signal);
  const standing = await existingSite(repo, task);
  if (standing !== null) return inConflict(repo, { ...given, ready: standing });
  const { delivery } = settings;
  const facts = await repo.describe(task.repo, delivery);
  warnOfRepository(world, { repo: task.repo, facts: { ...facts, submodules: noneEmpty }, delivery });
  const pushed = perhapsPushed({ attempts: given.earlier, now: world.clock.now() });
  const checkout = join(world.folders.worktrees, worktreeName({ task, attempt: attempt.number }));
  const { remote } = facts;
  const pull = openedPull(task.delivery);
  const { base, branch, stackedOn } = await withoutBlamingTask(task, async () => {
    if (pull !== null && remote !== null) return siteOfPull(repo, { task, path: checkout, remote, pull });
    const start = await startBranch(world, { ...given, facts });
    const site = await repo.makeSite({
      root: task.repo,
      path: checkout,
      branch: (taken) => branchName({ prefix: delivery.branchPrefix, id: task.id, title: task.title, taken: [...taken, ...pushed] }),
      remote,
      defaultBranch: start.branch,
    });
    return { ...site, stackedOn: start.stackedOn };
  });
  await recordUse(world, { repo: task.repo, used: 'fetched' });
  world.passing('worktree-made');
  const made = { root: task.repo, path: checkout, branch, remote: facts.remote };
  if (delivery.setup !== null) {
    // A site counts as the task's only once it is set up, so that no later attempt works in a half-made one.
    await setUp(world, { ...given, checkout, command: delivery.setup }).catch(async (error: unknown) => {
      await discard(world, { ...made, attempt });
      throw error;
    });
  }
  const recorded = await world.store.patchTask({
    key: task.key,
    patch: { site: { checkout }, delivery: { branch, base, stackedOn } },
    at: world.clock.now(),
    lease: given.lease,
  });
  if (recorded === 'lost') {
    // Another supervisor has the task, with a site of its own; nobody has worked in this one.
    await discard(world, { ...made, attempt });
    throw new LeaseLost('the lease was lost before the site was recorded');
  }
  world.passing('worktree-recorded');
  const empty = await repo.emptySubmodules({ worktree: checkout });
  // Set-up was expected to fill the submodules; whether it did is known by now.
  warnOfRepository(world, { repo: task.repo, facts: { ...facts, submodules: { empty } }, delivery: { ...delivery, setup: null } });
  const commits = pull === null ? [] : await repo.log({ worktree: checkout, base });
  return inConflict(repo, { ...given, ready: { checkout, branch, base, stackedOn, commits, emptySubmodules: empty } });
}

/** The branch of a pull request exists already, and a worker goes on from its head. */
async function siteOfPull(
  repo: Repo,
  given: { readonly task: Task; readonly path: string; readonly remote: string; readonly pull: PullRecord },
): Promise<Pick<ReadySite, 'base' | 'branch' | 'stackedOn'>> {
  const { task, path, remote, pull } = given;
  const { branch } = pull.seen.head;
  const commit = await repo.fetchBranch({ root: task.repo, remote, branch });
  if (commit === null)
    throw new Unprepared('worktree', inWords(`the branch ${branch} of pull request #${pull.seen.number} is not at ${remote}`));
  const site = await repo.siteFrom({ root: task.repo, path, branch, commit, remote, defaultBranch: pull.seen.base.branch });
  const { base = null, stackedOn = null } = task.delivery ?? {};
  // What the branch has in common with that of the lower task, if that was rewritten, comes before where its own commits begin.
  const isKept = stackedOn !== null && base !== null && (await repo.isAncestor({ root: task.repo, ancestor: base, commit }));
  return { branch: site.branch, base: isKept ? base : site.base, stackedOn };
}

/** A worker that is to resolve a conflict finds the merge begun, with the conflicts in the files. */
async function inConflict(repo: Repo, given: Preparing & { readonly ready: ReadySite }): Promise<ReadySite> {
  const { task, attempt, settings, ready } = given;
  const pull = openedPull(task.delivery);
  if (attempt.answer !== 'conflict' || pull === null) return ready;
  const onto = { remote: settings.delivery.remote, branch: pull.seen.base.branch };
  const begun = await repo.beginConflict({ worktree: ready.checkout, onto, ...(ready.stackedOn === null ? {} : { from: ready.base }) });
  if (!begun.begun && begun.why === 'refused') throw new Unprepared('worktree', inWords(begun.message));
  return ready;
}

async function existingSite(repo: Repo, task: Task): Promise<ReadySite | null> {
  const site = branchedSite(task);
  if (site === null || !(await repo.hasSite({ path: site.checkout, branch: site.branch }))) return null;
  const commits = await repo.log({ worktree: site.checkout, base: site.base });
  const stackedOn = task.delivery?.stackedOn ?? null;
  return { ...site, stackedOn, commits, emptySubmodules: await repo.emptySubmodules({ worktree: site.checkout }) };
}

/**
 * Nobody has worked in a site that is only being made, so a fault that would hinder every site is a problem of the
 * repository and not of this task.
 */
async function withoutBlamingTask<T>(task: Task, making: () => Promise<T>): Promise<T> {
  return making().catch((error: unknown) => {
    const fault = describe(error, task.id);
    throw faultRule(fault.code).hindersAllSites === true ? new Unprepared('repository-away', { code: 'fault', facts: fault }) : error;
  });
}

/**
 * Before the site exists its submodules are not known: the person's checkout may be at another commit. They are checked
 * afterwards.
 */
const noneEmpty = { empty: [] } as const;

/**
 * The error that led here is the one that counts, so a failed removal is only a warning: the site is removed later with
 * other leftovers.
 */
async function discard(
  world: World,
  given: Omit<Parameters<World['repo']['removeSite']>[0], 'attempt' | 'keepBranch'> & { readonly attempt: Attempt },
): Promise<void> {
  const { attempt, ...made } = given;
  await world.repo.removeSite({ ...made, attempt: attempt.id, keepBranch: false }).catch((error: unknown) => {
    world.emit({ type: 'warning', task: attempt.taskId, repo: attempt.repo, attempt: attempt.id, ...describe(error, made.path) });
  });
}

async function setUp(world: World, given: Claimed & { settings: Settings; checkout: string; command: string }): Promise<void> {
  const { task, attempt, settings, command } = given;
  emitStage(world, { attempt, title: task.title, stage: 'setup', note: command });
  const site = await siteOf(world, { task, attempt, checkout: given.checkout });
  const named = { env: site.env, delivery: settings.delivery };
  const result = await heldPlace(world, attempt).shell({
    command,
    // No worker of this attempt runs yet, so the marker, which is the attempt's, ends only what is left of the command.
    marker: attempt.id,
    // The command comes from a person and may need `sudo`, which does not work in a user namespace.
    isolate: 'off',
    protect: [],
    writable: [],
    cwd: site.checkout,
    env: setUpEnvironment(named),
    timeoutMs: settings.delivery.commandMinutes * minute,
    signal: given.signal,
  });
  if (result.code === 0) return;
  const end = result.timedOut ? { timeout: settings.delivery.commandMinutes * minute } : { exit: result.code };
  const facts = { command, end, output: result.output.trim().slice(-500), absent: missingForSetUp(named) };
  throw new Unprepared('setup', { code: 'setup-failed', facts });
}
