// What agents may do, in a form that belongs to no agent: lists of rules, in which deny beats ask and ask beats allow.
// Anything that no rule covers is left to the agent. The functions are pure and total; matching takes at most the pattern's
// length times the text's.

export const ruleTools = ['shell', 'read', 'edit', 'fetch', 'search', 'mcp'] as const;
export type RuleTool = (typeof ruleTools)[number];

export const decisions = ['allow', 'ask', 'deny'] as const;
export type Decision = (typeof decisions)[number];

/**
 * Patterns by tool. `shell`: each command of a command line, as it is written; `*` matches anything, and ` *` at the end
 * also matches nothing (`git push *` covers `git push`). `read`, `edit`: paths of the repository, `~/…` or `/…`; `*`
 * matches anything within a name, `**` any number of folders; everything below a matching path is covered too. `fetch`: a
 * host, or `*.host` for every host below it. `mcp`: `server` or `server.tool`. Without a pattern, the rule covers the
 * whole tool.
 */
export type Rule =
  | { readonly tool: 'shell' | 'read' | 'edit' | 'fetch'; readonly pattern: string | null }
  | { readonly tool: 'search'; readonly pattern: null }
  | { readonly tool: 'mcp'; readonly pattern: string };

export type Permissions = Readonly<Record<Decision, readonly Rule[]>>;

/** An action that somebody wants to take. A path belongs to the repository, or begins with `~/` or `/`. */
export interface Wish {
  readonly tool: RuleTool;
  readonly target: string;
}

export type ParsedRule = { readonly ok: true; readonly rule: Rule } | { readonly ok: false; readonly what: string };

/** `tool` or `tool(pattern)`. */
export function parseRule(text: string): ParsedRule {
  const parts = /^\s*([^\s()]+)\s*(?:\(([^]*)\))?\s*$/.exec(text);
  const [, word = '', inner] = parts ?? [];
  const tool = ruleTools.find((known) => known === word);
  if (tool === undefined) {
    const form = `tool or tool(pattern), with one of ${ruleTools.join(', ')}`;
    return refused(parts === null ? `"${text}": expected ${form}` : `there is no tool "${word}": expected ${form}`);
  }
  const rule = ruleOf({ tool, pattern: inner?.trim() ?? null });
  return rule === null ? refused(`${text.trim()}: ${forms[tool]}`) : { ok: true, rule };
}

function ruleOf({ tool, pattern }: { tool: RuleTool; pattern: string | null }): Rule | null {
  if (tool === 'search') return pattern === null ? { tool, pattern } : null;
  if (tool === 'mcp') return pattern !== null && /^[\w-]+(?:\.[\w-]+)?$/.test(pattern) ? { tool, pattern } : null;
  if (pattern === null) return { tool, pattern };
  const normal = normalized[tool](pattern);
  if (normal === null) return null;
  return { tool, pattern: normal === '' ? null : normal };
}

function refused(what: string): ParsedRule {
  return { ok: false, what };
}

export function ruleText({ tool, pattern }: Rule): string {
  return pattern === null ? tool : `${tool}(${pattern})`;
}

const pathForm =
  'expected a path of the repository, ~/path or /path, with * and ** alone as wildcards and without .. (such as src/**, **/.env, ~/.ssh/**)';

const forms: Readonly<Record<RuleTool, string>> = {
  shell: 'expected a command line with * as the wildcard, on one line and without \\ (such as git push *)',
  read: pathForm,
  edit: pathForm,
  fetch: 'expected a host, *.host or * (such as example.com), without scheme, port and path',
  search: 'expected search without a pattern',
  mcp: 'expected mcp(server) or mcp(server.tool), of letters, digits, - and _',
};

