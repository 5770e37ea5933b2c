// `budget status`, `budget events`, `budget check`: show the state of spending and budgets.
import { toUsd } from '../../core/money/usd.ts';
import { alertOf, alertPrefix } from '../../core/money/budget-alert.ts';
import { budgetFor } from '../../core/money/budget.ts';
import { describeUse, type BudgetUse } from '../../core/money/budget-use.ts';
import { loadSettings } from '../../config/load.ts';
import { iso } from '../../lib/iso.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { dollars, table } from '../../lib/table.ts';
import type { Store } from '../../ports/store.ts';
import { budgetFacts, openUses } from '../../supervisor/account/budget.ts';
import { openAgents, openStore } from '../compose.ts';
import { printJson, refuse, type CliContext } from '../context.ts';
import { lookUp } from '../find-task.ts';
import { budgetStatus, budgetStatusView } from '../../api/budget-status.ts';
import { inUnit, useView } from '../../api/money-view.ts';
import { amounts, summaryTable, windowTable } from '../money-table.ts';
import { repoNamed } from '../registered.ts';
import { tellDistrust } from '../trust.ts';
import { requireBatch } from './add.ts';

export async function status(this: CliContext, flags: { json?: boolean; repo?: string }): Promise<void> {
  const store = await openStore(this);
  try {
    const { budget } = await settingsAt(this, await repoNamed(this, flags.repo));
    const found = await budgetStatus({ store, budget, agents: openAgents, now: systemClock.now() });
    if (flags.json === true) return printJson(this, budgetStatusView(found));
    const { today, week, summary, perHour, budgets, windows } = found;
    const head = ['', 'CHARGED', 'BY TOKENS', 'TOKENS', 'ATTEMPTS'];
    this.out.write(table([head, ['today', ...amounts(today)], ['this week', ...amounts(week)]]));
    this.out.write(`\n${dollars(toUsd(perHour))} per hour, at the pace of the last hour\n`);
    this.out.write(budgets.length === 0 ? 'no budget is set; set one with, for example: yardmaster budget configure --daily 20\n' : '');
    for (const { use, stops } of budgets) this.out.write(budgetLine(use, stops));
    this.out.write(`\n${table(summaryTable(summary))}${windows.length === 0 ? '' : `\n${table(windowTable(windows))}`}`);
  } finally {
    await store.end();
  }
}

function budgetLine(use: BudgetUse, stops: number | null): string {
  const marks = { ok: '', degrade: '  cheaper models are used', stop: '  no new attempts are started' };
  const until = stops === null || use.level === 'stop' ? '' : `  reached at ${iso(stops)} at this pace`;
  return `${describeUse(use)}${marks[use.level]}${until}\n`;
}

/** Enough for a review. Older events are of no use any more. */
const mostEvents = 200;

export async function events(this: CliContext, flags: { json?: boolean }): Promise<void> {
  const store = await openStore(this);
  try {
    const told = (await store.notices({ prefix: alertPrefix, limit: mostEvents })).flatMap(({ key, at }) => {
      const alert = alertOf(key);
      return alert === null ? [] : [{ ...alert, at }];
    });
    if (flags.json === true)
      return printJson(
        this,
        told.map(({ at, kind, name, repo, level, limit }) => ({
          at: iso(at),
          budget: kind,
          name,
          repo,
          level,
          limit: inUnit({ kind, amount: limit }),
        })),
      );
    const rows = told.map(({ at, kind, name, level, limit }) => [
      iso(at),
      level,
      `${kind} ${name}`,
      kind === 'tokens' ? `${limit} tokens` : dollars(toUsd(limit)),
    ]);
    this.out.write(told.length === 0 ? 'no threshold has been passed\n' : table([['AT', 'LEVEL', 'BUDGET', 'LIMIT'], ...rows]));
  } finally {
    await store.end();
  }
}

export interface CheckFlags {
  json?: boolean;
  repo?: string;
  task?: string;
  batch?: string;
  account?: string;
}

export async function check(this: CliContext, flags: CheckFlags): Promise<void> {
  const store = await openStore(this);
  try {
    const now = systemClock.now();
    const task = await taskToCheck(this, { store, flags });
    const { budget } = await settingsAt(this, task.repo ?? (await repoNamed(this, flags.repo)));
    const { spending, dayEnds } = await budgetFacts({ store, budget, open: await openUses(store), now });
    const account = flags.account === undefined ? null : { name: flags.account, billing: null };
    const judged = budgetFor({ budget, spending, task, account, dayEnds });
    const { level, until, use } = judged;
    const message = use === null ? null : describeUse(use);
    if (flags.json === true)
      printJson(this, {
        level,
        message,
        until: iso(until),
        refused: level === 'stop' ? 'budget' : null,
        use: use === null ? null : useView(use),
      });
    else if (level !== 'stop')
      this.out.write(level === 'ok' ? 'ok: no budget prevents new attempts\n' : `cheaper models are used: ${message}\n`);
    if (level === 'stop') refuse(this, `budget: ${message}\n  → ${wayOut(until)}`);
  } finally {
    await store.end();
  }
}

function wayOut(until: number | null): string {
  const raise = 'raise it with `yardmaster budget configure`';
  return until === null ? raise : `a new day begins at ${iso(until)}; or ${raise}`;
}

async function taskToCheck(
  context: CliContext,
  given: { readonly store: Store; readonly flags: CheckFlags },
): Promise<{ key: number; id: string; batch: string | null; repo?: string }> {
  const { store, flags } = given;
  if (flags.batch !== undefined) await requireBatch(store, flags.batch);
  if (flags.task !== undefined) {
    const { key, id, batch, repo } = (await lookUp(context, { store, id: flags.task, repo: flags.repo })).task;
    return { key, id, batch: flags.batch ?? batch, repo };
  }
  // No task has this key, so no per-task budget applies.
  return { key: -1, id: 'a new task', batch: flags.batch ?? null };
}

async function settingsAt(context: CliContext, repo: string | null) {
  const { settings } = await loadSettings({ env: context.env, repo, flags: {} });
  tellDistrust(context, { settings, repo });
  return settings;
}
