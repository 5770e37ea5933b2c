// Tells once what a person should know of a repository in which work starts.
import { repositoryNotes, type RepositoryFacts } from '../../core/delivery/repository-notes.ts';
import type { Settings } from '../../core/settings.ts';
import type { World } from '../world.ts';

export function tellRepository(
  world: Pick<World, 'emit' | 'memory'>,
  given: { readonly repo: string; readonly facts: RepositoryFacts; readonly delivery: Pick<Settings['delivery'], 'remote' | 'setup'> },
): void {
  for (const { code, message, hint } of repositoryNotes(given)) {
    // The fetch that follows tells it itself, and waits for the remote.
    if (code === 'remote-unreachable') continue;
    const text = `${given.repo}: ${message}`;
    if (world.memory.warned.has(text)) continue;
    world.memory.warned.add(text);
    world.emit({ type: 'warning', task: null, repo: given.repo, attempt: null, code, message: text, hint });
  }
}
