// Opens an issue once, however often it is asked for: the newest issues are looked through first, and again where an answer was
// lost.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { fields, text, wholeIn } from '../../../lib/fields.ts';
import type { ForgeIssues, Written } from '../../../ports/forge-issues.ts';
import { slug, type Desk } from '../desk.ts';
import { loginOf, nodesOf } from '../pulls/pull.ts';
import { rateLimit } from '../pulls/query.ts';
import { isUnclear } from '../request/client.ts';
import { away } from '../request/faults.ts';
import { answered, repositoryGone } from './answered.ts';
import { assignable, refusesAssignees } from './assignable.ts';
import { writeOver } from './write.ts';

type Creating = Parameters<ForgeIssues['create']>[0];

export async function create(desk: Desk, given: Creating): Promise<number> {
  const { repository, content } = given;
  const before = await opened(desk, given);
  if (before !== null) {
    await writeOver(desk, { repository, number: before, set: content });
    return before;
  }
  let number;
  try {
    number = await open(desk, given);
  } catch (error) {
    number = isUnclear(error) ? await opened(desk, given) : null;
    if (number === null) throw error;
  }
  if (content.state === 'closed') await writeOver(desk, { repository, number, set: content });
  return number;
}

async function open(desk: Desk, { repository, content }: Creating): Promise<number> {
  const { title, body, labels, assignees } = content;
  const post = async (people: readonly string[], answers: readonly number[]) =>
    await desk.client.ask({
      route: 'POST /repos/{owner}/{repo}/issues',
      with: { owner: repository.owner, repo: repository.name, title, body, labels, assignees: people },
      of: slug(repository),
      right: 'issues: write',
      answers,
    });
  let answer = await post(assignees, assignees.length === 0 ? [] : [422]);
  if (answer.status === 422)
    answer = await post(refusesAssignees(answer.data) ? await assignable(desk, { repository, logins: assignees }) : assignees, []);
  const number = wholeIn(fields(answer.data)?.['number'], [1, Number.MAX_SAFE_INTEGER]);
  if (number === null) throw away({ host: repository.host, what: 'answered without the number of the new issue', unclear: true });
  return number;
}

/** The number of the issue that an earlier call opened; null if it is not among the newest ones, nor among our own newest. */
async function opened(desk: Desk, { repository, isOurs }: Pick<Creating, 'repository' | 'isOurs'>): Promise<number | null> {
  const nodes = 'nodes { number body author { login __typename } authorAssociation }';
  const newest = 'first: 100, orderBy: { field: CREATED_AT, direction: DESC }';
  const query = `query($owner: String!, $name: String!, $me: String!) { repository(owner: $owner, name: $name) {
    all: issues(${newest}) { ${nodes} } mine: issues(${newest}, filterBy: { createdBy: $me }) { ${nodes} } } ${rateLimit} }`;
  const asked = { query: query.replaceAll(/\s+/g, ' '), with: { ...namesOf(repository), me: desk.login }, of: slug(repository) };
  const data = await answered(desk, { repository, query: { ...asked, right: 'issues: read' } });
  const found = fields(data['repository']);
  if (found === null) throw repositoryGone(repository);
  for (const one of [...nodesOf(found['all']), ...nodesOf(found['mine'])]) {
    const { number, body, author, authorAssociation } = fields(one) ?? {};
    const by = { login: loginOf(author) ?? 'ghost', association: text(authorAssociation) ?? 'NONE' };
    const written: Written = { by, text: text(body) ?? '' };
    if (isOurs(written)) return wholeIn(number, [1, Number.MAX_SAFE_INTEGER]);
  }
  return null;
}

function namesOf({ owner, name }: ForgeRepository): Readonly<Record<'owner' | 'name', string>> {
  return { owner, name };
}
