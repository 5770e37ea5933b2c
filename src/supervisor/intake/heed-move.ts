// A task that is moved by what a person did in its source, such as ticking its line.
import { textOf } from '../../core/reason/words.ts';
import type { SourceMove } from '../../ports/source.ts';
import type { SupervisorEvent } from '../events.ts';
import type { World } from '../world.ts';

/** Answers whether the task was still in a state from which it is moved. */
export async function heedMove(
  world: Pick<World, 'store' | 'clock'> & { readonly emit: (event: Extract<SupervisorEvent, { type: 'task' }>) => void },
  { task, ...move }: SourceMove,
): Promise<boolean> {
  if ((await world.store.moveTask({ ...move, key: task.key, at: world.clock.now() })) !== 'ok') return false;
  world.emit({ type: 'task', task: task.id, repo: task.repo, from: task.state, to: move.to, reason: textOf(move.reason) });
  return true;
}
