// Reads the roles of a folder `roles`, by name. A file that cannot be read does not prevent the others: its fault is
// reported when somebody asks for the role.
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import type { Role, Roles } from '../core/own/role.ts';
import { markdownIn } from './markdown-in.ts';
import { readText } from './read-text.ts';
import { parseRole } from './role-file.ts';

/** In KiB. */
const largest = 64;

export async function readRoles(folder: string): Promise<Roles> {
  const roles: Record<string, Role | Fault> = {};
  for (const name of await markdownIn({ folder, of: 'roles' })) {
    const file = join(folder, `${name}.md`);
    try {
      const text = await readText({ file, largest });
      if (text !== null) roles[name] = parseRole({ file, text });
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      roles[name] = fault;
    }
  }
  return roles;
}
