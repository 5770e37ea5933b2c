// The only place that builds OpenCode's commands. Measured with 1.18.33. The prompt is passed on standard input: an
// argument with a space arrives with literal quotes around it, and OpenCode would wait for the end of an open standard
// input.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ReadyServer } from '../../core/own/mcp.ts';
import type { RuleTool } from '../../core/own/permissions.ts';
import type { Role } from '../../core/own/role.ts';
import { providerOf } from '../../core/route/model-name.ts';
import { keyProviders, providerCredentials, secretNames, terminalEnvironment, workerEnvironment } from '../../core/security/environment.ts';
import {
  handedOver,
  shielded,
  type AttachRequest,
  type CommandRequest,
  type Credential,
  type RunRequest,
  type VersionRequest,
} from '../../ports/command-request.ts';
import type { CommandSpec, LaidFile } from '../../ports/command-spec.ts';
import type { SiteFacts } from '../../ports/place-site.ts';
import { bridgeSource } from './bridge.ts';
import type { BridgeRole } from './bridge-role.ts';

export function opencodeCommand(request: CommandRequest): CommandSpec {
  return request.action === 'version' ? versionCommand(request) : modelCommand(request);
}

type ModelRequest = Exclude<CommandRequest, VersionRequest>;

/** It needs no credential, so it is given none. */
function versionCommand({ settings, site }: VersionRequest): CommandSpec {
  const competing = [...keyProviders().flatMap(providerCredentials), ...ownCredentials];
  const { env, taskFolder: folder } = site;
  return {
    file: settings.path,
    args: ['--version'],
    env: workerEnvironment({ env, credential: {}, passed: [], competing, folder, own: quiet, configured: settings.env }),
    stdin: null,
    cwd: site.checkout,
    files: [],
  };
}

function modelCommand(request: ModelRequest): CommandSpec {
  const { action, settings, site, model } = request;
  const paths = pathsIn(site);
  const provider = providerOf(model);
  const credential = handedOver({
    credential: request.credential,
    known: [...providerCredentials(provider), vendorKey],
    // An entry of its own sign-in, which takes precedence over every variable and the file (measured).
    inItsWay: (secret) => ({ [signInContent]: JSON.stringify({ [provider]: { type: 'api', key: secret } }) }),
  });
  const configured = settings.env;
  const competing = [...providerCredentials(provider), ...ownCredentials];
  const hidden = [...secretNames({ credential, configured, competing }), inline];
  const content = JSON.stringify(inlineConfig({ request, bridge: paths.bridge, hidden }));
  const { env, taskFolder: folder } = site;
  const own = {
    ...{ ...quiet, XDG_DATA_HOME: paths.data, XDG_STATE_HOME: paths.state, [inline]: content },
    ...(action === 'attach' ? terminalEnvironment(env) : {}),
    ...(isAlone(request) ? { ...unseen, XDG_CONFIG_HOME: paths.config } : {}),
    ...addressOf(request.credential),
  };
  const environment = workerEnvironment({ env, credential, passed: [], competing, folder, own, configured });
  const { config } = settings;
  // Arguments of a server and a provider's address may also contain a secret, whatever their keys are called.
  const told = serversOf(request).length > 0 || /:"|\["/.test(JSON.stringify([config['mcp'], config['provider']]));
  const inlineKey = told || /"[^"]*(?:key|token|secret|password|authorization)[^"]*":"/i.test(content) ? [inline] : [];
  return {
    file: settings.path,
    // The configured arguments belong to `opencode run`; its interactive form refuses most of them.
    args: [...argumentsOf(request), ...(action === 'attach' ? [] : settings.args)],
    env: { ...environment, secret: [...environment.secret, ...inlineKey] },
    stdin: action === 'attach' ? null : request.prompt,
    cwd: site.checkout,
    files: laidFiles(request),
  };
}

