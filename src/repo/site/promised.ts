// Objects that the person's repository only has a promise of (a partial clone): those that a checkout needs are fetched
// into the person's repository in one go before it is made. A site has no promises: its worker could make our git ask any
// remote, and objects that only the worker's repository fetched would be missing when its work is taken.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { shared } from '../registry.ts';
import { reaching, type Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';
import { inside, stopped, type Site } from './record.ts';

export interface PromisedGiven {
  readonly turns: Turns;
  readonly common: string;
  /** A git folder that sees the person's objects, and checks out what the person checks out. */
  readonly reader: string;
  readonly base: string;
  /** The remote that made the promises. */
  readonly promisor: string;
  readonly sparse: boolean;
  readonly reach: Reach;
}

/** If folders lack their trees, each round finds and fetches only the next level. */
const mostRounds = 8;

/** Faults: `fetch-failed`. Limited by the deadline of network calls. */
export async function fetchPromised(git: Git, given: PromisedGiven): Promise<void> {
  const { turns, common, base } = given;
  const filter = await sparseFilter(git, given);
  await turns.alone(common, async () => {
    let ids = await missingOf(git, { ...given, filter });
    for (let round = 0; ids.length > 0; round += 1) {
      await fetchIds(git, { ...given, ids });
      const left = await missingOf(git, { ...given, filter });
      if (left.length > 0 && (round === mostRounds || left.join() === ids.join()))
        throw unpromised({ ...given, why: `${left.length} objects of ${base.slice(0, 12)} did not arrive` });
      ids = left;
    }
  });
}

/**
 * The same for a merge or a rebase of `tip` with the bases: the files of each base, and those of the commits in between.
 * Faults: `fetch-failed`.
 */
export async function fetchPromisedFor(
  git: Git,
  given: Omit<PromisedGiven, 'base'> & { readonly tip: string; readonly bases: readonly string[] },
): Promise<void> {
  const { turns, common, tip, bases } = given;
  for (const base of bases) await fetchPromised(git, { ...given, base });
  const filter = await sparseFilter(git, given);
  const args = [...missing.filter((option) => option !== '--no-walk'), ...filter, tip, '--not', ...bases];
  const ids = missingIn(await git.text({ ...inside(given), args, kind: 'read' }));
  if (ids.length > 0) await turns.alone(common, () => fetchIds(git, { ...given, ids }));
}

/**
 * Objects beside a change in a folder that is not checked out were only promised so far. A checked fetch accepts a tree
 * only if everything that it names exists.
 */
export async function fetchBeside(git: Git, given: { readonly site: Site; readonly commit: string; readonly reach: Reach }): Promise<void> {
  const { site, commit, reach } = given;
  const { promisor, base, common } = site;
  if (promisor == null) return;
  const at = inside(site);
  const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
  const asked = async (args: readonly string[], ids: readonly string[]): Promise<readonly string[]> =>
    lines(await git.text({ ...at, args, input: ids.map((id) => `${id}\n`).join(''), kind: 'read' }));
  const list = ['rev-list', '--objects', '--no-object-names', '--missing=allow-any', commit, '--not', base];
  const made = await asked(
    ['cat-file', '--batch-check=%(objecttype) %(objectname)'],
    lines(await git.text({ ...at, args: list, kind: 'read' })),
  );
  const trees = made.flatMap((line) => (line.startsWith('tree ') ? [line.slice(5)] : []));
  const entries = new Set<string>();
  for (const tree of trees) {
    const listed = await git.text({ ...at, args: ['ls-tree', '-z', tree], kind: 'read' });
    for (const [, id] of listed.matchAll(/(?:^|\0)\d+ (?:blob|tree) ([0-9a-f]+)\t/g)) if (id !== undefined) entries.add(id);
  }
  const below = trees.length === 0 ? [] : await asked([...missing, '--stdin'], trees);
  const ids = below.flatMap((line) => (line.startsWith('?') && entries.has(line.slice(1)) ? [line.slice(1)] : []));
  if (ids.length > 0) await fetchIds(git, { common, promisor, reach, ids });
}

async function fetchIds(
  git: Git,
  given: { readonly common: string; readonly promisor: string; readonly reach: Reach; readonly ids: readonly string[] },
): Promise<void> {
  const { common, promisor, ids, reach } = given;
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--refmap='];
  const args = ['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...options, '--filter=blob:none', '--stdin', '--', promisor];
  const call = { ...shared(common), args, kind: 'network', input: ids.map((id) => `${id}\n`).join('') } as const;
  const answer = await git.run(reaching(call, await reach(promisor)));
  if (answer.aborted) throw stopped();
  if (!answer.ok)
    throw unpromised({ promisor, why: `${ids.length} objects could not be fetched from there: ${gitReason(answer)}`, answer });
}

function unpromised(given: { readonly promisor: string; readonly why: string; readonly answer?: GitAnswer }): Fault {
  const { promisor, why, answer } = given;
  return new Fault({
    code: answer?.obstacle?.code ?? 'fetch-failed',
    message: `the repository is a partial clone of ${promisor}, and ${why}`,
    hint: answer?.obstacle?.hint ?? 'check the network and the remote',
  });
}

/**
 * Lists missing objects, each with a question mark in front. Any other way of asking would make git request each of them
 * from the remote.
 */
const missing = ['rev-list', '--objects', '--no-object-names', '--missing=print', '--no-walk'];

/** The missing ones of the commit's files. */
async function missingOf(git: Git, given: PromisedGiven & { readonly filter: readonly string[] }): Promise<readonly string[]> {
  const { reader, base, filter } = given;
  const args = [...missing, ...filter, base];
  const env = { GIT_DIR: reader, GIT_NO_LAZY_FETCH: '1' };
  return missingIn(await git.text({ cwd: reader, env, args, kind: 'read' }));
}

function missingIn(listed: string): readonly string[] {
  return listed.split('\n').flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : []));
}

/** In a sparse checkout, only the files that it has: all the others may be very many. */
async function sparseFilter(git: Git, given: Pick<PromisedGiven, 'reader' | 'sparse'>): Promise<readonly string[]> {
  const { reader, sparse } = given;
  const patterns = join(reader, 'info/sparse-checkout');
  if (!sparse || !existsSync(patterns)) return [];
  const blob = await git.text({ cwd: reader, env: { GIT_DIR: reader }, args: ['hash-object', '-w', '--no-filters', '--', patterns] });
  return [`--filter=sparse:oid=${blob}`];
}
