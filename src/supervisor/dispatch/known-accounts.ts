// The facts known about accounts: read once for a dispatch, and updated from the ends of attempts that used them.
import { providerOf } from '../../core/route/model-name.ts';
import { unseen, useOf, type Account, type AccountState } from '../../core/route/account.ts';
import { saidText } from '../../core/reason/said-words.ts';
import { afterAttempt, withWindow } from '../../core/route/account-change.ts';
import { budgetFor, hasBudget, type Budgeted, type OpenUse } from '../../core/money/budget.ts';
import { afterFailure, afterSuccess, closed, heldUntil, type BreakerState } from '../../core/route/breaker.ts';
import type { Attempt } from '../../core/task/attempt.ts';
import type { RouteFacts } from '../../core/route/route.ts';
import type { ProgramState } from '../../core/route/program.ts';
import type { Settings } from '../../core/settings.ts';
import type { Tally } from '../../core/transcript/tally.ts';
import { second, type Instant } from '../../core/time.ts';
import type { Task } from '../../core/task/task.ts';
import type { Verdict, VerdictKind } from '../../core/task/verdict.ts';
import { failureRule } from '../../core/task/failure.ts';
import { Fault } from '../../core/fault.ts';
import type { Credential } from '../../ports/command-request.ts';
import { budgetFacts, type BudgetFacts } from '../account/budget.ts';
import type { Ports } from '../world.ts';

/** The stored facts about accounts, providers and programs, as of one moment. */
export interface Seen {
  readonly accounts: ReadonlyMap<string, AccountState>;
  readonly providers: ReadonlyMap<string, BreakerState>;
  /** States of agents' programs, by `programName`; updated when the programs are searched for. */
  readonly programs: Map<string, ProgramState>;
  readonly open: readonly OpenUse[];
  /** By the budget settings that they were computed for. */
  readonly budgets: Map<Settings['budget'], Promise<BudgetFacts>>;
}

export async function takeSeen(ports: Pick<Ports, 'store'>, open: readonly OpenUse[]): Promise<Seen> {
  const { store } = ports;
  const [accounts, providers, programs] = await Promise.all([
    store.conditions('account'),
    store.conditions('provider'),
    store.conditions('program'),
  ]);
  return { accounts, providers, programs: new Map(programs), open, budgets: new Map() };
}

export async function accountFacts(
  ports: Pick<Ports, 'vault' | 'clock' | 'store'>,
  given: { readonly settings: Settings; readonly seen: Seen; readonly task: Pick<Task, 'key' | 'id' | 'batch'> | null },
): Promise<Pick<RouteFacts, 'accounts' | 'held' | 'preferSubscription' | 'budget'>> {
  const { settings, seen, task } = given;
  const now = ports.clock.now();
  const { preferSubscription, proofSeconds } = settings.routing;
  const use = (account: Account) => (model: string) =>
    useOf({ account, state: seen.accounts.get(account.name) ?? unseen, model, now, proofLasts: proofSeconds * second });
  const underWay = (provider: string): number => seen.open.filter(({ attempt }) => providerOf(attempt.route.model) === provider).length;
  const { budget } = settings;
  const facts = hasBudget(budget) ? await budgetsOf(ports, { budget, seen, now }) : null;
  const nobody = { key: 0, id: '', batch: null };
  return {
    preferSubscription,
    accounts: (await ports.vault.accounts(settings)).map((account) => ({ ...account, use: use(account) })),
    budget: (account) =>
      facts === null ? free : budgetFor({ budget, spending: facts.spending, task: task ?? nobody, account, dayEnds: facts.dayEnds }),
    held: (provider) => heldUntil({ state: seen.providers.get(provider) ?? closed, underWay: underWay(provider), now }),
  };
}

const free: Budgeted = { level: 'ok', use: null, until: null };

