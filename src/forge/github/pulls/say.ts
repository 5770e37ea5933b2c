// Comments on a pull request, or answers in a thread. The same words are said once in one place: the comments that stand
// there are read first, so a caller whose earlier request was lost or interrupted repeats it without harm.
import { fields, text } from '../../../lib/fields.ts';
import type { PullAt } from '../../../ports/forge.ts';
import { slug, type Desk } from '../desk.ts';
import { isUnclear } from '../request/client.ts';
import { away } from '../request/faults.ts';
import { mutate } from './mutate.ts';
import { loginOf, nodesOf } from './pull.ts';
import { rateLimit } from './query.ts';

export type Words = PullAt & { readonly thread: string | null; readonly text: string };

export async function say(desk: Desk, words: Words): Promise<string> {
  const before = await said(desk, words);
  if (before !== null) return before;
  try {
    return await (words.thread === null ? comment(desk, words) : reply(desk, { ...words, thread: words.thread }));
  } catch (error) {
    const found = isUnclear(error) ? await said(desk, words) : null;
    if (found === null) throw error;
    return found;
  }
}

/** The id of our comment with these words; null if there is none among the last hundred. */
async function said(desk: Desk, { repository, number, thread, text: wanted }: Words): Promise<string | null> {
  const comments = 'comments(last: 100) { nodes { id body author { login __typename } } }';
  const inThread = `query($thread: ID!) { node(id: $thread) { ... on PullRequestReviewThread { ${comments} } } ${rateLimit} }`;
  const onPull = `query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { pullRequest(number: $number) { ${comments} } } ${rateLimit} }`;
  const { data } = await desk.client.query({
    query: thread === null ? onPull : inThread,
    with: thread === null ? { owner: repository.owner, name: repository.name, number } : { thread },
    of: slug(repository),
  });
  const place = thread === null ? fields(fields(data?.['repository'])?.['pullRequest']) : fields(data?.['node']);
  const found = nodesOf(place?.['comments']).find((one) => {
    const { author, body } = fields(one) ?? {};
    return loginOf(author) === desk.login && same(text(body) ?? '', wanted);
  });
  return text(fields(found)?.['id']);
}

/** GitHub removes blanks at the ends, and knows line ends of both kinds. */
function same(one: string, other: string): boolean {
  const plain = (words: string): string => words.replaceAll('\r\n', '\n').trim();
  return plain(one) === plain(other);
}

async function comment(desk: Desk, { repository, number, text: body }: Words): Promise<string> {
  const { data } = await desk.client.ask({
    route: 'POST /repos/{owner}/{repo}/issues/{number}/comments',
    with: { owner: repository.owner, repo: repository.name, number, body },
    of: slug(repository),
    right: 'pull requests: write',
  });
  return idOf(text(fields(data)?.['node_id']), repository.host);
}

async function reply(desk: Desk, { thread, text: body, ...at }: Words & { readonly thread: string }): Promise<string> {
  const input = { pullRequestReviewThreadId: thread, body };
  const done = await mutate(desk, { name: 'addPullRequestReviewThreadReply', input, answer: 'comment { id }', at });
  return idOf(text(fields(done['comment'])?.['id']), at.repository.host);
}

function idOf(id: string | null, host: string): string {
  if (id === null) throw away({ host, what: 'answered without the id of the new comment', unclear: true });
  return id;
}
