// Faults that a test plans for the next requests: an answer of GitHub's that is a failure, a connection that is lost before
// or after the effect, a request that is never answered, a field of GraphQL that is refused.
export interface Failing {
  /** Any method by default. */
  readonly method?: string;
  /** What the path below the API's root must contain or match; any path by default. */
  readonly path?: string | RegExp;
  /** What the body must contain or match, such as the name of a mutation. */
  readonly body?: string | RegExp;
  /** How many requests fail; 1 by default. */
  readonly times?: number;
  readonly how: How;
}

export type How =
  | { readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  /** `before`: nothing happens. `after`: it happens, and the answer is lost. */
  | { readonly drop: 'before' | 'after' }
  | { readonly hang: true }
  /** The token may not read or use this field of GraphQL. */
  | { readonly refuseField: string };

interface Planned extends Failing {
  left: number;
}

export class Faults {
  #planned: Planned[] = [];

  plan(failing: Failing): void {
    this.#planned.push({ ...failing, left: failing.times ?? 1 });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault of this request, which is used up by it. */
  take(request: { readonly method: string; readonly path: string; readonly body: string }): How | null {
    const found = this.#planned.find(
      ({ method, path, body }) =>
        (method === undefined || method === request.method) && says(request.path, path) && says(request.body, body),
    );
    if (found === undefined) return null;
    found.left -= 1;
    if (found.left <= 0) this.#planned = this.#planned.filter((one) => one !== found);
    return found.how;
  }
}

function says(text: string, pattern: string | RegExp | undefined): boolean {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);
}

/** GitHub's secondary limit, as it answers it. */
export const secondaryLimit = (seconds: number): How => ({
  status: 403,
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  headers: { 'retry-after': String(seconds) },
});
