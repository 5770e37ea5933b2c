// The state of a checkout, seen through the reader: compared with the tip of the site's branch, using an index of ours.
// Nothing in the checkout is changed, and nothing of the worker's configuration is read. Its own index only tells what is
// staged.
import { join } from 'node:path';
import type { WorktreeFacts } from '../../ports/repo.ts';
import type { Git, GitCall } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { looseCommits } from '../loose-commits.ts';
import { entryAt, fileText } from './git-files.ts';
import { onIndexCopy } from './index-copy.ts';
import { isPartial, isWhole } from './incomplete.ts';
import { sameEntries } from './index-file.ts';
import { besideLinks, mayHaveLinks } from './beside-links.ts';
import { besideLeftOut, leftOut, unmarkBroughtIn } from './left-out.ts';
import { writeIndexCommit } from './make.ts';
import { inside, latin1, raw, stopped, storesOf, throughBytes, unreadable, type Site } from './record.ts';
import { checkedOutTip, followTip } from './tip.ts';

export interface Change {
  /** Bytes, one character each. An untracked repository ends with a slash. */
  readonly path: string;
  readonly tracked: boolean;
  /** The file was tracked and no longer exists. */
  readonly gone: boolean;
  /** It is a link to a commit of another repository. */
  readonly link: boolean;
}

export interface TreeFacts extends Omit<WorktreeFacts, 'dirty'> {
  /** Everything that differs from the tip, including untracked paths but not ignored ones. */
  readonly changes: readonly Change[];
  /**
   * Paths that the worker staged and that differ from the tip, with git's letter for the kind of change (`U`: a
   * conflict).
   */
  readonly staged: readonly { readonly letter: string; readonly path: string }[];
}

/**
 * A million files need about 0.5 GB. A few small trees that contain each other many times expand to more than any machine
 * has.
 */
const mostMemory = 2 * 2 ** 30;

/**
 * Recorded while the index is being moved: an interrupted move must not leave the record that the index is still where it
 * was.
 */
export const nowhere = '';

/** Brings the reader's index to the commit, and keeps what it knows about unchanged files. Faults: `worktree-failed`. */
export async function indexAt(git: Git, site: Site, commit: string): Promise<void> {
  const way = readTreeTo(site, commit);
  if (way === null) return;
  writeIndexCommit(site, nowhere);
  const answer = await git.run({ ...way, mostMemory });
  if (answer.aborted) throw stopped();
  if (!answer.ok) throw unreadable(site.path, gitReason(answer), answer.obstacle?.hint);
  writeIndexCommit(site, commit);
}

/** The call that brings the reader's index to the commit; null if it is there already. */
function readTreeTo(site: Site, commit: string): Required<NonNullable<GitCall['first']>> | null {
  if (indexCommit(site) === commit) return null;
  // Without a work tree, because git would read attributes there.
  const at = inside(site);
  return { ...at, env: { ...at.env, GIT_INDEX_FILE: join(site.reader, 'index') }, args: ['read-tree', '--reset', commit] };
}

/**
 * Until it is moved, an index is at the base that it was made with; one that was copied from a linked worktree has no
 * known commit.
 */
export function indexCommit(site: Site): string | null {
  return fileText(join(site.reader, 'index-commit')) ?? (site.adopted ? null : site.base);
}

export async function treeFacts(git: Git, given: { readonly site: Site; readonly base: string }): Promise<TreeFacts> {
  const { site, base } = given;
  const head = await checkedOutTip(git, site);
  const changes = await uncommitted(git, { site, head });
  const staged = await stagedPaths(git, { site, head });
  return { head, commits: await commitsSince(git, { site, base, head }), changes, staged };
}

/** The same in the form of the port, with paths as text. */
export function worktreeFacts({ head, commits, changes, staged }: TreeFacts): WorktreeFacts {
  const paths = new Set([...changes, ...staged].map(({ path }) => shown(path)));
  return { head, commits, dirty: [...paths] };
}

async function commitsSince(git: Git, given: { readonly site: Site; readonly base: string; readonly head: string }): Promise<number> {
  const { site, base, head } = given;
  const loose = looseCommits({ stores: storesOf(site), base, head });
  return loose ?? Number(await read(git, site, ['rev-list', '--count', `${base}..${head}`, '--']));
}

/** How many fields precede the path, by kind of record (changed, unmerged, untracked). */
const fieldsBefore: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

async function uncommitted(git: Git, { site, head }: { readonly site: Site; readonly head: string }): Promise<readonly Change[]> {
  // The person's status settings are overridden, because hidden untracked files would count as unchanged. Inside a
  // submodule, git would run with the submodule's own configuration, so only its commit is compared.
  const settings = ['status.showUntrackedFiles=all', 'core.untrackedCache=false', 'core.checkStat=default', 'core.trustctime=true'];
  const args = [
    ...settings.flatMap((setting) => ['-c', setting]),
    ...['status', '--porcelain=v2', '-z', '--untracked-files=all', '--no-renames', '--ignore-submodules=dirty'],
  ];
  // (What git itself commits is in the worker's index, too.)
  if (mayHaveLinks(site)) await indexAt(git, site, head);
  await unmarkBroughtIn(git, site);
  const way = readTreeTo(site, head);
  const first = way === null ? {} : { first: { ...way, cwd: latin1(way.cwd) }, mostMemory };
  if (way !== null) writeIndexCommit(site, nowhere);
  const at = { site, folder: latin1(site.path), index: join(site.reader, 'index') };
  const status = await besideLinks(git, at, (index) => readTree(git, site, { args, index, ...first }));
  if (way !== null) writeIndexCommit(site, head);
  const changes = status.split('\0').flatMap((record): readonly Change[] => {
    const before = fieldsBefore[record.charAt(0)];
    const fields = record.split(' ');
    return before === undefined
      ? []
      : [
          {
            path: fields.slice(before).join(' '),
            tracked: before > 1,
            gone: before > 1 && fields[1]?.endsWith('D') === true,
            link: before > 1 && fields[2]?.startsWith('S') === true,
          },
        ];
  });
  const without = changes.some(({ gone }) => gone) ? await leftOut(git, at) : new Set();
  return changes.filter(({ gone, path }) => !gone || !without.has(path));
}

