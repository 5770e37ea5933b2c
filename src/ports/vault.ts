// Which accounts there are, and their secrets: found where they are kept, read when a worker is started, kept nowhere.
import type { Account } from '../core/account.ts';
import type { Reference } from '../core/mcp.ts';
import type { Settings } from '../core/settings.ts';
import type { Credential } from './agent.ts';

export interface Vault {
  /**
   * Those that the configuration names, in its order, then those that are found without it. Effects: reads files.
   * Names are unique: what the configuration names hides what is found under the same name.
   */
  accounts(settings: Settings): Promise<readonly Account[]>;
  /** What a reference stands for: a variable, a file's one word, or what a command prints. Faults: as `credential`. */
  value(given: { readonly reference: Reference; readonly of: string }): Promise<string>;
  /**
   * The secret, for one worker or one trial. Effects: reads the file, or runs the command (15 s).
   * Faults: `secret-missing`, `secret-exposed` (others may read the file), `secret-failed`; the secret is in none of them.
   */
  credential(given: { readonly account: Account; readonly settings: Settings }): Promise<Credential>;
  /** A text in which each secret that was given out until now is replaced by where it came from (core/mask.ts). */
  masked(text: string): string;
}
