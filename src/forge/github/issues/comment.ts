// Edits our comment, or writes it. What an earlier call wrote before its answer was lost is found by its text.
import { fields, text } from '../../../lib/fields.ts';
import type { ForgeIssues } from '../../../ports/forge-issues.ts';
import { slug, type Desk } from '../desk.ts';
import { loginOf, nodesOf } from '../pulls/pull.ts';
import { rateLimit } from '../pulls/query.ts';
import { isUnclear } from '../request/client.ts';
import { away } from '../request/faults.ts';
import { answered, issueGone } from './answered.ts';

type Words = Parameters<ForgeIssues['comment']>[0];

export async function comment(desk: Desk, words: Words): Promise<string> {
  if (words.id !== null && (await edit(desk, { ...words, id: words.id }))) return words.id;
  const before = await said(desk, words);
  if (before !== null) return before;
  try {
    return await write(desk, words);
  } catch (error) {
    const found = isUnclear(error) ? await said(desk, words) : null;
    if (found === null) throw error;
    return found;
  }
}

/** False if the comment is gone. */
async function edit(desk: Desk, { repository, id, text: body }: Words & { readonly id: string }): Promise<boolean> {
  const { status } = await desk.client.ask({
    route: 'PATCH /repos/{owner}/{repo}/issues/comments/{id}',
    with: { owner: repository.owner, repo: repository.name, id, body },
    of: slug(repository),
    right: 'issues: write',
    answers: [404, 410],
    repeats: true,
  });
  return status < 400;
}

async function write(desk: Desk, { repository, number, text: body }: Words): Promise<string> {
  const { data } = await desk.client.ask({
    route: 'POST /repos/{owner}/{repo}/issues/{number}/comments',
    with: { owner: repository.owner, repo: repository.name, number, body },
    of: slug(repository),
    right: 'issues: write',
  });
  const id = fields(data)?.['id'];
  if (typeof id !== 'number') throw away({ host: repository.host, what: 'answered without the id of the new comment', unclear: true });
  return String(id);
}

/** The id of our comment with this text, among the last hundred. */
async function said(desk: Desk, { repository, number, text: wanted }: Words): Promise<string | null> {
  const comments = 'comments(last: 100) { nodes { fullDatabaseId body author { login __typename } } }';
  const query = {
    query: `query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { issue(number: $number) { ${comments} } } ${rateLimit} }`,
    with: { owner: repository.owner, name: repository.name, number },
    of: slug(repository),
    right: 'issues: read',
  };
  const issue = fields(fields((await answered(desk, { repository, query }))['repository'])?.['issue']);
  if (issue === null) throw issueGone({ repository, number });
  const found = nodesOf(issue['comments']).find((one) => {
    const { author, body } = fields(one) ?? {};
    return loginOf(author) === desk.login && plain(text(body) ?? '') === plain(wanted);
  });
  return found === undefined ? null : String(fields(found)?.['fullDatabaseId']);
}

/** GitHub removes blanks at the ends, and knows line ends of both kinds. */
function plain(words: string): string {
  return words.replaceAll('\r\n', '\n').trim();
}
