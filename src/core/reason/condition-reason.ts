// Why an account or a repository is as it was seen last, and why an account can be used only so, as a code and its facts.
// It is stored with their conditions and in the steps of routes; its words are made in `words.ts`.
import type { FailureKind } from '../task/failure.ts';
import type { ReasonFrom } from './reason-from.ts';
import type { Said } from './said.ts';

type None = Readonly<Record<string, never>>;

export interface ConditionReasonFacts {
  /** An attempt on it failed so. */
  readonly attempt: { readonly kind: FailureKind; readonly said: Said };
  /** A person took it out; `text` null: without saying why. */
  readonly person: { readonly text: string | null };
  readonly 'trial-succeeded': None;
  /** Its limit is reached, so it is signed in. */
  readonly 'trial-limited': { readonly said: Said };
  readonly 'trial-timed-out': None;
  /** `kind` null: nobody can tell of what. */
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
