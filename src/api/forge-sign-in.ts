// Who is signed in at the forge of a repository's remote, and what the sign-in may do there.
import type { ForgeRepository } from '../core/delivery/pull-facts.ts';
import type { Settings } from '../core/settings.ts';
import type { Lack, SignIn } from '../ports/forge.ts';
import { forgeSettings, locate, type AtForge } from '../supervisor/forge/accounts.ts';
import type { Ports } from '../supervisor/world.ts';

export interface ForgeSignIn {
  readonly repository: ForgeRepository;
  readonly answer: SignIn;
}

interface Asked {
  readonly repo: string;
  readonly settings: Pick<Settings, 'delivery' | 'forge'>;
  readonly signal: AbortSignal;
}

/** Asks the forge who we are. Null if the remote is at no forge. */
export async function signInAtForge(ports: Pick<Ports, 'repo' | 'forges'>, asked: Asked): Promise<ForgeSignIn | null> {
  const at = await locate(ports, asked);
  return at === null ? null : { repository: at.repository, answer: await signedIn(at, asked) };
}

function signedIn(at: AtForge, { settings, signal }: Asked): Promise<SignIn> {
  const { token, hosts, pointsPerHour } = forgeSettings({ ...at, settings });
  return at.forge.signIn({ host: at.repository.host, hosts, secret: token, pointsPerHour, signal });
}

/** Tries each right once, without changing anything. Null if nobody is signed in. Faults: those of a forge's account. */
export async function lacksAtForge(given: ForgeSignIn & { readonly signal: AbortSignal }): Promise<readonly Lack[] | null> {
  const { repository, answer, signal } = given;
  if (!answer.signedIn) return null;
  const lacks = await answer.account.within(signal).probe(repository);
  // The forge's answers come in any order.
  return lacks.toSorted((a, b) => a.right.localeCompare(b.right));
}

/** `owner/name` of the repository that this one is a fork of. Null if it is none. Faults: those of a forge's account. */
export async function parentAtForge({
  repository,
  answer,
  signal,
}: ForgeSignIn & { readonly signal: AbortSignal }): Promise<string | null> {
  return answer.signedIn ? (await answer.account.within(signal).repository(repository)).parent : null;
}
