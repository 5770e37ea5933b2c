// Finds a program as the shell would: a path is used as it is, a bare name is looked up on the search path.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** The absolute path of an executable file, or null. */
export function which(given: { readonly name: string; readonly searchPath: string; readonly cwd: string }): string | null {
  const { name, searchPath, cwd } = given;
  if (name.includes('/')) {
    const path = isAbsolute(name) ? name : resolve(cwd, name);
    return runs(path) ? path : null;
  }
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder === '' ? cwd : folder, name);
    if (runs(path)) return path;
  }
  return null;
}

// Synchronous, and without an exception for a missing file: it is called for every task, and most folders do not have the
// program.
function runs(path: string): boolean {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
