// Why a task is in its state, as a code and its facts. It is stored with the task and with each of its transitions. The
// texts are made in `words.ts`, and no fact is ever parsed from those texts.
import type { PullStanding } from '../delivery/pull-standing.ts';
import type { FaultCode } from '../fault-codes.ts';
import type { FailureKind } from '../task/failure.ts';
import type { Refused } from '../route/route.ts';
import type { ReasonFrom } from './reason-from.ts';
import type { RouteReason } from './route-reason.ts';
import type { Said } from './said.ts';

type None = Readonly<Record<string, never>>;

/** `said`: what the agent, or whatever failed, reported about it. */
export interface TaskReasonFacts {
  readonly added: None;
  readonly 'not-taken-in': None;
  readonly scheduled: { readonly cron: string };
  readonly retried: None;
  readonly reset: None;
  readonly ticked: None;
  readonly declined: None;
  readonly unticked: None;
  /** A person opened its issue again; `by` is null if the forge does not say who. */
  readonly 'issue-opened': { readonly number: number; readonly by: string | null };
  /** `by`: what happened to the account, such as `was resumed by a person`. */
  readonly 'account-back': { readonly account: string; readonly by: string };
  readonly 'route-found': { readonly route: readonly RouteReason[] };
  readonly dispatched: { readonly route: readonly RouteReason[] };
  readonly arrived: { readonly evidence: string };
  readonly finished: { readonly evidence: string | null };
  readonly 'no-change': { readonly said: Said };
  readonly cancelled: { readonly said: Said };
  readonly failure: { readonly kind: FailureKind; readonly said: Said; readonly end: FailureEnd | null };
  /** `after`: the failure of its last worker, if that is why it needs another route. */
  readonly 'no-route': {
    readonly refused: Refused;
    readonly route: readonly RouteReason[];
    readonly after: { readonly kind: FailureKind; readonly said: Said } | null;
  };
  readonly 'unknown-servers': { readonly problem: string };
  readonly fault: { readonly code: FaultCode; readonly message: string; readonly hint: string };
  /** The pull request of its work needs a person: it was closed, or what was merged fails. */
  readonly pull: { readonly number: number; readonly why: PullStanding };
  /** No pull request can be opened for its work before a person does something. */
  readonly 'not-opened': { readonly message: string; readonly hint: string };
  /** A reason that was stored as text, before reasons were stored as data. */
  readonly legacy: { readonly text: string };
}

/** Why a failed task is not tried again: the failure occurred as often as is allowed, or the retries are used up. */
export type FailureEnd = { readonly times: number } | { readonly retries: number };

export type TaskReason = ReasonFrom<TaskReasonFacts>;
