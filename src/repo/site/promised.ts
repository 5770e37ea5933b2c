// Objects that the person's repository only has a promise of (a partial clone): what a checkout needs is fetched into the
// person's repository in one go before it is made. A site has no promises: its worker could be made to ask any remote, and
// what only the worker's repository fetched would be missing when its work is taken.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { shared } from '../registry.ts';
import { reaching, type Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';

export interface PromisedGiven {
  readonly turns: Turns;
  readonly common: string;
  /** A git folder that sees the person's objects, and checks out what they check out. */
  readonly reader: string;
  readonly base: string;
  /** The remote that keeps the promises. */
  readonly promisor: string;
  readonly sparse: boolean;
  readonly reach: Reach;
}

/** Folders without their trees are found one below the other; each round fetches all that is below. */
const mostRounds = 8;

/** Faults: `fetch-failed`. Bounded by the deadline of what is asked of a network. */
export async function fetchPromised(git: Git, given: PromisedGiven): Promise<void> {
  const { turns, common, promisor, base, reach } = given;
  const filter = await sparseFilter(git, given);
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--refmap='];
  const fetch = ['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...options, '--filter=blob:none', '--stdin', '--', promisor];
  await turns.alone(common, async () => {
    let missing = await missingOf(git, { ...given, filter });
    for (let round = 0; missing.length > 0; round += 1) {
      const call = { ...shared(common), args: fetch, kind: 'network', input: missing.map((id) => `${id}\n`).join('') } as const;
      const answer = await git.run(reaching(call, await reach(promisor)));
      const left = answer.ok ? await missingOf(git, { ...given, filter }) : missing;
      const stuck = left.length > 0 && (round === mostRounds || left.join() === missing.join());
      if (!answer.ok || stuck) {
        throw new Fault({
          code: answer.obstacle?.code ?? 'fetch-failed',
          message: `this is a partial clone, and ${missing.length} objects of ${base.slice(0, 12)} could not be fetched from ${promisor}: ${answer.ok ? 'they did not arrive' : gitReason(answer)}`,
          hint: answer.obstacle?.hint ?? 'check the network and the remote',
        });
      }
      missing = left;
    }
  });
}

/** What of the commit's files is not there. */
async function missingOf(git: Git, given: PromisedGiven & { readonly filter: readonly string[] }): Promise<readonly string[]> {
  const { reader, base, filter } = given;
  const args = ['rev-list', '--objects', '--no-object-names', '--missing=print', '--no-walk', ...filter, base];
  const env = { GIT_DIR: reader, GIT_NO_LAZY_FETCH: '1' };
  const listed = await git.text({ cwd: reader, env, args, kind: 'read' });
  return listed.split('\n').flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : []));
}

/** Of a sparse checkout only the files that it has: all the others may be very many. */
async function sparseFilter(git: Git, given: PromisedGiven): Promise<readonly string[]> {
  const { reader, sparse } = given;
  const patterns = join(reader, 'info/sparse-checkout');
  if (!sparse || !existsSync(patterns)) return [];
  const blob = await git.text({ cwd: reader, env: { GIT_DIR: reader }, args: ['hash-object', '-w', '--no-filters', '--', patterns] });
  return [`--filter=sparse:oid=${blob}`];
}
