// Signs in at a host: takes the first reference that gives a token, and proves it by one request.
import { Fault } from '../../core/fault.ts';
import type { Env } from '../../core/security/environment.ts';
import { fields, text } from '../../lib/fields.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Forge, SignIn } from '../../ports/forge.ts';
import type { Vault } from '../../ports/vault.ts';
import { accountOf } from './account.ts';
import { deskOf } from './desk.ts';
import { addressesOf, isPublic } from './host.ts';
import { referencesFor, type TokenReference } from './references.ts';
import { Budget } from './request/budget.ts';
import { Client } from './request/client.ts';
import { tokensPage } from './request/faults.ts';
import { Lanes } from './request/lanes.ts';

export interface GithubWorld {
  /** Resolves references to tokens, and masks them in everything that we write. */
  readonly vault: Pick<Vault, 'value' | 'masked'>;
  readonly env: Env;
  readonly clock: Pick<Clock, 'now' | 'lease'>;
  /** Milliseconds until a request that is safe to repeat is tried again. */
  readonly retryAfterMs?: number;
}

type Given = Parameters<Forge['signIn']>[0] & {
  readonly world: GithubWorld;
  /** By host: who signs in again does not get a new hour. */
  readonly budgets: Map<string, Budget>;
};

/** GitHub allows a hundred requests at once, for everything that the person does. */
const atOnce = { all: 24, lane: 6 };

export async function signIn(given: Given): Promise<SignIn> {
  const host = given.host.toLowerCase();
  const token = await firstToken({ ...given, host });
  if ('signedIn' in token) return token;
  const client = clientFor({ ...given, host, token });
  try {
    const login = await loginOf(client.within(given.signal));
    return { signedIn: true, account: accountOf(deskOf({ client, login })) };
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'stopped') throw error;
    return {
      signedIn: false,
      why: error.code === 'forge-away' || error.code === 'forge-limited' ? 'away' : 'refused',
      message: error.message,
      hint: error.hint,
    };
  }
}

interface Token {
  readonly value: string;
  readonly foundIn: string;
}

type NotSignedIn = Extract<SignIn, { readonly signedIn: false }>;

async function firstToken(given: Given): Promise<Token | NotSignedIn> {
  const { host, world, signal } = given;
  for (const reference of referencesFor({ ...given, env: world.env })) {
    try {
      const value = await world.vault.value({ reference: reference.reference, of: host, signal });
      return { value, foundIn: reference.name };
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'stopped') throw error;
      // `gh` exits with an error if nobody is signed in at the host.
      if (reference.isConfigured) return unreadable({ reference, error });
    }
  }
  return none(given);
}

function unreadable({ reference, error }: { readonly reference: TokenReference; readonly error: Fault }): NotSignedIn {
  return {
    signedIn: false,
    why: 'none',
    message: `forge.github.token (${reference.name}) gives no token: ${error.message}`,
    hint: error.hint,
  };
}

function none({ host, hosts }: Given): NotSignedIn {
  const isNamed = isPublic(host) || hosts.some((one) => one.toLowerCase() === host);
  const variable = isPublic(host) ? 'GH_TOKEN' : 'GH_ENTERPRISE_TOKEN';
  return {
    signedIn: false,
    why: 'none',
    message: isNamed ? `there is no token for ${host}` : `${host} is not named in forge.github.hosts, so no token is sent there`,
    hint: isNamed
      ? `gh auth login --hostname ${host}, or set ${variable} (make a token at ${tokensPage(host)})`
      : `add ${host} to forge.github.hosts in your own configuration`,
  };
}

/** The signal of signing in does not end the account: `within` gives one that ends. */
function clientFor({ host, token, world, pointsPerHour, budgets }: Given & { readonly token: Token }): Client {
  const { clock, vault, retryAfterMs = 1000 } = world;
  const wire = {
    ...{ host, addresses: addressesOf(host), token: token.value, clock },
    budget: budgetFor({ host, pointsPerHour, clock, budgets }),
    lanes: new Lanes(atOnce),
  };
  return new Client(
    { wire, foundIn: token.foundIn, masked: (message) => vault.masked(message), retryAfterMs },
    { signal: new AbortController().signal },
  );
}

function budgetFor(given: ConstructorParameters<typeof Budget>[0] & Pick<Given, 'budgets'>): Budget {
  const { host, pointsPerHour, budgets } = given;
  const budget = budgets.get(host) ?? new Budget(given);
  budgets.set(host, budget);
  budget.allow(pointsPerHour);
  return budget;
}

/** Tokens of apps and of GitHub Actions belong to no user; only GraphQL says who they are. */
async function loginOf(client: Client): Promise<string> {
  const answer = await client.ask({ route: 'GET /user', of: 'the account', answers: [403] });
  const login = text(fields(answer.data)?.['login']);
  if (answer.status === 200 && login !== null) return login;
  const { data, errors } = await client.query({ query: 'query { viewer { login } rateLimit { cost } }', of: 'the account' });
  const viewer = text(fields(data?.['viewer'])?.['login']);
  if (viewer !== null) return viewer;
  throw new Fault({
    code: 'forge-refused',
    message: `${client.given.wire.host} does not say to whom the token from ${client.given.foundIn} belongs (${errors[0]?.message ?? 'no reason given'})`,
    hint: `make another token at ${tokensPage(client.given.wire.host)}`,
  });
}
