// Warns once about the problems of a repository that a person should know when work starts in it.
import { repositoryNotes, type RepositoryFacts } from '../../core/delivery/repository-notes.ts';
import type { Settings } from '../../core/settings.ts';
import { warnOnce } from '../warn-once.ts';
import type { World } from '../world.ts';

export function warnOfRepository(
  world: Pick<World, 'emit' | 'memory'>,
  given: { readonly repo: string; readonly facts: RepositoryFacts; readonly delivery: Pick<Settings['delivery'], 'remote' | 'setup'> },
): void {
  for (const { code, message, hint } of repositoryNotes(given)) {
    // The fetch that follows reports this itself, and waits for the remote.
    if (code === 'remote-unreachable') continue;
    warnOnce(world, { repo: given.repo, code, message: `${given.repo}: ${message}`, hint });
  }
}
