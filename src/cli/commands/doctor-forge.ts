// What `doctor` says about the forge of the repository's remote: who is signed in there, what the token may not do, and what
// follows from it. It asks the forge, and changes nothing there.
import { lacksAtForge, signInAtForge, type ForgeSignIn } from '../../api/forge-sign-in.ts';
import { pullChoice, type PullChoice } from '../../core/delivery/pull-choice.ts';
import type { Settings } from '../../core/settings.ts';
import { second, type Duration } from '../../core/time.ts';
import type { Lack } from '../../ports/forge.ts';
import type { Ports } from '../../supervisor/world.ts';
import { broken, type Check } from './doctor-check.ts';

const name = 'forge';
const longestLook: Duration = 20 * second;

/** Nothing if the remote is at no forge. */
export async function forgeChecks(
  ports: Pick<Ports, 'repo' | 'forges'>,
  given: { readonly repo: string; readonly settings: Settings },
): Promise<readonly Check[]> {
  const signal = AbortSignal.timeout(longestLook);
  try {
    const found = await signInAtForge(ports, { ...given, signal });
    if (found === null) return [];
    const open = pullChoice(given.settings.delivery.pullRequest, found.repository);
    if (!found.answer.signedIn) return [notSignedIn(found, { isNeeded: open === 'always' })];
    const lacks = (await lacksAtForge({ ...found, signal })) ?? [];
    return [signedIn(found, { login: found.answer.account.login, foundIn: found.answer.account.foundIn, open }), ...lacks.map(lackCheck)];
  } catch (error) {
    return [signal.aborted ? silent : broken(name, error)];
  }
}

const silent: Check = {
  name,
  state: 'warning',
  found: 'it did not answer in time',
  todo: 'run yardmaster doctor again later; pull requests wait until it answers',
};

/** Work is delivered as a branch without a sign-in, so nothing is broken before a person wants pull requests. */
function notSignedIn(found: ForgeSignIn, { isNeeded }: { readonly isNeeded: boolean }): Check {
  const { answer } = found;
  if (answer.signedIn) throw new TypeError('somebody is signed in');
  const follows = isNeeded ? 'no pull request is opened or followed' : 'finished work is pushed, and gets no pull request';
  return {
    name,
    state: isNeeded && answer.why !== 'away' ? 'broken' : 'warning',
    found: `${slug(found)}: ${answer.message}; ${follows}`,
    todo: answer.hint,
  };
}

function signedIn(found: ForgeSignIn, given: { readonly login: string; readonly foundIn: string; readonly open: PullChoice }): Check {
  const { login, foundIn, open } = given;
  const undecided = 'yardmaster run, at a terminal, asks whether pull requests are opened; or set delivery.pullRequest.open';
  const opens = { always: 'pull requests are opened', never: 'no pull requests are opened', ask: 'no pull requests are opened yet' }[open];
  return {
    name,
    state: 'ok',
    found: `${slug(found)}: signed in as ${login} (found in ${foundIn}); ${opens}`,
    todo: open === 'ask' ? undecided : null,
  };
}

function lackCheck({ right, follows }: Lack): Check {
  return {
    name,
    state: 'warning',
    found: `the token lacks the right ${right}: ${follows}`,
    todo: `give the token that right, or use another one`,
  };
}

function slug({ repository: { host, owner, name: repository } }: ForgeSignIn): string {
  return `${host}/${owner}/${repository}`;
}
