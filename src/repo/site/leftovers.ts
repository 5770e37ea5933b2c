// Commits the files that an agent left uncommitted, through the reader: exactly the paths that differ, without hooks. Not
// committed are unresolved conflicts (their markers would be delivered as work), repositories inside the checkout (they
// would become links to commits that nobody else has), pipes, sockets and devices. They stay, and the removal of the site
// saves what can be saved.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Git, GitAnswer } from '../git.ts';
import { gitReason } from '../git-reason.ts';
import { identity } from '../identity.ts';
import { entryAt, idsIn } from './git-files.ts';
import { copyIndex } from './index-copy.ts';
import { openConflicts } from './markers.ts';
import { besideLeftOut } from './left-out.ts';
import { refuseLarge } from './leftover-size.ts';
import { inside, latin1, raw, stopped, through, throughBytes, withItsObjects, type Site } from './record.ts';
import { committing, notSigned, signerOf } from './signer.ts';
import { gitFolderAt, nestedCommit } from './nested.ts';
import { repositoriesAbove } from './snapshot.ts';
import { writeBranch } from './skeleton.ts';
import { treeFacts, type Change, type TreeFacts } from './tree.ts';

export interface LeftoversGiven {
  readonly site: Site;
  readonly message: string;
  /** `auto`: the person's `commit.gpgsign` decides. */
  readonly sign: 'auto' | 'off';
  /** How much a task may bring into the repository. */
  readonly mostBytes: number;
  /** Throws if the tree must not be committed: `filter-missing`. */
  readonly check: (tree: string) => Promise<void>;
  /** Throws likewise; it also gets the commits that would become the parents. */
  readonly look?: (tips: readonly string[]) => Promise<void>;
}

/** The new commit; null if there was nothing to commit. Faults: `not-committed`, `not-signed`. */
export async function commitLeftovers(git: Git, given: LeftoversGiven): Promise<string | null> {
  const { site } = given;
  const facts = await treeFacts(git, { site, base: site.base });
  refuseConflicts(site, facts);
  await addAll(git, { ...given, facts });
  const tree = await step(git, site, { args: ['write-tree'] });
  const merged = mergeParents(site);
  const tipTree = await step(git, site, { args: ['rev-parse', '--verify', `${facts.head}^{tree}`], kind: 'read' });
  if (tree === tipTree && merged.length === 0) return null;
  await given.check(tree);
  await given.look?.([tree, facts.head, ...merged]);
  const commit = await commitTree(git, { ...given, tree, parents: [facts.head, ...merged] });
  await moveBranch(git, { site, commit });
  return commit;
}

function refuseConflicts(site: Site, { staged }: TreeFacts): void {
  const unmerged = openConflicts(site, staged);
  if (unmerged.length === 0) return;
  throw new Fault({
    code: 'not-committed',
    message: `${site.path} has unresolved conflicts in ${unmerged.slice(0, 5).join(', ')}`,
    hint: 'resolve them there, or abort the merge or rebase',
    data: { unmerged },
  });
}

async function addAll(git: Git, given: LeftoversGiven & { readonly facts: TreeFacts }): Promise<void> {
  const { site, mostBytes } = given;
  const { changes, staged, head } = given.facts;
  const plain = changes.filter((change) => !change.gone && isPlain(site, change));
  const untracked = plain.flatMap(({ path, tracked }) => (tracked ? [] : [path]));
  const inside = repositoriesAbove({ top: latin1(site.path), paths: untracked });
  const paths = plain.map(({ path }) => path).filter((path) => !inside.has(path));
  // Ignored files that were added to the index by force.
  const forced = staged.flatMap(({ letter, path }) =>
    letter === 'A' && stands(site, path) && isPlain(site, { path, link: false }) ? [path] : [],
  );
  const added = [...new Set([...paths, ...forced])];
  await refuseLarge(git, { site, paths: added, mostBytes });
  const gone = changes.flatMap((change) => (change.gone ? [`0 ${'0'.repeat(head.length)}\t${change.path}\0`] : []));
  const links = changes.flatMap(({ path, link }) => (link ? linkEntry(site, path) : []));
  const entries = [...gone, ...links].join('');
  if (entries !== '') await step(git, site, { args: ['update-index', '-z', '--index-info'], input: entries, bytes: true });
  // Line ends that a checkout would not restore exactly are no reason to leave work behind. (`git add` is not used: it
  // compares each of many paths with each, and 50,000 take minutes.)
  const add = ['-c', 'core.safecrlf=false', 'update-index', '--add', '--remove', '--replace', '-z', '--stdin'];
  const list = added.join('\0');
  if (list !== '') await step(git, site, { args: add, input: list, bytes: true });
}

