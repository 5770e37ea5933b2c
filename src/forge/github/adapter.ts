// GitHub and GitHub Enterprise as a forge. This adapter alone knows them.
import type { Env } from '../../core/security/environment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Forge } from '../../ports/forge.ts';
import type { Vault } from '../../ports/vault.ts';
import { locate } from './locate.ts';
import { signIn } from './sign-in.ts';

export interface GithubWorld {
  /** Resolves references to tokens, and masks them in everything that we write. */
  readonly vault: Pick<Vault, 'value' | 'masked'>;
  readonly env: Env;
  readonly clock: Pick<Clock, 'now' | 'lease'>;
  /** Milliseconds until a request that is safe to repeat is tried again. */
  readonly retryAfterMs?: number;
}

export function github(world: GithubWorld): Forge {
  return { name: 'github', locate, signIn: (given) => signIn({ ...given, world }) };
}
