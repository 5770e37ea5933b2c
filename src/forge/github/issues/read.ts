// Reads issues with their past: finds them, asks how they are, and asks for the past of those that have changed.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import type { GoneIssue, Issue, Person } from '../../../core/sync/sync-facts.ts';
import { fields, list, text, wholeIn, type Fields } from '../../../lib/fields.ts';
import type { ForgeIssues, IssueRead, Written } from '../../../ports/forge-issues.ts';
import type { Desk } from '../desk.ts';
import { instantOf, loginOf, nodesOf } from '../pulls/pull.ts';
import { dataOf } from './answered.ts';
import { changedAt } from './changed-at.ts';
import { find } from './find.ts';
import { goneOf } from './gone.ts';
import type { Past } from './parts.ts';
import { rememberPasts } from './past.ts';
import { nobody, peopleIn } from './people.ts';
import { laterFields, statesQuery, type Without } from './query.ts';
import { revisionsOf } from './revisions.ts';

type Asked = Parameters<ForgeIssues['read']>[0];

/** Issues in one query. GitHub ends a query after 10 s. */
const atOnce = 50;

export async function read(desk: Desk, asked: Asked): Promise<IssueRead> {
  const { repository, numbers } = asked;
  // Asked first: whatever changes during the read is newer, and is read again next time.
  const until = await changedAt(desk, repository);
  const { ids, pulls, missing } = await find(desk, asked);
  const nodes = await statesOf(desk, { repository, ids: [...ids] });
  await rememberPasts(desk, { repository, nodes });
  const read = nodes.flatMap((node) => {
    const past = desk.pasts.get(text(node['id']) ?? '')?.past;
    return past === undefined ? [] : { node, past };
  });
  const logins = read.flatMap((one) => unknownIn(one, asked.intake));
  const people = await peopleIn(desk, { repository, logins });
  const converted = read.filter(({ past }) => isConverted(past)).map(({ node }) => numberOf(node));
  const gone = missing.map((number) => goneOf(desk, { repository, number }));
  const issues = read.filter(({ past }) => !isConverted(past)).map((one) => issueOf({ ...one, asked, people }));
  return {
    issues: [...issues, ...pulls].toSorted((a, b) => a.number - b.number),
    gone: [
      ...(await Promise.all(gone)),
      ...converted.filter((number) => numbers.includes(number)).map((number): GoneIssue => ({ number, gone: 'discussion', to: null })),
    ],
    until,
  };
}

async function statesOf(
  desk: Desk,
  { repository, ids }: { readonly repository: ForgeRepository; readonly ids: readonly string[] },
): Promise<readonly Fields[]> {
  const chunks = Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, index) => ids.slice(index * atOnce, (index + 1) * atOnce));
  return (await Promise.all(chunks.map((chunk) => statesOfChunk(desk, { repository, ids: chunk })))).flat();
}

async function statesOfChunk(
  desk: Desk,
  { repository, ids }: { readonly repository: ForgeRepository; readonly ids: readonly string[] },
): Promise<readonly Fields[]> {
  const without = desk.withoutOf(`${repository.host} issues`);
  const query = statesQuery({ repository, ids, without: without as Without });
  const answer = await desk.client.query(query);
  const isUnknown = (name: string): boolean => answer.errors.some(({ message }) => message.includes(`'${name}'`));
  const unknown = answer.data === null ? laterFields.filter((name) => !without.has(name) && isUnknown(name)) : [];
  if (unknown.length > 0) {
    for (const name of unknown) without.add(name);
    return await statesOfChunk(desk, { repository, ids });
  }
  return list(dataOf({ repository, answer })['nodes'])
    .map(fields)
    .filter((node) => node !== null)
    .filter((node) => text(node['id']) !== null);
}

interface Read {
  readonly node: Fields;
  readonly past: Past;
}

/** Those whose rights stand nowhere in the answer. */
function unknownIn({ node, past }: Read, intake: string): readonly string[] {
  const author = loginOf(node['author']);
  const people = [
    ...past.edits.map((edit) => fields(edit)?.['editor']),
    ...past.renames.map((rename) => fields(rename)?.['actor']),
    fields(labelingOf(past, intake))?.['actor'],
  ];
  return people.flatMap((person) => loginOf(person) ?? []).filter((login) => login !== author);
}

