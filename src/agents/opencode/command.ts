// The only place that builds OpenCode's commands. Measured with 1.18.33. The prompt goes by standard input: on argv
// an element with a space arrives with literal quotes around it, and an open standard input would be waited for.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { providerCredentials, terminalEnvironment, workerEnvironment } from '../../core/environment.ts';
import { handedOver, type AgentAction, type CommandOptions, type CommandSpec, type LaidFile } from '../../ports/agent.ts';
import { bridgeSource } from './bridge.ts';

export function opencodeCommand(action: AgentAction, options: CommandOptions): CommandSpec {
  const paths = {
    data: join(options.taskFolder, 'opencode', 'data'),
    state: join(options.taskFolder, 'opencode', 'state'),
    bridge: join(options.taskFolder, 'opencode', 'bridge.mjs'),
  };
  const content = JSON.stringify(inlineConfig({ action, options, bridge: paths.bridge }));
  const seat = action === 'attach' ? terminalEnvironment(options.env) : {};
  const working = { ...quiet, XDG_DATA_HOME: paths.data, XDG_STATE_HOME: paths.state, OPENCODE_CONFIG_CONTENT: content, ...seat };
  const provider = providerOf(options.model);
  const environment = workerEnvironment({
    env: options.env,
    credential: handedOver({
      credential: options.credential,
      known: [...providerCredentials(provider), 'OPENCODE_API_KEY'],
      // An entry of its own sign-in, which beats every variable and the file (measured).
      inItsWay: (secret) => ({ OPENCODE_AUTH_CONTENT: JSON.stringify({ [provider]: { type: 'api', key: secret } }) }),
    }),
    passed: [],
    competing: [
      ...providerCredentials(provider),
      'OPENCODE_API_KEY',
      'OPENCODE_AUTH_CONTENT',
      'CLAUDE_CODE_OAUTH_TOKEN',
      'ANTHROPIC_AUTH_TOKEN',
    ],
    own: action === 'version' ? quiet : working,
    configured: options.settings.env,
  });
  const inlineKey = /"[^"]*(?:key|token|secret|password|authorization)[^"]*":"/i.test(content) ? ['OPENCODE_CONFIG_CONTENT'] : [];
  return {
    file: options.settings.path,
    // The configured arguments are those of `opencode run`; its interactive form refuses most of them.
    args: [...arguments_[action](options), ...(action === 'version' || action === 'attach' ? [] : options.settings.args)],
    env: { ...environment, secret: [...environment.secret, ...inlineKey] },
    stdin: action === 'version' || action === 'attach' ? null : options.prompt,
    cwd: options.cwd,
    files: action === 'version' ? [] : laidFiles({ action, options, paths }),
  };
}

/** Without these it asks models.opencode.ai, its update server and the npm registry at every start. */
const quiet = {
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  npm_config_offline: 'true',
};

/** Faults inside it end as "Unexpected server error"; only its log names them. */
const logged = ['--print-logs', '--log-level', 'ERROR'];

const arguments_: Readonly<Record<AgentAction, (options: CommandOptions) => string[]>> = {
  run: (options) => [
    ...['run', '--format', 'json', '--model', options.model, '--title', options.title, '--agent', 'build'],
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

function inlineConfig(given: { action: AgentAction; options: CommandOptions; bridge: string }): Record<string, unknown> {
  const { action, options } = given;
  const own = options.settings.config;
  const agent =
    action === 'run' || action === 'attach'
      ? {}
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
    mcp: { ...Object.fromEntries(options.foreign.mcpServers.map((name) => [name, { enabled: false }])), ...recordOf(own['mcp']) },
    agent: { ...recordOf(own['agent']), ...agent },
  };
}

function laidFiles(given: { action: AgentAction; options: CommandOptions; paths: { data: string; bridge: string } }): LaidFile[] {
  const { action, options, paths } = given;
  const has = (name: string): string => options.env[name] ?? '';
  const restore = {
    npm_config_offline: has('npm_config_offline') || 'false',
    OPENCODE_CONFIG_CONTENT: '',
    XDG_DATA_HOME: has('XDG_DATA_HOME'),
    XDG_STATE_HOME: has('XDG_STATE_HOME'),
  };
  // Its own sign-in, of which this provider's is this worker's; where a key is given, the file would beat it.
  const { credential } = options;
  const auth =
    credential !== null && (credential.secret !== null || Object.keys(credential.variables).length > 0) ? null : options.foreign.authFile;
  return [
    { path: paths.bridge, content: bridgeSource({ restore, tells: action !== 'attach' }) },
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
