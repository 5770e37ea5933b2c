// Asks a person at a terminal, before work starts, whether pull requests are opened for what is delivered. The answer is kept
// for the repository in the person's own configuration, so it is asked once. Nobody is asked unless they are signed in at the
// remote's forge.
import { editConfig } from '../config/edit.ts';
import { loadSettings } from '../config/load.ts';
import { userConfigFile } from '../config/paths.ts';
import { pullChoice } from '../core/delivery/pull-choice.ts';
import { repositoryName } from '../core/delivery/pull-facts.ts';
import { Fault, nullFor } from '../core/fault.ts';
import { second, type Duration } from '../core/time.ts';
import { signInAtForge, type ForgeSignIn } from '../api/forge-sign-in.ts';
import { locate } from '../supervisor/forge/accounts.ts';
import type { Ports } from '../supervisor/world.ts';
import { isWorker } from './compose.ts';
import { confirm, isTerminal } from './confirm.ts';
import type { CliContext } from './context.ts';
import { homely } from './homely.ts';

/** A forge that does not answer must not keep a person's work waiting. */
const longestLook: Duration = 10 * second;

export async function askForPullRequests(
  context: CliContext,
  given: { readonly ports: Pick<Ports, 'repo' | 'forges'>; readonly repos: readonly string[] },
): Promise<void> {
  if (!isTerminal(context) || isWorker(context)) return;
  for (const repo of given.repos) {
    const found = await whereToAsk(context, { ports: given.ports, repo });
    // Whoever does not answer is not asked about the next one either.
    if (found !== null && !(await isAnswered(context, found))) return;
  }
}

/** Null if nothing has to be asked about this repository. */
async function whereToAsk(
  context: CliContext,
  { ports, repo }: { readonly ports: Pick<Ports, 'repo' | 'forges'>; readonly repo: string },
): Promise<(ForgeSignIn & { readonly login: string }) | null> {
  // A wrong configuration is reported with the repository's tasks.
  const loaded = await loadSettings({ env: context.env, repo, flags: {} }).catch(nullFor('config'));
  if (loaded === null) return null;
  const { settings } = loaded;
  const { pullRequest } = settings.delivery;
  const at = pullRequest.open === 'ask' ? await locate(ports, { repo, settings }).catch(nullIfFault) : null;
  if (at === null || pullChoice(pullRequest, at.repository) !== 'ask') return null;
  const signal = AbortSignal.timeout(longestLook);
  const found = await signInAtForge(ports, { repo, settings, signal }).catch(nullIfFault);
  return found?.answer.signedIn === true ? { ...found, login: found.answer.account.login } : null;
}

function nullIfFault(error: unknown): null {
  if (error instanceof Fault) return null;
  throw error;
}

async function isAnswered(context: CliContext, { repository, login }: ForgeSignIn & { readonly login: string }): Promise<boolean> {
  const file = userConfigFile(context.env);
  context.err.write(
    `Delivered work is pushed as a branch. ${repository.owner}/${repository.name} is at ${repository.host}, where you are signed in as ${login}.\n`,
  );
  const answer = await confirm(context, 'Open a pull request for what is delivered there? [y/N] ');
  if (answer === null) return false;
  const value = answer ? 'always' : 'never';
  const name = repositoryName(repository);
  await editConfig({ file, changes: [{ path: ['delivery', 'pullRequest', 'repositories', name], value }] });
  context.err.write(`delivery.pullRequest.repositories says now, in ${homely(context, file)}: ${name}: ${value}\n`);
  return true;
}
