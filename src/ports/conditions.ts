// What is stored about subjects that change by themselves, one document per name.
import type { AccountState } from '../core/route/account.ts';
import type { BreakerState } from '../core/route/breaker.ts';
import type { ForgeState } from '../core/delivery/rounds.ts';
import type { IssuesState } from '../core/sync/issues-state.ts';
import type { ProgramState } from '../core/route/program.ts';
import type { RepositoryState } from '../core/task/set-aside.ts';

/** The stored conditions, by the kind of their subject. */
export interface Conditions {
  readonly account: AccountState;
  readonly provider: BreakerState;
  readonly repository: RepositoryState;
  readonly program: ProgramState;
  /** By the host's name. */
  readonly forge: ForgeState;
  /** By the repository's folder. */
  readonly issues: IssuesState;
}
export type ConditionKind = keyof Conditions;
