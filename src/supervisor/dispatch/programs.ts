// Which agents' programs there are, as a supervisor finds them: kept, so that one which was there before is waited for.
import { hasAgent } from '../../core/route/place.ts';
import { afterLook, type ProgramState } from '../../core/route/program.ts';
import type { Settings } from '../../core/settings.ts';
import type { Seen } from './known-accounts.ts';
import { equipped, programName } from './route-task.ts';
import type { World } from '../world.ts';

/** Where a place does not answer, nothing is known of those that are not found. */
export async function notePrograms(world: World, { seen, settings }: { readonly seen: Seen; readonly settings: Settings }): Promise<void> {
  const { known, silent } = await equipped(world, settings);
  const now = world.clock.now();
  for (const [agent, program] of Object.entries(settings.agents)) {
    const name = programName(agent, program);
    const before = seen.programs.get(name) ?? null;
    const found = hasAgent({ use: settings.places.use, known }, agent);
    const after = afterLook(before, { found, now });
    if (after === null || after === before || (!found && silent !== null)) continue;
    const change = (state: ProgramState | null): ProgramState => afterLook(state, { found, now }) ?? after;
    seen.programs.set(name, await world.store.changeCondition({ kind: 'program', name, change }));
  }
}
