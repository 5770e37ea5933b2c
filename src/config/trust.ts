// Whether a person trusts a repository's configuration, and how they give that trust.
import { existsSync } from 'node:fs';
import { Fault, nullFor } from '../core/fault.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { compared, filesOf, guardedIn } from './in-force.ts';
import { settingsBelow } from './load.ts';
import { stateHome, type Env } from './paths.ts';
import { forgetTrusted, isGiven, trustedFile, trustedFiles, writeTrusted, type Files } from './trusted.ts';

export interface TrustLook {
  /**
   * `nothing`: no key needs trust; `never`: the keys that need trust have no effect; `changed`: the settings that were
   * trusted before still hold.
   */
  readonly state: 'nothing' | 'trusted' | 'never' | 'changed';
  /** The keys that need trust and do not have it. */
  readonly keys: readonly string[];
  /** All keys that need trust. */
  readonly guarded: readonly string[];
  /** The files as they are now, and as they were trusted; null if never. */
  readonly now: Files;
  readonly before: Files | null;
}

interface Of {
  readonly env: Env;
  readonly repo: string;
}

/** Faults: `config`. */
export async function lookAtTrust({ env, repo }: Of): Promise<TrustLook> {
  const now = await filesOf(repo);
  const before = trustedFiles({ env, repo, now });
  if (now.config === null && now.servers === null && before === null) return { state: 'nothing', keys: [], guarded: [], now, before };
  const below = await settingsBelow(env);
  const guarded = await guardedIn({ repo, below, files: now });
  const { keys, before: holds } = isGiven(env) ? none : (await compared({ env, repo, below }, { now, before })).untrusted;
  const state = keys.length > 0 ? (holds ? 'changed' : 'never') : guarded.length > 0 ? 'trusted' : 'nothing';
  return { state, keys, guarded, now, before };
}

const none = { keys: [], before: false } as const;

/** Trusts the files as they were shown, even if they have changed since. Faults: `config`, `not-written`. */
export async function giveTrust({ env, repo, files }: Of & { readonly files: Files }): Promise<void> {
  const guarded = await guardedIn({ repo, below: await settingsBelow(env), files });
  try {
    // If nothing is trusted, the first key that needs trust is asked for as new, and not as a change.
    if (guarded.length === 0) forgetTrusted({ env, repo });
    else writeTrusted({ env, repo, files });
  } catch (cause) {
    throw new Fault({
      code: 'not-written',
      message: `the trust in ${repo} cannot be recorded: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `check the permissions of ${stateHome(env).trust}`,
      cause,
    });
  }
}

/** For a person who has just changed the file by a command of ours. Faults: as above. */
export async function trustAsItStands(of: Of): Promise<void> {
  await giveTrust({ ...of, files: await filesOf(of.repo) });
}

/**
 * Before trust was introduced, all registered configurations had effect. They are trusted as they are at the first start
 * afterwards; if that start is killed, the next one continues. A file beside the folder records that this was done:
 * removing the folder withdraws all trust, and must not lead to its being granted again.
 */
export async function adoptTrust({ env, repos }: { readonly env: Env; readonly repos: () => Promise<readonly string[]> }): Promise<void> {
  const { trustBegun } = stateHome(env);
  if (existsSync(trustBegun)) return;
  const registered = await repos();
  const below = registered.length === 0 ? {} : await settingsBelow(env).catch(nullFor('config'));
  // Until it can be read, nothing is trusted.
  if (below === null) return;
  for (const repo of registered) {
    // A configuration that cannot be read now is asked for once it can be read.
    const files = await filesOf(repo).catch(nullFor('config'));
    const guarded = files === null ? null : await guardedIn({ repo, below, files }).catch(nullFor('config'));
    if (files !== null && guarded !== null && guarded.length > 0 && !existsSync(trustedFile({ env, repo })))
      writeTrusted({ env, repo, files });
  }
  writePrivateFile({ path: trustBegun, content: '' });
}
