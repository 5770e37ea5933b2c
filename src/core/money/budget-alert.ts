// Which warnings about budgets a person gets: each threshold is reported once per period. The key under which a warning is
// stored, so that it is not repeated, holds everything that is needed to print it again later.
import { budgetUses, type Spending } from './budget.ts';
import { describeUse, type BudgetLevel, type BudgetUse } from './budget-use.ts';
import type { Notice } from '../task/notice.ts';
import type { Settings } from '../settings.ts';

/** Every key of a budget warning begins with this. */
export const alertPrefix = 'budget ';

export interface Alert {
  readonly kind: BudgetUse['kind'];
  /** The account, the batch or the task; for the budget of the day, its date. */
  readonly name: string;
  /** The task's repository; null for budgets that count all repositories together. */
  readonly repo: string | null;
  readonly level: Exclude<BudgetLevel, 'ok'>;
  /** In micro-dollars, or in tokens for `tokens`. After a change of the limit, its thresholds are reported again. */
  readonly limit: number;
}

interface Period {
  /** Today, as a local date. */
  readonly day: string;
  /** The repository whose configuration sets these limits; only its tasks count towards the limits per task. */
  readonly repo: string;
}

export function budgetNotices(given: Period & { readonly budget: Settings['budget']; readonly spending: Spending }): readonly Notice[] {
  const { budget, day, repo } = given;
  const tasks = new Map([...given.spending.tasks].filter(([, task]) => task.repo === repo));
  const uses = budgetUses({ budget, spending: { ...given.spending, tasks } });
  return uses.flatMap((use) => (use.level === 'ok' ? [] : [noticeOfUse({ use, level: use.level, day, repo })]));
}

function noticeOfUse(given: Period & { readonly use: BudgetUse; readonly level: Alert['level'] }): Notice {
  const { use, level } = given;
  const { kind, limit } = use;
  const ofTask = kind === 'task' || kind === 'tokens';
  const alert: Alert = { kind, name: use.name ?? given.day, repo: ofTask ? given.repo : null, level, limit };
  const what = level === 'stop' ? 'no new attempt is started' : 'cheaper models are used where there are any';
  return {
    key: alertKey(alert),
    kind: 'budget',
    task: ofTask ? use.name : null,
    repo: given.repo,
    message: `${describeUse(use)}: ${what}`,
    command: 'yardmaster budget status',
  };
}

/** A task's id contains no space, so the text behind the next space is its repository. */
function alertKey({ kind, name, repo, level, limit }: Alert): string {
  return alertPrefix + [kind, level, limit, name, ...(repo === null ? [] : [repo])].join(' ');
}

/** Null: the key is not that of a budget warning. */
export function alertOf(key: string): Alert | null {
  const match = /^budget (?:(day|account|batch) (degrade|stop) (\d+) (.+)|(task|tokens) (degrade|stop) (\d+) (\S+) (.+))$/s.exec(key);
  if (match === null) return null;
  const [kind, level, limit, name, repo = null] = match.slice(1).filter((part) => part !== undefined);
  // The pattern admits only these two words.
  return { kind: kind as Alert['kind'], level: level as Alert['level'], limit: Number(limit), name: String(name), repo };
}