/**
 * From a copy of the worker's index: its bits that hide changes do not matter for this question, and its lock is not
 * ours.
 */
async function stagedPaths(git: Git, given: { readonly site: Site; readonly head: string }): Promise<TreeFacts['staged']> {
  const { site, head } = given;
  // The reader's index is at the tip, so equal entries mean that nothing is staged.
  const [one, other] = [join(site.reader, 'index'), join(site.path, '.git', 'index')];
  if (sameEntries({ one, other, idBytes: head.length / 2 }) === true) return [];
  const listed = await onIndexCopy(site, async (copy) => {
    const args = ['diff-index', '--cached', '--name-status', '--no-renames', '--ignore-submodules=none', '-z', head, '--'];
    const answer = await git.run({ ...throughBytes(site, copy), args, kind: 'read' });
    // An index that git cannot read hides no file in the folder.
    return answer.ok ? answer.stdout : null;
  });
  const fields = (listed ?? '').split('\0');
  return fields.flatMap((letter, at) => (at % 2 === 0 && letter !== '' ? [{ letter, path: fields[at + 1] ?? '' }] : []));
}

async function readTree(
  git: Git,
  site: Site,
  { index, ...call }: Pick<GitCall, 'args' | 'first' | 'mostMemory'> & { readonly index: string },
): Promise<string> {
  const at = throughBytes(site, index);
  // `write` is tried again while another git holds the lock of the index; the look itself takes no lock.
  const kind = call.first === undefined ? 'read' : 'write';
  const answer = await git.run({ ...at, ...call, env: { ...at.env, GIT_OPTIONAL_LOCKS: '0' }, kind });
  const closed = closedIn(answer.stderr);
  if (answer.ok && closed === null) return answer.stdout;
  if (answer.aborted) throw stopped();
  throw unreadable(site.path, closed ?? gitReason(answer), answer.obstacle?.hint);
}

/**
 * Paths that git reported as unreadable; null if there are none. Git continues with everything else and ends
 * successfully, as if these paths did not exist or were unchanged.
 */
export function closedIn(stderr: string): string | null {
  return /^(?:warning: )?(could not open directory [^\n]*|[^\n]*: Permission denied)$/m.exec(stderr)?.[1] ?? null;
}

/** Commits since `base`, newest first; none if their history is incomplete, because git would not walk it. */
export async function commitLog(git: Git, given: { readonly site: Site; readonly base: string }): Promise<readonly string[]> {
  const { site, base } = given;
  const tip = await followTip(git, site);
  if (isPartial(site) && !(await isWhole(git, { site, tips: [tip] }))) return [];
  const args = ['log', '--max-count=50', '--no-show-signature', '--format=%h %s', `${base}..${tip}`, '--'];
  return (await read(git, site, args)).split('\n').filter((line) => line !== '');
}

/** A line per file that differs from the base, committed or not, and one for all of them. */
export async function changeSummary(git: Git, given: { readonly site: Site; readonly base: string }): Promise<readonly string[]> {
  const { site, base } = given;
  await indexAt(git, site, await checkedOutTip(git, site));
  const args = ['diff', '--stat=100', '--stat-count=30', '--no-ext-diff', '--no-textconv', '--no-color', '--no-renames'];
  // Git cannot read anything that is there in place of a file, and would then not report the other files either.
  const look = async (index: string): Promise<string> => {
    const closed = (await pipesAmong(git, throughBytes(site, index))).map((path) => `:(exclude,top,literal)${path}`);
    const paths = closed.length > 0 ? ['.', ...closed] : [];
    return readTree(git, site, { args: [...args, '--ignore-submodules=dirty', base, '--', ...paths], index });
  };
  const text = await besideLeftOut(git, site, (index) => besideLinks(git, { site, folder: latin1(site.path), index }, look));
  return Buffer.from(text, 'latin1')
    .toString('utf8')
    .split('\n')
    .flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

/**
 * Tracked files that were replaced by a pipe, a socket or a device, which git cannot read. Uses an index of
 * `besideLinks`.
 */
export async function pipesAmong(
  git: Git,
  at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<readonly string[]> {
  const args = ['diff-files', '--name-only', '--ignore-submodules=all', '-z'];
  const changed = await git.text({ ...at, args, kind: 'read', bytes: true });
  return changed.split('\0').filter((path) => {
    const facts = entryAt(raw(`${at.cwd}/${path}`));
    return path !== '' && facts !== null && !facts.isFile() && !facts.isSymbolicLink() && !facts.isDirectory();
  });
}

async function read(git: Git, site: Site, args: readonly string[]): Promise<string> {
  const answer = await git.run({ ...inside(site), args, kind: 'read' });
  if (answer.ok) return answer.stdout;
  if (answer.aborted) throw stopped();
  throw unreadable(site.path, gitReason(answer), answer.obstacle?.hint);
}

/** Bytes as text for people. */
export function shown(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
