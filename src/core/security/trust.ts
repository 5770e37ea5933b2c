// Decides which settings of a repository's configuration have effect without a person's consent. Whoever wrote the
// repository also wrote the yardmaster.yaml in a clone of it. A setting that names a program, a command, an address, an
// account or a variable, or that raises a limit, has effect only once a person trusted it. docs/security.md shows the same
// table.
import type { Refusal } from '../route/route.ts';
import type { Settings } from '../settings.ts';

/**
 * `free`: has effect at once. `trusted`: needs trust. `lower`: has effect at once if it is at most the value that holds
 * without the file; null means no limit. `lower, 0 none`: the same for limits where 0 means no limit.
 */
export type TrustRule = 'free' | 'trusted' | 'lower' | 'lower, 0 none';

interface Rules {
  readonly [key: string]: TrustRule | Rules;
}

/** A key that is not listed here needs trust. */
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
    verify: 'trusted',
    pullRequest: { open: 'trusted', repositories: 'trusted', draft: 'free', labels: 'free', reviewers: 'free', assignees: 'free' },
    merge: { when: 'trusted', method: 'free', deleteBranch: 'free' },
    update: 'free',
    stack: 'free',
    fix: { checks: 'lower', reviews: 'lower', conflicts: 'lower' },
  },
  forge: 'trusted',
  sources: 'trusted',
  sites: 'lower',
  todo: 'free',
  notify: 'trusted',
  tools: { mcp: 'free', role: 'free', startSeconds: 'lower', isolation: 'trusted' },
} as const satisfies Rules;

export interface Tree {
  readonly [key: string]: unknown;
}

export interface Split {
  /** The part that has effect at once. */
  readonly free: Tree;
  /** The part that needs trust. */
  readonly guarded: Tree;
}

/** `below`: the settings that hold without the file. A value that equals them needs no trust. */
export function splitByTrust(given: { readonly values: Tree; readonly below: Tree }): Split {
  return split({ ...given, rules: trustRules });
}

function split(given: { readonly values: Tree; readonly below: unknown; readonly rules: TrustRule | Rules }): Split {
  const free: Record<string, unknown> = {};
  const guarded: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given.values)) {
    const rules = rulesOf(given.rules, key);
    const below = valueOf(given.below, key);
    // An empty map changes nothing in another map. It would replace any other value.
    if (isTree(value) && (Object.keys(value).length > 0 || isTree(below))) {
      const parts = split({ values: value, below, rules });
      if (Object.keys(parts.free).length > 0) free[key] = parts.free;
      if (Object.keys(parts.guarded).length > 0) guarded[key] = parts.guarded;
    } else if (holdsAtOnce({ value, below, rule: leafRule(rules) })) free[key] = value;
    else guarded[key] = value;
  }
  return { free, guarded };
}

function rulesOf(rules: TrustRule | Rules, key: string): TrustRule | Rules {
  if (typeof rules === 'string') return rules;
  return (Object.hasOwn(rules, key) ? rules[key] : undefined) ?? 'trusted';
}

function leafRule(rules: TrustRule | Rules): TrustRule {
  return typeof rules === 'string' ? rules : 'trusted';
}

