// Records which agents' programs are installed, as a supervisor finds them, so that a program which was there before is
// waited for.
import { hasAgent } from '../../core/route/place.ts';
import { afterLook, type ProgramState } from '../../core/route/program.ts';
import type { Settings } from '../../core/settings.ts';
import type { Seen } from './known-accounts.ts';
import { equipped, programName } from './route-task.ts';
import type { World } from '../world.ts';

/** If a place does not answer, a program that was not found may still be there, and nothing is recorded for it. */
export async function recordPrograms(
  world: World,
  { seen, settings }: { readonly seen: Seen; readonly settings: Settings },
): Promise<void> {
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
