// The references of a git folder that a worker could have written, read without git from its files or its tables
// (gitrepository-layout(5), `reftable.ts`). Symbolic references other than HEAD are skipped. Names are bytes, one character
// each.
import { below, entryAt, fileText, filesBelow, id, linesOf, lookBudget, textWithin, type Budget, type Path } from './git-files.ts';
import { refTables } from './reftable.ts';

/** The name in the file HEAD, for old programs, if the references are in tables. */
const inTables = '.invalid';

/** The branch that HEAD names, in bytes; null if there is none, or if HEAD is no plain file. */
export function headBranch(gitFolder: Path, budget = lookBudget()): string | null {
  const branch = branchIn(headText(gitFolder) ?? '');
  if (branch !== inTables) return branch;
  const head = refTables(gitFolder, budget)?.refs.get('HEAD');
  return head !== undefined && 'symbolic' in head ? branchIn(`ref: ${head.symbolic}`) : null;
}

/** The commit of a detached HEAD. */
export function headCommit(gitFolder: Path, budget = lookBudget()): string | null {
  const text = headText(gitFolder);
  return branchIn(text ?? '') === inTables ? idInTables(gitFolder, 'HEAD', budget) : idIn(text);
}

/** In bytes. A larger HEAD is not read, because no reference has so long a path. */
const longestHead = 65_536;

function headText(gitFolder: Path): string | null {
  const file = below(gitFolder, 'HEAD');
  return (entryAt(file)?.size ?? 0) > longestHead ? null : fileText(file);
}

function branchIn(head: string): string | null {
  return /^ref: refs\/heads\/([^\n]+)\n?$/.exec(head)?.[1] ?? null;
}

function idInTables(gitFolder: Path, ref: string, budget: Budget): string | null {
  const found = refTables(gitFolder, budget)?.refs.get(ref);
  return found !== undefined && 'id' in found ? found.id : null;
}

/**
 * The object that a reference points to; null if there is no such reference, or a symbolic one. Faults: `worktree-failed`
 * if there is more to read than the budget allows.
 */
export function refTip(gitFolder: Path, ref: string, budget = lookBudget()): string | null {
  const loose = textWithin(below(gitFolder, ref), budget);
  if (loose !== null) return idIn(loose);
  const packed = `\n${textWithin(below(gitFolder, 'packed-refs'), budget) ?? ''}\n`;
  for (let at = packed.indexOf(` ${ref}\n`); at !== -1; at = packed.indexOf(` ${ref}\n`, at + 1)) {
    const word = packed.slice(packed.lastIndexOf('\n', at) + 1, at);
    if (id.test(word)) return word;
  }
  return idInTables(gitFolder, ref, budget);
}

/** All references and their objects, without symbolic ones. Faults as above. */
export function allRefs(gitFolder: Path, budget = lookBudget()): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const line of linesOf(below(gitFolder, 'packed-refs'), budget)) {
    const [at = '', ref] = line.split(' ', 2);
    if (ref !== undefined && id.test(at)) refs.set(ref, at);
  }
  for (const name of filesBelow(below(gitFolder, 'refs'))) {
    const at = idIn(textWithin(below(gitFolder, `refs/${name}`), budget));
    if (at !== null) refs.set(`refs/${name}`, at);
  }
  for (const [ref, at] of refTables(gitFolder, budget)?.refs ?? []) if ('id' in at) refs.set(ref, at.id);
  return refs;
}

/**
 * All objects that the reference logs name, including what a reset, an amended commit or a dropped stash left behind.
 * Faults as above.
 */
export function loggedIds(gitFolder: Path, budget = lookBudget()): ReadonlySet<string> {
  const logs = below(gitFolder, 'logs');
  const named = new Set<string>();
  for (const name of filesBelow(logs)) {
    for (const line of linesOf(below(logs, name), budget)) {
      for (const word of line.split(' ', 2)) if (id.test(word) && !/^0+$/.test(word)) named.add(word);
    }
  }
  for (const one of refTables(gitFolder, budget)?.logged ?? []) named.add(one);
  return named;
}

function idIn(text: string | null): string | null {
  const word = text?.trimEnd() ?? '';
  return id.test(word) ? word : null;
}
