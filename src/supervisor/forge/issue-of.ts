// The issue that a pull request closes: the one that the task's line names, or that is remembered of the task.
import { repositoryName, type ForgeRepository } from '../../core/delivery/pull-facts.ts';
import type { Task } from '../../core/task/task.ts';
import type { World } from '../world.ts';

export async function issueOf(
  world: Pick<World, 'store' | 'issueSync'>,
  { task, repository, ids }: { readonly task: Task; readonly repository: ForgeRepository; readonly ids: string },
): Promise<number | null> {
  const { repo, id } = task;
  const named = await world.issueSync.issueOf({ repo, ids, task: id });
  if (named !== null) return named;
  const remembered = await world.store.rememberedIssues({ repo, forge: repositoryName(repository) });
  return remembered.get(id)?.number ?? null;
}
