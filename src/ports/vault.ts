// Which accounts there are, and their secrets: found where they are kept, read when a worker is started, kept nowhere.
import type { Account } from '../core/route/account.ts';
import type { Sieve } from '../core/security/mask.ts';
import type { Reference } from '../core/own/mcp.ts';
import type { Settings } from '../core/settings.ts';
import type { Credential } from './command-request.ts';

export interface Vault {
  /**
   * Those that the configuration names, in its order, then those that are found without it. Effects: reads files.
   * Names are unique: what the configuration names hides what is found under the same name.
   */
  accounts(settings: Settings): Promise<readonly Account[]>;
  /** What a reference stands for: a variable, a file's one word, or what a command prints. Faults: as `credential`. */
  value(given: { readonly reference: Reference; readonly of: string; readonly signal?: AbortSignal | undefined }): Promise<string>;
  /**
   * The secret, for one worker or one trial. Effects: reads the file, or runs the command (15 s, or until the signal
   * aborts). Faults: `secret-missing`, `secret-exposed` (others may read the file), `secret-failed`, `stopped`; the secret is
   * in none of them.
   */
  credential(given: {
    readonly account: Account;
    readonly settings: Settings;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Credential>;
  /** From now on also masked and looked for are the secrets that stand in the configuration itself (core/security/known-secrets.ts). */
  know(settings: Settings): void;
  /** Plain data in which each secret that is known until now is replaced by where it came from; the very same data where it holds none. */
  masked<T>(data: T): T;
  /** By which those that are known until now are looked for in what workers did; null: there are none. */
  sieve(): Sieve | null;
}
