// What is seen of an account changes what is known of it: how an attempt on it ended, a trial, a plan's use, a person.
import type { AccountState, Cooldown, Window } from './account.ts';
import { stillCools, unseen } from './account.ts';
import type { ConditionReason } from '../reason/condition-reason.ts';
import type { Said } from '../reason/said.ts';
import type { FailureKind } from '../task/failure.ts';
import { nextTry } from '../task/retry.ts';
import type { Duration, Instant } from '../time.ts';
import type { VerdictKind } from '../task/verdict.ts';

export interface Ended {
  readonly verdict: VerdictKind;
  /** Of the verdict. */
  readonly said: Said;
  readonly model: string;
  /** When the provider said that it will serve again. */
  readonly until: Instant | null;
  /** The model answered at least once: the account was served. */
  readonly served: boolean;
  readonly at: Instant;
  /** The attempt; told twice, it counts once. */
  readonly attempt: string;
  /** First back-off; doubles up to an hour. */
  readonly base: Duration;
}

/** After an attempt on it. */
export function afterAttempt(state: AccountState, ended: Ended): AccountState {
  const { verdict, said, at } = ended;
  const why = (kind: FailureKind): ConditionReason => ({ code: 'attempt', facts: { kind, said } });
  if (verdict === 'auth') return { ...state, failed: { at, why: why(verdict) }, proof: null };
  if (verdict === 'billing') return isOutByPerson(state) ? state : { ...state, paused: { at, why: why(verdict), noCredit: true } };
  if (verdict === 'usage-limit') return cooled(state, { ...ended, model: null, why: why(verdict) });
  if (verdict === 'rate-limit') return cooled(state, { ...ended, why: why(verdict) });
  return ended.served ? served(state, ended) : state;
}

function cooled(state: AccountState, ended: Omit<Ended, 'model'> & { model: string | null; why: ConditionReason }): AccountState {
  const { model, at, why, until, attempt, base } = ended;
  const before = state.cooldowns.find((one) => one.model === model);
  if (before?.attempt === attempt) return state;
  const streak = (before?.streak ?? 0) + 1;
  // The end of a plan's window is exact; a server that limits the rate and always says "in a second" must not be asked each second.
  const exact = model === null && until !== null && until > at;
  const cooldown: Cooldown = {
    model,
    streak,
    why,
    attempt,
    since: at,
    until: exact ? until : nextTry({ now: at, base, streak, seed: attempt, until }),
  };
  return { ...state, cooldowns: [...state.cooldowns.filter((one) => one.model !== model), cooldown] };
}

/** What works is not failed, and the next back-off begins anew. */
function served(state: AccountState, { model, at }: Ended): AccountState {
  const cooldowns = state.cooldowns.filter((one) => stillCools(one, at) && one.model !== null && one.model !== model);
  return state.failed === null && cooldowns.length === state.cooldowns.length ? state : { ...state, failed: null, cooldowns };
}

export function afterProof(state: AccountState, proof: NonNullable<AccountState['proof']>): AccountState {
  if (proof.ok !== true) return { ...state, proof };
  return { ...state, proof, failed: null, paused: isOutByPerson(state) ? state.paused : null };
}

function isOutByPerson({ paused: out }: AccountState): boolean {
  return out !== null && out.noCredit !== true;
}

export function withWindow(state: AccountState, window: Window): AccountState {
  return { ...state, windows: [...state.windows.filter((one) => one.name !== window.name), window] };
}

/** A person takes it out, or back in: what was held against it is forgotten then, and a plan has to prove itself anew. */
export function paused(state: AccountState, given: { readonly at: Instant; readonly why: ConditionReason }): AccountState {
  return { ...state, paused: given };
}

export function resumed(state: AccountState): AccountState {
  return { ...unseen, windows: state.windows };
}

/** A person says that its sign-in was mended: the next attempt shows it. */
export function mended(state: AccountState): AccountState {
  return { ...state, failed: null, proof: null };
}
