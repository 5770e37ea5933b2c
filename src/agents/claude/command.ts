// The only place that builds Claude Code's commands. Measured with 2.1.330. The prompt is passed on standard input, because
// a prompt among the arguments is visible in ps, has a length limit and may be read as a flag.
import { join } from 'node:path';
import { terminalEnvironment, workerEnvironment } from '../../core/security/environment.ts';
import type { ReadyServer } from '../../core/own/mcp.ts';
import type { RuleTool } from '../../core/own/permissions.ts';
import type { Role } from '../../core/own/role.ts';
import { providerOf, withoutProvider } from '../../core/route/model-name.ts';
import {
  handedOver,
  shielded,
  type AttachRequest,
  type CommandRequest,
  type RunRequest,
  type VersionRequest,
} from '../../ports/command-request.ts';
import type { CommandSpec, LaidFile } from '../../ports/command-spec.ts';
import type { SiteFacts } from '../../ports/place-site.ts';
import { atAnthropic, cloudOf, clouds, companions, deciding } from './clouds.ts';

/** The long-lived token of a plan, from `claude setup-token`. */
export const planToken = 'CLAUDE_CODE_OAUTH_TOKEN';

const [apiKey] = atAnthropic.secrets;

/** Each of these takes precedence over Claude Code's own sign-in, and a key over a plan. */
const claudeCredentials = [...atAnthropic.secrets, planToken];

/** Variables that only Claude Code knows. Other variables of a cloud may be meant for the worker's tools. */
const ofClouds = clouds
  .flatMap((cloud) => [...cloud.secrets, ...companions(cloud)])
  .filter((name) => /^(?:ANTHROPIC|CLAUDE_CODE)_/.test(name));

export function claudeCommand(request: CommandRequest): CommandSpec {
  const { settings, site } = request;
  const env = environmentOf(request);
  if (request.action === 'version') return { file: settings.path, args: ['--version'], env, stdin: null, cwd: site.checkout, files: [] };
  const paying = request.credential === null ? [] : [settingsFile(request, env)];
  return {
    file: settings.path,
    args: [...argumentsOf(request), ...paying.flatMap(({ path }) => ['--settings', path]), ...settings.args],
    env,
    stdin: request.action === 'attach' ? null : request.prompt,
    cwd: site.checkout,
    files: [...paying, ...ownFiles(request, env.secret)],
  };
}

type ModelRequest = Exclude<CommandRequest, VersionRequest>;

function environmentOf(request: CommandRequest): CommandSpec['env'] {
  const { settings, site } = request;
  return workerEnvironment({
    env: site.env,
    credential: request.action === 'version' ? {} : variablesOf(request),
    passed: ['CLAUDE_CONFIG_DIR'],
    folder: site.taskFolder,
    competing: [...claudeCredentials, ...ofClouds],
    own: request.action === 'version' ? quiet : { ...quiet, ...workingVariables(request) },
    configured: settings.env,
  });
}

function variablesOf({ credential, model }: ModelRequest): Readonly<Record<string, string>> {
  const unnamed = credential?.billing === 'subscription' ? planToken : (cloudOf(providerOf(model))?.unnamed ?? apiKey);
  return handedOver({
    credential,
    known: [...claudeCredentials, ...clouds.flatMap(({ secrets }) => secrets)],
    inItsWay: (secret) => ({ [unnamed]: secret }),
  });
}

function workingVariables(request: ModelRequest): Readonly<Record<string, string>> {
  const { site, credential, serverStartMs } = request;
  const cloud = cloudOf(providerOf(request.model));
  return {
    ...bounded,
    ...credential?.address,
    ...(cloud === null ? {} : { [cloud.on]: '1' }),
    // Otherwise a server that never answers would delay the start by 30 s.
    MCP_TIMEOUT: String(serverStartMs),
    CLAUDE_CODE_TMPDIR: temporaryFolder(site),
    ...(site.uid === 0 ? { IS_SANDBOX: '1' } : {}),
    ...(request.action === 'attach' ? terminalEnvironment(site.env) : {}),
  };
}

function temporaryFolder({ taskFolder }: SiteFacts): string {
  return join(taskFolder, 'tmp');
}

function ownFiles(request: ModelRequest, secret: readonly string[]): readonly LaidFile[] {
  const kept = { path: join(temporaryFolder(request.site), '.keep'), content: '' };
  if (request.action === 'attach') return [kept];
  if (request.action !== 'run') return [];
  const { servers, role } = request;
  return [
    kept,
    { path: serversFile(request), content: serversOf(servers, secret) },
    ...(role === null ? [] : [{ path: roleFile(request), content: roleOf(role, servers) }]),
  ];
}

/**
 * A person's or a repository's settings may contain a key, a gateway's token, a helper that prints one, a cloud, or an
 * address. Each of them takes precedence over the environment (measured), so the credential or the bill would go elsewhere.
 * Settings given by `--settings` take precedence over those; they contain the account's own address, cloud and helper, and
 * empty values for everything that it lacks. They are in a file, because a helper's line may be a secret and arguments can
 * be seen. Values that certainly are secrets are only in the environment.
 */
