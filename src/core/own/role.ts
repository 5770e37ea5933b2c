// Roles: who a worker is told to be, in one description for every agent; and the choice of a worker's role.
import { Fault } from '../fault.ts';
import type { RuleTool } from './permissions.ts';

export interface Role {
  /** Lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  readonly description: string;
  /** A tier or `provider/model`; null if the role does not say. */
  readonly model: string | null;
  /** The only tools that it may use; null if the role does not say. */
  readonly tools: readonly RuleTool[] | null;
  /** Replaces the agent's own description of itself. */
  readonly prompt: string;
}

/** By name. If a role's file cannot be read, the fault that says why is in its place. */
export type Roles = Readonly<Record<string, Role | Fault>>;

/** In place of a role's name, the word that means no role at all. */
export const noRole = 'none';

/** The role from the narrowest level that names one: the task, else its batch, else the configuration. */
export function chooseRole(given: {
  readonly task: string | null;
  readonly batch: string | null;
  readonly configured: string | null;
  readonly known: Roles;
}): Role | null | { readonly problem: string } {
  const { known } = given;
  const name = given.task ?? given.batch ?? given.configured;
  if (name === null || name === noRole) return null;
  const role = Object.hasOwn(known, name) ? known[name] : undefined;
  if (role instanceof Fault) return { problem: role.message };
  if (role !== undefined) return role;
  const names = Object.keys(known).join(', ');
  return { problem: `there is no role "${name}"; ${names === '' ? 'no folder roles describes any' : `these are described: ${names}`}` };
}
