// `accounts`: lists the accounts, tries their sign-ins, and pauses and resumes them.
import { providerOf } from '../../core/route/model-name.ts';
import type { Account, AccountState, Use } from '../../core/route/account.ts';
import { unseen, useOf } from '../../core/route/account.ts';
import { paused, resumed } from '../../core/route/account-change.ts';
import { afresh } from '../../core/task/action.ts';
import { Fault } from '../../core/fault.ts';
import type { TaskReason } from '../../core/reason/task-reason.ts';
import { conditionText } from '../../core/reason/words.ts';
import { mayUse, type Trial } from '../../core/route/route.ts';
import type { Settings } from '../../core/settings.ts';
import { modelOf } from '../../core/route/tier.ts';
import { second } from '../../core/time.ts';
import { isBlockedBy } from '../../core/task/unrouted.ts';
import { ring } from '../../lib/bell.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { table } from '../../lib/table.ts';
import type { PlaceSite } from '../../ports/place-site.ts';
import { probeModel, tryAccount } from '../../supervisor/dispatch/trial.ts';
import { openPorts, repoAt, siteHere, type Opened } from '../compose.ts';
import { exitCodes, printJson, type CliContext } from '../context.ts';
import { cut } from '../cut.ts';
import { accountUseHere, signInAdvice } from '../../api/agents.ts';
import { paint } from '../paint.ts';
import { tellDistrust } from '../trust.ts';

interface Look {
  readonly opened: Opened;
  readonly settings: Settings;
  /** The site in which trials run, which is this machine. */
  readonly site: PlaceSite;
  readonly accounts: readonly Account[];
}

export async function list(this: CliContext, flags: { json?: boolean }): Promise<void> {
  await looking(this, (look) => print(this, { look, json: flags.json === true }));
}

export interface TestFlags {
  json?: boolean;
  model?: string;
}

export async function test(this: CliContext, flags: TestFlags, name?: string): Promise<void> {
  await looking(this, async (look) => {
    const chosen = name === undefined ? look.accounts : [known(look, name)];
    for (const account of chosen) {
      const trial = await trialOf(look, { account, model: flags.model ?? null });
      if (trial === null) {
        this.err.write(`${account.name}: not tried, because no model of ${account.provider} is known; give one with --model\n`);
        continue;
      }
      this.err.write(`${account.name}: tried by ${trial.agent} with ${trial.model} …\n`);
      const state = await tryAccount(look.opened.ports, { trial, settings: look.settings, signal: new AbortController().signal });
      if (state.proof?.ok !== true) this.exit = exitCodes.failed;
      if (state.proof?.ok === true && state.paused === null) await wakeTasks(look.opened, { account: account.name, by: 'was proved' });
    }
    await print(this, { look, json: flags.json === true });
  });
}

export async function pause(this: CliContext, flags: { json?: boolean; why?: string }, name: string): Promise<void> {
  const why = { code: 'person', facts: { text: flags.why ?? null } } as const;
  await change(this, { name, json: flags.json === true, by: (state) => paused(state, { at: systemClock.now(), why }) });
}

export async function resume(this: CliContext, flags: { json?: boolean }, name: string): Promise<void> {
  const after = (look: Look): Promise<void> => wakeTasks(look.opened, { account: name, by: 'was resumed' });
  await change(this, { name, json: flags.json === true, by: resumed, after });
}

async function change(
  context: CliContext,
  given: { name: string; json: boolean; by: (state: AccountState) => AccountState; after?: (look: Look) => Promise<void> },
): Promise<void> {
  await looking(context, async (look) => {
    const { name } = known(look, given.name);
    const { store } = look.opened.ports;
    await store.changeCondition({ kind: 'account', name, change: (state) => given.by(state ?? unseen) });
    await given.after?.(look);
    await print(context, { look, json: given.json });
  });
}

/**
 * Wakes tasks that wait for an account, so that they check at once whether one can be used. Tasks that were blocked because
 * of this account are tried again.
 */
async function wakeTasks({ ports, home }: Opened, { account, by }: { readonly account: string; readonly by: string }): Promise<void> {
  const at = systemClock.now();
  const reason: TaskReason = { code: 'account-back', facts: { account, by } };
  for (const task of await ports.store.tasks({ states: ['blocked'] }))
    if (isBlockedBy(task.reason, account))
      await ports.store.moveTask({ key: task.key, from: ['blocked'], to: 'queued', reason, at, patch: afresh(task) });
  for (const task of await ports.store.tasks({ states: ['queued'] }))
    if (task.notBefore !== null) await ports.store.patchTask({ key: task.key, patch: { notBefore: null }, at });
  await ring(home.bell);
}

async function looking(context: CliContext, work: (look: Look) => Promise<void>): Promise<void> {
  const opened = await openPorts(context);
  try {
    const repo = await repoAt(context.cwd);
    const settings = await opened.ports.settings(repo ?? context.cwd);
    tellDistrust(context, { settings, repo });
    const site = await siteHere({ around: context, host: opened.ports.host });
    await work({ opened, settings, site, accounts: await opened.ports.vault.accounts(settings) });
  } finally {
    await opened.end();
  }
}

