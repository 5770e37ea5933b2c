// Rules as the object that OpenCode reads.
import type { Decision, Permissions } from '../../core/own/permissions.ts';
import { opencodeRules } from './permissions.ts';

/** By tool, and then by pattern if there are any; the last matching pattern wins. */
export type OpencodePermission = Readonly<Record<string, Decision | Readonly<Record<string, Decision>>>>;

export function opencodePermission(given: { readonly permissions: Permissions; readonly mcpServers: readonly string[] }): {
  readonly permission: OpencodePermission;
  readonly lost: readonly string[];
} {
  const { rules, lost } = opencodeRules(given);
  const permission: Record<string, Decision | Record<string, Decision>> = {};
  for (const {
    at: [tool = '', key],
    decision,
  } of rules) {
    const keys = permission[tool];
    permission[tool] = key === undefined ? decision : { ...(typeof keys === 'object' ? keys : {}), [key]: decision };
  }
  return { permission, lost: lost.map(({ rule, what }) => `${rule} ${what}`) };
}
