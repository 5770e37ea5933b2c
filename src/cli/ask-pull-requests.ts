// Asks a person at a terminal, before work starts, whether pull requests are opened for what is delivered. The answer is kept
// in the person's own configuration, so it is asked once. Nobody is asked unless they are signed in at the remote's forge.
import { editConfig } from '../config/edit.ts';
import { loadSettings } from '../config/load.ts';
import { userConfigFile } from '../config/paths.ts';
import { Fault, nullFor } from '../core/fault.ts';
import { second, type Duration } from '../core/time.ts';
import { signInAtForge, type ForgeSignIn } from '../api/forge-sign-in.ts';
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
    if (found === null) continue;
    await ask(context, found);
    return;
  }
}

/** Null if nothing has to be asked about this repository. */
async function whereToAsk(
  context: CliContext,
  { ports, repo }: { readonly ports: Pick<Ports, 'repo' | 'forges'>; readonly repo: string },
): Promise<(ForgeSignIn & { readonly login: string }) | null> {
  // A wrong configuration is reported with the repository's tasks.
  const loaded = await loadSettings({ env: context.env, repo, flags: {} }).catch(nullFor('config'));
  if (loaded === null || loaded.settings.delivery.pullRequest.open !== 'ask') return null;
  // An `ask` in the repository's own file outweighs an answer in the person's, so the question would come back at each run.
  const origin = loaded.origins['delivery.pullRequest.open'] ?? 'default';
  if (origin !== 'default' && !origin.startsWith(userConfigFile(context.env))) return null;
  const signal = AbortSignal.timeout(longestLook);
  const found = await signInAtForge(ports, { repo, settings: loaded.settings, signal }).catch((error: unknown) => {
    if (error instanceof Fault) return null;
    throw error;
  });
  return found?.answer.signedIn === true ? { ...found, login: found.answer.account.login } : null;
}

async function ask(context: CliContext, { repository, login }: ForgeSignIn & { readonly login: string }): Promise<void> {
  const file = userConfigFile(context.env);
  context.err.write(
    `Delivered work is pushed as a branch. ${repository.owner}/${repository.name} is at ${repository.host}, where you are signed in as ${login}.\n`,
  );
  const answer = await confirm(context, 'Open a pull request for what is delivered, here and in your other repositories? [y/N] ');
  if (answer === null) return;
  const value = answer ? 'always' : 'never';
  await editConfig({ file, changes: [{ path: ['delivery', 'pullRequest', 'open'], value }] });
  context.err.write(`delivery.pullRequest.open is ${value} now, in ${homely(context, file)}\n`);
}
