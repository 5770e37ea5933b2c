// Defines the commands below `budget`: what was spent, what may be spent, and which thresholds were passed.
import { buildCommand, buildRouteMap, numberParser } from '@stricli/core';
import type { ConfigureFlags, Limit } from './commands/budget-configure.ts';
import type { CheckFlags } from './commands/budget.ts';
import type { ReportFlags } from './commands/budget-report.ts';
import type { CliContext } from './context.ts';
import { docs, json, list, repo, text } from './parameters.ts';

const money = (brief: string) => ({ kind: 'parsed', parse: limit, brief, placeholder: 'usd', optional: true }) as const;
const share = (brief: string) => ({ kind: 'parsed', parse: numberParser, brief, placeholder: 'share', optional: true }) as const;

/** A number, or `none` for no limit. The configuration's schema decides which numbers are valid. */
function limit(value: string): Limit {
  if (value === 'none') return value;
  if (!/^\d+(?:\.\d+)?$/.test(value)) throw new SyntaxError('expected an amount such as 5 or 0.50, or none');
  return Number(value);
}

const configure = buildCommand<ConfigureFlags, [], CliContext>({
  loader: async () => (await import('./commands/budget-configure.ts')).configure,
  parameters: {
    flags: {
      json,
      repo,
      user: { kind: 'boolean', brief: 'Write into your own configuration, for all repositories', optional: true },
      daily: money('Dollars per local day; none: no limit, as with all of these'),
      perBatch: money('Dollars per batch'),
      perTask: money('Dollars per task, over all its attempts'),
      perTaskTokens: { ...money('Tokens per task, over all its attempts'), placeholder: 'tokens' },
      account: list('An account and how many dollars may be charged to it in all, as NAME=AMOUNT; may be repeated', 'name=usd'),
      degradeAt: share('Share of a limit from which on cheaper models are used (default: 0.8)'),
      stopAt: share('Share of a limit from which on no new attempts are started (default: 0.95)'),
    },
  },
  docs: docs(
    'Writes budgets into the repository’s configuration, or into yours; comments in the file stay',
    'yardmaster budget configure --daily 20 --per-task 2.50',
    'yardmaster budget configure --user --account work=100 --daily none',
  ),
});

const check = buildCommand<CheckFlags, [], CliContext>({
  loader: async () => (await import('./commands/budget.ts')).check,
  parameters: {
    flags: {
      json,
      repo,
      task: text('For an attempt at this task', 'id'),
      batch: text('For an attempt at a task of this batch', 'name'),
      account: text('For an attempt on this account', 'name'),
    },
  },
  docs: docs(
    'Says whether a budget would stop a new attempt now. Exit code 0: no; 3: yes, with the reason',
    'yardmaster budget check',
    'yardmaster budget check --task t12 --json',
  ),
});

const report = buildCommand<ReportFlags, [], CliContext>({
  loader: async () => (await import('./commands/budget-report.ts')).report,
  parameters: {
    flags: {
      json,
      csv: { kind: 'boolean', brief: 'Every row of the ledger as comma-separated values', optional: true },
      since: text('The beginning of the period: 24h, 7d, 2w, or a date (default: 30d)', 'time'),
    },
  },
  docs: docs(
    'Reports what was spent, by account, model, batch and task, and where another tier was used than asked for',
    'yardmaster budget report --since 7d',
    'yardmaster budget report --since 2026-11-01 --csv > november.csv',
  ),
});

export const budget = buildRouteMap<string, CliContext>({
  routes: {
    status: buildCommand<{ json?: boolean; repo?: string }, [], CliContext>({
      loader: async () => (await import('./commands/budget.ts')).status,
      parameters: { flags: { json, repo } },
      docs: docs('Shows today and this week, budgets, pace, and how far subscriptions are used', 'yardmaster budget status'),
    }),
    events: buildCommand<{ json?: boolean }, [], CliContext>({
      loader: async () => (await import('./commands/budget.ts')).events,
      parameters: { flags: { json } },
      docs: docs('Lists the thresholds that were passed, the latest first', 'yardmaster budget events'),
    }),
    configure,
    check,
    report,
  },
  docs: { brief: 'Money: what was spent, what may be spent, and how far subscriptions are used' },
});
