// `route`: shows the routing decision with its reasons and dispatches nothing. A sign-in that has to be proved first is
// tried, because without the proof there is no decision to show.
import { routeTexts } from '../../core/reason/words.ts';
import { decideRoute, type Chosen, type Refusal, type Trial } from '../../core/route/route.ts';
import { iso } from '../../lib/iso.ts';
import { takeSeen } from '../../supervisor/dispatch/known-accounts.ts';
import { probeModel, tryAccount } from '../../supervisor/dispatch/trial.ts';
import { fullPlaces } from '../../supervisor/dispatch/capacity.ts';
import { openOf, slotOf, takeSnapshot } from '../../supervisor/dispatch/snapshot.ts';
import { routeFacts, routeTask } from '../../supervisor/dispatch/route-task.ts';
import { openPorts, type Opened } from '../compose.ts';
import { exitCodes, printJson, type CliContext } from '../context.ts';
import { capacityNow } from '../../supervisor/dispatch/standing-now.ts';
import { lookUp } from '../find-task.ts';
import { repoNamed } from '../registered.ts';
import { roleNamed } from '../role.ts';
import { tellDistrust } from '../trust.ts';

interface RouteFlags {
  readonly json?: boolean;
  readonly model?: string;
  readonly task?: string;
  readonly repo?: string;
  readonly agent?: string;
}

export async function route(this: CliContext, flags: RouteFlags): Promise<void> {
  const opened = await openPorts(this, {
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
  });
  try {
    const decision = await decided(this, { opened, flags });
    const refused = 'refused' in decision;
    if (refused) this.exit = exitCodes.refused;
    const texts = routeTexts(decision.reasons);
    if (flags.json === true) return printJson(this, { ...decision, ...(refused ? { until: iso(decision.until) } : {}), reasons: texts });
    const reasons = texts.map((text) => `  - ${text}\n`).join('');
    if (refused)
      this.err.write(`refused: ${decision.refused}${decision.until === null ? '' : ` until ${iso(decision.until)}`}\n${reasons}`);
    else this.out.write(`${decision.agent} with ${decision.model} on ${decision.account}, ${decision.place}\n${reasons}`);
    if (!refused && decision.warning !== null) this.err.write(`warning: ${decision.warning}\n`);
  } finally {
    await opened.end();
  }
}

async function decided(context: CliContext, given: { opened: Opened; flags: RouteFlags }): Promise<Chosen | Refusal> {
  const { flags } = given;
  const { store } = given.opened.ports;
  const found = flags.task === undefined ? null : await lookUp(context, { store, id: flags.task, repo: flags.repo });
  const ports = { ...given.opened.ports, ...(found === null ? {} : { store: found.store }) };
  const task = found?.task ?? null;
  const named = task?.repo ?? (await repoNamed(context, flags.repo));
  const repo = named ?? context.cwd;
  const held = await ports.settings(repo);
  tellDistrust(context, { settings: held, repo: named });
  const role = task === null ? roleNamed({ settings: held, name: null }) : null;
  const ask = async (): Promise<Chosen | Refusal | Trial> => {
    const { open } = await takeSnapshot(ports);
    const seen = await takeSeen(ports, openOf({ open }));
    const capacity = await capacityNow(ports, { settings: await ports.settings(repo), open });
    const full = fullPlaces(capacity, { taken: open.map(slotOf), begun: [] });
    if (task !== null) return routeTask(ports, { task, seen, full });
    return decideRoute(await routeFacts(ports, { repo, agent: null, model: null, role, tags: [], avoid: [], seen, full, task: null }));
  };
  // Each trial stores its result, so no account is tried twice.
  for (let answer = await ask(); ; answer = await ask()) {
    if (!('tried' in answer)) return answer;
    const settings = await ports.settings(repo);
    const trial = { ...answer, model: probeModel({ settings, model: answer.model }) };
    await tryAccount(ports, { trial, settings, signal: new AbortController().signal });
  }
}
