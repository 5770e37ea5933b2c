// How many requests an account has left, counted by GitHub's published rules: REST and GraphQL each have an hour's limit
// (a 304 is free), and both have limits a minute, for which reads count 1 and writes 5, and one for requests that create
// content. The limits belong to the account, not to its tokens.
export type Resource = 'core' | 'graphql';

export interface Spent {
  /** Requests of REST in this hour. */
  readonly rest: number;
  /** Points of GraphQL in this hour. */
  readonly graphql: number;
  /** Points of the last minute, by the rules of the secondary limits. */
  readonly minute: { readonly rest: number; readonly graphql: number; readonly content: number };
}

interface Hour {
  resets: number;
  limit: number;
  used: number;
}

interface Account {
  readonly hours: Record<Resource, Hour>;
  recent: { readonly at: number; readonly resource: Resource; readonly points: number; readonly content: boolean }[];
}

/** What keeps a request from being answered. `seconds`: how long to wait, for the secondary limit. */
export type Limited = { readonly limit: 'primary'; readonly resets: number } | { readonly limit: 'secondary'; readonly seconds: number };

const hour = 3_600_000;
const minute = 60_000;
const perMinute: Readonly<Record<Resource, number>> = { core: 900, graphql: 2_000 };
const contentPerMinute = 80;
/** An hour's requests of an account, and those of an address without a token. */
const perHour = { signedIn: 5_000, anonymous: 60 };

export class Limits {
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();
  /** Whether the limits a minute are enforced. */
  secondary = true;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `content`: the request creates content. */
  limited(login: string, { resource, content }: { readonly resource: Resource; readonly content: boolean }): Limited | null {
    const account = this.#account(login);
    const { limit, used, resets } = account.hours[resource];
    if (used >= limit) return { limit: 'primary', resets };
    if (!this.secondary) return null;
    const spent = this.spent(login).minute;
    const points = resource === 'core' ? spent.rest : spent.graphql;
    const tooMuch = points >= perMinute[resource] || (content && spent.content >= contentPerMinute);
    return tooMuch ? { limit: 'secondary', seconds: 60 } : null;
  }

  spend(
    login: string,
    given: { readonly resource: Resource; readonly primary: number; readonly secondary: number; readonly content: boolean },
  ): void {
    const account = this.#account(login);
    account.hours[given.resource].used += given.primary;
    account.recent.push({ at: this.#now(), resource: given.resource, points: given.secondary, content: given.content });
  }

  /** Leaves the account so many requests in this hour. */
  leave(login: string, given: { readonly resource: Resource; readonly left: number; readonly resetsInSeconds?: number }): void {
    const of = this.#account(login).hours[given.resource];
    of.used = of.limit - given.left;
    if (given.resetsInSeconds !== undefined) of.resets = this.#now() + given.resetsInSeconds * 1_000;
  }

  hour(
    login: string,
    resource: Resource,
  ): { readonly limit: number; readonly used: number; readonly remaining: number; readonly reset: number } {
    const { limit, used, resets } = this.#account(login).hours[resource];
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(resets / 1_000) };
  }

  spent(login: string): Spent {
    const account = this.#account(login);
    account.recent = account.recent.filter(({ at }) => at > this.#now() - minute);
    const points = (resource: Resource): number =>
      account.recent.filter((one) => one.resource === resource).reduce((sum, one) => sum + one.points, 0);
    return {
      rest: account.hours.core.used,
      graphql: account.hours.graphql.used,
      minute: { rest: points('core'), graphql: points('graphql'), content: account.recent.filter((one) => one.content).length },
    };
  }

  #account(login: string): Account {
    const now = this.#now();
    const limit = login === '' ? perHour.anonymous : perHour.signedIn;
    const fresh = (): Hour => ({ resets: now + hour, limit, used: 0 });
    let account = this.#accounts.get(login.toLowerCase());
    if (account === undefined) {
      account = { hours: { core: fresh(), graphql: fresh() }, recent: [] };
      this.#accounts.set(login.toLowerCase(), account);
    }
    for (const of of Object.values(account.hours)) if (of.resets <= now) Object.assign(of, { resets: now + hour, used: 0 });
    return account;
  }
}
