// Writes an issue in one request, so that its text and its labels change together or not at all. GitHub has no condition for
// this: what the issue has is read directly before. Labels that the repository lacks are made by GitHub (github/docs#35718).
import { list, text } from '../../../lib/fields.ts';
import type { ForgeIssues } from '../../../ports/forge-issues.ts';
import { slug, type Desk } from '../desk.ts';
import { assignable, refusesAssignees } from './assignable.ts';
import { changesFor, contentIn, sameContent, type Changes } from './content.ts';
import { presentIssue, type IssueAt } from './gone.ts';

type Writing = Parameters<ForgeIssues['write']>[0];

export async function write(desk: Desk, { from, set, ...at }: Writing): Promise<boolean> {
  const now = contentIn(await presentIssue(desk, at));
  if (!sameContent(now, from)) return false;
  await send(desk, { ...at, changes: changesFor({ now, set }) });
  return true;
}

/** Whatever the issue has now. */
export async function writeOver(desk: Desk, { set, ...at }: Omit<Writing, 'from'>): Promise<void> {
  const now = contentIn(await presentIssue(desk, at));
  await send(desk, { ...at, changes: changesFor({ now, set }) });
}

async function send(desk: Desk, { changes, ...at }: IssueAt & { readonly changes: Changes }): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  const { repository, number } = at;
  const patch = async (fields_: Changes, answers: readonly number[]) =>
    await desk.client.ask({
      route: 'PATCH /repos/{owner}/{repo}/issues/{number}',
      with: { owner: repository.owner, repo: repository.name, number, ...fields_ },
      of: slug(repository),
      right: 'issues: write',
      answers,
      repeats: true,
    });
  const { assignees } = changes;
  const answer = await patch(changes, assignees === undefined ? [] : [422]);
  if (answer.status !== 422) return;
  const able = refusesAssignees(answer.data)
    ? await assignable(desk, { repository, logins: list(assignees).flatMap((one) => text(one) ?? []) })
    : assignees;
  await patch({ ...changes, assignees: able }, []);
}
