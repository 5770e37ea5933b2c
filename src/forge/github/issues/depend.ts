// Lets an issue wait for another one. GitHub refuses what is so already, so it is looked at first.
import { fields, wholeIn } from '../../../lib/fields.ts';
import type { ForgeIssues } from '../../../ports/forge-issues.ts';
import { slug, type Desk } from '../desk.ts';
import { presentIssue } from './gone.ts';

export async function depend(desk: Desk, given: Parameters<ForgeIssues['depend']>[0]): Promise<void> {
  const { repository, number, on, is } = given;
  const [, other] = await Promise.all([presentIssue(desk, { repository, number }), presentIssue(desk, { repository, number: on })]);
  // Not its number but the id that it has in all of GitHub.
  const id = wholeIn(other['id'], [1, Number.MAX_SAFE_INTEGER]);
  const route = '/repos/{owner}/{repo}/issues/{number}/dependencies/blocked_by';
  const at = { with: { owner: repository.owner, repo: repository.name, number }, of: slug(repository) };
  const now = await desk.client.all({ ...at, route: `GET ${route}`, right: 'issues: read' }, { field: null });
  const has = now.some((one) => fields(one)?.['id'] === id);
  if (has === is) return;
  await desk.client.ask({
    ...at,
    route: is ? `POST ${route}` : `DELETE ${route}/{issue_id}`,
    with: { ...at.with, issue_id: id },
    right: 'issues: write',
    repeats: true,
  });
}
