// Brings the branch of a pull request up to date with its base, and takes over what a person pushed to it. Done by us, in the
// task's site, while the task is held; without a site, in one that is made for this and removed again.
import { join } from 'node:path';
import { recordAfter } from '../../core/delivery/pull-effect.ts';
import { updatePushed } from '../../core/delivery/pull-changes.ts';
import type { StackedOn } from '../../core/delivery/stacked-on.ts';
import type { UpdateMethod } from '../../core/delivery/pull-request.ts';
import { stackedOnAfter } from '../../core/delivery/stack.ts';
import { Fault } from '../../core/fault.ts';
import type { FaultCode } from '../../core/fault-codes.ts';
import { worktreeName } from '../../core/task/folder-names.ts';
import type { Task } from '../../core/task/task.ts';
import { branchedSite } from '../../core/task/site.ts';
import { clearTask, clearWorktree } from '../reap/clear.ts';
import { whileHeld } from '../reap/holds.ts';
import type { World } from '../world.ts';
import { change, record, type Step } from './step.ts';

/** In the name of a checkout that is made for one step: no attempt has this number. */
export const passing = 0;

/** A person's commits are built upon: the task's site is made anew from their head when it is needed. */
export async function adoptHead(world: World, given: Step & { readonly head: string }): Promise<boolean> {
  const { task, settings, head, signal } = given;
  const { branch } = given.record.seen.head;
  const fetched = await world.repo.within(signal).fetchBranch({ root: task.repo, remote: settings.delivery.remote, branch });
  // The forge may be a moment behind the remote; the next round sees what is there then.
  if (fetched !== head) return false;
  let isAdopted = false;
  await whileHeld(world, { task, holder: world.holder, what: 'following' }, async (now) => {
    if (now.site !== null) await clearTask(world, { task: now, keepBranch: true, signal });
    const at = world.clock.now();
    isAdopted = await change(world, given, (seen) => ({
      pull: recordAfter({ record: seen, effect: { did: 'adopted', head }, at }),
      commit: head,
    }));
  });
  return isAdopted;
}

export async function updateBranch(world: World, given: Step & { readonly step: { readonly how: UpdateMethod } }): Promise<boolean> {
  return inSite(world, given, (task, worktree) => update(world, { ...given, task, worktree }));
}

/** The commit after which the task's own commits begin. Those below may have been squashed into the base, or rewritten. */
function ownBegin({ how }: { readonly how: UpdateMethod }, { delivery }: Task): string | null {
  return delivery !== null && (how === 'rebase' || delivery.stackedOn !== null) ? delivery.base : null;
}

/** On what it builds is stored first: if we die after the forge was told, its own commits are moved by whoever comes next. */
export async function retarget(
  world: World,
  given: Step & { readonly step: { readonly base: string; readonly on: StackedOn } },
): Promise<boolean> {
  const { account, step } = given;
  const { repository, seen } = given.record;
  await change(world, given, (now, { delivery }) => ({ pull: now, stackedOn: delivery?.stackedOn ?? step.on }));
  world.passing('stack-recorded');
  await account.edit({ repository, number: seen.number, base: step.base });
  world.passing('retargeted');
  return record(world, given, { did: 'retargeted', base: step.base });
}

async function update(
  world: World,
  given: Step & {
    readonly step: { readonly how: UpdateMethod };
    readonly worktree: string;
  },
): Promise<boolean> {
  const { task, settings, worktree, signal, step } = given;
  const { branch: base } = given.record.seen.base;
  const from = ownBegin(step, task);
  const { remote, sign } = settings.delivery;
  const repo = world.repo.within(signal);
  const { head } = given.record;
  const updated = await repo.updateSite({
    worktree,
    onto: { remote, branch: base },
    how: step.how,
    sign,
    ...(from === null ? {} : { from }),
  });
  if (!updated.updated && updated.why === 'refused') return notUpdated(world, given, updated.message);
  if (!updated.updated && updated.why === 'conflict')
    return record(world, given, { did: 'updated', ended: 'conflict', base: given.baseCommit ?? updated.base });
  // A supervisor that was killed before its push leaves a site that is up to date, and a branch that is not.
  const stackedOn = stackedOnAfter({ delivery: task.delivery, base });
  if (updated.commit === head.commit) {
    const effect = { did: 'updated', ended: 'unchanged', base: given.baseCommit ?? updated.base } as const;
    const at = world.clock.now();
    return change(world, given, (now) => ({ pull: recordAfter({ record: now, effect, at }), base: updated.base, stackedOn }));
  }
  const { commit } = updated;
  await repo.take({ worktree });
  const own = { commit, base: updated.base, stackedOn };
  await change(world, given, (now) => ({ pull: { ...now, pushing: own } }));
  const pushed = await repo.pushHead({ worktree, remote, commit, lease: head.commit, accept: false });
  world.passing('update-pushed');
  // Somebody else pushed meanwhile: the site holds commits that are nowhere else, and the next round builds on theirs.
  if (!pushed.pushed) return pushed.why === 'refused' && (await notUpdated(world, given, pushed.message));
  const at = world.clock.now();
  await change(world, given, (now) => ({ pull: updatePushed(now, { commit, at }), ...own }));
  return false;
}

/** Recorded, so that it is not tried in each round, and that other pull requests of the base go first. */
function notUpdated(world: World, given: Step, message: string): Promise<boolean> {
  return record(world, given, { did: 'was-not-updated', base: given.baseCommit ?? '', message });
}

/** What follows from these is a person's; everything else is tried again in the next round. */
export const obstacles: readonly FaultCode[] = ['needs-person', 'not-signed', 'worktree-failed'];

/** Runs the work in the task's site while the task is held; returns false if another process holds it. */
async function inSite(world: World, given: Step, work: (task: Task, worktree: string) => Promise<boolean>): Promise<boolean> {
  try {
    return await whileInSite(world, given, work);
  } catch (error) {
    if (!(error instanceof Fault) || !obstacles.includes(error.code)) throw error;
    return notUpdated(world, given, `${error.message} (${error.hint})`);
  }
}

async function whileInSite(world: World, given: Step, work: (task: Task, worktree: string) => Promise<boolean>): Promise<boolean> {
  const { task, settings, signal } = given;
  let goesOn = false;
  await whileHeld(world, { task, holder: world.holder, what: 'following' }, async (now) => {
    const site = branchedSite(now);
    const repo = world.repo.within(signal);
    if (site !== null && (await repo.hasSite({ path: site.checkout, branch: site.branch }))) {
      goesOn = await work(now, site.checkout);
      return;
    }
    const { branch } = given.record.seen.head;
    const { remote } = settings.delivery;
    const commit = await repo.fetchBranch({ root: task.repo, remote, branch });
    if (commit !== given.record.head.commit) return;
    const path = join(world.folders.worktrees, worktreeName({ task, attempt: passing }));
    await repo.siteFrom({ root: task.repo, path, branch, commit, remote, defaultBranch: given.record.seen.base.branch });
    try {
      goesOn = await work(now, path);
    } finally {
      await clearWorktree(world, { task: now, path, branch, keepBranch: true, signal });
    }
  });
  return goesOn;
}
