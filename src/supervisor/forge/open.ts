// Opens the pull request of delivered work, or takes over the one that the branch has already: by the branch and its
// repository, never by a search for words.
import { opened } from '../../core/delivery/pull-changes.ts';
import { pullBody, pullTitle } from '../../core/delivery/pull-texts.ts';
import type { PullRequest } from '../../core/delivery/pull-facts.ts';
import { Fault } from '../../core/fault.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { textOf } from '../../core/reason/words.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import { minute, type Duration } from '../../core/time.ts';
import type { ForgeAccount, Opening } from '../../ports/forge.ts';
import { emitMoved, noteMoved } from '../emit-moved.ts';
import type { World } from '../world.ts';
import { baseOf } from './base.ts';
import { issueOf } from './issue-of.ts';
import { pushAgain } from './push-again.ts';

/** The forge may need this long to know a branch that was pushed. */
const showsBranchWithin: Duration = 2 * minute;

export async function openPull(
  world: World,
  given: { readonly account: ForgeAccount; readonly task: Task; readonly signal: AbortSignal },
): Promise<void> {
  const { account, task } = given;
  const settings = await world.settings(task.repo);
  const { delivery } = task;
  if (delivery?.pull == null || delivery.pull.seen !== null || delivery.branch === null || delivery.commit === null) return;
  const { pull: plan, branch, commit } = delivery;
  const { repository } = plan;
  const facts = await account.repository(repository);
  const head = { owner: facts.at.owner, branch };
  const existing = (await account.ofBranch({ repository: facts.at, head })).find(({ state }) => state === 'open');
  const { draft, labels, reviewers, assignees } = settings.delivery.pullRequest;
  const below = await baseOf(world, { ...given, settings, defaultBranch: facts.defaultBranch });
  if (below === null) return;
  const { base, stackedOn } = below;
  const opening: Opening = {
    repository: facts.at,
    head,
    base,
    title: pullTitle(task),
    body: pullBody({
      task,
      checks: settings.delivery.checks,
      issue: await issueOf(world, { task, repository: facts.at, ids: settings.todo.ids }),
      stackedOn,
      template: facts.template,
    }),
    draft,
    labels,
    reviewers,
    assignees,
  };
  const found = existing === undefined ? await openOne(world, { ...given, settings, commit, opening }) : { pull: existing, evidence: null };
  if (found === null) return;
  const { pull, evidence } = found;
  world.passing('pull-opened');
  noteMoved(world, task.repo);
  const at = world.clock.now();
  await world.store.changePull({
    key: task.key,
    at,
    change: (now) =>
      now.delivery?.pull?.seen === null
        ? { pull: opened({ plan: { ...plan, repository: facts.at }, pull, head: commit, at }), ...(evidence === null ? {} : { evidence }) }
        : null,
  });
  world.emit({ type: 'pull-request', task: task.id, repo: task.repo, number: pull.number, url: pull.url, standing: 'opened' });
}

interface OpeningOne {
  readonly account: ForgeAccount;
  readonly task: Task;
  readonly settings: Settings;
  readonly commit: string;
  readonly opening: Opening;
  readonly signal: AbortSignal;
}

/**
 * A branch that is gone is pushed again; `evidence` then says so. Null: it is not to be opened now. What the forge does not
 * accept unchanged blocks the task.
 */
async function openOne(world: World, given: OpeningOne): Promise<{ readonly pull: PullRequest; readonly evidence: string | null } | null> {
  const { account, task, settings, commit, opening } = given;
  const { branch } = opening.head;
  const { remote } = settings.delivery;
  try {
    return { pull: await account.open(opening), evidence: null };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'forge-refused' || error.data['status'] !== 422) throw error;
    const at = `branch ${branch} at ${commit.slice(0, 12)}`;
    const again = await pushAgain(world, { ...given, branch, base: opening.base });
    switch (again.is) {
      case 'pushed':
        return { pull: await account.open(opening), evidence: `${at}, pushed to ${remote}` };
      case 'busy':
        return null;
      case 'there':
        if (task.state !== 'delivered' || Math.abs(world.clock.now() - task.updatedAt) < showsBranchWithin) throw error;
        return block(world, { task, message: error.message, hint: `${error.hint}; to drop the work, run yardmaster cancel ${task.id}` });
      case 'lost':
        return block(world, {
          ...{ task, evidence: `${at}, which is no longer at ${remote}` },
          message: `its ${at} is no longer at ${remote}, and cannot be pushed there again: ${again.message}`,
          hint: `to do the work anew, run yardmaster reset ${task.id}; otherwise restore the branch, for example on the page of its closed pull request, and try again`,
        });
    }
  }
}

async function block(
  world: World,
  { task, evidence, ...facts }: { readonly task: Task; readonly evidence?: string; readonly message: string; readonly hint: string },
): Promise<null> {
  const reason: TaskReason = { code: 'not-opened', facts };
  world.memory.touched.add(task.key);
  const blocked = await world.store.changePull({
    key: task.key,
    at: world.clock.now(),
    change: ({ state, delivery }) =>
      state === 'delivered' && delivery?.pull?.seen === null
        ? { pull: delivery.pull, to: { state: 'blocked', reason }, ...(evidence === undefined ? {} : { evidence }) }
        : null,
  });
  if (blocked !== null) emitMoved(world, { task, from: 'delivered', to: 'blocked', reason: textOf(reason) });
  return null;
}
