// Opens the pull request of delivered work, or takes over the one that the branch has already: by the branch and its
// repository, never by a search for words.
import { opened } from '../../core/delivery/pull-changes.ts';
import { pullBody, pullTitle } from '../../core/delivery/pull-texts.ts';
import type { Task } from '../../core/task/task.ts';
import type { ForgeAccount } from '../../ports/forge.ts';
import { noteMoved } from '../emit-moved.ts';
import type { World } from '../world.ts';
import { baseOf } from './base.ts';
import { issueOf } from './issue-of.ts';

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
  const pull =
    existing ??
    (await account.open({
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
    }));
  world.passing('pull-opened');
  noteMoved(world, task.repo);
  const at = world.clock.now();
  await world.store.changePull({
    key: task.key,
    at,
    change: (now) =>
      now.delivery?.pull?.seen === null ? { pull: opened({ plan: { ...plan, repository: facts.at }, pull, head: commit, at }) } : null,
  });
  world.emit({ type: 'pull-request', task: task.id, repo: task.repo, number: pull.number, url: pull.url, standing: 'opened' });
}
