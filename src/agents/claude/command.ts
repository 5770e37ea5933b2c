// The only place that builds Claude Code's commands. Measured with 2.1.330; the prompt goes by standard input
// (a prompt on argv shows in ps, has a length limit and may be read as a flag).
import { join } from 'node:path';
import { terminalEnvironment, workerEnvironment } from '../../core/security/environment.ts';
import type { ReadyServer } from '../../core/own/mcp.ts';
import type { RuleTool } from '../../core/own/permissions.ts';
import type { Role } from '../../core/own/role.ts';
import { handedOver, shielded, type AgentAction, type CommandOptions } from '../../ports/agent.ts';
import type { CommandSpec, LaidFile } from '../../ports/command-spec.ts';
import { atAnthropic, cloudOf, clouds, companions, deciding } from './clouds.ts';

/** A plan's long-lived token, from `claude setup-token`. */
export const planToken = 'CLAUDE_CODE_OAUTH_TOKEN';

const [apiKey] = atAnthropic.secrets;

/** Claude Code heeds each of these before its own sign-in, and a key before a plan. */
const claudeCredentials = [...atAnthropic.secrets, planToken];

/** Names that only Claude Code knows. Others of a cloud may be meant for the worker's tools. */
const ofClouds = clouds
  .flatMap((cloud) => [...cloud.secrets, ...companions(cloud)])
  .filter((name) => /^(?:ANTHROPIC|CLAUDE_CODE)_/.test(name));

export function claudeCommand(action: AgentAction, options: CommandOptions): CommandSpec {
  const temporary = join(options.site.taskFolder, 'tmp');
  const cloud = cloudOf(providerOf(options.model));
  const environment = workerEnvironment({
    env: options.site.env,
    credential: handedOver({
      credential: options.credential,
      known: [...claudeCredentials, ...clouds.flatMap(({ secrets }) => secrets)],
      inItsWay: (secret) => ({ [options.credential?.billing === 'subscription' ? planToken : (cloud?.unnamed ?? apiKey)]: secret }),
    }),
    passed: ['CLAUDE_CONFIG_DIR'],
    folder: options.site.taskFolder,
    competing: [...claudeCredentials, ...ofClouds],
    own:
      action === 'version'
        ? quiet
        : {
            ...quiet,
            ...bounded,
            ...options.credential?.address,
            ...(cloud === null ? {} : { [cloud.on]: '1' }),
            // A server that never answers delays the start by 30 s otherwise.
            MCP_TIMEOUT: String(options.serverStartMs),
            CLAUDE_CODE_TMPDIR: temporary,
            ...(options.site.uid === 0 ? { IS_SANDBOX: '1' } : {}),
            ...(action === 'attach' ? terminalEnvironment(options.site.env) : {}),
          },
    configured: options.settings.env,
  });
  const paying = action === 'version' || options.credential === null ? null : settingsFile(options, environment);
  return {
    file: options.settings.path,
    args: [
      ...arguments_[action](options),
      ...(paying === null ? [] : ['--settings', paying.path]),
      ...(action === 'version' ? [] : options.settings.args),
    ],
    env: environment,
    stdin: action === 'version' || action === 'attach' ? null : options.prompt,
    cwd: options.site.checkout,
    files: [
      ...(paying === null ? [] : [paying]),
      ...(action === 'run' || action === 'attach' ? [{ path: join(temporary, '.keep'), content: '' }] : []),
      ...(action === 'run' ? [{ path: serversFile(options), content: serversOf(options.servers, environment.secret) }] : []),
      ...(action === 'run' && options.role !== null ? [{ path: roleFile(options), content: roleOf(options.role, options.servers) }] : []),
    ],
  };
}

/**
 * A person's or a repository's settings may name a key, a gateway's token, a helper for one, a cloud, or an address. Each
 * goes before the environment (measured): the bill goes elsewhere, or the credential. Given by `--settings`, the account's
 * own address, cloud and helper beat those, and what it has not is empty. In a file, because a helper's line may be a secret
 * and arguments can be seen; what is a secret for sure stands in the environment alone.
 */
function settingsFile({ credential, site }: CommandOptions, { set, secret }: CommandSpec['env']): LaidFile {
  const names = new Set([...deciding, ...Object.keys(credential?.address ?? {})]);
  const told = [...names].filter((name) => !secret.includes(name)).toSorted();
  const env = Object.fromEntries(told.map((name) => [name, set[name] ?? '']));
  return { path: join(site.privateFolder, 'settings.json'), content: JSON.stringify({ env, apiKeyHelper: credential?.helper ?? '' }) };
}

