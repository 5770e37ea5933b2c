// What the calls of one signed-in account share: the client, and what was learned so far. All of it may be lost at any time.
import type { ForgeRepository, ReviewItem } from '../../core/delivery/pull-facts.ts';
import type { Duration } from '../../core/time.ts';
import type { Lack } from '../../ports/forge.ts';
import type { Past } from './issues/parts.ts';
import type { Client } from './request/client.ts';

export interface Desk {
  readonly client: Client;
  readonly login: string;
  readonly lacks: Lacks;
  /** What people said about a pull request, by its id, as it was when the pull request had this mark. */
  readonly items: Map<string, { readonly mark: string; readonly items: readonly ReviewItem[] }>;
  /** The fields of pull requests that were refused in a repository. */
  readonly withoutOf: (repository: string) => Set<string>;
  /** The checks that a base requires, as they were at a time of the boot clock. */
  readonly required: Map<string, { readonly at: Duration; readonly names: ReadonlySet<string> | null }>;
  /** The past of issues, by their ids, as it was when the issue had this mark. */
  readonly pasts: Map<string, { readonly mark: string; readonly past: Past }>;
  /** What people may do in a repository, as it was at a time of the boot clock. */
  readonly associations: Map<string, { readonly at: Duration; readonly association: string }>;
  /** Whether the host merges in the background: null until it was tried. */
  readonly merging: { asynchronous: boolean | null };
}

/** What the token was found to lack. Each right is told once. */
export class Lacks {
  readonly #found = new Map<string, Lack>();

  note(lack: Lack): void {
    if (!this.#found.has(lack.right)) this.#found.set(lack.right, lack);
  }

  has(right: string): boolean {
    return this.#found.has(right);
  }

  all(): readonly Lack[] {
    return [...this.#found.values()];
  }
}

export function deskOf(given: { readonly client: Client; readonly login: string }): Desk {
  const without = new Map<string, Set<string>>();
  return {
    ...given,
    lacks: new Lacks(),
    items: new Map(),
    required: new Map(),
    ...{ pasts: new Map(), associations: new Map() },
    merging: { asynchronous: null },
    withoutOf: (repository) => {
      const known = without.get(repository) ?? new Set<string>();
      without.set(repository, known);
      return known;
    },
  };
}

/** As it stands in routes and in messages. */
export function slug({ owner, name }: ForgeRepository): string {
  return `${owner}/${name}`;
}
