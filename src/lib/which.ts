// Finds a program as the shell would: a path as it is, a bare name on the search path.
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** The absolute path of an executable file, or null. */
export async function which(given: { readonly name: string; readonly searchPath: string; readonly cwd: string }): Promise<string | null> {
  const { name, searchPath, cwd } = given;
  if (name.includes('/')) {
    const path = isAbsolute(name) ? name : resolve(cwd, name);
    return (await runs(path)) ? path : null;
  }
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder === '' ? cwd : folder, name);
    if (await runs(path)) return path;
  }
  return null;
}

async function runs(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
