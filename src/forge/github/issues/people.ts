// What people may do in a repository. GitHub tells it beside what somebody wrote, but not of those who edited it or added a
// label: of them it is asked, and remembered for some minutes.
import { repositoryName, type ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import type { Person } from '../../../core/sync/sync-facts.ts';
import { minute, type Duration } from '../../../core/time.ts';
import { fields, text } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';

const rememberedFor: Duration = 5 * minute;

/** An account that was deleted, and whoever else is unknown. */
export const nobody: Person = { login: 'ghost', association: 'NONE' };

/** By login. Whoever may write is called a collaborator, whether as a member of a team or by name. */
export async function peopleIn(
  desk: Desk,
  { repository, logins }: { readonly repository: ForgeRepository; readonly logins: Iterable<string> },
): Promise<ReadonlyMap<string, Person>> {
  const people = [...new Set(logins)].map(
    async (login) => [login, { login, association: await associationOf(desk, { repository, login }) }] as const,
  );
  return new Map(await Promise.all(people));
}

async function associationOf(
  desk: Desk,
  { repository, login }: { readonly repository: ForgeRepository; readonly login: string },
): Promise<string> {
  if (login === nobody.login) return nobody.association;
  const now = desk.client.given.wire.clock.lease().ms;
  const key = `${repositoryName(repository)} ${login.toLowerCase()}`;
  const known = desk.associations.get(key);
  if (known !== undefined && known.at > now - rememberedFor) return known.association;
  const association = await askFor(desk, { repository, login });
  desk.associations.set(key, { at: now, association });
  return association;
}

async function askFor(
  desk: Desk,
  { repository, login }: { readonly repository: ForgeRepository; readonly login: string },
): Promise<string> {
  const right = 'metadata: read';
  const { status, data } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    with: { owner: repository.owner, repo: repository.name, username: login },
    of: slug(repository),
    right,
    answers: [403, 404],
  });
  if (status === 403) desk.lacks.note({ right: 'push access', follows: `nobody's edits and labels count in ${slug(repository)}` });
  // The older of the two fields has four words. Those who may triage are told as `read` there, those who maintain as `write`.
  const permission = status === 200 ? text(fields(data)?.['permission']) : null;
  if (permission !== 'admin' && permission !== 'write') return nobody.association;
  return login.toLowerCase() === repository.owner.toLowerCase() ? 'OWNER' : 'COLLABORATOR';
}
