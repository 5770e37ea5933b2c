// Every request that arrived, in its order, for assertions such as "no second comment". Never has a token in it.
export interface Entry {
  readonly number: number;
  readonly method: string;
  /** Below the API's root, such as `/repos/acme/app/pulls?state=open`, or `/graphql`. */
  readonly path: string;
  /** The token's owner; null without a valid token. */
  readonly login: string | null;
  /** The fields at the root of a GraphQL request, such as `resolveReviewThread`. */
  readonly fields: readonly string[];
  readonly body: unknown;
  /** Null: it is not answered yet, or its answer was lost. */
  readonly status: number | null;
  /** Of the hour's limit. */
  readonly points: number;
}

type Writable = { -readonly [K in keyof Entry]: Entry[K] };

export class Journal {
  readonly #entries: Writable[] = [];
  readonly #changes = new EventTarget();

  add(entry: Pick<Entry, 'method' | 'path' | 'login' | 'body'>): Writable {
    const added: Writable = { ...entry, number: this.#entries.length + 1, fields: [], status: null, points: 0 };
    this.#entries.push(added);
    this.#changes.dispatchEvent(new Event('change'));
    return added;
  }

  /** Tells those who wait that an entry was filled in. */
  changed(): void {
    this.#changes.dispatchEvent(new Event('change'));
  }

  entries(): readonly Entry[] {
    return [...this.#entries];
  }

  /** The first entry, past or future, that `match` accepts. */
  find(match: (entry: Entry) => boolean, signal: AbortSignal): Promise<Entry> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#entries.find(match);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const stop = (): void => {
        end();
        reject(signal.reason);
      };
      const end = (): void => {
        this.#changes.removeEventListener('change', look);
        signal.removeEventListener('abort', stop);
      };
      this.#changes.addEventListener('change', look);
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      else look();
    });
  }
}
