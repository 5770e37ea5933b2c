// Roles: whom a worker is told to be, one description for every agent; which of them a worker has.
import { Fault } from '../fault.ts';
import type { RuleTool } from './permissions.ts';

export interface Role {
  /** Lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  readonly description: string;
  /** A tier or `provider/model`; null: it says nothing. */
  readonly model: string | null;
  /** All that it may use; null: it says nothing. */
  readonly tools: readonly RuleTool[] | null;
  /** Stands where the agent’s own words for itself would stand. */
  readonly prompt: string;
}

/** By name; in the place of one whose file cannot be read, what is wrong with it. */
export type Roles = Readonly<Record<string, Role | Fault>>;

/** The word that stands for no role at all, where a batch or the configuration names one. */
export const noRole = 'none';

/** The role as the narrowest says that says any: the task, else its batch, else the configuration. */
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
  return { problem: `there is no role "${name}"; ${names === '' ? 'none is described in a folder roles' : `known are ${names}`}` };
}