/** Exactly the worker's servers, also where there are none; an argument would show them, and their secrets, in ps. */
function serversFile(options: CommandOptions): string {
  return join(options.site.privateFolder, 'mcp.json');
}

function serversOf(servers: readonly ReadyServer[], secret: readonly string[]): string {
  const described = servers.map((server) => {
    const { name, transport, url, env, headers } = server;
    const [command, ...args] = shielded({ server, names: secret });
    return [name, transport === 'stdio' ? { type: 'stdio', command, args, env } : { type: transport, url, headers }] as const;
  });
  return JSON.stringify({ mcpServers: Object.fromEntries<object>(described) });
}

/** It may be larger than an argument, which everybody could read in ps. */
function roleFile(options: CommandOptions): string {
  return join(options.site.privateFolder, 'agents.json');
}

/**
 * Measured: it goes before a person’s, a project’s and Claude Code’s own agent of that name; what it does not list is
 * neither offered nor there when it is called, subagents included; deny rules hold beside it. No model: the route’s
 * stays. Its prompt stands in the place of Claude Code’s own words; folder, date, CLAUDE.md and what is appended are
 * told beside it.
 */
function roleOf({ name, description, prompt, tools }: Role, servers: readonly ReadyServer[]): string {
  const named = (tool: RuleTool): readonly string[] => (tool === 'mcp' ? servers.map((server) => `mcp__${server.name}`) : toolNames[tool]);
  return JSON.stringify({ [name]: { description, prompt, ...(tools === null ? {} : { tools: tools.flatMap(named) }) } });
}

/** Beside Bash, Glob and Grep are not offered: it finds and greps by itself. */
const toolNames: Readonly<Record<Exclude<RuleTool, 'mcp'>, readonly string[]>> = {
  shell: ['Bash'],
  read: ['Read', 'Glob', 'Grep'],
  edit: ['Edit', 'Write', 'NotebookEdit'],
  fetch: ['WebFetch'],
  search: ['WebSearch'],
};

const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };

const bounded = {
  // With background tasks one run has several results, and it waits up to ten minutes for shells left running.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  // Of 10 by default a refused key takes three minutes to be told. Three cover a short overload (about 4 s), and the
  // fallback model needs at least two.
  CLAUDE_CODE_MAX_RETRIES: '3',
};

const arguments_: Readonly<Record<AgentAction, (options: CommandOptions) => string[]>> = {
  run: (options) => [
    ...['-p', '--output-format', 'stream-json', '--verbose'],
    ...(options.resume === null ? ['--session-id', options.newSession] : ['--resume', options.resume]),
    ...['--name', options.title, '--model', bareModel(options.model)],
    ...['--permission-mode', 'bypassPermissions', '--strict-mcp-config', '--mcp-config', serversFile(options)],
    // No settings, instructions or commands of the person or the project.
    ...(options.isolation === 'full' ? ['--setting-sources', ''] : []),
    ...(options.role === null ? [] : ['--agents', roleFile(options), '--agent', options.role.name]),
    ...(options.maxSteps === null ? [] : ['--max-turns', String(options.maxSteps)]),
    ...(options.maxBudgetUsd === null ? [] : ['--max-budget-usd', String(options.maxBudgetUsd)]),
    ...fallback(options),
  ],
  // The permission mode is the person's own: they are there to be asked. Sessions are found by id from any folder.
  attach: (options) => [
    ...(options.resume === null ? ['--session-id', options.newSession] : ['--resume', options.resume]),
    ...['--name', options.title, '--model', bareModel(options.model), '--strict-mcp-config'],
  ],
  eval: oneAnswer,
  probe: oneAnswer,
  version: () => ['--version'],
};

/** One question, one answer: no tools, no settings, no MCP servers, nothing left behind. */
function oneAnswer(options: CommandOptions): string[] {
  return [
    ...['-p', '--output-format', 'stream-json', '--verbose', '--model', bareModel(options.model)],
    ...['--tools', '', '--setting-sources', '', '--strict-mcp-config', '--max-turns', '1', '--no-session-persistence'],
  ];
}

/** One of another provider is for other accounts: asked for it, this one's API would answer 404. */
function fallback({ fallbackModel, model }: CommandOptions): string[] {
  const serves = fallbackModel !== null && providerOf(fallbackModel) === providerOf(model);
  return serves ? ['--fallback-model', bareModel(fallbackModel)] : [];
}

function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'));
}

/** Names of a cloud's models may have slashes of their own. */
function bareModel(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}
