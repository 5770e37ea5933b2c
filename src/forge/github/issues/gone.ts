// What became of an issue that is not where it was. Only REST tells: a redirect leads to where it was moved, and it says if it
// was deleted. A converted issue stays where it was, so it is not among these.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import type { GoneIssue } from '../../../core/sync/sync-facts.ts';
import { fields, text, wholeIn, type Fields } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import { issueGone } from './answered.ts';

export interface IssueAt {
  readonly repository: ForgeRepository;
  readonly number: number;
}

/** An issue as REST shows it; `elsewhere` where it is now, if it was moved. */
interface Shown {
  readonly issue: Fields | null;
  readonly elsewhere: string | null;
}

async function look(desk: Desk, { repository, number }: IssueAt): Promise<Shown> {
  const { status, data } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/issues/{number}',
    with: { owner: repository.owner, repo: repository.name, number },
    of: slug(repository),
    right: 'issues: read',
    answers: [404, 410],
  });
  const issue = status === 200 ? fields(data) : null;
  if (issue === null) return { issue, elsewhere: null };
  const at = /\/repos\/([^/]+\/[^/]+)$/.exec(text(issue['repository_url']) ?? '')?.[1] ?? slug(repository);
  const now = wholeIn(issue['number'], [1, Number.MAX_SAFE_INTEGER]);
  const isHere = now === number && (isSame(at, slug(repository)) || isSame(at, await presentName(desk, repository)));
  return { issue, elsewhere: isHere ? null : `${at}#${now}` };
}

/** A repository that was renamed redirects too. */
async function presentName(desk: Desk, repository: ForgeRepository): Promise<string> {
  const { data } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}',
    with: { owner: repository.owner, repo: repository.name },
    of: slug(repository),
    right: 'metadata: read',
  });
  return text(fields(data)?.['full_name']) ?? slug(repository);
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The issue as REST shows it. Fault: `forge-gone`, if it was deleted or moved. */
export async function presentIssue(desk: Desk, at: IssueAt): Promise<Fields> {
  const { issue, elsewhere } = await look(desk, at);
  if (issue === null || elsewhere !== null) throw issueGone(at);
  return issue;
}

/**
 * GitHub says "not found" of an issue that was moved to a repository which the token may not see, and of one that never was:
 * both count as deleted.
 */
export async function goneOf(desk: Desk, at: IssueAt): Promise<GoneIssue> {
  const { elsewhere } = await look(desk, at);
  return { number: at.number, gone: elsewhere === null ? 'deleted' : 'moved', to: elsewhere };
}
