// The accounts with which this supervisor signs in at forges, and which repository of a forge a remote leads to. A sign-in is
// proved once, and a refused one is tried again every minute: by one request, without which nothing else is asked.
import type { ForgeRepository } from '../../core/delivery/pull-facts.ts';
import type { ForgeSettings, Settings } from '../../core/settings.ts';
import { minute, second, type Duration } from '../../core/time.ts';
import type { Forge, ForgeAccount, SignIn } from '../../ports/forge.ts';
import type { World } from '../world.ts';

/** A token may be given back, or replaced, under the same reference. */
const triedAgainAfter: Duration = minute;
/** A host that did not answer refused nothing. */
const askedAgainAfter: Duration = 5 * second;

export interface AtForge {
  readonly forge: Forge;
  readonly repository: ForgeRepository;
}

/** The repository of a forge to which the remote leads; null if it is at none. Nobody is asked. */
export async function locate(
  world: Pick<World, 'repo' | 'forges'>,
  given: { readonly repo: string; readonly settings: Pick<Settings, 'delivery' | 'forge'> },
): Promise<AtForge | null> {
  const { repo, settings } = given;
  const { push } = await world.repo.remoteAddress({ root: repo, remote: settings.delivery.remote });
  const [address] = push;
  // A push to several addresses has no single repository whose branch it is.
  if (address === undefined || push.length > 1) return null;
  for (const forge of world.forges) {
    const repository = forge.locate({ address, hosts: forgeSettings({ forge, settings }).hosts });
    if (repository !== null) return { forge, repository };
  }
  return null;
}

export function forgeSettings(given: { readonly forge: Pick<Forge, 'name'>; readonly settings: Pick<Settings, 'forge'> }): ForgeSettings {
  return given.settings.forge[given.forge.name] ?? noSettings;
}

const noSettings: ForgeSettings = { token: null, hosts: [], pointsPerHour: 1500, roundSeconds: 15, trust: [], bots: [] };

/** Signs in, or answers from memory. A refusal is remembered for a minute. */
export async function signIn(
  world: Pick<World, 'memory' | 'clock'>,
  given: AtForge & { readonly settings: Pick<Settings, 'forge'>; readonly signal: AbortSignal },
): Promise<SignIn> {
  const { forge, repository, signal } = given;
  const { host } = repository;
  const known = world.memory.signIns.get(host);
  const now = world.clock.now();
  if (known !== undefined && (known.answer.signedIn || Math.abs(now - known.at) < waitAfter(known.answer))) return known.answer;
  const { token, hosts, pointsPerHour } = forgeSettings(given);
  const answer = await forge.signIn({ host, hosts, secret: token, pointsPerHour, signal });
  world.memory.signIns.set(host, { answer, at: world.clock.now() });
  return answer;
}

function waitAfter(answer: Extract<SignIn, { readonly signedIn: false }>): Duration {
  return answer.why === 'away' ? askedAgainAfter : triedAgainAfter;
}

/** The hint about a sign-in that was refused: nobody has to start the supervisor anew. */
export function triedAgainHint(hint: string): string {
  return `${hint}; a supervisor that runs tries it again every minute, and goes on by itself once it is accepted`;
}

/** What was proved holds no longer: the forge refused the token since. */
export function forgetSignIn({ memory }: Pick<World, 'memory'>, host: string): void {
  memory.signIns.delete(host);
}

/** Null if it is not signed in. */
export async function accountAt(world: Pick<World, 'memory' | 'clock'>, given: Parameters<typeof signIn>[1]): Promise<ForgeAccount | null> {
  const answer = await signIn(world, given);
  return answer.signedIn ? answer.account.within(given.signal) : null;
}