/** The pattern in its stored form: empty if it covers the whole tool, null if it cannot be read. */
const normalized: Readonly<Record<'shell' | 'read' | 'edit' | 'fetch', (pattern: string) => string | null>> = {
  shell: (pattern) => {
    // Backslashes are refused: they mean something different in each agent's own rules, and none of these forms can express
    // one reliably.
    if (pattern === '' || /[\\\p{Cc}]/u.test(pattern)) return null;
    const single = pattern.replace(/\*+/g, '*');
    return single === '*' ? '' : single;
  },
  read: normalPath,
  edit: normalPath,
  fetch: (pattern) => {
    if (pattern === '*') return '';
    return /^(?:\*\.)?[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i.test(pattern) ? pattern.toLowerCase() : null;
  },
};

function normalPath(pattern: string): string | null {
  if (/[\\?[\]{}\p{Cc}]|^[!#]/u.test(pattern)) return null;
  const root = /^(?:~\/|\/)/.exec(pattern)?.[0] ?? '';
  // `a//b`, `a/./b` and `a/` name the same paths as `a/b` and `a`.
  const names = pattern
    .slice(root.length)
    .split('/')
    .filter((name) => name !== '' && name !== '.');
  const unreadable = names.some((name) => name === '..' || (name.includes('**') && name !== '**'));
  if (names.length === 0 || unreadable || (root === '' && names[0] === '~')) return null;
  // `**/**` equals `**`; `**` or `*` at the end covers everything below.
  const folded = names.filter((name, index) => name !== '**' || names[index - 1] !== '**');
  return root + folded.map((name, index) => (name === '*' && index === folded.length - 1 ? '**' : name)).join('/');
}

/** The decision of the rules; null if no rule applies, so that the agent decides. */
export function decide(given: { readonly permissions: Permissions; readonly wish: Wish }): Decision | null {
  const { permissions, wish } = given;
  return decisions.findLast((decision) => permissions[decision].some((rule) => holds({ rule, wish }))) ?? null;
}

export function holds(given: { readonly rule: Rule; readonly wish: Wish }): boolean {
  const { rule, wish } = given;
  if (rule.tool !== wish.tool) return false;
  if (rule.pattern === null) return true;
  return matches[rule.tool](rule.pattern, wish.target);
}

const matches: Readonly<Record<Exclude<RuleTool, 'search'>, (pattern: string, target: string) => boolean>> = {
  shell: (pattern, command) => glob(pattern, command) || (pattern.endsWith(' *') && glob(pattern.slice(0, -2), command)),
  read: pathMatches,
  edit: pathMatches,
  fetch: (pattern, host) => {
    const asked = host.toLowerCase();
    return pattern.startsWith('*.') ? asked.endsWith(pattern.slice(1)) && asked.length >= pattern.length : asked === pattern;
  },
  mcp: (pattern, tool) => tool === pattern || tool.startsWith(`${pattern}.`),
};

function pathMatches(pattern: string, path: string): boolean {
  return sequence({
    // A pattern for everything below a folder does not cover the folder itself.
    pattern: pattern.endsWith('**') ? [...pattern.split('/').slice(0, -1), '*', '**'] : [...pattern.split('/'), '**'],
    items: path.split('/'),
    any: (part) => part === '**',
    fits: glob,
  });
}

function glob(pattern: string, text: string): boolean {
  return sequence({ pattern: pattern.split(''), items: text.split(''), any: (part) => part === '*', fits: (part, item) => part === item });
}

/** Whether the items match the pattern, in which `any` matches any number of items. */
function sequence(given: {
  readonly pattern: readonly string[];
  readonly items: readonly string[];
  readonly any: (part: string) => boolean;
  readonly fits: (part: string, item: string) => boolean;
}): boolean {
  const { pattern, items, any, fits } = given;
  let at = 0;
  // The last `any` and how many items it matches: if the rest does not match, it takes one item more.
  let back: { part: number; item: number } | null = null;
  let item = 0;
  for (;;) {
    const found = items[item];
    if (found === undefined) return pattern.slice(at).every(any);
    const part = pattern[at];
    if (part !== undefined && any(part)) {
      back = { part: at, item };
      at += 1;
    } else if (part !== undefined && fits(part, found)) {
      at += 1;
      item += 1;
    } else if (back !== null) {
      back.item += 1;
      at = back.part + 1;
      item = back.item;
    } else return false;
  }
}