function settingsFile({ credential, site }: ModelRequest, { set, secret }: CommandSpec['env']): LaidFile {
  const names = new Set([...deciding, ...Object.keys(credential?.address ?? {})]);
  const told = [...names].filter((name) => !secret.includes(name)).toSorted();
  const env = Object.fromEntries(told.map((name) => [name, set[name] ?? '']));
  return { path: join(site.privateFolder, 'settings.json'), content: JSON.stringify({ env, apiKeyHelper: credential?.helper ?? '' }) };
}

/** Exactly the worker's servers, even if there are none. An argument would show them, and their secrets, in ps. */
function serversFile({ site }: RunRequest): string {
  return join(site.privateFolder, 'mcp.json');
}

function serversOf(servers: readonly ReadyServer[], secret: readonly string[]): string {
  const described = servers.map((server) => {
    const { name, transport, url, env, headers } = server;
    const [command, ...args] = shielded({ server, names: secret });
    return [name, transport === 'stdio' ? { type: 'stdio', command, args, env } : { type: transport, url, headers }] as const;
  });
  return JSON.stringify({ mcpServers: Object.fromEntries<object>(described) });
}

/** It may be larger than an argument may be, and everybody could read an argument in ps. */
function roleFile({ site }: RunRequest): string {
  return join(site.privateFolder, 'agents.json');
}

/**
 * Measured: it takes precedence over a person’s, a project’s and Claude Code’s own agent of that name. Tools that it does
 * not list are neither offered nor available when called, not even to subagents; deny rules still apply. It names no model,
 * so that of the route is used. Its prompt replaces Claude Code’s own; folder, date, CLAUDE.md and appended text are still
 * added to it.
 */
function roleOf({ name, description, prompt, tools }: Role, servers: readonly ReadyServer[]): string {
  const named = (tool: RuleTool): readonly string[] => (tool === 'mcp' ? servers.map((server) => `mcp__${server.name}`) : toolNames[tool]);
  return JSON.stringify({ [name]: { description, prompt, ...(tools === null ? {} : { tools: tools.flatMap(named) }) } });
}

/** When Bash is offered, Glob and Grep are not: the agent then uses find and grep. */
const toolNames: Readonly<Record<Exclude<RuleTool, 'mcp'>, readonly string[]>> = {
  shell: ['Bash'],
  read: ['Read', 'Glob', 'Grep'],
  edit: ['Edit', 'Write', 'NotebookEdit'],
  fetch: ['WebFetch'],
  search: ['WebSearch'],
};

const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };

const bounded = {
  // With background tasks one run would have several results, and it would wait up to ten minutes for shells that are still
  // running.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  // With the default of 10 retries, it takes three minutes until a refused key is reported. Three cover a short overload
  // (about 4 s), and the fallback model needs at least two.
  CLAUDE_CODE_MAX_RETRIES: '3',
};

function argumentsOf(request: ModelRequest): readonly string[] {
  switch (request.action) {
    case 'run':
      return runArguments(request);
    case 'attach':
      // The permission mode is the person's own, because they are there to be asked. Sessions are found by id from any
      // folder.
      return [...sessionOf(request), ...['--name', request.title, '--model', withoutProvider(request.model), '--strict-mcp-config']];
    case 'probe':
    case 'eval':
      // One question and one answer: no tools, no settings, no MCP servers, nothing left behind.
      return [
        ...['-p', '--output-format', 'stream-json', '--verbose', '--model', withoutProvider(request.model)],
        ...['--tools', '', '--setting-sources', '', '--strict-mcp-config', '--max-turns', '1', '--no-session-persistence'],
      ];
  }
}

function runArguments(request: RunRequest): readonly string[] {
  return [
    ...['-p', '--output-format', 'stream-json', '--verbose'],
    ...sessionOf(request),
    ...['--name', request.title, '--model', withoutProvider(request.model)],
    ...['--permission-mode', 'bypassPermissions', '--strict-mcp-config', '--mcp-config', serversFile(request)],
    // No settings, instructions or commands of the person or the project.
    ...(request.isolation === 'full' ? ['--setting-sources', ''] : []),
    ...(request.role === null ? [] : ['--agents', roleFile(request), '--agent', request.role.name]),
    ...(request.maxSteps === null ? [] : ['--max-turns', String(request.maxSteps)]),
    ...(request.maxBudgetUsd === null ? [] : ['--max-budget-usd', String(request.maxBudgetUsd)]),
    ...fallback(request),
  ];
}

function sessionOf({ resume, newSession }: RunRequest | AttachRequest): readonly string[] {
  return resume === null ? ['--session-id', newSession] : ['--resume', resume];
}

/** A fallback model of another provider is meant for other accounts: the API of this one would answer 404. */
function fallback({ fallbackModel, model }: RunRequest): readonly string[] {
  const serves = fallbackModel !== null && providerOf(fallbackModel) === providerOf(model);
  return serves ? ['--fallback-model', withoutProvider(fallbackModel)] : [];
}
