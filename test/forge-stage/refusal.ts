// What GitHub refuses, with its status in REST and its type in GraphQL.
/** What is wrong with a field; for reviews GitHub answers a sentence instead. */
export type RefusedField = string | Readonly<Record<string, string>>;

export class Refusal extends Error {
  readonly status: number;
  /** As the body of the answer lists them. */
  readonly errors: readonly RefusedField[] | null;
  /** The rights that would have been enough, as `X-Accepted-GitHub-Permissions` writes them. */
  readonly rights: string | null;
  /** Where what was asked for is now, for a redirect. */
  readonly location: string | null;

  constructor(given: {
    readonly status: number;
    readonly message: string;
    readonly errors?: readonly RefusedField[];
    readonly rights?: string;
    readonly location?: string;
  }) {
    super(given.message);
    this.status = given.status;
    this.errors = given.errors ?? null;
    this.rights = given.rights ?? null;
    this.location = given.location ?? null;
  }

  /** What is wrong, as GraphQL says it: without the fields that REST lists. */
  get sentence(): string {
    const [first] = this.errors ?? [];
    return (typeof first === 'string' ? first : first?.['message']) ?? this.message;
  }

  /** As GraphQL names it. */
  get type(): string {
    if (this.status === 404) return 'NOT_FOUND';
    return this.status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';
  }
}

export const notFound = (message = 'Not Found'): Refusal => new Refusal({ status: 404, message });

export function invalid(...errors: readonly RefusedField[]): Refusal {
  return new Refusal({ status: 422, message: 'Validation Failed', errors });
}
