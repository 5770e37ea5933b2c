// Makes an issue a sub-issue of another one, or of none. GitHub has no condition for this, so it is looked at first. It refuses
// what is so already, so a request whose answer was lost is not sent again: the next sync sees what became of it.
import { fields, wholeIn, type Fields } from '../../../lib/fields.ts';
import type { ForgeIssues } from '../../../ports/forge-issues.ts';
import { slug, type Desk } from '../desk.ts';
import { presentIssue, type IssueAt } from './gone.ts';

const anyNumber = [1, Number.MAX_SAFE_INTEGER] as const;

export async function setParent(desk: Desk, given: Parameters<ForgeIssues['setParent']>[0]): Promise<boolean> {
  const { repository, from, to, ...at } = given;
  const issue = await presentIssue(desk, { repository, ...at });
  if (to !== null) await presentIssue(desk, { repository, number: to });
  const now = await parentOf(desk, { repository, ...at, issue });
  if (now === to) return true;
  if (now !== from) return false;
  // Not its number but the id that it has in all of GitHub.
  const id = wholeIn(issue['id'], anyNumber);
  const route = '/repos/{owner}/{repo}/issues/{number}';
  const common = { of: slug(repository), right: 'issues: write' };
  const names = { owner: repository.owner, repo: repository.name, sub_issue_id: id };
  if (to === null) await desk.client.ask({ ...common, route: `DELETE ${route}/sub_issue`, with: { ...names, number: from } });
  else
    await desk.client.ask({
      ...common,
      route: `POST ${route}/sub_issues`,
      with: { ...names, number: to, replace_parent: from !== null },
    });
  return true;
}

async function parentOf(desk: Desk, given: IssueAt & { readonly issue: Fields }): Promise<number | 'elsewhere' | null> {
  const { repository, number, issue } = given;
  const { status, data } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/issues/{number}/parent',
    with: { owner: repository.owner, repo: repository.name, number },
    of: slug(repository),
    right: 'issues: read',
    answers: [404],
  });
  const parent = status === 404 ? null : fields(data);
  if (parent === null) return null;
  return parent['repository_url'] === issue['repository_url'] ? wholeIn(parent['number'], anyNumber) : 'elsewhere';
}
