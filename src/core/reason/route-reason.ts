// The steps of a routing decision, each as a code and its facts. The texts are made in `words.ts`.
import type { BudgetUse } from '../money/budget-use.ts';
import type { FailureKind } from '../task/failure.ts';
import type { ConditionReason } from './condition-reason.ts';
import type { ReasonFrom } from './reason-from.ts';

/** An agent with an account. */
interface Pair {
  readonly account: string;
  readonly agent: string;
}

/** The facts of each code. `by` says who asked for it, such as `--agent` or `model: of the task`. */
export interface RouteReasonFacts {
  readonly 'repository-untrusted': { readonly message: string; readonly hint: string };
  readonly 'role-unusable': { readonly problem: string };
  readonly 'agent-forced': { readonly agent: string; readonly by: string };
  readonly 'agent-unknown': { readonly agent: string; readonly by: string; readonly known: readonly string[] };
  /**
   * `by`: who forced the agent; null if it is one of several. `awaited`: it was installed before, and is expected to come
   * back.
   */
  readonly 'agent-not-there': { readonly agent: string; readonly by: string | null; readonly awaited: boolean };
  readonly 'agent-serves-others': { readonly agent: string; readonly forced: boolean; readonly provider: string };
  readonly 'place-unknown': { readonly place: string; readonly known: readonly string[] };
  readonly 'place-chosen': { readonly place: string; readonly hasRoom: boolean };
  readonly 'place-missing': Pair & { readonly use: readonly string[] };
  readonly 'model-not-named': Readonly<Record<string, never>>;
  readonly 'model-unknown': { readonly word: string; readonly by: string; readonly tiers: readonly string[] };
  /** `tier`: the word that stood for the model; null if the model was given itself. */
  readonly 'model-chosen': { readonly model: string; readonly by: string; readonly tier: string | null };
  readonly 'model-next': { readonly model: string };
  readonly 'model-rests': { readonly model: string };
  readonly 'model-cheaper': { readonly model: string; readonly budget: BudgetUse };
  readonly 'provider-failing': { readonly provider: string };
  readonly 'account-missing': { readonly provider: string; readonly agents: readonly string[] };
  readonly 'account-chosen': Pair & { readonly billing: string };
  readonly 'account-failed': Pair & { readonly failure: FailureKind };
  readonly 'account-tried-first': Pair & { readonly why: ConditionReason };
  readonly 'account-unusable': Pair & { readonly why: ConditionReason };
  readonly 'account-last-choice': Pair & { readonly why: ConditionReason };
  readonly 'account-over-budget': Pair & { readonly budget: BudgetUse };
  readonly 'account-waits-for-plan': Pair;
  readonly 'plans-not-wanted': Pair;
  /** A reason that was stored as text, before reasons were stored as data. */
  readonly legacy: { readonly text: string };
}

export type RouteReason = ReasonFrom<RouteReasonFacts>;
