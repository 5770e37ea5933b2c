// Which accounts there are, and their secrets: found where they are stored, read when a worker is started, and never stored
// by us.
import type { Account } from '../core/route/account.ts';
import type { Sieve } from '../core/security/mask.ts';
import type { Reference } from '../core/own/mcp.ts';
import type { Settings } from '../core/settings.ts';
import type { Credential } from './command-request.ts';

export interface Vault {
  /**
   * The accounts in the configuration, in its order, then those that are found without it. Effects: reads files. Names are
   * unique: an account in the configuration hides a found one of the same name.
   */
  accounts(settings: Settings): Promise<readonly Account[]>;
  /**
   * The value of a reference: a variable, the one word in a file, or the output of a command. Faults: as for `credential`.
   */
  value(given: { readonly reference: Reference; readonly of: string; readonly signal?: AbortSignal | undefined }): Promise<string>;
  /**
   * The secret, for one worker or one trial. Effects: reads the file, or runs the command (15 s, or until the signal
   * aborts). Faults: `secret-missing`, `secret-exposed` (others may read the file), `secret-failed`, `stopped`; none of
   * them contains the secret.
   */
  credential(given: {
    readonly account: Account;
    readonly settings: Settings;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Credential>;
  /**
   * From now on, the secrets in the configuration itself are masked and searched for as well
   * (core/security/known-secrets.ts).
   */
  know(settings: Settings): void;
  /** Plain data in which each secret known so far is replaced by its origin; the same object if it contains none. */
  masked<T>(data: T): T;
  /** Searches for the secrets known so far in the results of workers; null if there are none. */
  sieve(): Sieve | null;
}
