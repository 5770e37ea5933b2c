// Opens a pull request, unless one is open for the same branch and base: that one is answered then. Labels, reviewers and
// assignees follow; what the forge does not accept of them is noted and does not undo the opening.
import type { PullRequest } from '../../../core/delivery/pull-facts.ts';
import { Fault } from '../../../core/fault.ts';
import { fields, list, text, type Fields } from '../../../lib/fields.ts';
import type { Opening } from '../../../ports/forge.ts';
import { slug, type Desk } from '../desk.ts';
import { isUnclear } from '../request/client.ts';
import { away, messageOf } from '../request/faults.ts';
import { ofBranch } from './of-branch.ts';

export async function open(desk: Desk, opening: Opening): Promise<PullRequest> {
  const pull = (await openOne(desk, opening)) ?? (await create(desk, opening));
  await dress(desk, { opening, number: pull.number });
  return pull;
}

async function openOne(desk: Desk, { repository, head, base }: Opening): Promise<PullRequest | null> {
  const all = await ofBranch(desk, { repository, head });
  return all.find((pull) => pull.state === 'open' && pull.base.branch === base) ?? null;
}

async function create(desk: Desk, opening: Opening): Promise<PullRequest> {
  const { repository, head, base, title, body, draft } = opening;
  try {
    const answer = await desk.client.ask({
      route: 'POST /repos/{owner}/{repo}/pulls',
      with: { owner: repository.owner, repo: repository.name, title, body, base, draft, head: `${head.owner}:${head.branch}` },
      of: slug(repository),
      right: 'pull requests: write',
      answers: [422],
    });
    const message = answer.status === 422 ? messageOf(answer.data) : '';
    // Private repositories of free plans have no drafts.
    if (draft && /draft/i.test(message)) return await create(desk, { ...opening, draft: false });
    const found = await openOne(desk, opening);
    if (found !== null) return found;
    if (answer.status !== 422) throw notShown(repository.host);
    throw refused({ opening, message });
  } catch (error) {
    const found = isUnclear(error) ? await openOne(desk, opening) : null;
    if (found === null) throw error;
    return found;
  }
}

/** GitHub needs a moment sometimes until it shows everywhere what it has made. */
function notShown(host: string): Fault {
  return away({ host, what: 'has opened the pull request, but does not show it yet' });
}

function refused({ opening, message }: { readonly opening: Opening; readonly message: string }): Fault {
  const { repository, head, base } = opening;
  return new Fault({
    code: 'forge-refused',
    message: `${repository.host} opens no pull request in ${slug(repository)} from ${head.owner}:${head.branch} into ${base}: ${message}`,
    hint: 'see whether both branches are at the forge and differ, then try again',
    data: { host: repository.host, status: 422 },
  });
}

interface Dressing {
  readonly opening: Opening;
  readonly number: number;
}

/** Only what is missing is added: a repeated request for a review would ask somebody again who has reviewed already. */
async function dress(desk: Desk, { opening, number }: Dressing): Promise<void> {
  const { repository, labels, reviewers, assignees } = opening;
  if (labels.length + reviewers.length + assignees.length === 0) return;
  const at = { owner: repository.owner, repo: repository.name, number };
  const { data } = await desk.client.ask({ route: 'GET /repos/{owner}/{repo}/pulls/{number}', with: at, of: slug(repository) });
  const pull = fields(data);
  const names = (of: string, key: string): readonly string[] => namesIn(pull, of, key);
  const missing = (wanted: readonly string[], has: readonly string[]): readonly string[] =>
    wanted.filter((one) => !has.includes(one.toLowerCase()));
  const [label, people, assigned] = [
    missing(labels, names('labels', 'name')),
    missing(reviewers, [...names('requested_reviewers', 'login'), ...(await reviewed(desk, { opening, number, reviewers }))]),
    missing(assignees, names('assignees', 'login')),
  ];
  const put = async (what: string, key: string, values: readonly string[]): Promise<void> => {
    if (values.length === 0) return;
    const route = `POST /repos/{owner}/{repo}/${what}`;
    const asked = { route, with: { ...at, [key]: values }, of: slug(repository), answers: [403, 404, 422], repeats: true };
    const answer = await desk.client.ask(asked);
    // One name that is not accepted fails all of them.
    if (answer.status >= 400 && values.length > 1) for (const value of values) await put(what, key, [value]);
    else if (answer.status >= 400) left(key, values, messageOf(answer.data));
    // GitHub leaves out whoever cannot be assigned, and says nothing.
    else if (key === 'assignees') left(key, missing(values, namesIn(fields(answer.data), key, 'login')), 'they may not be assigned there');
  };
  const left = (key: string, values: readonly string[], why: string): void => {
    for (const value of values)
      desk.lacks.note({
        right: `${key} in ${slug(repository)}: ${value}`,
        follows: `pull requests are opened without: ${why}`,
        isName: true,
      });
  };
  await put('issues/{number}/labels', 'labels', label);
  await put('pulls/{number}/requested_reviewers', 'reviewers', people);
  await put('issues/{number}/assignees', 'assignees', assigned);
}

function namesIn(data: Fields | null, of: string, key: string): readonly string[] {
  return list(data?.[of]).flatMap((one) => text(fields(one)?.[key])?.toLowerCase() ?? []);
}

async function reviewed(
  desk: Desk,
  { opening, number, reviewers }: Dressing & { readonly reviewers: readonly string[] },
): Promise<readonly string[]> {
  if (reviewers.length === 0) return [];
  const { owner, name } = opening.repository;
  const route = 'GET /repos/{owner}/{repo}/pulls/{number}/reviews';
  const all = await desk.client.all({ route, with: { owner, repo: name, number }, of: slug(opening.repository) }, { field: null });
  return all.flatMap((review) => text(fields(fields(review)?.['user'])?.['login'])?.toLowerCase() ?? []);
}
