// Tells a person what only a person can settle about issues: each conflict and each problem once, however many syncs see it.
import { conflictText } from '../../core/sync/conflict-words.ts';
import { hashOf } from '../../core/sync/fields.ts';
import type { SyncOutcome } from '../../ports/issue-sync.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { notifyOnce, notifyTogether } from '../account/account.ts';
import type { World } from '../world.ts';

export async function tellOutcome(
  world: World,
  { repo, outcome }: { readonly repo: string; readonly outcome: SyncOutcome },
): Promise<void> {
  const conflicts = outcome.conflicts.map((one) => ({
    key: `${one.task} ${one.field} ${hashOf(one.todo)} ${hashOf(one.issue)}`,
    task: one.task,
    message: conflictText(one),
  }));
  const notices = outcome.notices.map(({ code, task, message, hint }) => ({
    key: `${code} ${message}`,
    task,
    message: `${message} (${hint})`,
  }));
  await notifyTogether(
    world,
    [...conflicts, ...notices].map(({ key, task, message }) => ({
      ...{ key: `issue ${repo} ${key}`, kind: 'alarm', task, repo, message },
      command: `yardmaster issues status --repo ${shellWord(repo)}`,
    })),
  );
}

export async function tellRefusal(
  world: World,
  { repo, message, hint }: { readonly repo: string; readonly message: string; readonly hint: string },
): Promise<void> {
  const notice = { key: `issues ${repo} ${message}`, kind: 'alarm', task: null, repo } as const;
  await notifyOnce(world, { ...notice, message: `issues are not synced: ${message} (${hint})`, command: 'yardmaster doctor' });
}
