// OpenCode's own configuration. Measured with 1.18.33:
// - `$OPENCODE_CONFIG_DIR`, else `$XDG_CONFIG_HOME/opencode`, contains `command/NAME.md` (and `commands/`),
//   `opencode.jsonc` and `opencode.json`, of which the first wins. A repository has them in its top folder and under
//   `.opencode/`.
// - `{env:NAME}` and `{file:PATH}` are replaced everywhere, before the text is parsed as JSON.
// - A byte order mark before the text is ignored.
// - In `permission`, the last matching key decides, including keys with wildcards: allowing keys are placed before those
//   that the user wrote, denying ones after them.
// - `opencode debug config` prints everything that it knows, asks no model and starts no server (3 s).
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { partsOf, referencesOf, textsOf, type McpServer } from '../../core/own/mcp.ts';
import { ownServers, type Lost, type OwnServer, type Piece, type Source } from '../../core/own/piece.ts';
import { fields } from '../../lib/fields.ts';
import { parseJson } from '../../lib/json-line.ts';
import type { OwnConfiguration } from '../../ports/own-configuration.ts';
import { opencodeRules } from './permissions.ts';
import { opencodeSlashCommand } from './slash-command.ts';

type Env = Readonly<Record<string, string | undefined>>;

export const opencodeOwn: OwnConfiguration = {
  forms: async ({ source, env, project }) => {
    const { root, folder } = placesOf({ env, project });
    const commented = join(folder, 'opencode.jsonc');
    const document = existsSync(commented) ? commented : join(folder, 'opencode.json');
    const parts = [commands(source, root), await permissions(source, document), servers(source, document)];
    return { root, pieces: parts.flatMap((part) => part.pieces), lost: parts.flatMap((part) => part.lost), strict: [] };
  },
  question: ({ settings, env, cwd }) => ({
    file: settings.path,
    args: [...settings.args, 'debug', 'config'],
    env: {
      set: {
        ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
        ...settings.env,
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        npm_config_offline: 'true',
      },
      unset: [],
      secret: [],
    },
    stdin: null,
    cwd,
    files: [],
  }),
  answer: (stdout) => {
    const told = fields(parseJson(stdout.slice(Math.max(0, stdout.indexOf('{')))));
    if (told === null) return null;
    return { commands: Object.keys(fields(told.command) ?? {}), servers: Object.keys(fields(told.mcp) ?? {}) };
  },
};

const xdg = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'];
const kept = ['HOME', 'PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'USER', 'OPENCODE_CONFIG_DIR', 'OPENCODE_CONFIG', ...xdg];

function placesOf({ env, project }: { env: Env; project: string | null }): { root: string; folder: string } {
  if (project !== null) return { root: join(project, '.opencode'), folder: project };
  const config = (env['XDG_CONFIG_HOME'] ?? '') === '' ? join(env['HOME'] ?? '/', '.config') : (env['XDG_CONFIG_HOME'] ?? '/');
  const own = env['OPENCODE_CONFIG_DIR'] ?? '';
  const root = own === '' ? join(config, 'opencode') : own;
  return { root, folder: root };
}

interface Part {
  readonly pieces: readonly Piece[];
  readonly lost: readonly Lost[];
}

function commands(source: Source, root: string): Part {
  const compiled = source.commands.map((command) => ({
    of: { kind: 'command', name: command.name } as const,
    ...opencodeSlashCommand({ command, tiers: source.tiers }),
  }));
  return {
    pieces: compiled.map(({ of, text: value }) => ({
      kind: 'file',
      of,
      path: join(root, 'command', `${of.name}.md`),
      value,
      rivals: [join(root, 'commands', `${of.name}.md`), join(root, 'skills', of.name, 'SKILL.md')],
    })),
    lost: compiled.flatMap(({ of, lost }) => lost.map((what) => ({ of, what }))),
  };
}

async function permissions(source: Source, path: string): Promise<Part> {
  const { rules, lost } = opencodeRules({ permissions: source.permissions, mcpServers: Object.keys(source.servers) });
  const wild = await wildcards(path, new Set(rules.map(({ at }) => at[0] ?? '')));
  const of = (name: string) => ({ kind: 'rule', name }) as const;
  const pieces: Piece[] = [];
  const left: Lost[] = [];
  for (const { at, decision, rule } of rules) {
    const over = wild.find((key) => matches(key, at[0] ?? ''));
    // After the user's own key it would undo that key, and it cannot be placed before and after it at once.
    if (decision !== 'deny' && over !== undefined) left.push({ of: of(rule), what: `is left out: your permission "${over}" decides` });
    else
      pieces.push({
        kind: 'entry',
        of: of(rule),
        path,
        at: ['permission', ...at],
        value: decision,
        order: decision === 'deny' ? 'behind' : 'before',
        wrap: '*',
      });
  }
  return { pieces, lost: [...lost.map(({ rule, what }) => ({ of: of(rule), what })), ...left] };
}

/** The user's keys that cover several tools. */
async function wildcards(path: string, ours: ReadonlySet<string>): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const permission: unknown = fields(parse(text, [], { allowTrailingComma: true }))?.permission;
  if (typeof permission === 'string') return ['*'];
  return Object.keys(fields(permission) ?? {}).filter((key) => /[*?]/.test(key) && !ours.has(key));
}

function matches(key: string, tool: string): boolean {
  const pattern = key
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(tool);
}

function servers(source: Source, path: string): Part {
  const { chosen, lost } = ownServers({ servers: source.servers, agent: 'opencode', inItsForm });
  return {
    pieces: chosen.map(({ of, value }) => ({ kind: 'entry', of, path, at: ['mcp', of.name], value, order: null, wrap: null })),
    lost,
  };
}

function inItsForm(server: McpServer): OwnServer {
  const problems = referencesOf(server).flatMap(({ kind, of }) =>
    kind === 'env' || kind === 'file' ? [] : [`OpenCode replaces only environment variables and files, not \${${kind}:${of}}`],
  );
  if (textsOf(server).some((one) => /\{(?:env|file):/.test(one)))
    problems.push('OpenCode would read a plain {env: or {file: as a reference');
  const values = (map: Readonly<Record<string, string>>): object =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, written(value)]));
  const value =
    server.transport === 'stdio'
      ? { type: 'local', command: server.command.map(written), environment: values(server.env), enabled: true }
      : { type: 'remote', url: written(server.url ?? ''), headers: values(server.headers), enabled: true };
  return { value, problems };
}

function written(value: string): string {
  return (partsOf(value) ?? []).map((part) => (typeof part === 'string' ? part : `{${part.kind}:${part.of}}`)).join('');
}
