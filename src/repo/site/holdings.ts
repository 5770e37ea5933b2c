// All that a worker's repository could have that no other place has, read without git: commits that its references, logs and
// operations in progress name, submodules' repositories, linked worktrees of its own.
import { existsSync } from 'node:fs';
import { below, idsIn, listed, lookBudget, type Path } from './git-files.ts';
import { allRefs, headCommit, loggedIds } from './git-refs.ts';

/** Files in which git notes commits while an operation is stopped in the middle. */
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
  /** What its references, its HEAD, its stash and operations in progress name. */
  readonly named: ReadonlySet<string>;
  /** What only its logs still name: amended, reset, dropped. */
  readonly logged: ReadonlySet<string>;
  /** Something is going on, or something else stands in its git folder that plain work does not leave there. */
  readonly unusual: boolean;
}

/** Faults: `worktree-failed`, where there is more than is read of any repository. */
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
