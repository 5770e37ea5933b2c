// The past of issues: versions of the text, titles, labels, closings, comments. It is asked for again only when a mark of the
// issue has changed. A part that is longer than a page is read to its end.
import type { ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { fields, list, text, type Fields } from '../../../lib/fields.ts';
import type { Desk } from '../desk.ts';
import { nodesOf } from '../pulls/pull.ts';
import { Fault } from '../../../core/fault.ts';
import { answered } from './answered.ts';
import { partNames, type Part, type Past } from './parts.ts';
import { pastQuery } from './query.ts';

/** Issues whose past is asked for in one query: each may have a hundred long versions and comments. */
const atOnce = 20;
const mostPages = 20;
const mostRemembered = 2000;

/** Fills `desk.pasts` for all these issues, as GraphQL described them. */
export async function rememberPasts(
  desk: Desk,
  { repository, nodes }: { readonly repository: ForgeRepository; readonly nodes: readonly Fields[] },
): Promise<void> {
  const changed = nodes.flatMap((node) => {
    const id = text(node['id']);
    return id === null || desk.pasts.get(id)?.mark === markOf(node) ? [] : [{ id, mark: markOf(node) }];
  });
  const chunks = Array.from({ length: Math.ceil(changed.length / atOnce) }, (_, index) =>
    changed.slice(index * atOnce, (index + 1) * atOnce),
  );
  const pasts = (await Promise.all(chunks.map((chunk) => pastsOf(desk, { repository, ids: chunk.map(({ id }) => id) })))).flat();
  const byId = new Map(pasts.map(({ id, past }) => [id, past]));
  for (const { id, mark } of changed) {
    const past = byId.get(id);
    desk.pasts.delete(id);
    if (past !== undefined) desk.pasts.set(id, { mark, past });
  }
  for (const id of [...desk.pasts.keys()].slice(0, -mostRemembered)) desk.pasts.delete(id);
}

function markOf(node: Fields): string {
  return JSON.stringify([node['updatedAt'], node['lastEditedAt'], node['editMark'], node['commentMark'], node['pastMark']]);
}

interface OfIssue {
  readonly id: string;
  readonly past: Past;
}

async function pastsOf(
  desk: Desk,
  { repository, ids }: { readonly repository: ForgeRepository; readonly ids: readonly string[] },
): Promise<readonly OfIssue[]> {
  try {
    const data = await answered(desk, { repository, query: pastQuery({ repository, ids, names: partNames, at: null }) });
    const nodes = list(data['nodes'])
      .map(fields)
      .filter((node) => node !== null);
    return await Promise.all(nodes.map((node) => whole(desk, { repository, node })));
  } catch (error) {
    // GitHub gave up, or the answer was too long: two smaller ones may come.
    if (ids.length === 1 || !(error instanceof Fault) || error.code !== 'forge-away') throw error;
    const middle = Math.ceil(ids.length / 2);
    const halves = [ids.slice(0, middle), ids.slice(middle)];
    return (await Promise.all(halves.map((half) => pastsOf(desk, { repository, ids: half })))).flat();
  }
}

async function whole(desk: Desk, { repository, node }: { readonly repository: ForgeRepository; readonly node: Fields }): Promise<OfIssue> {
  const id = text(node['id']) ?? '';
  const read = await Promise.all(
    partNames.map(async (name) => [name, await part(desk, { repository, id, name, first: node[name] })] as const),
  );
  return { id, past: Object.fromEntries(read) as Past };
}

/** All pages of a part. */
async function part(
  desk: Desk,
  given: { readonly repository: ForgeRepository; readonly id: string; readonly name: Part; readonly first: unknown },
): Promise<readonly unknown[]> {
  const { repository, id, name, first } = given;
  const isBackwards = name !== 'edits' && name !== 'comments';
  let found = nodesOf(first);
  let page = fields(fields(first)?.['pageInfo']);
  for (let count = 1; count < mostPages && name !== 'states'; count += 1) {
    const at =
      page?.[isBackwards ? 'hasPreviousPage' : 'hasNextPage'] === true ? text(page[isBackwards ? 'startCursor' : 'endCursor']) : null;
    if (at === null) break;
    const data = await answered(desk, { repository, query: pastQuery({ repository, ids: [id], names: [name], at }) });
    const next = fields(fields(list(data['nodes'])[0])?.[name]);
    found = isBackwards ? [...nodesOf(next), ...found] : [...found, ...nodesOf(next)];
    page = fields(next?.['pageInfo']);
  }
  return found;
}