function pathsIn({ taskFolder }: SiteFacts): Readonly<Record<'data' | 'state' | 'config' | 'bridge', string>> {
  const at = (name: string): string => join(taskFolder, 'opencode', name);
  return { data: at('data'), state: at('state'), config: at('config'), bridge: at('bridge.mjs') };
}

/** Whether it runs without the configuration of the person and the project. */
function isAlone(request: ModelRequest): boolean {
  return request.action === 'run' && request.isolation === 'full';
}

/** The servers for its work; only a worker has any. */
function serversOf(request: ModelRequest): readonly ReadyServer[] {
  return request.action === 'run' ? request.servers : [];
}

/**
 * It uses the usual variables (measured), but unlike Anthropic's own programs adds no version to the path of Anthropic's
 * address.
 */
function addressOf(credential: Credential | null): Record<string, string> {
  const anthropic = 'ANTHROPIC_BASE_URL';
  const found = { ...credential?.address };
  const given = found[anthropic];
  return given === undefined ? found : { ...found, [anthropic]: given.replace(/(?:\/v1)?\/*$/, '/v1') };
}

/** The key of OpenCode's own provider. */
const vendorKey = 'OPENCODE_API_KEY';

/** The content of its whole sign-in file. */
const signInContent = 'OPENCODE_AUTH_CONTENT';

/** Credentials that it uses beside the variables of a provider. */
const ownCredentials = [vendorKey, signInContent, 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'];

/** The whole configuration for this worker. */
const inline = 'OPENCODE_CONFIG_CONTENT';

/** Without these it contacts models.opencode.ai, its update server and the npm registry at every start. */
const quiet = {
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  npm_config_offline: 'true',
};

/** Hides the project's configuration, and the instructions and skills for Claude Code that it would read. */
const unseen = { OPENCODE_DISABLE_PROJECT_CONFIG: '1', OPENCODE_DISABLE_CLAUDE_CODE: '1' };

/** Faults inside it end as "Unexpected server error"; only its log says more. */
const logged = ['--print-logs', '--log-level', 'ERROR'];

function argumentsOf(request: ModelRequest): readonly string[] {
  const { model, title } = request;
  switch (request.action) {
    case 'run':
      return [
        ...['run', '--format', 'json', '--model', model, '--title', title, '--agent', agentOf(request.role)],
        // Approves calls for which a rule would ask, which in a headless run would be refused and end the run; deny rules
        // still apply.
        '--auto',
        ...logged,
        ...sessionOf(request),
      ];
    case 'attach':
      // Without --auto, because the person is there to be asked.
      return ['--model', model, '--agent', 'build', ...sessionOf(request)];
    case 'probe':
    case 'eval':
      return ['run', '--format', 'json', '--model', model, '--title', title, '--agent', answerer, ...logged];
  }
}

function sessionOf({ resume }: RunRequest | AttachRequest): readonly string[] {
  return resume === null ? [] : ['--session', resume];
}

/** An inline agent without tools, for one question and one answer. */
const answerer = 'yardmaster-answer';

function inlineAgents(request: ModelRequest): Record<string, unknown> {
  switch (request.action) {
    case 'run':
      // The bridge gives it its role; without the bridge it cannot do anything.
      return request.role === null ? {} : { [agentOf(request.role)]: { mode: 'primary', disable: false, permission: { '*': 'deny' } } };
    case 'attach':
      return {};
    case 'probe':
    case 'eval':
      return { [answerer]: { mode: 'primary', prompt: 'Answer in one message.', permission: { '*': 'deny' } } };
  }
}

function inlineConfig(given: { request: ModelRequest; bridge: string; hidden: readonly string[] }): Record<string, unknown> {
  const { request, hidden } = given;
  const { model, foreign } = request;
  const own = request.settings.config;
  return {
    ...own,
    model,
    small_model: model,
    // Otherwise an unknown provider falls back to the vendor's free models, and the prompt is sent to somebody whom nobody
    // chose.
    enabled_providers: [providerOf(model)],
    autoupdate: false,
    share: 'disabled',
    plugin: [...listOf(own['plugin']), pathToFileURL(given.bridge).href],
    // A server in Yardmaster's configuration is enabled even if the user's own configuration has one of that name.
    mcp: {
      ...Object.fromEntries((foreign?.mcpServers ?? []).map((name) => [name, { enabled: false }])),
      ...recordOf(own['mcp']),
      ...describedServers({ request, hidden }),
    },
    agent: { ...recordOf(own['agent']), ...inlineAgents(request) },
  };
}

/**
 * In the form of its configuration. `timeout` limits the start. It would limit each call, too, so the bridge removes it
 * afterwards (measured).
 */
function describedServers(given: { readonly request: ModelRequest; readonly hidden: readonly string[] }): Record<string, unknown> {
  const { request, hidden } = given;
  return Object.fromEntries(
    serversOf(request).map((server) => {
      const { name, transport, url, env: environment, headers } = server;
      const local = { type: 'local', command: shielded({ server, names: hidden }), environment };
      return [
        name,
        { ...(transport === 'stdio' ? local : { type: 'remote', url, headers }), enabled: true, timeout: request.serverStartMs },
      ];
    }),
  );
}

/**
 * The servers that may run, including those for workers in its own configuration, and the ones to which the worker must be
 * connected.
 */
function serverRules(request: ModelRequest): { readonly servers: readonly string[]; readonly required: readonly string[] } {
  const servers = serversOf(request);
  return {
    servers: [...Object.keys(recordOf(request.settings.config['mcp'])), ...servers.map(({ name }) => name)],
    required: servers.flatMap(({ name, required }) => (required ? [name] : [])),
  };
}

/**
 * A name of our own, because a project’s agent of the same name would be merged with ours, or disable it, and because the
 * built-in `plan`, `title` and `compaction` are more than their prompts (measured).
 */
function agentOf(role: Role | null): string {
  return role === null ? 'build' : `yardmaster-${role.name}`;
}

function bridgeRole(request: ModelRequest): BridgeRole | null {
  if (request.action !== 'run' || request.role === null) return null;
  const { role } = request;
  const keys = (tool: RuleTool): readonly string[] =>
    tool === 'mcp' ? serverRules(request).servers.map((name) => `${name}_*`) : toolKeys[tool];
  return { agent: agentOf(role), prompt: role.prompt, tools: role.tools?.flatMap(keys) ?? null };
}

/** The keys of its permissions; `edit` also covers writing. */
const toolKeys: Readonly<Record<Exclude<RuleTool, 'mcp'>, readonly string[]>> = {
  shell: ['bash'],
  read: ['read', 'glob', 'grep', 'list'],
  edit: ['edit'],
  fetch: ['webfetch'],
  search: ['websearch'],
};

function laidFiles(request: ModelRequest): LaidFile[] {
  const { action, site, credential, model, foreign } = request;
  const paths = pathsIn(site);
  const has = (name: string): string => site.env[name] ?? '';
  const restore = {
    npm_config_offline: has('npm_config_offline') || 'false',
    [inline]: '',
    XDG_DATA_HOME: has('XDG_DATA_HOME'),
    XDG_STATE_HOME: has('XDG_STATE_HOME'),
    ...(isAlone(request) ? { XDG_CONFIG_HOME: has('XDG_CONFIG_HOME') } : {}),
  };
  // Its own sign-in, of which the part for this provider belongs to this worker. If a key is given, the file would take
  // precedence over it.
  const hasKey = credential !== null && (credential.secret !== null || Object.keys(credential.variables).length > 0);
  const auth = hasKey ? null : (foreign?.authFile ?? null);
  const bridge = bridgeSource({ restore, tells: action !== 'attach', ...serverRules(request), role: bridgeRole(request) });
  return [
    { path: paths.bridge, content: bridge },
    ...(auth === null ? [] : [{ path: join(paths.data, 'opencode', 'auth.json'), content: { copyOf: auth, entry: providerOf(model) } }]),
  ];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
