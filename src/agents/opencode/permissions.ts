// Neutral rules as OpenCode's own (`permission` of its configuration). Measured with 1.18.33, headless, with --auto and
// without, by calls that a scripted model asked for:
// - The last rule that matches wins, in the order of the keys: allow, ask, deny. A key of digits alone stands first,
//   wherever it is written, as JavaScript has it. A deny holds with --auto; an ask is granted by it, and without it
//   ends the run (exit 0).
// - bash: each command of a line, as it is written: a rule on `git push *` does not hold for `GIT_TRACE=0 git push`,
//   `env git push`, `/usr/bin/git push` or two spaces. `*` is anything, `?` one character, ` *` at the end also nothing.
// - read, edit (write, too): the path from the repository's top, which for files outside begins with `../`: `~/…` and
//   `/…` never match. `*` is anything, slashes as well: a rule that allows `**` holds outside, too, where the folder has
//   been asked about before (`external_directory`). The shell is not bound by them.
// - webfetch and websearch take no patterns: with some the whole configuration is refused (exit 1). A key `webfetch*`
//   takes them, and holds. Compared is the address as it is written, capitals included.
// - MCP: `server_tool`, so `server_*` holds for the tools of a server `server_two`, too.
import { decisions, ruleText, type Decision, type Permissions, type Rule } from '../../core/own/permissions.ts';

interface Written {
  readonly tool: string;
  readonly keys: readonly string[];
  /** Why it holds for more than it says; null: for as much. */
  readonly wider: string | null;
  /** Why it holds for less; null: it does not. */
  readonly narrower?: string;
}

/** One key of `permission`, and the rule that it is made from: `decision rule`. */
export interface OpencodeRule {
  readonly at: readonly string[];
  readonly decision: Decision;
  readonly rule: string;
}

/** `mcpServers`: every server that is known by name. In the order in which the keys must stand. */
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
      // Among the tools the order counts as well: those of an MCP server are tools. Written anew, a key stands last.
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

/** An allow that holds for less takes nothing from anybody. */
function difference(given: { written: Written; decision: Decision }): string | null {
  const { wider, narrower } = given.written;
  const parts = [
    ...(wider === null ? [] : [`holds for more: ${wider}`]),
    ...(narrower === undefined || given.decision === 'allow' ? [] : [`holds for less: ${narrower}`]),
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
  if (isNumber(pattern)) return { tool: 'bash', keys: [`${pattern} *`], wider: 'OpenCode means any arguments, too' };
  return { tool: 'bash', keys: [pattern], wider: pattern.includes('?') ? 'OpenCode takes ? for any character' : null };
}

/** As a key of an object it would stand before all others, and lose. */
function isNumber(key: string): boolean {
  return /^\d+$/.test(key);
}

function path(pattern: string): Pick<Written, 'keys' | 'wider' | 'narrower'> {
  const root = /^(?:~\/|\/)/.exec(pattern)?.[0] ?? '';
  const names = pattern.slice(root.length).split('/');
  const below = names.at(-1) === '**';
  const folders = below ? names.slice(0, -1) : names;
  // `**` between names is one folder or several, or none.
  const step = (heads: string[], name: string): string[] =>
    name === '**' ? heads.flatMap((head) => [head, `${head}*/`]) : heads.map((head) => `${head}${name}/`);
  // A path outside begins with `../`, as many as there are: what follows may stand anywhere.
  const heads = folders.reduce(step, [root === '' || folders.length === 0 ? '' : '*/']);
  const keys = heads.flatMap((head) => [...(below ? [] : [head.slice(0, -1)]), `${head}*`]);
  if (root !== '')
    return { keys, wider: `OpenCode looks for it in any folder`, narrower: 'OpenCode knows the repository’s own files from its top only' };
  if (keys.some(isNumber))
    return { keys: keys.map((key) => (isNumber(key) ? `${key}*` : key)), wider: 'OpenCode means all that begins so' };
  return { keys, wider: folders.some((name) => name.includes('*') && name !== '**') ? 'OpenCode’s * goes over slashes' : null };
}

function fetching(given: { pattern: string; decision: Decision }): Written {
  const { pattern, decision } = given;
  const tool = 'webfetch';
  // The slash ends the host, so nothing but this host is allowed.
  if (decision === 'allow' && !pattern.startsWith('*'))
    return { tool, keys: ['https', 'http'].flatMap((scheme) => [`${scheme}://${pattern}`, `${scheme}://${pattern}/*`]), wider: null };
  // Behind `user@` or before `:port`: of what denies only the bare word is sure to be found.
  const host = pattern.replace(/^\*/, '');
  return {
    tool,
    keys: [`*${host}*`],
    wider: `OpenCode means any address that holds ${host}`,
    narrower: 'OpenCode tells capitals from small letters',
  };
}

function mcp(given: { pattern: string; mcpServers: readonly string[] }): Written {
  const [server, tool] = given.pattern.split('.');
  if (tool !== undefined) return { tool: `${server}_${tool}`, keys: ['*'], wider: null };
  const others = given.mcpServers.filter((name) => name.startsWith(`${server}_`));
  return { tool: `${server}_*`, keys: ['*'], wider: others.length === 0 ? null : `OpenCode means ${others.join(', ')}, too` };
}
