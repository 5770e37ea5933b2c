// The only place that builds OpenCode's commands. Measured with 1.18.33. The prompt goes by standard input: on argv
// an element with a space arrives with literal quotes around it, and an open standard input would be waited for.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { providerCredentials, secretNames, terminalEnvironment, workerEnvironment } from '../../core/security/environment.ts';
import { handedOver, shielded, type AgentAction, type CommandOptions, type Credential } from '../../ports/agent.ts';
import type { CommandSpec, LaidFile } from '../../ports/command-spec.ts';
import type { RuleTool } from '../../core/own/permissions.ts';
import { bridgeSource } from './bridge.ts';
import type { BridgeRole } from './bridge-role.ts';

export function opencodeCommand(action: AgentAction, options: CommandOptions): CommandSpec {
  const paths = {
    data: join(options.site.taskFolder, 'opencode', 'data'),
    state: join(options.site.taskFolder, 'opencode', 'state'),
    config: join(options.site.taskFolder, 'opencode', 'config'),
    bridge: join(options.site.taskFolder, 'opencode', 'bridge.mjs'),
  };
  const provider = providerOf(options.model);
  const credential = handedOver({
    credential: options.credential,
    known: [...providerCredentials(provider), 'OPENCODE_API_KEY'],
    // An entry of its own sign-in, which beats every variable and the file (measured).
    inItsWay: (secret) => ({ OPENCODE_AUTH_CONTENT: JSON.stringify({ [provider]: { type: 'api', key: secret } }) }),
  });
  const configured = options.settings.env;
  const competing = [
    ...providerCredentials(provider),
    'OPENCODE_API_KEY',
    'OPENCODE_AUTH_CONTENT',
    'CLAUDE_CODE_OAUTH_TOKEN',
    'ANTHROPIC_AUTH_TOKEN',
  ];
  const hidden = [...secretNames({ credential, configured, competing }), inline];
  const content = JSON.stringify(inlineConfig({ action, options, bridge: paths.bridge, hidden }));
  const seat = action === 'attach' ? terminalEnvironment(options.site.env) : {};
  const alone = options.isolation === 'full' && action === 'run' ? { ...unseen, XDG_CONFIG_HOME: paths.config } : {};
  const working = { ...quiet, XDG_DATA_HOME: paths.data, XDG_STATE_HOME: paths.state, [inline]: content, ...seat, ...alone };
  const own = action === 'version' ? quiet : { ...working, ...addressOf(options.credential) };
  const { env, taskFolder: folder } = options.site;
  const environment = workerEnvironment({ env, credential, passed: [], competing, folder, own, configured });
  const { config } = options.settings;
  // Arguments of a server and a provider's address may hold one, too, whatever they are called.
  const told = options.servers.length > 0 || /:"|\["/.test(JSON.stringify([config['mcp'], config['provider']]));
  const inlineKey = told || /"[^"]*(?:key|token|secret|password|authorization)[^"]*":"/i.test(content) ? [inline] : [];
  return {
    file: options.settings.path,
    // The configured arguments are those of `opencode run`; its interactive form refuses most of them.
    args: [...arguments_[action](options), ...(action === 'version' || action === 'attach' ? [] : options.settings.args)],
    env: { ...environment, secret: [...environment.secret, ...inlineKey] },
    stdin: action === 'version' || action === 'attach' ? null : options.prompt,
    cwd: options.site.checkout,
    files: action === 'version' ? [] : laidFiles({ action, options, paths }),
  };
}

