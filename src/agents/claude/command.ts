// The only place that builds Claude Code's commands. Measured with 2.1.330; the prompt goes by standard input
// (a prompt on argv shows in ps, has a length limit and may be read as a flag).
import { join } from 'node:path';
import { providerCredentials, terminalEnvironment, workerEnvironment } from '../../core/environment.ts';
import type { AgentAction, CommandOptions, CommandSpec } from '../../ports/agent.ts';

/** Claude Code heeds each of these before its own sign-in; the order of their strength is its own. */
export const claudeCredentials = [...providerCredentials('anthropic'), 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'];

export function claudeCommand(action: AgentAction, options: CommandOptions): CommandSpec {
  const temporary = join(options.taskFolder, 'tmp');
  const environment = workerEnvironment({
    env: options.env,
    credentials: [...claudeCredentials, 'CLAUDE_CONFIG_DIR'],
    competing: claudeCredentials,
    own:
      action === 'version'
        ? quiet
        : {
            ...quiet,
            ...bounded,
            CLAUDE_CODE_TMPDIR: temporary,
            ...(options.uid === 0 ? { IS_SANDBOX: '1' } : {}),
            ...(action === 'attach' ? terminalEnvironment(options.env) : {}),
          },
    configured: options.settings.env,
  });
  return {
    file: options.settings.path,
    args: [...arguments_[action](options), ...(action === 'version' ? [] : options.settings.args)],
    env: { ...environment, secret: environment.secret.filter((name) => name !== 'CLAUDE_CONFIG_DIR') },
    stdin: action === 'version' || action === 'attach' ? null : options.prompt,
    cwd: options.cwd,
    files: action === 'run' || action === 'attach' ? [{ path: join(temporary, '.keep'), content: '' }] : [],
  };
}

const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };

const bounded = {
  // With background tasks one run has several results, and it waits up to ten minutes for shells left running.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  // Of 10 by default a refused key takes three minutes to be told. Three cover a short overload (about 4 s), and the
  // fallback model needs at least two.
  CLAUDE_CODE_MAX_RETRIES: '3',
  // A server that never answers delays the start by 30 s otherwise.
  MCP_TIMEOUT: '10000',
};

const arguments_: Readonly<Record<AgentAction, (options: CommandOptions) => string[]>> = {
  run: (options) => [
    ...['-p', '--output-format', 'stream-json', '--verbose'],
    ...(options.resume === null ? ['--session-id', options.newSession] : ['--resume', options.resume]),
    ...['--name', options.title, '--model', bareModel(options.model)],
    ...['--permission-mode', 'bypassPermissions', '--strict-mcp-config'],
    ...(options.maxSteps === null ? [] : ['--max-turns', String(options.maxSteps)]),
    ...(options.maxBudgetUsd === null ? [] : ['--max-budget-usd', String(options.maxBudgetUsd)]),
    ...fallback(options.fallbackModel),
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

/** One of another provider is for other agents: asked for it, the API would answer 404. */
function fallback(model: string | null): string[] {
  return model?.startsWith('anthropic/') === true ? ['--fallback-model', bareModel(model)] : [];
}

function bareModel(model: string): string {
  return model.replace(/^anthropic\//, '');
}
