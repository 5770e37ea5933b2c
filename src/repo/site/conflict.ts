// Leaves a checkout in the middle of a merge for a worker to resolve, and finds out afterwards whether it did. The merge is
// made as objects; then the files are moved, and the worker's index and `MERGE_HEAD` are written as `git merge` would leave
// them. What we judge by is our own record of the merge, because a worker can write anything into its repository.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Conflict, ConflictEnd } from '../../ports/repo-updates.ts';
import { isAncestor } from '../branches.ts';
import type { Git } from '../git.ts';
import { conflictPaths, type ConflictEntry } from '../merge-tree.ts';
import { idsIn } from './git-files.ts';
import { copyIndex } from './index-copy.ts';
import { besideLeftOut } from './left-out.ts';
import { hasMarkers, openConflicts } from './markers.ts';
import { writeFiles } from './move-files.ts';
import { isDirty } from './rebase.ts';
import { inside, throughBytes, writeRecord, type ConflictRecord, type Site } from './record.ts';
import { keep, mergeInView, mergeMessage, setBase, stateFor, writeTracking, type OntoGiven } from './update.ts';
import { indexAt, treeFacts } from './tree.ts';

export async function beginConflict(git: Git, given: OntoGiven): Promise<Conflict> {
  const { site, onto } = given;
  const underWay = site.conflict;
  if (underWay !== undefined && isUnderWay(site, underWay)) {
    return { begun: true, base: underWay.onto, paths: conflictPaths(underWay.paths) };
  }
  const { base, tip, current, why } = await stateFor(git, given);
  if (current) return { begun: false, why: 'none' };
  if (why !== null) return { begun: false, why: 'refused', message: why };
  const { merged, labels } = await mergeInView(git, { ...given, base, tip });
  const { tree, conflicts } = merged;
  if (merged.clean) return { begun: false, why: 'none' };
  await keep(git, { site, commit: base });
  const obstacle = await writeFiles(git, { site, from: tip, to: tree });
  if (obstacle !== null) {
    writeRecord(site);
    return { begun: false, why: 'refused', message: obstacle };
  }
  const paths = [...new Set(conflicts.map(({ path }) => path))].map((path) => ({
    path,
    marked: hasMarkers({ site, conflict: { labels }, path }),
  }));
  await writeUnmerged(git, { site, conflicts, idLength: tip.length });
  await indexAt(git, site, tip);
  writeMergeFiles({ site, base, message: mergeMessage({ site, onto, labels }) });
  if (onto.remote !== null) writeTracking({ site, remote: onto.remote, branch: onto.branch, commit: base });
  // The record of the move goes with this, so that whatever ended us before puts the files back.
  writeRecord({ ...site, conflict: { onto: base, tip, labels, paths, remote: onto.remote, branch: onto.branch } });
  return { begun: true, base, paths: conflictPaths(conflicts) };
}

function isUnderWay(site: Site, { onto }: ConflictRecord): boolean {
  return idsIn(join(site.path, '.git/MERGE_HEAD')).includes(onto);
}

/** The worker's index gets all sides of each conflict; everything else is as merged. */
async function writeUnmerged(
  git: Git,
  given: { readonly site: Site; readonly conflicts: readonly ConflictEntry[]; readonly idLength: number },
): Promise<void> {
  const { site, conflicts, idLength } = given;
  const gitFolder = join(site.path, '.git');
  const draft = join(gitFolder, 'index.yardmaster');
  await besideLeftOut(git, site, (index) => copyIndex(index, draft));
  const removed = [...new Set(conflicts.map(({ path }) => path))].map((path) => `0 ${'0'.repeat(idLength)}\t${path}\0`);
  const added = conflicts.map(({ mode, id, stage, path }) => `${mode} ${id} ${stage}\t${path}\0`);
  const input = [...removed, ...added].join('');
  await git.text({ ...throughBytes(site, draft), args: ['update-index', '-z', '--index-info'], input });
  renameSync(draft, join(gitFolder, 'index'));
}

/** As `git merge` leaves them (gitrepository-layout(5), git-merge(1)). */
function writeMergeFiles(given: { readonly site: Site; readonly base: string; readonly message: string }): void {
  const { site, base, message } = given;
  const files = { MERGE_MSG: `${message}\n`, MERGE_MODE: '', MERGE_HEAD: `${base}\n` };
  for (const [name, text] of Object.entries(files)) {
    const file = join(site.path, '.git', name);
    writeFileSync(`${file}.yardmaster`, text);
    renameSync(`${file}.yardmaster`, file);
  }
}

export async function endConflict(
  git: Git,
  given: {
    readonly site: Site;
    /** Commits what is uncommitted; null: it stays. */
    readonly commit: (() => Promise<unknown>) | null;
  },
): Promise<ConflictEnd> {
  const { site, commit } = given;
  const found = await treeFacts(git, { site, base: site.base });
  const open = openConflicts(site, found.staged);
  if (open.length > 0) return { resolved: false, paths: open };
  if (commit !== null) await commit();
  const facts = commit === null ? found : await treeFacts(git, { site, base: site.base });
  const { conflict } = site;
  if (conflict === undefined) return { resolved: true, commit: facts.head, base: site.base };
  const { onto: base, remote, branch } = conflict;
  const isMerged = await isAncestor(git, { ...inside(site), ancestor: base, commit: facts.head });
  if (!isMerged || isDirty(facts)) return { resolved: false, paths: conflictPaths(conflict.paths) };
  await setBase(git, { site, onto: { remote, branch }, base });
  return { resolved: true, commit: facts.head, base };
}
