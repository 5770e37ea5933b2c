// Reads a git folder that a worker could have written, without git: only regular files are opened (a pipe would be waited
// on), nothing is followed, and what does not have the documented form (gitrepository-layout(5)) is passed over. Whatever
// git itself would run or follow for it (configuration, hooks, symbolic references) is mere data here.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const mostBytes = 64 * 2 ** 20;

/** A commit, tree, blob or tag by its name. */
const id = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Null when there is no regular file, or a larger one than git makes. */
export function fileBytes(path: string): Buffer | null {
  let file: number;
  try {
    // The look comes first, because opening a device may have effects; O_NONBLOCK, because a pipe may take its place meanwhile.
    if (!lstatSync(path).isFile()) return null;
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const facts = fstatSync(file);
    return facts.isFile() && facts.size <= mostBytes ? readFileSync(file) : null;
  } finally {
    closeSync(file);
  }
}

export function fileText(path: string): string | null {
  return fileBytes(path)?.toString('latin1') ?? null;
}

/** What a git folder holds that git does not make: the first entry outside of `hooks` that is neither a file nor a folder; null: none. */
export function oddEntry(gitFolder: string): string | null {
  const folders = [gitFolder];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isFile() || path === join(gitFolder, 'hooks')) continue;
      if (!entry.isDirectory()) return path;
      folders.push(path);
    }
  }
  return null;
}

/** The branch that HEAD names; null: none, or HEAD is no plain file. */
export function headBranch(gitFolder: string): string | null {
  return /^ref: refs\/heads\/([^\n]+)\n?$/.exec(fileText(join(gitFolder, 'HEAD')) ?? '')?.[1] ?? null;
}

/** The commit of a detached HEAD. */
export function headCommit(gitFolder: string): string | null {
  return idIn(fileText(join(gitFolder, 'HEAD')));
}

/** What a reference is at, in the format of files; null: there is none, or a symbolic one. */
export function refTip(gitFolder: string, ref: string): string | null {
  const loose = fileText(join(gitFolder, ref));
  if (loose !== null) return idIn(loose);
  return packedRefs(gitFolder).get(ref) ?? null;
}

/** All references and what they are at, symbolic ones left out. */
export function allRefs(gitFolder: string): ReadonlyMap<string, string> {
  const refs = new Map(packedRefs(gitFolder));
  for (const name of filesBelow(join(gitFolder, 'refs'))) {
    const at = idIn(fileText(join(gitFolder, 'refs', name)));
    if (at !== null) refs.set(`refs/${name}`, at);
  }
  return refs;
}

/** All that the reference logs name: also what a reset, an amended commit or a dropped stash left. */
export function loggedIds(gitFolder: string): ReadonlySet<string> {
  const logs = join(gitFolder, 'logs');
  const lines = filesBelow(logs).flatMap((name) => (fileText(join(logs, name)) ?? '').split('\n'));
  const named = lines.flatMap((line) => line.split(' ', 2)).filter((word) => id.test(word) && !/^0+$/.test(word));
  return new Set(named);
}

/** Names of files below a folder, with slashes; none where it is missing. */
export function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : [],
    );
  } catch {
    return [];
  }
}

/** The ids that stand in a file, one a line. */
export function idsIn(path: string): readonly string[] {
  return (fileText(path) ?? '').split('\n').filter((line) => id.test(line));
}

function idIn(text: string | null): string | null {
  const word = text?.trimEnd() ?? '';
  return id.test(word) ? word : null;
}

function packedRefs(gitFolder: string): ReadonlyMap<string, string> {
  const text = fileText(join(gitFolder, 'packed-refs')) ?? '';
  const found = text.split('\n').flatMap((line): [string, string][] => {
    const [at = '', ref] = line.split(' ', 2);
    return ref !== undefined && id.test(at) ? [[ref, at]] : [];
  });
  return new Map(found);
}
