// Handles a repository's configuration and the person's trust in it: shows it as a patch, asks for trust, and says where it
// is missing.
import { repositoryConfigFile } from '../config/paths.ts';
import { serversFile } from '../config/in-force.ts';
import { giveTrust, lookAtTrust, type TrustLook } from '../config/trust.ts';
import { Fault, nullFor } from '../core/fault.ts';
import type { Settings } from '../core/settings.ts';
import { distrustOf, someKeys } from '../core/security/trust.ts';
import { ring } from '../lib/bell.ts';
import { homeOf, isWorker } from './compose.ts';
import { confirm, isTerminal } from './confirm.ts';
import type { CliContext } from './context.ts';
import { patchOf } from './patch.ts';

interface Of {
  readonly repo: string;
  readonly look: TrustLook;
}

/** The change from what was trusted to what the files contain now. */
export function trustPatch({ repo, look: { before, now } }: Of): string {
  const files = [
    { path: repositoryConfigFile(repo), before: before?.config ?? null, after: now.config },
    { path: serversFile(repo), before: before?.servers ?? null, after: now.servers },
  ];
  return files.flatMap((file) => (file.before === file.after ? [] : [patchOf(file)])).join('');
}

/** Faults: `not-written`. */
export async function trust(context: CliContext, { repo, look }: Of): Promise<void> {
  await giveTrust({ env: context.env, repo, files: look.now });
  // Tasks of this repository may wait for it.
  await ring(homeOf(context).bell);
}

/** Shows the change on standard error and asks. Null if nobody can answer. */
export async function askForTrust(context: CliContext, of: Of): Promise<boolean | null> {
  if (!isTerminal(context)) return null;
  context.err.write(trustPatch(of));
  return confirm(context, `This needs your trust: ${someKeys(of.look.keys)}. Trust it as it stands? [y/N] `);
}

interface Asked {
  readonly repo: string;
  /** Trust was given by a flag. */
  readonly given: boolean;
}

/**
 * Called before work starts in a repository. Asks for trust on a terminal, unless a flag gives it. A configuration that was
 * never trusted is refused with a Fault `untrusted`. If it was changed since, a warning says so and what was trusted before
 * stays in force.
 */
export async function requireTrust(context: CliContext, asked: Asked): Promise<void> {
  const { repo } = asked;
  const look = await lookAtTrust({ env: context.env, repo });
  const told = toldOf({ repo, look });
  if (told === null || (await isGiven(context, { ...asked, look }))) return;
  if (look.state === 'changed') return warn(context, { repo, told });
  throw new Fault({
    code: 'untrusted',
    message: `${repo}: ${told.message}`,
    hint: `${told.hint}; without a terminal: --trust, or YARDMASTER_TRUST=1`,
  });
}

/**
 * Offers trust to a person who registers the repository. Returns the keys that lack trust afterwards, after a warning about
 * them. Faults: `config`, `not-written`.
 */
export async function offerTrust(context: CliContext, asked: Asked & { readonly ask: boolean }): Promise<readonly string[]> {
  const { repo } = asked;
  const look = await lookAtTrust({ env: context.env, repo });
  const told = toldOf({ repo, look });
  if (told === null || ((asked.ask || asked.given) && (await isGiven(context, { ...asked, look })))) return [];
  warn(context, { repo, told });
  return look.keys;
}

/**
 * Called before work starts in several repositories. If one of them lacks something, the others still go on. Faults:
 * `not-written`.
 */
export async function requireTrustOfEach(
  context: CliContext,
  given: { readonly repos: readonly string[]; readonly given: boolean },
): Promise<void> {
  for (const repo of given.repos) {
    // A wrong configuration is reported with the repository's tasks.
    const look = await lookAtTrust({ env: context.env, repo }).catch(nullFor('config'));
    const told = look === null ? null : toldOf({ repo, look });
    if (look === null || told === null) continue;
    if (given.given && !isWorker(context)) await trustAndSay(context, { repo, look });
    else warn(context, { repo, told });
  }
}

function toldOf({ repo, look: { keys, state } }: Of): ReturnType<typeof distrustOf> {
  return distrustOf({ untrusted: { keys, before: state === 'changed' }, repo });
}

/** Trust given by a worker does not count as a person's. */
async function isGiven(context: CliContext, given: Asked & Of): Promise<boolean> {
  if (isWorker(context)) return false;
  if (!given.given && (await askForTrust(context, given)) !== true) return false;
  await trustAndSay(context, given);
  return true;
}

async function trustAndSay(context: CliContext, of: Of): Promise<void> {
  await trust(context, of);
  context.err.write(`trusted in ${of.repo}: ${someKeys(of.look.keys)}\n`);
}

function warn(
  context: CliContext,
  { repo, told }: { readonly repo: string; readonly told: { readonly message: string; readonly hint: string } },
): void {
  context.err.write(`warning: ${repo}: ${told.message}\n  → ${told.hint}\n`);
}

/** For read-only commands. Outside of a repository there is nothing that a person could trust. */
export function tellDistrust(context: CliContext, given: { readonly settings: Settings; readonly repo: string | null }): void {
  const { settings, repo } = given;
  const told = repo === null ? null : distrustOf({ ...settings, repo });
  if (told !== null) context.err.write(`warning: ${told.message}\n  → ${told.hint}\n`);
}
