// Translates neutral rules into OpenCode's own (`permission` of its configuration). Measured with 1.18.33, headless, with
// and without --auto, by calls that a scripted model asked for:
// - The last matching rule wins, in the order of the keys: allow, ask, deny. A key that consists of digits comes first,
//   wherever it is written, as in every JavaScript object. A deny applies with --auto; an ask is granted by it, and without
//   it ends the run (exit 0).
// - bash: each command of a line is compared as it is written: a rule on `git push *` does not apply to `GIT_TRACE=0 git
//   push`, `env git push`, `/usr/bin/git push` or two spaces. `*` matches anything, `?` one character, ` *` at the end also
//   nothing.
// - read, edit (also write): the path from the repository's top folder, which begins with `../` for files outside: `~/…`
//   and `/…` never match. `*` matches anything, including slashes: a rule that allows `**` also applies outside, where the
//   folder was asked about first (`external_directory`). These rules do not restrict the shell.
// - webfetch and websearch accept no patterns: with one, the whole configuration is refused (exit 1). A key `webfetch*`
//   accepts them and works. The address is compared as it is written, including capital letters.
// - MCP: `server_tool`, so `server_*` also covers the tools of a server `server_two`.
import { decisions, ruleText, type Decision, type Permissions, type Rule } from '../../core/own/permissions.ts';

interface Written {
  readonly tool: string;
  readonly keys: readonly string[];
  /** Why it covers more than the rule says; null if it does not. */
  readonly wider: string | null;
  /** Why it covers less; null if it does not. */
  readonly narrower?: string;
}

/** One key of `permission`, and the rule that it is made from: `decision rule`. */
export interface OpencodeRule {
  readonly at: readonly string[];
  readonly decision: Decision;
  readonly rule: string;
}

/** `mcpServers`: the names of all known servers. The result has the order that the keys must have. */
export function opencodeRules(given: { readonly permissions: Permissions; readonly mcpServers: readonly string[] }): {
  readonly rules: readonly OpencodeRule[];
  readonly lost: readonly { readonly rule: string; readonly what: string }[];
} {
  const { permissions, mcpServers } = given;
  const tools = new Map<string, Map<string, Omit<OpencodeRule, 'at'>>>();
  const lost: { rule: string; what: string }[] = [];
  for (const decision of decisions) {
    for (const rule of permissions[decision]) {
      const written = writtenAs({ rule, decision, mcpServers });
      const left = written.wider !== null && decision === 'allow';
      const differs = left ? `is left out: ${written.wider}` : difference({ written, decision });
      const name = `${decision} ${ruleText(rule)}`;
      if (differs !== null) lost.push({ rule: name, what: differs });
      if (left) continue;
      const keys = tools.get(written.tool) ?? new Map<string, Omit<OpencodeRule, 'at'>>();
      // The order also matters between tools, because those of an MCP server are tools. A key that is written again comes
      // last.
      tools.delete(written.tool);
      tools.set(written.tool, keys);
      for (const key of written.keys) {
        keys.delete(key);
        keys.set(key, { decision, rule: name });
      }
    }
  }
  return { rules: [...tools].flatMap(([tool, keys]) => entriesOf({ tool, keys })), lost };
}

