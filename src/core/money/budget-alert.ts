// What is told of budgets: each threshold once per period. The key by which it is told once also holds all that is needed
// to tell it again later.
import { budgetUses, type Spending } from './budget.ts';
import { describeUse, type BudgetLevel, type BudgetUse } from './budget-use.ts';
import type { Notice } from '../task/notice.ts';
import type { Settings } from '../settings.ts';

/** Every key begins so. */
export const alertPrefix = 'budget ';

export interface Alert {
  readonly kind: BudgetUse['kind'];
  /** The account, batch or task; of the day its date. */
  readonly name: string;
  /** The task's; null of all that is counted over all repositories. */
  readonly repo: string | null;
  readonly level: Exclude<BudgetLevel, 'ok'>;
  /** Micro-dollars, of `tokens` tokens. With another limit the same threshold is another one. */
  readonly limit: number;
}

interface Period {
  /** The local date. */
  readonly day: string;
  /** The one whose limits these are, and whose tasks they are held against. */
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
  const what = level === 'stop' ? 'nothing more is started' : 'cheaper models are taken where there are';
  return {
    key: alertKey(alert),
    kind: 'budget',
    task: ofTask ? use.name : null,
    repo: given.repo,
    message: `${describeUse(use)}: ${what}`,
    command: 'yardmaster budget status',
  };
}

/** A task's id has no space, so what follows it is its repository. */
function alertKey({ kind, name, repo, level, limit }: Alert): string {
  return alertPrefix + [kind, level, limit, name, ...(repo === null ? [] : [repo])].join(' ');
}

/** null: no key of an alert. */
export function alertOf(key: string): Alert | null {
  const match = /^budget (?:(day|account|batch) (degrade|stop) (\d+) (.+)|(task|tokens) (degrade|stop) (\d+) (\S+) (.+))$/s.exec(key);
  if (match === null) return null;
  const [kind, level, limit, name, repo = null] = match.slice(1).filter((part) => part !== undefined);
  // The pattern allows no other words.
  return { kind: kind as Alert['kind'], level: level as Alert['level'], limit: Number(limit), name: String(name), repo };
}