function issueOf({ node, past, asked, people }: Read & { readonly asked: Asked; readonly people: ReadonlyMap<string, Person> }): Issue {
  const author = { login: loginOf(node['author']) ?? nobody.login, association: text(node['authorAssociation']) ?? nobody.association };
  const person = (value: unknown): Person => {
    const login = loginOf(value);
    return login === null ? nobody : login === author.login ? author : (people.get(login) ?? { ...nobody, login });
  };
  const [title, body] = [text(node['title']) ?? '', text(node['body']) ?? ''];
  const state = node['state'] === 'OPEN' ? 'open' : 'closed';
  const labeling = fields(labelingOf(past, asked.intake));
  // That the edits are listed newest first stands in no documentation, so their times decide.
  const edits = past.edits
    .toReversed()
    .map((edit) => {
      const { editor, editedAt, diff } = fields(edit) ?? {};
      return { by: person(editor), at: instantOf(editedAt) ?? 0, text: text(diff) };
    })
    .toSorted((a, b) => a.at - b.at);
  const renames = past.renames.map((rename) => {
    const { actor, createdAt, previousTitle, currentTitle } = fields(rename) ?? {};
    return { by: person(actor), at: instantOf(createdAt) ?? 0, from: text(previousTitle) ?? '', to: text(currentTitle) ?? '' };
  });
  const revisions = revisionsOf({
    ...{ author, title, body, edits, renames, createdAt: instantOf(node['createdAt']) ?? 0 },
    isEdited: text(node['lastEditedAt']) !== null,
    hasFirst: node['includesCreatedEdit'] === true && edits[0]?.by.login === author.login,
  });
  return {
    ...{ number: numberOf(node), title, body, state, revisions, isPull: false },
    reason:
      state === 'open' ? null : node['stateReason'] === 'NOT_PLANNED' || node['stateReason'] === 'DUPLICATE' ? 'not-planned' : 'completed',
    closedBy: lastOf(past, 'ClosedEvent'),
    reopenedBy: lastOf(past, 'ReopenedEvent'),
    labels: namesIn(node['labels'], 'name'),
    assignees: namesIn(node['assignees'], 'login'),
    labelled: labeling === null ? null : { by: person(labeling['actor']), at: instantOf(labeling['createdAt']) ?? 0 },
    dependencies: dependenciesOf(node),
    parent: parentOf(node),
    comment: commentOf(past, asked.isOurs),
  };
}

function numberOf(node: Fields): number {
  return wholeIn(node['number'], [1, Number.MAX_SAFE_INTEGER]) ?? 0;
}

function namesIn(connection: unknown, key: 'name' | 'login'): readonly string[] {
  return nodesOf(connection).flatMap((one) => text(fields(one)?.[key]) ?? []);
}

/** GitHub keeps the converted issue, closed and locked. */
function isConverted({ states }: Past): boolean {
  return states.some((event) => fields(event)?.['__typename'] === 'ConvertedToDiscussionEvent');
}

/** When the label for intake was added last. */
function labelingOf({ labelings }: Past, intake: string): unknown {
  return labelings.findLast((event) => text(fields(fields(event)?.['label'])?.['name'])?.toLowerCase() === intake.toLowerCase()) ?? null;
}

function lastOf({ states }: Past, type: string): string | null {
  return loginOf(fields(states.findLast((event) => fields(event)?.['__typename'] === type))?.['actor']);
}

/** Issues can wait for those of other repositories too, which have numbers of their own. */
function dependenciesOf(node: Fields): readonly number[] | null {
  const { blockedBy } = node;
  if (fields(blockedBy) === null) return null;
  return nodesOf(blockedBy).flatMap((one) => {
    const other = fields(one) ?? {};
    return placeOf(other) === placeOf(node) ? numberOf(other) : [];
  });
}

/** Absent where the host has no sub-issues. */
function parentOf(node: Fields): Issue['parent'] {
  if (node['parent'] === undefined) return null;
  const parent = fields(node['parent']);
  if (parent === null) return 'none';
  return placeOf(parent) === placeOf(node) ? numberOf(parent) : 'elsewhere';
}

function placeOf(node: Fields): string | null {
  return text(fields(node['repository'])?.['nameWithOwner']);
}

function commentOf({ comments }: Past, isOurs: (comment: Written) => boolean): Issue['comment'] {
  for (const comment of comments) {
    const { fullDatabaseId: id, body, author, authorAssociation } = fields(comment) ?? {};
    const by = { login: loginOf(author) ?? nobody.login, association: text(authorAssociation) ?? nobody.association };
    const said = text(body) ?? '';
    if (isOurs({ by, text: said })) return { id: String(id), text: said };
  }
  return null;
}