/** It heeds the usual variables (measured), but adds no version to the path of Anthropic's, as Anthropic's own programs do. */
function addressOf(credential: Credential | null): Record<string, string> {
  const anthropic = 'ANTHROPIC_BASE_URL';
  const found = { ...credential?.address };
  const given = found[anthropic];
  return given === undefined ? found : { ...found, [anthropic]: given.replace(/(?:\/v1)?\/*$/, '/v1') };
}

/** Its whole configuration for this worker. */
const inline = 'OPENCODE_CONFIG_CONTENT';

/** Without these it asks models.opencode.ai, its update server and the npm registry at every start. */
const quiet = {
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  npm_config_offline: 'true',
};

/** What a project configured, and what it reads of Claude Code’s instructions and skills. */
const unseen = { OPENCODE_DISABLE_PROJECT_CONFIG: '1', OPENCODE_DISABLE_CLAUDE_CODE: '1' };

/** Faults inside it end as "Unexpected server error"; only its log names them. */
const logged = ['--print-logs', '--log-level', 'ERROR'];

const arguments_: Readonly<Record<AgentAction, (options: CommandOptions) => string[]>> = {
  run: (options) => [
    ...['run', '--format', 'json', '--model', options.model, '--title', options.title, '--agent', agentOf(options)],
    // Approves what a rule would ask about, which in a headless run is refused and ends it; deny rules still hold.
    '--auto',
    ...logged,
    ...(options.resume === null ? [] : ['--session', options.resume]),
  ],
  // Without --auto: the person is there to be asked.
  attach: (options) => [
    ...['--model', options.model, '--agent', 'build'],
    ...(options.resume === null ? [] : ['--session', options.resume]),
  ],
  eval: oneAnswer,
  probe: oneAnswer,
  version: () => ['--version'],
};

/** An inline agent without tools, for one question and one answer. */
const answerer = 'yardmaster-answer';

function oneAnswer(options: CommandOptions): string[] {
  return ['run', '--format', 'json', '--model', options.model, '--title', options.title, '--agent', answerer, ...logged];
}

function inlineConfig(given: {
  action: AgentAction;
  options: CommandOptions;
  bridge: string;
  hidden: readonly string[];
}): Record<string, unknown> {
  const { action, options, hidden } = given;
  const own = options.settings.config;
  const agent =
    action === 'run' || action === 'attach'
      ? action === 'run' && options.role !== null
        ? // The bridge makes it what it is; without the bridge it can do nothing.
          { [agentOf(options)]: { mode: 'primary', disable: false, permission: { '*': 'deny' } } }
        : {}
      : { [answerer]: { mode: 'primary', prompt: 'Answer in one message.', permission: { '*': 'deny' } } };
  return {
    ...own,
    model: options.model,
    small_model: options.model,
    // Otherwise an unknown provider ends at the vendor's free models: a prompt goes to where nobody sent it.
    enabled_providers: [providerOf(options.model)],
    autoupdate: false,
    share: 'disabled',
    plugin: [...listOf(own['plugin']), pathToFileURL(given.bridge).href],
    // A server that the configuration names is wanted, also where the user's own has one of that name.
    mcp: {
      ...Object.fromEntries(options.foreign.mcpServers.map((name) => [name, { enabled: false }])),
      ...recordOf(own['mcp']),
      ...serversOf({ options, hidden }),
    },
    agent: { ...recordOf(own['agent']), ...agent },
  };
}

/** In the form of its configuration. `timeout` bounds the start; it would bound each call, too, so the bridge lifts it then (measured). */
function serversOf(given: { readonly options: CommandOptions; readonly hidden: readonly string[] }): Record<string, unknown> {
  const { servers, serverStartMs: timeout } = given.options;
  return Object.fromEntries(
    servers.map((server) => {
      const { name, transport, url, env: environment, headers } = server;
      const local = { type: 'local', command: shielded({ server, names: given.hidden }), environment };
      return [name, { ...(transport === 'stdio' ? local : { type: 'remote', url, headers }), enabled: true, timeout }];
    }),
  );
}

/** Servers that may run, its own configuration's for workers among them, and of which the worker must have a connection. */
function serverRules({ servers, settings }: CommandOptions): { readonly servers: readonly string[]; readonly required: readonly string[] } {
  return {
    servers: [...Object.keys(recordOf(settings.config['mcp'])), ...servers.map(({ name }) => name)],
    required: servers.flatMap(({ name, required }) => (required ? [name] : [])),
  };
}

/**
 * A name of our own, as a project’s agent of the same one would be merged with ours, or disable it; and the built-in
 * `plan`, `title` and `compaction` are more than their prompts (measured).
 */
function agentOf({ role }: CommandOptions): string {
  return role === null ? 'build' : `yardmaster-${role.name}`;
}

function bridgeRole(options: CommandOptions): BridgeRole | null {
  const { role } = options;
  if (role === null) return null;
  const keys = (tool: RuleTool): readonly string[] =>
    tool === 'mcp' ? serverRules(options).servers.map((name) => `${name}_*`) : toolKeys[tool];
  return { agent: agentOf(options), prompt: role.prompt, tools: role.tools?.flatMap(keys) ?? null };
}

/** Those of its permissions; `edit` is also that of writing. */
const toolKeys: Readonly<Record<Exclude<RuleTool, 'mcp'>, readonly string[]>> = {
  shell: ['bash'],
  read: ['read', 'glob', 'grep', 'list'],
  edit: ['edit'],
  fetch: ['webfetch'],
  search: ['websearch'],
};

function laidFiles(given: { action: AgentAction; options: CommandOptions; paths: { data: string; bridge: string } }): LaidFile[] {
  const { action, options, paths } = given;
  const has = (name: string): string => options.site.env[name] ?? '';
  const restore = {
    npm_config_offline: has('npm_config_offline') || 'false',
    [inline]: '',
    XDG_DATA_HOME: has('XDG_DATA_HOME'),
    XDG_STATE_HOME: has('XDG_STATE_HOME'),
    ...(options.isolation === 'full' ? { XDG_CONFIG_HOME: has('XDG_CONFIG_HOME') } : {}),
  };
  // Its own sign-in, of which this provider's is this worker's; where a key is given, the file would beat it.
  const { credential } = options;
  const auth =
    credential !== null && (credential.secret !== null || Object.keys(credential.variables).length > 0) ? null : options.foreign.authFile;
  return [
    {
      path: paths.bridge,
      content: bridgeSource({
        restore,
        tells: action !== 'attach',
        ...serverRules(options),
        role: action === 'run' ? bridgeRole(options) : null,
      }),
    },
    ...(auth === null
      ? []
      : [{ path: join(paths.data, 'opencode', 'auth.json'), content: { copyOf: auth, entry: providerOf(options.model) } }]),
  ];
}

function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