/** An allow rule that covers less takes nothing away from anybody. */
function difference(given: { written: Written; decision: Decision }): string | null {
  const { wider, narrower } = given.written;
  const parts = [
    ...(wider === null ? [] : [`covers more: ${wider}`]),
    ...(narrower === undefined || given.decision === 'allow' ? [] : [`covers less: ${narrower}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function entriesOf(given: { tool: string; keys: ReadonlyMap<string, Omit<OpencodeRule, 'at'>> }): OpencodeRule[] {
  const { tool, keys } = given;
  const whole = keys.get('*');
  if (whole !== undefined && keys.size === 1) return [{ ...whole, at: [tool] }];
  return [...keys].map(([key, one]) => ({ ...one, at: [tool === 'webfetch' ? 'webfetch*' : tool, key] }));
}

function writtenAs(given: { rule: Rule; decision: Decision; mcpServers: readonly string[] }): Written {
  const { rule, decision, mcpServers } = given;
  if (rule.tool === 'mcp') return mcp({ pattern: rule.pattern, mcpServers });
  if (rule.pattern === null) return { tool: wholeTool[rule.tool], keys: ['*'], wider: null };
  switch (rule.tool) {
    case 'shell':
      return shell(rule.pattern);
    case 'read':
    case 'edit':
      return { tool: rule.tool, ...path(rule.pattern) };
    case 'fetch':
      return fetching({ pattern: rule.pattern, decision });
  }
}

const wholeTool = { shell: 'bash', read: 'read', edit: 'edit', fetch: 'webfetch', search: 'websearch' } as const;

function shell(pattern: string): Written {
  if (isNumber(pattern)) return { tool: 'bash', keys: [`${pattern} *`], wider: 'OpenCode also matches any arguments' };
  return { tool: 'bash', keys: [pattern], wider: pattern.includes('?') ? 'OpenCode reads ? as any character' : null };
}

/** As a key of an object it would come before all others, and lose. */
function isNumber(key: string): boolean {
  return /^\d+$/.test(key);
}

function path(pattern: string): Pick<Written, 'keys' | 'wider' | 'narrower'> {
  const root = /^(?:~\/|\/)/.exec(pattern)?.[0] ?? '';
  const names = pattern.slice(root.length).split('/');
  const below = names.at(-1) === '**';
  const folders = below ? names.slice(0, -1) : names;
  // `**` between names matches any number of folders, including none.
  const step = (heads: string[], name: string): string[] =>
    name === '**' ? heads.flatMap((head) => [head, `${head}*/`]) : heads.map((head) => `${head}${name}/`);
  // A path outside begins with any number of `../`, so the rest may be anywhere.
  const heads = folders.reduce(step, [root === '' || folders.length === 0 ? '' : '*/']);
  const keys = heads.flatMap((head) => [...(below ? [] : [head.slice(0, -1)]), `${head}*`]);
  if (root !== '')
    return {
      keys,
      wider: `OpenCode matches it in any folder`,
      narrower: 'OpenCode knows the repository’s own files only by their path from its top folder',
    };
  if (keys.some(isNumber))
    return { keys: keys.map((key) => (isNumber(key) ? `${key}*` : key)), wider: 'OpenCode matches everything that begins with it' };
  return { keys, wider: folders.some((name) => name.includes('*') && name !== '**') ? 'OpenCode’s * also matches slashes' : null };
}

function fetching(given: { pattern: string; decision: Decision }): Written {
  const { pattern, decision } = given;
  const tool = 'webfetch';
  // The slash ends the host name, so only this host is allowed.
  if (decision === 'allow' && !pattern.startsWith('*'))
    return { tool, keys: ['https', 'http'].flatMap((scheme) => [`${scheme}://${pattern}`, `${scheme}://${pattern}/*`]), wider: null };
  // After `user@` or before `:port`, a denying pattern can only be sure to find the bare word.
  const host = pattern.replace(/^\*/, '');
  return {
    tool,
    keys: [`*${host}*`],
    wider: `OpenCode matches any address that contains ${host}`,
    narrower: 'OpenCode distinguishes capital and small letters',
  };
}

function mcp(given: { pattern: string; mcpServers: readonly string[] }): Written {
  const [server, tool] = given.pattern.split('.');
  if (tool !== undefined) return { tool: `${server}_${tool}`, keys: ['*'], wider: null };
  const others = given.mcpServers.filter((name) => name.startsWith(`${server}_`));
  return { tool: `${server}_*`, keys: ['*'], wider: others.length === 0 ? null : `OpenCode also matches ${others.join(', ')}` };
}