function valueOf(tree: unknown, key: string): unknown {
  return isTree(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined;
}

export interface Still {
  /** The settings that a person trusted and that therefore hold, whatever the file says now. */
  readonly holds: Tree;
  /** The trusted keys that the file no longer has. */
  readonly gone: readonly string[];
}

/**
 * `trusted`: the settings that needed trust and had it; `values`: the file as it is now. A limit that the file no longer
 * has is dropped.
 */
export function stillTrusted(given: { readonly trusted: Tree; readonly values: Tree }): Still {
  return still({ ...given, rules: trustRules, path: '' });
}

function still(given: {
  readonly trusted: Tree;
  readonly values: unknown;
  readonly rules: TrustRule | Rules;
  readonly path: string;
}): Still {
  const holds: Record<string, unknown> = {};
  const gone: string[] = [];
  for (const [key, value] of Object.entries(given.trusted)) {
    const path = below(given.path, key);
    const rules = rulesOf(given.rules, key);
    const said = valueOf(given.values, key);
    if (isTree(value) && Object.keys(value).length > 0 && (said === undefined || isTree(said))) {
      const parts = still({ trusted: value, values: said, rules, path });
      if (Object.keys(parts.holds).length > 0) holds[key] = parts.holds;
      gone.push(...parts.gone);
    } else if (said !== undefined) holds[key] = value;
    else if (leafRule(rules) === 'trusted') {
      holds[key] = value;
      gone.push(path);
    }
  }
  return { holds, gone };
}

/**
 * The agents' own configurations whose keys are in another order. Order matters for some of their rules, where the last
 * one wins.
 */
export function reordered(one: Tree, other: Tree): readonly string[] {
  const agents = valueOf(one, 'agents');
  const names = isTree(agents) ? Object.keys(agents) : [];
  return names.flatMap((name) => {
    const [before, now] = [one, other].map((tree) => valueOf(valueOf(valueOf(tree, 'agents'), name), 'config'));
    return isReordered(before, now) ? [`agents.${name}.config`] : [];
  });
}

/** Added and removed keys are ignored. */
function isReordered(one: unknown, other: unknown): boolean {
  if (!isTree(one) || !isTree(other)) return false;
  const common = Object.keys(one).filter((key) => Object.hasOwn(other, key));
  const now = Object.keys(other).filter((key) => Object.hasOwn(one, key));
  return common.some((key, at) => key !== now[at] || isReordered(one[key], other[key]));
}

function holdsAtOnce(given: { readonly value: unknown; readonly below: unknown; readonly rule: TrustRule }): boolean {
  const { value, below, rule } = given;
  if (rule === 'free' || sameData(value, below)) return true;
  return rule !== 'trusted' && atMost(value, rule) <= atMost(below, rule);
}

/** The amount that a limit allows. */
function atMost(limit: unknown, rule: TrustRule): number {
  return typeof limit !== 'number' || (limit === 0 && rule === 'lower, 0 none') ? Number.POSITIVE_INFINITY : limit;
}

/** The keys, such as `agents.claude.path`, whose values differ. The time is linear in the size of both. */
export function keysApart(one: unknown, other: unknown, path = ''): readonly string[] {
  const [a, b] = [one, other].map((data) => (data === undefined ? {} : data));
  if (!isTree(a) || !isTree(b)) return sameData(one, other) ? [] : [path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  // An empty map differs from an absent one.
  if (keys.length === 0) return one === undefined || other === undefined ? [path] : [];
  return keys.flatMap((key) => keysApart(valueOf(a, key), valueOf(b, key), below(path, key)));
}

function below(path: string, key: string): string {
  // An agent's own configuration may have keys of any text, and they are shown to people.
  const name = /^[\w@-]+$/.test(key) ? key : JSON.stringify(key);
  return path === '' ? name : `${path}.${name}`;
}

/** Whether both are the same data, including the order of keys. */
export function sameData(one: unknown, other: unknown): boolean {
  return typeof one === 'object' && typeof other === 'object' ? JSON.stringify(one) === JSON.stringify(other) : one === other;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The message about a configuration that a person has not trusted as it is now; null if there is nothing to report. */
export function distrustOf(given: {
  readonly untrusted: Pick<Settings['untrusted'], 'keys' | 'before'>;
  readonly repo: string;
}): { readonly message: string; readonly hint: string } | null {
  const { keys, before } = given.untrusted;
  if (keys.length === 0) return null;
  const message = before
    ? `keys of the repository's configuration that need your trust have changed; until you trust the change, the settings that you trusted before stay in effect: ${someKeys(keys)}`
    : `keys of the repository's configuration need your trust, and have no effect until then: ${someKeys(keys)}`;
  return { message, hint: `to see them and decide, run: yardmaster trust --repo ${given.repo}` };
}

const shown = 8;

/** A configuration may have thousands of keys, so only some are listed. */
export function someKeys(keys: readonly string[]): string {
  return (keys.length > shown ? [...keys.slice(0, shown), `${keys.length - shown} more`] : keys).join(', ');
}

/** Nothing is started or delivered with a configuration that has only partial effect: the missing part may be its checks. */
export function lacksTrust(given: Parameters<typeof distrustOf>[0]): ReturnType<typeof distrustOf> {
  return given.untrusted.before ? null : distrustOf(given);
}

export function untrustedRefusal(given: Parameters<typeof distrustOf>[0]): Refusal | null {
  const told = lacksTrust(given);
  return told === null
    ? null
    : { refused: 'untrusted', until: null, model: null, reasons: [{ code: 'repository-untrusted', facts: told }] };
}
