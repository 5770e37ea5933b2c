// A worker may fetch only part of a history (`git fetch --depth=1`, `--filter=blob:none`) and put its work on top. The rest
// is at the remote, and our git fetches it from there into the person's repository, in full. The worker's `shallow` file
// and packs are not obeyed: they only make us check whether something is missing.
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { fetchedRefs, frugal } from '../fetch.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { shared } from '../registry.ts';
import { reaching, type Reach } from '../remote-address.ts';
import type { Turns } from '../turns.ts';
import { fileText, listed } from './git-files.ts';
import { refsBelow } from './our-refs.ts';
import { inside, stopped, type Site } from './record.ts';
import { followTip } from './tip.ts';

export interface Completing {
  readonly site: Site;
  readonly turns: Turns;
  readonly reach: Reach;
}

/** Whether its repository says that part of a history was not fetched. */
export function isPartial(site: Site): boolean {
  return isPartialFolder({ gitFolder: join(site.path, '.git'), shallow: fileText(join(site.reader, 'shallow')) });
}

/** The same for any git folder; `shallow`: where the history ended when the folder was made. */
export function isPartialFolder({ gitFolder, shallow }: { readonly gitFolder: string; readonly shallow: string | null }): boolean {
  if (fileText(join(gitFolder, 'shallow')) !== shallow) return true;
  return (listed(join(gitFolder, 'objects/pack')) ?? []).some(({ name }) => name.endsWith('.promisor'));
}

/** For a delivery: checks the tip of the site's branch. Faults: `not-taken` if part of its history cannot be had. */
export async function requireHistory(git: Git, given: Completing): Promise<void> {
  const { site } = given;
  if (!isPartial(site) || (await completeHistory(git, { ...given, tips: [await followTip(git, site)] }))) return;
  const remote = site.pushTo?.remote;
  const [why, hint] =
    remote === undefined
      ? ['there is no remote to fetch it from', 'rebase the work onto a commit that the repository has']
      : [`no branch of ${remote} has it`, `push a branch that has it to ${remote}, or rebase the work onto one that exists there`];
  throw new Fault({
    code: 'not-taken',
    message: `the history of what was committed in ${site.path} is incomplete: a part of it was never fetched there (git fetch --depth or --filter), and ${why}`,
    hint,
  });
}

/**
 * For a partial site: returns whether everything that the tips lead to exists. Missing parts are requested from the
 * remote in at most two fetches. The branches from which work starts come first, because fetching all branches may be
 * very much. Faults: `not-taken` if the remote cannot be asked.
 */
export async function completeHistory(git: Git, given: Completing & { readonly tips: readonly string[] }): Promise<boolean> {
  const { site } = given;
  if (await isWhole(git, given)) return true;
  if (site.pushTo === null) return false;
  const { common } = site;
  const { remote } = site.pushTo;
  const space = fetchedRefs(remote);
  const starts = (await refsBelow(git, { common, space })).map((ref) => `+refs/heads/${ref.slice(space.length)}:${ref}`);
  if ((await fetchInFull(git, { ...given, remote, branches: starts })) && (await isWhole(git, given))) return true;
  const listed = await ask(git, { ...given, remote, args: ['ls-remote', '--heads', '--', remote] });
  const heads = listed.stdout.split('\n').flatMap((line) => line.split('\t')[1] ?? []);
  // They need no references: soon our own reference to the taken commit keeps the needed ones.
  return (await fetchInFull(git, { ...given, remote, branches: heads })) && (await isWhole(git, given));
}

type Asking = Completing & { readonly remote: string };

/**
 * Includes what the person's partial clone does without, because it has to be taken. False: a branch does not exist, or
 * there is none.
 */
async function fetchInFull(git: Git, given: Asking & { readonly branches: readonly string[] }): Promise<boolean> {
  const { remote, branches } = given;
  if (branches.length === 0) return false;
  const args = ['fetch', ...frugal, '--no-filter', '--stdin', '--', remote];
  return (await ask(git, { ...given, args, input: branches.map((one) => `${one}\n`).join('') })).ok;
}

async function ask(git: Git, given: Asking & { readonly args: readonly string[]; readonly input?: string }): Promise<GitAnswer> {
  const { site, turns, reach, remote, args, input = '' } = given;
  const call = reaching({ ...shared(site.common), args, input, kind: 'network' }, await reach(remote));
  const answer = await turns.alone(site.common, () => git.run(call));
  if (answer.aborted) throw stopped();
  if (answer.ok || answer.stderr.includes("couldn't find remote ref")) return answer;
  throw new Fault({
    code: answer.obstacle?.code ?? 'not-taken',
    message: `a part of the history in ${site.path} was never fetched there, and cannot be fetched now: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? 'check the network and the remote',
  });
}

/** Those tips of which something is missing. They are checked in halves, because there may be very many. */
export async function incompleteOf(
  git: Git,
  { site, tips }: { readonly site: Site; readonly tips: readonly string[] },
): Promise<readonly string[]> {
  if (tips.length === 0 || (await isWhole(git, { site, tips }))) return [];
  if (tips.length === 1) return tips;
  const middle = tips.length >> 1;
  const halves = [tips.slice(0, middle), tips.slice(middle)];
  const found: string[] = [];
  for (const half of halves) found.push(...(await incompleteOf(git, { site, tips: half })));
  return found;
}

/** Whether everything exists that the tips lead to and the base does not. Tips that no longer exist are skipped. */
export async function isWhole(git: Git, { site, tips }: { readonly site: Site; readonly tips: readonly string[] }): Promise<boolean> {
  const input = [...tips, `^${site.base}`, ''].join('\n');
  const has = async (...which: readonly string[]): Promise<boolean> => {
    const args = ['rev-list', ...which, '--quiet', '--ignore-missing', '--stdin'];
    const answer = await git.run({ ...inside(site), args, input, kind: 'read' });
    if (answer.aborted) throw stopped();
    return answer.ok;
  };
  if (site.promisor == null) return has('--objects');
  // What a sparse checkout does without is promised to the person; commits never are. Git would also not miss objects that
  // a pack of the worker's calls promised.
  return (await has()) && has('--objects', '--exclude-promisor-objects');
}
