// What a repository's configuration may say without a word from a person. A clone's yardmaster.yaml was written by whoever
// wrote the repository: what names a program, a command, an address, an account or a variable, or widens a limit, holds only
// once a person trusted it. docs/security.md shows the same table.
import type { Refusal } from './route.ts';
import type { Settings } from './settings.ts';

/**
 * `free`: holds at once. `trusted`: needs trust. `lower`: holds at once where it is no more than what holds without the
 * file; null is no limit. `lower, 0 none`: the same of limits whose 0 is no limit.
 */
export type TrustRule = 'free' | 'trusted' | 'lower' | 'lower, 0 none';

interface Rules {
  readonly [key: string]: TrustRule | Rules;
}

/** A key that does not stand here needs trust. */
export const trustRules = {
  supervisor: 'trusted',
  agents: 'trusted',
  models: 'free',
  accounts: 'trusted',
  routing: 'trusted',
  budget: 'lower',
  places: 'trusted',
  limits: 'lower, 0 none',
  worker: {
    stallMinutes: 'lower',
    wallMinutes: 'lower',
    graceSeconds: 'lower',
    maxRetries: 'lower',
    maxBudgetUsd: 'lower',
    maxSteps: 'lower',
    maxOutputMb: 'lower',
    backoffSeconds: 'trusted',
    pidNamespace: 'trusted',
    protect: 'trusted',
  },
  delivery: {
    branchPrefix: 'free',
    remote: 'free',
    base: 'free',
    commitLeftovers: 'free',
    sign: 'free',
    setup: 'trusted',
    env: 'trusted',
    checks: 'trusted',
    checkEnv: 'trusted',
    commandMinutes: 'lower',
  },
  todo: 'free',
  notify: 'trusted',
  tools: { mcp: 'free', role: 'free', startSeconds: 'lower', isolation: 'trusted' },
} as const satisfies Rules;

export interface Tree {
  readonly [key: string]: unknown;
}

export interface Split {
  /** What holds at once. */
  readonly free: Tree;
  /** What needs trust. */
  readonly guarded: Tree;
}

/** `below`: what holds without the file. What says the same as that needs no trust. */
export function splitByTrust(given: { readonly values: Tree; readonly below: Tree }): Split {
  return split({ ...given, rules: trustRules });
}

function split(given: { readonly values: Tree; readonly below: unknown; readonly rules: TrustRule | Rules }): Split {
  const free: Record<string, unknown> = {};
  const guarded: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given.values)) {
    const rules = typeof given.rules === 'string' ? given.rules : (given.rules[key] ?? 'trusted');
    const below = isTree(given.below) && Object.hasOwn(given.below, key) ? given.below[key] : undefined;
    if (isTree(value)) {
      const parts = split({ values: value, below, rules });
      if (Object.keys(parts.free).length > 0) free[key] = parts.free;
      if (Object.keys(parts.guarded).length > 0) guarded[key] = parts.guarded;
    } else if (holdsAtOnce({ value, below, rule: typeof rules === 'string' ? rules : 'trusted' })) free[key] = value;
    else guarded[key] = value;
  }
  return { free, guarded };
}

function holdsAtOnce(given: { readonly value: unknown; readonly below: unknown; readonly rule: TrustRule }): boolean {
  const { value, below, rule } = given;
  if (rule === 'free' || sameData(value, below)) return true;
  return rule !== 'trusted' && atMost(value, rule) <= atMost(below, rule);
}

/** What a limit allows. */
function atMost(limit: unknown, rule: TrustRule): number {
  return typeof limit !== 'number' || (limit === 0 && rule === 'lower, 0 none') ? Number.POSITIVE_INFINITY : limit;
}

/** The keys, such as `agents.claude.path`, of which the two do not say the same. */
export function keysApart(one: unknown, other: unknown, path = ''): readonly string[] {
  if (sameData(one, other)) return [];
  const [a, b] = [one, other].map((data) => (data === undefined ? {} : data));
  if (!isTree(a) || !isTree(b)) return [path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => keysApart(a[key], b[key], path === '' ? key : `${path}.${key}`));
}

export function sameData(one: unknown, other: unknown): boolean {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, inOrder(value[key])] as const),
  );
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a person is told of a configuration that they did not trust as it stands; null: there is nothing to tell. */
export function distrustOf({ untrusted }: Pick<Settings, 'untrusted'>): { readonly message: string; readonly hint: string } | null {
  const { keys, before } = untrusted;
  if (keys.length === 0) return null;
  const some = keys.length > shown ? [...keys.slice(0, shown), `${keys.length - shown} more`] : keys;
  const message = before
    ? `the repository's configuration changed in what needs your trust, and what you trusted before holds still: ${some.join(', ')}`
    : `the repository's configuration says what needs your trust, and does not hold: ${some.join(', ')}`;
  return { message, hint: 'yardmaster trust shows it and asks' };
}

const shown = 8;

/** Nothing is started by a configuration that holds only in part: its checks may be what is missing. */
export function untrustedRefusal(settings: Pick<Settings, 'untrusted'>): Refusal | null {
  const told = settings.untrusted.before ? null : distrustOf(settings);
  return told === null ? null : { refused: 'untrusted', until: null, model: null, reasons: [`${told.message} (${told.hint})`] };
}
