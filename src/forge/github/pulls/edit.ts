// Changes a pull request's title, text, base or state. Each change says how it shall be, so repeating it does no harm.
import type { PullAt } from '../../../ports/forge.ts';
import { text } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import { mutate } from './mutate.ts';
import { look } from './observe.ts';
import { pullGone } from './pull-gone.ts';

export type Edit = PullAt & {
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  readonly state?: 'open' | 'closed';
  readonly draft?: boolean;
};

export async function edit(desk: Desk, given: Edit): Promise<void> {
  const { repository, number, draft, base, title, body, state } = given;
  const change = Object.fromEntries(Object.entries({ base, title, body, state }).filter(([, value]) => value !== undefined));
  if (Object.keys(change).length > 0)
    await desk.client.ask({
      route: 'PATCH /repos/{owner}/{repo}/pulls/{number}',
      with: { owner: repository.owner, repo: repository.name, number, ...change },
      of: slug(repository),
      right: 'pull requests: write',
      repeats: true,
    });
  if (draft !== undefined) await setDraft(desk, { repository, number, draft });
}

/** Only GraphQL can do this. */
async function setDraft(desk: Desk, { draft, ...at }: PullAt & { readonly draft: boolean }): Promise<void> {
  const node = await look(desk, at);
  if (node === null) throw pullGone(at);
  if ((node['isDraft'] === true) === draft) return;
  const name = draft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview';
  await mutate(desk, { name, input: { pullRequestId: text(node['id']) }, answer: 'pullRequest { id }', at, repeats: true });
}
