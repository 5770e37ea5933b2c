// Deletes a branch, after looking that it is still at the commit that the caller knows and that no open pull request has it as
// its base: GitHub would close that one for good.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { fields, list, text } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';

export async function deleteBranch(
  desk: Desk,
  given: { readonly repository: ForgeRepository; readonly branch: string; readonly commit: string },
): Promise<boolean> {
  const { repository, branch, commit } = given;
  const at = { owner: repository.owner, repo: repository.name };
  const asked = { of: slug(repository), right: 'contents: write' };
  const found = await desk.client.ask({ ...asked, route: refRoute({ method: 'GET', kind: 'ref', branch }), with: at, answers: [404] });
  if (found.status === 404) return true;
  if (text(fields(fields(found.data)?.['object'])?.['sha']) !== commit) return false;
  const based = await desk.client.ask({
    ...asked,
    route: 'GET /repos/{owner}/{repo}/pulls',
    with: { ...at, base: branch, state: 'open', per_page: 1 },
  });
  if (list(based.data).length > 0) return false;
  // 422: somebody else has deleted it meanwhile.
  await desk.client.ask({ ...asked, route: refRoute({ method: 'DELETE', kind: 'refs', branch }), with: at, answers: [404, 422] });
  return true;
}

/** The slashes of a branch's name stand in the address as they are. */
function refRoute({ method, kind, branch }: { readonly method: string; readonly kind: string; readonly branch: string }): string {
  const path = branch.split('/').map(encodeURIComponent).join('/');
  return `${method} /repos/{owner}/{repo}/git/${kind}/heads/${path}`;
}