function known({ accounts }: Look, name: string): Account {
  const account = accounts.find((one) => one.name === name);
  if (account !== undefined) return account;
  const names = accounts.map((one) => one.name).join(', ');
  throw new Fault({
    code: 'unknown-account',
    message: `there is no account ${name}`,
    hint: names === '' ? 'yardmaster accounts add NAME says how to create one' : `the accounts are ${names}`,
  });
}

/** Null if no installed agent can use it, or if no model of its provider is known. */
async function trialOf(look: Look, given: { account: Account; model: string | null }): Promise<Trial | null> {
  const { settings, opened, site } = look;
  const { account } = given;
  const agents = [...opened.ports.agents.values()].map(({ facts }) => facts).toSorted((a, b) => a.rank - b.rank);
  const tiers = Object.values(settings.models.tiers);
  const known = [settings.models.default, ...tiers].find((one) => providerOf(one) === account.provider);
  const cheap = known === undefined ? undefined : probeModel({ settings, model: known });
  const model = given.model === null ? cheap : modelOf({ word: given.model, tiers: settings.models.tiers });
  if (model === undefined) return null;
  for (const agent of agents) {
    const config = settings.agents[agent.name];
    if (config === undefined || !mayUse({ agent, account, provider: account.provider })) continue;
    if ((await site.find(config)) !== null) return { tried: account.name, agent: agent.name, model, reasons: [] };
  }
  return null;
}

async function print(context: CliContext, given: { look: Look; json: boolean }): Promise<void> {
  const { look, json } = given;
  const states = await look.opened.ports.store.conditions('account');
  const now = systemClock.now();
  const { settings, opened, site } = look;
  const agents = await Promise.all(
    [...opened.ports.agents.values()].map(async ({ facts }) => {
      const config = settings.agents[facts.name];
      return { ...facts, installed: config !== undefined && (await site.find(config)) !== null };
    }),
  );
  const views = look.accounts.map((account) => {
    const state = states.get(account.name) ?? unseen;
    const use = useOf({ account, state, model: '', now, proofLasts: settings.routing.proofSeconds * second });
    const { words, address } = accountUseHere({ env: context.env, settings, agents, account });
    return { ...viewOf({ account, state, use }), address, use: words };
  });
  if (json) return printJson(context, views);
  if (views.length === 0) {
    context.out.write('no account was found; yardmaster accounts add NAME says how to create one\n');
    return;
  }
  const { good, bad } = paint(context.out);
  const word = { usable: good('usable'), last: 'last choice', 'not tried': 'not tried yet', not: bad('not now') };
  const rows = views.map((view) => [
    view.name,
    view.provider,
    view.billing,
    view.secret,
    word[view.state],
    cut(
      context.out,
      [
        view.why,
        view.until === null ? '' : `until ${view.until}`,
        view.address === null ? '' : `requests go to ${view.address}`,
        view.use,
        view.shared ? sharedWith(look, view.name) : '',
      ]
        .filter((part) => part !== '')
        .join('; '),
      240,
    ),
  ]);
  context.out.write(table([['ACCOUNT', 'PROVIDER', 'BILLING', 'SECRET', 'STATE', 'USE'], ...rows]));
}

/** Refresh tokens are single-use, so processes that share a credential store can sign each other out. */
function sharedWith({ accounts, opened }: Look, name: string): string {
  const account = accounts.find((one) => one.name === name);
  const advice = account === undefined ? null : signInAdvice(opened.ports.agents, account);
  return `its sign-in is shared with other processes${advice === null ? '' : `: ${advice.unshared}`}`;
}

function viewOf(given: { account: Account; state: AccountState; use: Use }) {
  const { account, state, use } = given;
  const untried = use.use === 'not' && use.not.code === 'unproved' && use.not.until === null;
  const told = use.use === 'not' ? use.not : { why: use.use === 'last' ? use.why : null, until: null };
  return {
    name: account.name,
    provider: account.provider,
    billing: account.billing,
    secret: secretWords(account),
    agents: account.agents,
    shared: account.shared,
    state: untried ? ('not tried' as const) : ({ first: 'usable', last: 'last', not: 'not' } as const)[use.use],
    why: told.why === null ? '' : conditionText(told.why),
    until: iso(told.until),
    provedAt: iso(state.proof?.ok === true ? state.proof.at : null),
    cooldowns: state.cooldowns.map(({ model, until, why }) => ({ model, until: iso(until), why: conditionText(why) })),
    windows: state.windows.map(({ name, used, resetsAt }) => ({ name, used, resetsAt: iso(resetsAt) })),
  };
}

/** Says where the secret is, never what it is. */
function secretWords({ secret }: Account): string {
  switch (secret.kind) {
    case 'env':
      return `env:${namesOf(secret)}`;
    case 'config':
      return `agents.${secret.agent}.env:${namesOf(secret)}`;
    case 'file':
      return `file:${secret.path}`;
    case 'command':
      return 'command';
    case 'agent':
      return `${secret.agent}’s own`;
  }
}

/** An account without any secret, such as the profile of a cloud, is described by its first variable. */
function namesOf({ names, beside = [] }: { readonly names: readonly string[]; readonly beside?: readonly string[] }): string {
  return (names.length > 0 ? names : beside.slice(0, 1)).join(',');
}
