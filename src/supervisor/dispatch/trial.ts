// Tests whether a sign-in still works by making a request: files only show that somebody signed in once (ADR 10).
import { join } from 'node:path';
import { providerOf } from '../../core/route/model-name.ts';
import { unseen, type Account, type AccountState } from '../../core/route/account.ts';
import { afterProof, withWindow } from '../../core/route/account-change.ts';
import { Fault } from '../../core/fault.ts';
import { trialFolderName } from '../../core/task/folder-names.ts';
import type { ConditionReason } from '../../core/reason/condition-reason.ts';
import { inWords } from '../../core/reason/said.ts';
import { ledgerOf } from '../../core/money/ledger.ts';
import { prices } from '../../core/money/prices.ts';
import type { Trial } from '../../core/route/route.ts';
import type { AgentConfig, Settings } from '../../core/settings.ts';
import { emptyTally, tallyOf, type Tally } from '../../core/transcript/tally.ts';
import { second } from '../../core/time.ts';
import type { Agent } from '../../ports/agent.ts';
import type { Ports } from '../world.ts';

/** A trial that takes longer, in milliseconds, is given up; it then says nothing about the sign-in. */
const trialMs = 10_000;

type TrialPorts = Pick<Ports, 'agents' | 'vault' | 'host' | 'store' | 'clock' | 'env' | 'folders' | 'removeFolder'>;

/**
 * Makes the smallest request that the real agent can make with the trial's model, and stores the result. Faults: `stopped`.
 */
export async function tryAccount(ports: TrialPorts, given: Given): Promise<AccountState> {
  const name = given.trial.tried;
  const found = await answerOf(ports, given).catch((error: unknown) => ({
    ok: false,
    why: { code: 'trial-hindered', facts: { message: error instanceof Error ? error.message : String(error) } } as const,
    tally: emptyTally,
    rows: [],
  }));
  const at = ports.clock.now();
  if (found.rows.length > 0) await ports.store.book({ id: ports.clock.id(), agent: given.trial.agent, at, rows: found.rows });
  if (given.signal.aborted)
    throw new Fault({ code: 'stopped', message: `stopped before ${name} was tried`, hint: 'it is tried again when it is needed' });
  const change = (state: AccountState | null): AccountState =>
    found.tally.windows.reduce(withWindow, afterProof(state ?? unseen, { at, ok: found.ok, why: found.why }));
  return ports.store.changeCondition({ kind: 'account', name, change });
}

interface Answer {
  readonly ok: boolean | null;
  readonly why: ConditionReason;
  readonly tally: Tally;
  /** The trial's consumption, for the ledger. */
  readonly rows: ReturnType<typeof ledgerOf>;
}

interface Given {
  readonly trial: Trial;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

async function answerOf(ports: TrialPorts, given: Given): Promise<Answer> {
  const { trial, settings } = given;
  const account = (await ports.vault.accounts(settings)).find(({ name }) => name === trial.tried);
  const agent = ports.agents.get(trial.agent);
  const config = settings.agents[trial.agent];
  if (account === undefined || agent === undefined || config === undefined)
    return { ok: false, why: { code: 'no-account', facts: { account: trial.tried } }, tally: emptyTally, rows: [] };
  const { model } = trial;
  const { exit, stdout, stderr, timedOut } = await ask(ports, { ...given, account, agent, config, model });
  const tally = tallyOf(stdout.split('\n').flatMap((line) => agent.events(line)));
  const outcome = agent.outcome({ exit, tally, stderr });
  const route = { model, account: account.name, billing: account.billing };
  const rows = ledgerOf({ route, billing: outcome.billing, tally, wanted: model, tiers: settings.models.tiers, prices });
  if (timedOut) return { ok: null, why: { code: 'trial-timed-out', facts: {} }, tally, rows };
  return { ...ports.vault.masked(judged({ outcome, account })), tally, rows };
}

async function ask(
  ports: TrialPorts,
  given: Given & { readonly account: Account; readonly agent: Agent; readonly config: AgentConfig; readonly model: string },
): ReturnType<TrialPorts['host']['ask']> {
  const { settings, account, agent, config, model, signal } = given;
  const folder = join(ports.folders.tasks, trialFolderName(ports.clock.id()));
  const site = await ports.host.site({ checkout: ports.folders.tasks, taskFolder: folder, privateFolder: folder, env: ports.env });
  const spec = agent.command({
    action: 'probe',
    settings: config,
    model,
    prompt: 'Answer with the word ok.',
    site,
    title: 'sign-in',
    foreign: (await agent.survey?.({ site, settings: config })) ?? null,
    serverStartMs: settings.tools.startSeconds * second,
    credential: await ports.vault.credential({ account, settings, signal }),
  });
  try {
    return await ports.host.ask(spec, { timeoutMs: trialMs, signal });
  } finally {
    await ports.removeFolder(folder);
  }
}

/** The cheapest model of the same provider, because only the sign-in is tested. */
export function probeModel(given: { readonly settings: Settings; readonly model: string }): string {
  const { settings, model } = given;
  const cheap = settings.models.tiers[settings.routing.probeTier];
  return cheap !== undefined && providerOf(cheap) === providerOf(model) ? cheap : model;
}

function judged(given: { outcome: ReturnType<Agent['outcome']>; account: Account }): Pick<Answer, 'ok' | 'why'> {
  const { outcome, account } = given;
  const { ok, failure, message, billing } = outcome;
  if (billing !== null && billing !== account.billing)
    return { ok: false, why: { code: 'trial-billed', facts: { billing, planned: account.billing } } };
  if (ok) return { ok, why: { code: 'trial-succeeded', facts: {} } };
  const said = inWords(message);
  // A plan whose limit is reached is still signed in.
  if (failure === 'usage-limit') return { ok: true, why: { code: 'trial-limited', facts: { said } } };
  const refused = failure === 'auth' || failure === 'billing';
  return { ok: refused ? false : null, why: { code: 'trial-failed', facts: { kind: failure, said } } };
}
