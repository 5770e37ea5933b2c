// One GraphQL mutation about a pull request. A refusal is a value where the caller handles it, and otherwise a fault.
import { Fault } from '../../../core/fault.ts';
import { fields, type Fields } from '../../../lib/fields.ts';
import type { PullAt } from '../../../ports/forge.ts';
import { slug, type Desk } from '../desk.ts';
import type { QueryError } from '../request/client.ts';
import { pullGone } from './pull-gone.ts';

export interface Mutation {
  /** Such as `resolveReviewThread`; its input type has the same name in GitHub's schema. */
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The fields that it answers with. */
  readonly answer: string;
  readonly at: PullAt;
  readonly repeats?: boolean;
}

export type Mutated = { readonly done: Fields } | { readonly refusal: QueryError };

export async function tryMutation(desk: Desk, { name, input, answer, at, repeats = false }: Mutation): Promise<Mutated> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
  const { data, errors } = await desk.client.query({
    query: `mutation($input: ${type}) { ${name}(input: $input) { ${answer} } }`,
    with: { input },
    of: slug(at.repository),
    repeats,
  });
  const done = fields(data?.[name]);
  const [refusal = { type: null, path: [], message: 'the answer is empty' }] = errors;
  return done === null ? { refusal } : { done };
}

export async function mutate(desk: Desk, mutation: Mutation): Promise<Fields> {
  const mutated = await tryMutation(desk, mutation);
  if ('done' in mutated) return mutated.done;
  throw refusedMutation({ ...mutation, refusal: mutated.refusal });
}

function refusedMutation({ name, at, refusal }: Mutation & { readonly refusal: QueryError }): Fault {
  if (refusal.type === 'NOT_FOUND') return pullGone(at);
  const { host } = at.repository;
  return new Fault({
    code: 'forge-refused',
    message: `${host} refuses ${name} for ${slug(at.repository)}#${at.number}: ${refusal.message}`,
    hint: 'give the token the right "pull requests: write", or fix what the message names',
    data: { host, lacking: refusal.type === 'FORBIDDEN' ? 'pull requests: write' : null },
  });
}
