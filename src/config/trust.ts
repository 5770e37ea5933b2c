// How a repository's configuration stands with a person's trust, and how they give it.
import { existsSync } from 'node:fs';
import { Fault, nullFor } from '../core/fault.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { compared, filesOf, guardedIn } from './in-force.ts';
import { settingsBelow } from './load.ts';
import { stateHome, type Env } from './paths.ts';
import { forgetTrusted, isGiven, trustedFile, trustedFiles, writeTrusted, type Files } from './trusted.ts';

export interface TrustLook {
  /** `nothing` needs trust; `never`: what needs it does not hold; `changed`: what was trusted before holds still. */
  readonly state: 'nothing' | 'trusted' | 'never' | 'changed';
  /** That need trust and have it not. */
  readonly keys: readonly string[];
  /** All that need trust. */
  readonly guarded: readonly string[];
  /** As they stand, and as they were trusted; null: never. */
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

/** To these files as they were shown, whatever stands there by now. Faults: `config`, `not-written`. */
export async function giveTrust({ env, repo, files }: Of & { readonly files: Files }): Promise<void> {
  const guarded = await guardedIn({ repo, below: await settingsBelow(env), files });
  try {
    // With nothing trusted, the first thing that needs trust is asked for, and does not count as a change.
    if (guarded.length === 0) forgetTrusted({ env, repo });
    else writeTrusted({ env, repo, files });
  } catch (cause) {
    throw new Fault({
      code: 'not-written',
      message: `the trust in ${repo} cannot be written down: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `check the permissions of ${stateHome(env).trust}`,
      cause,
    });
  }
}

/** Of a person who has just changed it. Faults: as above. */
export async function trustAsItStands(of: Of): Promise<void> {
  await giveTrust({ ...of, files: await filesOf(of.repo) });
}

/**
 * Before there was trust, all that was registered was heeded: it is trusted as it stands at the first start afterwards. Who
 * is killed meanwhile leaves the rest to the next one. That it was done is written down beside the folder: removing the
 * folder takes all trust back, and must not give it again.
 */
export async function adoptTrust({ env, repos }: { readonly env: Env; readonly repos: () => Promise<readonly string[]> }): Promise<void> {
  const { trustBegun } = stateHome(env);
  if (existsSync(trustBegun)) return;
  const registered = await repos();
  const below = registered.length === 0 ? {} : await settingsBelow(env).catch(nullFor('config'));
  // Until it can be read, nothing holds.
  if (below === null) return;
  for (const repo of registered) {
    // One that cannot be read is asked for once it can.
    const files = await filesOf(repo).catch(nullFor('config'));
    const guarded = files === null ? null : await guardedIn({ repo, below, files }).catch(nullFor('config'));
    if (files !== null && guarded !== null && guarded.length > 0 && !existsSync(trustedFile({ env, repo })))
      writeTrusted({ env, repo, files });
  }
  writePrivateFile({ path: trustBegun, content: '' });
}
