// Why an account or a repository is in its last seen condition, and why an account can be used only with restrictions, as a
// code and its facts. Stored with these conditions and in the steps of routes; the texts are made in `words.ts`.
import type { FailureKind } from '../task/failure.ts';
import type { ReasonFrom } from './reason-from.ts';
import type { Said } from './said.ts';

type None = Readonly<Record<string, never>>;

export interface ConditionReasonFacts {
  /** An attempt on it failed in this way. */
  readonly attempt: { readonly kind: FailureKind; readonly said: Said };
  /** A person paused it; `text` is null if they gave no reason. */
  readonly person: { readonly text: string | null };
  readonly 'trial-succeeded': None;
  /** Its limit is reached, which proves that it is signed in. */
  readonly 'trial-limited': { readonly said: Said };
  readonly 'trial-timed-out': None;
  /** `kind` is null if the cause of the failure is unknown. */
  readonly 'trial-failed': { readonly kind: FailureKind | null; readonly said: Said };
  readonly 'trial-billed': { readonly billing: string; readonly planned: string };
  /** The trial could not be made. */
  readonly 'trial-hindered': { readonly message: string };
  readonly 'no-account': { readonly account: string };
  readonly 'not-tried': None;
  readonly 'not-tried-lately': None;
  readonly 'window-used': { readonly window: string; readonly percent: number };
  /** A reason that was stored as text, before reasons of accounts and repositories were stored as data. */
  readonly legacy: { readonly text: string };
}

export type ConditionReason = ReasonFrom<ConditionReasonFacts>;