/** Read once for each set of facts, however many tasks are decided by it. */
function budgetsOf(
  ports: Pick<Ports, 'store'>,
  given: { readonly budget: Settings['budget']; readonly seen: Seen; readonly now: Instant },
): Promise<BudgetFacts> {
  const { budget, seen, now } = given;
  const facts = seen.budgets.get(budget) ?? budgetFacts({ store: ports.store, budget, open: seen.open, now });
  seen.budgets.set(budget, facts);
  return facts;
}

/**
 * The credential for a worker, or for a person who continues a worker's session. Faults: those of the vault;
 * `secret-missing` also for an account that no longer exists.
 */
export async function credentialOf(
  ports: Pick<Ports, 'vault'>,
  given: { readonly name: string | null; readonly settings: Settings; readonly signal?: AbortSignal | undefined },
): Promise<Credential | null> {
  const { name, settings, signal } = given;
  if (name === null) return null;
  const account = (await ports.vault.accounts(settings)).find((one) => one.name === name);
  if (account !== undefined) return ports.vault.credential({ account, settings, signal });
  throw new Fault({
    code: 'secret-missing',
    message: `the account ${name} no longer exists`,
    hint: 'for the accounts that exist, run: yardmaster accounts',
  });
}

/** Stores the usage windows of the plan that a worker's agent reported. */
export async function recordWindows(
  ports: Pick<Ports, 'store'>,
  given: { readonly attempt: Attempt; readonly windows: Tally['windows'] },
): Promise<void> {
  const { account: name } = given.attempt.route;
  if (name === null) return;
  await ports.store.changeCondition({ kind: 'account', name, change: (state) => given.windows.reduce(withWindow, state ?? unseen) });
}

/**
 * Stores what the end of an attempt shows about its account and the provider behind it. Returns the problem that only a
 * person can fix, once for each account.
 */
export async function recordAttempt(
  ports: Pick<Ports, 'store'>,
  given: { readonly attempt: Attempt; readonly verdict: Verdict; readonly tally: Tally; readonly settings: Settings; readonly at: Instant },
): Promise<Fault | null> {
  const { attempt, verdict, tally, settings, at } = given;
  const { account, model } = attempt.route;
  const base = settings.routing.cooldownSeconds * second;
  const ended = { verdict: verdict.kind, said: verdict.said, model, until: verdict.until, served: tally.steps > 0, at, base };
  const seen = { out: false };
  if (account !== null && (ended.served || tally.windows.length > 0 || marking.has(verdict.kind)))
    await ports.store.changeCondition({
      kind: 'account',
      name: account,
      change: (state) => {
        const before = state ?? unseen;
        const after = afterAttempt(tally.windows.reduce(withWindow, before), { ...ended, attempt: attempt.id });
        seen.out = isOut(after) && !isOut(before);
        return after;
      },
    });
  const provider = providerOf(model);
  const failed = verdict.kind === 'overloaded' || verdict.kind === 'backend';
  const told = account !== null && seen.out ? accountOut({ account, verdict }) : null;
  if (!failed && !ended.served) return told;
  await ports.store.changeCondition({
    kind: 'provider',
    name: provider,
    change: (state) =>
      failed
        ? afterFailure(state ?? closed, { task: attempt.taskKey, startedAt: attempt.startedAt, at, base, seed: attempt.id })
        : afterSuccess(state ?? closed),
  });
  return told;
}

/** The account was refused or has no credit: it does not recover with time. */
function isOut({ failed, paused }: AccountState): boolean {
  return failed !== null || paused !== null;
}

function accountOut(given: { readonly account: string; readonly verdict: Verdict }): Fault {
  const { account, verdict } = given;
  const kind = verdict.kind === 'billing' ? 'billing' : 'auth';
  return new Fault({
    code: 'account-out',
    message: `the account ${account} cannot be used: ${kind}: ${saidText(verdict.said)}`,
    hint: `${failureRule(kind).hint}; then run: yardmaster accounts ${kind === 'billing' ? 'resume' : 'test'} ${account}`,
  });
}

const marking: ReadonlySet<VerdictKind> = new Set(['auth', 'billing', 'usage-limit', 'rate-limit']);
