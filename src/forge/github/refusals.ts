// Learns from the errors of a GraphQL answer which fields of pull requests the token may not read, so that the next query
// leaves them out, and says so once.
import { repositoryName } from '../../core/delivery/pull-facts.ts';
import { slug, type Desk } from './desk.ts';
import { optionalField, type Wanted } from './pulls/query.ts';
import type { QueryError } from './request/client.ts';

/** Whether a field was left out that was asked for until now. */
export function noteRefusals(given: {
  readonly desk: Desk;
  readonly errors: readonly QueryError[];
  readonly wanted: readonly Wanted[];
}): boolean {
  const { desk, errors, wanted } = given;
  let isNew = false;
  for (const { path, message, type } of errors) {
    if (type === 'NOT_FOUND') continue;
    const field = optionalField(path, message);
    const alias = path.find((part) => typeof part === 'string' && /^r\d+$/.test(part));
    // An error of the query's text, such as an unknown field, has no path through a repository.
    const concerned = typeof alias === 'string' ? wanted.filter((_, index) => alias === `r${index}`) : wanted;
    if (field === null) {
      for (const { repository } of concerned)
        desk.lacks.note({
          right: `pull requests: read (${slug(repository)})`,
          follows: `pull requests of ${slug(repository)} are not seen: ${message}`,
        });
      continue;
    }
    for (const { repository } of concerned) {
      const without = desk.withoutOf(repositoryName(repository));
      isNew ||= !without.has(field);
      without.add(field);
    }
    const right = `pull requests: read (${field})`;
    desk.lacks.note({ right, follows: `${field} of pull requests is not known: ${message}` });
  }
  return isNew;
}
