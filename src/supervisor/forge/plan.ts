// Whether delivered work gets a pull request. None is opened before a person decided that once: see `delivery.pullRequest.open`.
import { pullChoice } from '../../core/delivery/pull-choice.ts';
import type { PullPlan } from '../../core/delivery/pull-record.ts';
import { openedPull } from '../../core/delivery/delivery.ts';
import type { Settings } from '../../core/settings.ts';
import type { Task } from '../../core/task/task.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { notifyOnce } from '../account/account.ts';
import { warnOnce } from '../warn-once.ts';
import type { World } from '../world.ts';
import { accountAt, locate } from './accounts.ts';

export async function planPull(
  world: World,
  given: { readonly task: Task; readonly settings: Settings; readonly signal: AbortSignal },
): Promise<PullPlan | null> {
  const { task, settings, signal } = given;
  const { open } = settings.delivery.pullRequest;
  if (open === 'never' || openedPull(task.delivery) !== null) return null;
  const at = await locate(world, { repo: task.repo, settings });
  if (at === null) {
    if (open === 'always') await tellNoForge(world, { repo: task.repo, settings });
    return null;
  }
  const choice = pullChoice(settings.delivery.pullRequest, at.repository);
  if (choice === 'never') return null;
  if (choice === 'always') return { forge: at.forge.name, repository: at.repository, seen: null };
  if ((await accountAt(world, { ...at, settings, signal })) !== null) await noticeOfChoice(world, task);
  return null;
}

/** Whoever wants pull requests wonders why there is none. A remote in a folder cannot have any. */
async function tellNoForge(world: World, { repo, settings }: { readonly repo: string; readonly settings: Settings }): Promise<void> {
  const { remote } = settings.delivery;
  const { push } = await world.repo.remoteAddress({ root: repo, remote });
  if (!push.some((address) => /^(?!file:)[^/]+:/.test(address))) return;
  warnOnce(world, {
    repo,
    code: 'no-forge',
    message: `${repo}: delivery.pullRequest.open is always, but its remote ${remote} is at no forge that is known here, so finished work is pushed and gets no pull request`,
    hint: 'if it is a GitHub Enterprise host, add it to forge.github.hosts; otherwise set delivery.pullRequest.open to never for this repository',
  });
}

/** Without a terminal nobody can be asked, so the choice is told once. */
async function noticeOfChoice(world: World, { repo, id }: Task): Promise<void> {
  await notifyOnce(world, {
    key: `pull requests ${repo}`,
    kind: 'alarm',
    task: id,
    repo,
    message: `${repo}: the work was pushed, and no pull request was opened for it, because you have not decided about that yet: \`yardmaster run\` asks you at a terminal, and delivery.pullRequest.open in your config.yaml says it as well (always or never)`,
    command: `yardmaster run --repo ${shellWord(repo)}`,
  });
}
