// Finds the pull requests of a branch: by the branch's exact name and the owner of its repository.
import type { ForgeRepository, PullRequest } from '../../../core/delivery/pull-facts.ts';
import { Fault } from '../../../core/fault.ts';
import { fields, text, type Fields } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import { noteRefusals } from '../refusals.ts';
import { addressesOf } from '../host.ts';
import { nodesOf, pullOf } from './pull.ts';
import { pullFields, rateLimit } from './query.ts';
import { repositoryName } from '../../../core/delivery/pull-facts.ts';

export interface OfBranch {
  readonly repository: ForgeRepository;
  readonly head: { readonly owner: string; readonly branch: string };
}

export async function ofBranch(desk: Desk, given: OfBranch): Promise<readonly PullRequest[]> {
  const { repository, head } = given;
  const without = desk.withoutOf(repositoryName(repository));
  const query = `query($owner: String!, $name: String!, $branch: String!) {
    repository(owner: $owner, name: $name) {
      pullRequests(headRefName: $branch, first: 20, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${pullFields(without)} } }
    } ${rateLimit} }`;
  const { data, errors } = await desk.client.query({
    query: query.replaceAll(/\s+/g, ' '),
    with: { owner: repository.owner, name: repository.name, branch: head.branch },
    of: slug(repository),
    points: 2,
  });
  const isNew = noteRefusals({ desk, errors, wanted: [{ repository, numbers: [], without }] });
  if (data === null && isNew) return await ofBranch(desk, given);
  const found = fields(data?.['repository']);
  if (found === null) throw unseen({ repository, foundIn: desk.client.given.foundIn });
  return nodesOf(found['pullRequests']).flatMap((node) => {
    const pull = isOf({ node: fields(node), owner: head.owner }) ? pullOf(node) : null;
    return pull === null ? [] : [pull];
  });
}

/** Several forks can have branches of one name. */
function isOf({ node, owner }: { readonly node: Fields | null; readonly owner: string }): boolean {
  return text(fields(node?.['headRepositoryOwner'])?.['login'])?.toLowerCase() === owner.toLowerCase();
}

/** GraphQL answers for a repository that it does not have. */
function unseen({ repository, foundIn }: { readonly repository: ForgeRepository; readonly foundIn: string }): Fault {
  return new Fault({
    code: 'forge-gone',
    message: `${repository.host} has no ${slug(repository)}, or does not show it to the token from ${foundIn}`,
    hint: `see whether you can open ${addressesOf(repository.host).web}/${slug(repository)}; if you can, let the token see the repository`,
    data: { host: repository.host },
  });
}
