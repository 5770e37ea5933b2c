// Implements the deployer port with files. A record of everything written is kept in the state folder.
import type { Deployer, Plan } from '../ports/deployer.ts';
import { carryOut } from './carry-out.ts';
import { readManifest } from './manifest.ts';
import { planFor, type Wanted } from './plan.ts';

/** `home`: the state folder. */
export function deployer(home: string): Deployer {
  const plan = async (wanted: Omit<Wanted, 'home' | 'deployment'>, takeBack: boolean): Promise<Plan> => {
    const deployment = (await readManifest(home))[wanted.root] ?? null;
    const planned = await planFor({ ...wanted, home, deployment });
    return { ...planned, carryOut: () => carryOut({ home, root: wanted.root, planned, takeBack }) };
  };
  return {
    deployed: async () => Object.entries(await readManifest(home)).map(([root, { agent, version }]) => ({ root, agent, version })),
    plan: (wanted) => plan(wanted, false),
    planBack: (deployed) => plan({ ...deployed, pieces: [], strict: [] }, true),
  };
}
