// GitHub refuses an issue as a whole if one of its assignees cannot be assigned (upptime/upptime#125): then each of them is
// asked about, and the others are assigned.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { fields, list } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';

export function refusesAssignees(answer: unknown): boolean {
  return list(fields(answer)?.['errors']).some((error) => fields(error)?.['field'] === 'assignees');
}

export async function assignable(
  desk: Desk,
  { repository, logins }: { readonly repository: ForgeRepository; readonly logins: readonly string[] },
): Promise<readonly string[]> {
  const checked = logins.map(async (login) => {
    const { status } = await desk.client.ask({
      route: 'GET /repos/{owner}/{repo}/assignees/{assignee}',
      with: { owner: repository.owner, repo: repository.name, assignee: login },
      of: slug(repository),
      right: 'issues: read',
      answers: [404],
    });
    if (status !== 404) return [login];
    desk.lacks.note({ right: `assignees in ${slug(repository)}: ${login}`, follows: `issues are not assigned to ${login}` });
    return [];
  });
  return (await Promise.all(checked)).flat();
}
