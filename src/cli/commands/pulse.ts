// `pulse`: runs exactly one pass of the phases. Workers that it starts keep running, and the next pulse finds them.
import { phases } from '../../supervisor/events.ts';
import { pulse } from '../../supervisor/pulse.ts';
import { openPorts, repoAt } from '../compose.ts';
import type { CliContext } from '../context.ts';
import { progressOf } from '../progress.ts';
import { registeredRepo } from '../registered.ts';
import { requireTrust, requireTrustOfEach } from '../trust.ts';
import { makeWorld } from '../world.ts';

export async function pulseOnce(this: CliContext, flags: { json?: boolean; repo?: string; all?: boolean; trust?: boolean }): Promise<void> {
  const opened = await openPorts(this);
  const { store, clock } = opened.ports;
  try {
    const here = flags.all !== true && (flags.repo !== undefined || (await repoAt(this.cwd)) !== null);
    const repo = here ? await registeredRepo(this, { store, dir: flags.repo }) : null;
    if (repo === null) await requireTrustOfEach(this, { repos: await store.repos(), given: flags.trust === true });
    else await requireTrust(this, { repo, given: flags.trust === true });
    const progress = progressOf(this, { json: flags.json === true, now: () => clock.now() });
    const made = await makeWorld(this, { opened, scope: { repo, batch: null, named: null }, flags: {}, emit: progress.emit });
    try {
      await pulse(made.world, { phases, wait: true, tell: true });
    } finally {
      // The leases are released, so that the next pulse need not wait until they run out.
      await store.release({ holder: made.world.holder });
      made.end();
      progress.end();
    }
  } finally {
    await opened.end();
  }
}
