// Claude Code's own configuration. Measured with 2.1.330:
// - `$CLAUDE_CONFIG_DIR`, else `~/.claude`, contains `commands/NAME.md` and `settings.json`; user servers are in
//   `.claude.json` in that folder, else in the home folder. A repository has `.claude/` and `.mcp.json`.
// - `${NAME}` in a server's command, arguments, environment, address and headers is replaced from the environment when the
//   server is started; a file or a command cannot be referred to.
// - A settings.json that is not plain JSON is ignored as a whole, without a message.
// - A byte order mark at the start of any of these files is ignored.
// - `claude -p /cost` asks no model, and its first event lists all slash commands and MCP servers (2.5 s; it starts the
//   servers, as every session of the person does).
import { join } from 'node:path';
import { partsOf, referencesOf, textsOf, type McpServer } from '../../core/own/mcp.ts';
import { decisions, ruleText } from '../../core/own/permissions.ts';
import { ownServers, type Item, type Lost, type OwnServer, type Piece, type Source } from '../../core/own/piece.ts';
import { fields, list, text } from '../../lib/fields.ts';
import { parseJson } from '../../lib/json-line.ts';
import type { OwnConfiguration } from '../../ports/own-configuration.ts';
import { claudeRules } from './permissions.ts';
import { claudeSlashCommand } from './slash-command.ts';

type Env = Readonly<Record<string, string | undefined>>;

interface Places {
  readonly root: string;
  readonly servers: string;
}

export const claudeOwn: OwnConfiguration = {
  forms: ({ source, env, project }) => {
    const places = placesOf({ env, project });
    const settings = join(places.root, 'settings.json');
    const parts = [commands(source, places.root), permissions(source, settings), servers(source, places.servers)];
    return Promise.resolve({
      root: places.root,
      pieces: parts.flatMap((part) => part.pieces),
      lost: parts.flatMap((part) => part.lost),
      strict: [settings, places.servers],
    });
  },
  question: ({ settings, env, cwd }) => ({
    file: settings.path,
    args: [...settings.args, '-p', '/cost', '--no-session-persistence', '--output-format', 'stream-json', '--verbose'],
    env: {
      set: {
        ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
        ...settings.env,
        // No sign-in is needed, and nothing must be sent.
        ANTHROPIC_API_KEY: 'none',
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        MCP_TIMEOUT: '2000',
      },
      unset: [],
      secret: [],
    },
    stdin: null,
    cwd,
    files: [],
  }),
  answer: (stdout) => {
    for (const line of stdout.split('\n')) {
      const told = fields(parseJson(line));
      if (told?.type !== 'system' || told.subtype !== 'init') continue;
      return {
        commands: list(told.slash_commands).flatMap((name) => text(name) ?? []),
        servers: list(told.mcp_servers).flatMap((server) => text(fields(server)?.name) ?? []),
      };
    }
    return null;
  },
};

const kept = [
  'HOME',
  'PATH',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'USER',
  'CLAUDE_CONFIG_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
];

function placesOf({ env, project }: { env: Env; project: string | null }): Places {
  if (project !== null) return { root: join(project, '.claude'), servers: join(project, '.mcp.json') };
  const home = env['HOME'] ?? '/';
  const own = env['CLAUDE_CONFIG_DIR'] ?? '';
  return own === ''
    ? { root: join(home, '.claude'), servers: join(home, '.claude.json') }
    : { root: own, servers: join(own, '.claude.json') };
}

interface Part {
  readonly pieces: readonly Piece[];
  readonly lost: readonly Lost[];
}

function commands(source: Source, root: string): Part {
  const compiled = source.commands.map((command) => ({ command, ...claudeSlashCommand({ command, tiers: source.tiers }) }));
  const of = (name: string): Item => ({ kind: 'command', name });
  return {
    pieces: compiled.map(({ command: { name }, text: value }) => ({
      kind: 'file',
      of: of(name),
      path: join(root, 'commands', `${name}.md`),
      value,
      rivals: [join(root, 'skills', name, 'SKILL.md')],
    })),
    lost: compiled.flatMap(({ command, lost }) => lost.map((what) => ({ of: of(command.name), what }))),
  };
}

function permissions(source: Source, path: string): Part {
  const pieces: Piece[] = [];
  const lost: Lost[] = [];
  for (const decision of decisions) {
    for (const rule of source.permissions[decision]) {
      const of: Item = { kind: 'rule', name: `${decision} ${ruleText(rule)}` };
      const written = claudeRules({ rules: [rule], decision });
      for (const value of written.rules) pieces.push({ kind: 'member', of, path, at: ['permissions', decision], value });
      lost.push(...written.lost.map((what) => ({ of, what })));
    }
  }
  return { pieces, lost };
}

function servers(source: Source, path: string): Part {
  const { chosen, lost } = ownServers({ servers: source.servers, agent: 'claude', inItsForm });
  return {
    pieces: chosen.map(({ of, value }) => ({ kind: 'entry', of, path, at: ['mcpServers', of.name], value, order: null, wrap: null })),
    lost,
  };
}

function inItsForm(server: McpServer): OwnServer {
  const { transport, command, url, env, headers } = server;
  const problems = referencesOf(server).flatMap(({ kind, of }) =>
    kind === 'env' ? [] : [`Claude Code replaces only environment variables, not \${${kind}:${of}}`],
  );
  if (textsOf(server).some((one) => one.includes('${'))) problems.push('Claude Code would read a plain ${ as a variable');
  const [program, ...args] = command.map(written);
  const values = (map: Readonly<Record<string, string>>): object =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, written(value)]));
  const value =
    transport === 'stdio'
      ? { type: 'stdio', command: program, args, env: values(env) }
      : { type: transport, url: written(url ?? ''), headers: values(headers) };
  return { value, problems };
}

function written(value: string): string {
  return (partsOf(value) ?? []).map((part) => (typeof part === 'string' ? part : `\${${part.of}}`)).join('');
}
