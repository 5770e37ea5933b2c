// `route`: the routing decision with its reasons, dispatching nothing.
import { decideRoute } from '../../core/route.ts';
import { iso } from '../../lib/iso.ts';
import { routeFacts, routeTask } from '../../supervisor/snapshot.ts';
import { openPorts, repoAt } from '../compose.ts';
import { exitCodes, printJson, type CliContext } from '../context.ts';
import { findTask } from '../find-task.ts';

export async function route(
  this: CliContext,
  flags: { json?: boolean; model?: string; task?: string; repo?: string; agent?: string },
): Promise<void> {
  const opened = await openPorts(this, {
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
  });
  try {
    const { ports } = opened;
    const decision =
      flags.task === undefined
        ? decideRoute(
            await routeFacts(ports, { repo: (await repoAt(flags.repo ?? this.cwd)) ?? this.cwd, agent: null, model: null, avoid: [] }),
          )
        : await routeTask(ports, await findTask({ store: ports.store, id: flags.task, cwd: this.cwd, repo: flags.repo }));
    const refused = 'refused' in decision;
    if (refused) this.exit = exitCodes.refused;
    if (flags.json === true) return printJson(this, refused ? { ...decision, until: iso(decision.until) } : decision);
    const reasons = decision.reasons.map((reason) => `  - ${reason}\n`).join('');
    if (refused) this.err.write(`refused: ${decision.refused}\n${reasons}`);
    else this.out.write(`${decision.agent} with ${decision.model}, ${decision.place}\n${reasons}`);
  } finally {
    await opened.end();
  }
}