/** A file, a link, or a deletion: changes that git can add. */
function isPlain(site: Site, { path, link }: Pick<Change, 'path' | 'link'>): boolean {
  const facts = entryAt(raw(`${latin1(site.path)}/${path}`));
  return facts === null || (!link && (facts.isFile() || facts.isSymbolicLink()));
}

function stands(site: Site, path: string): boolean {
  return entryAt(raw(`${latin1(site.path)}/${path}`)) !== null;
}

/** The commit of a submodule's own repository, read without running git in there. */
function linkEntry(site: Site, path: string): readonly string[] {
  const gitFolder = gitFolderAt(site, `${latin1(site.path)}/${path}`);
  const commit = gitFolder === null ? null : nestedCommit(gitFolder);
  return commit === null ? [] : [`160000 ${commit}\t${path}\0`];
}

/** The commits that a merge brings in of which only the commit is missing. */
function mergeParents(site: Site): readonly string[] {
  return idsIn(join(site.path, '.git', 'MERGE_HEAD'));
}

async function commitTree(
  git: Git,
  given: LeftoversGiven & { readonly tree: string; readonly parents: readonly string[] },
): Promise<string> {
  const { site, tree, message } = given;
  const signer = await signerOf(git, given);
  const parents = given.parents.flatMap((parent) => ['-p', parent]);
  return step(git, site, {
    ...committing(signer, [...parents, tree]),
    input: `${message.trimEnd()}\n`,
    env: { ...signer?.env, ...(await identity(git, inside(site))) },
  });
}

/** Files that git keeps during an operation, which its commit has concluded. */
const concluded = ['MERGE_HEAD', 'MERGE_MODE', 'MERGE_MSG', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'AUTO_MERGE'];

/** Moves the branch in both repositories of the site, and the index that belongs to it. No worker may be running there. */
export async function moveBranch(git: Git, { site, commit }: { readonly site: Site; readonly commit: string }): Promise<void> {
  const gitFolder = join(site.path, '.git');
  const draft = join(gitFolder, 'index.yardmaster');
  await besideLeftOut(git, site, (index) => copyIndex(index, draft));
  writeBranch(site, commit);
  replace(join(gitFolder, 'refs/heads', site.branch), `${commit}\n`);
  writeFileSync(join(site.reader, 'index-commit'), commit);
  renameSync(draft, join(gitFolder, 'index'));
  for (const name of concluded) rmSync(join(gitFolder, name), { force: true });
}

function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.yardmaster`, text);
  renameSync(`${file}.yardmaster`, file);
}

interface Step {
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly kind?: 'read' | 'sign';
  /** The arguments and the input are bytes, one character each. */
  readonly bytes?: true;
}

async function step(git: Git, site: Site, call: Step): Promise<string> {
  const at = withItsObjects(call.bytes === true ? throughBytes(site) : through(site), site);
  const answer = await git.run({ ...at, ...call, env: { ...at.env, ...call.env } });
  if (answer.ok) return answer.stdout;
  if (answer.aborted) throw stopped();
  throw call.kind === 'sign' ? notSigned(site, answer) : notCommitted(site, answer);
}

function notCommitted(site: Site, answer: GitAnswer): Fault {
  return new Fault({
    code: answer.obstacle?.code ?? 'not-committed',
    message: `the changes in ${site.path} could not be committed: ${gitReason(answer)}`,
    hint: answer.obstacle?.hint ?? 'correct what git reports; the files that the agent left are unchanged',
  });
}
