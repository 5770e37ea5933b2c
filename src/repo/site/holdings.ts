// Everything that a worker's repository may have and no other place has, read without git: commits named by its references,
// logs and operations in progress; repositories of submodules; and worktrees linked to it.
import { existsSync } from 'node:fs';
import { below, idsIn, listed, lookBudget, type Path } from './git-files.ts';
import { allRefs, headCommit, loggedIds } from './git-refs.ts';

/** Files in which git records commits while an operation is interrupted. */
const operationFiles = [
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'REBASE_HEAD',
  'MERGE_AUTOSTASH',
  'rebase-merge/orig-head',
  'rebase-merge/autostash',
  'rebase-apply/orig-head',
  'rebase-apply/autostash',
];

export interface Holdings {
  /** Named by its references, its HEAD, its stash or operations in progress. */
  readonly named: ReadonlySet<string>;
  /** Named only by its logs: amended, reset, dropped. */
  readonly logged: ReadonlySet<string>;
  /** An operation is in progress, or its git folder contains something else that plain work does not leave there. */
  readonly unusual: boolean;
}

/** Faults: `worktree-failed` if there is more than is read of any repository. */
export function holdingsOf(gitFolder: Path): Holdings {
  const budget = lookBudget();
  const operations = operationFiles.flatMap((file) => idsIn(below(gitFolder, file), budget));
  const head = headCommit(gitFolder);
  const named = new Set([...allRefs(gitFolder, budget).values(), ...operations, ...(head === null ? [] : [head])]);
  const worktrees = linkedFolders(gitFolder);
  for (const folder of worktrees)
    for (const theirs of [...idsIn(below(folder, 'HEAD'), budget), ...allRefs(folder, budget).values()]) named.add(theirs);
  const logged = new Set<string>();
  for (const folder of [gitFolder, ...worktrees]) for (const id of loggedIds(folder, budget)) if (!named.has(id)) logged.add(id);
  const unusual = operations.length > 0 || head !== null || worktrees.length > 0 || existsSync(below(gitFolder, 'modules'));
  return { named, logged, unusual };
}

/** The records of worktrees that were linked to the worker's repository. */
export function linkedFolders(gitFolder: Path): readonly Buffer[] {
  const folder = below(gitFolder, 'worktrees');
  return (listed(folder) ?? []).map(({ name }) => below(folder, name));
}
