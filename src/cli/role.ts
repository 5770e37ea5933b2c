// Finds the role that a command line gives, as a dispatch would.
import { Fault } from '../core/fault.ts';
import { chooseRole, type Role } from '../core/own/role.ts';
import type { Settings } from '../core/settings.ts';

/** Faults: `unknown-role`. */
export function roleNamed(given: { readonly settings: Settings; readonly name: string | null }): Role | null {
  const { settings, name } = given;
  const role = chooseRole({ task: name, batch: null, configured: settings.tools.role, known: settings.roles });
  if (role === null || !('problem' in role)) return role;
  throw new Fault({
    code: 'unknown-role',
    message: role.problem,
    hint: 'describe it in .yardmaster/roles/NAME.md of the repository, or in agents/roles/NAME.md beside your config.yaml',
  });
}
