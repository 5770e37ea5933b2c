// Asks for issues by GraphQL. Where GitHub answers nothing at all, a fault says why; errors of single issues are values.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { Fault } from '../../../core/fault.ts';
import type { Fields } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import type { Query, QueryAnswer, QueryError } from '../request/client.ts';

export async function answered(
  desk: Desk,
  { repository, query }: { readonly repository: ForgeRepository; readonly query: Query },
): Promise<Fields> {
  return dataOf({ repository, answer: await desk.client.query(query) });
}

export function dataOf({ repository, answer }: { readonly repository: ForgeRepository; readonly answer: QueryAnswer }): Fields {
  const { data, errors } = answer;
  const refusal = errors.find(({ type }) => type === 'FORBIDDEN') ?? (data === null ? errors[0] : undefined);
  if (refusal !== undefined) throw refusedQuery({ repository, refusal });
  return data ?? {};
}

function refusedQuery({ repository, refusal }: { readonly repository: ForgeRepository; readonly refusal: QueryError }): Fault {
  const { host } = repository;
  return new Fault({
    code: 'forge-refused',
    message: `${host} does not show the issues of ${slug(repository)}: ${refusal.message}`,
    hint: 'give the token the right "issues: read"',
    data: { host, lacking: refusal.type === 'FORBIDDEN' ? 'issues: read' : null },
  });
}

export function repositoryGone(repository: ForgeRepository): Fault {
  return new Fault({
    code: 'forge-gone',
    message: `${repository.host} has no ${slug(repository)}, or does not show it to this token`,
    hint: 'see whether you can open it; the repository may have been renamed, removed or made private',
    data: { host: repository.host },
  });
}

export function issueGone({ repository, number }: { readonly repository: ForgeRepository; readonly number: number }): Fault {
  return new Fault({
    code: 'forge-gone',
    message: `${repository.host} has no issue ${slug(repository)}#${number} any more`,
    hint: 'see whether you can open it; somebody may have deleted it, or moved it to another repository',
    data: { host: repository.host },
  });
}
