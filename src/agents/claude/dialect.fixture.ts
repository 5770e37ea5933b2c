// Claude Code's `--output-format stream-json --verbose`, line for line as 2.1.330 prints it, without fields that a
// supervisor does not need. Costs are only reported at the end: cumulative over resumed runs, and the run's own share.
import { randomUUID } from 'node:crypto';
import type { Dialect, FinishedCall, ScriptedCli, Session, Spent } from '../../../test/agent/dialect.ts';
import { nothingSpent, print, printLine, spend, sum } from '../../../test/agent/dialect.ts';
import type { ErrorFacts, Figures, LimitFacts } from '../../../test/agent/script.ts';
import { ScriptProblem } from '../../../test/agent/script.ts';

/** The prices of Opus 5.5 in Claude Code's own table: 1,000 in and 100 out cost 0.006. */
const prices = { input: 4, output: 20, cacheRead: 0.4, cacheWrite: 5 };

interface ClaudeOptions {
  readonly session: Session;
  readonly model: string;
  readonly permissionMode: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

interface Open {
  readonly id: string;
  called: boolean;
  figures: Figures | null;
}

class ClaudeDialect implements Dialect {
  readonly tools = { bash: 'Bash', write: 'Write', path: 'file_path' };
  readonly #options: ClaudeOptions;
  readonly #begun = Date.now();
  readonly #denials: object[] = [];
  #run: Spent = nothingSpent;
  #turns = 0;
  #open: Open | null = null;
  #lastText = '';

  constructor(options: ClaudeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#emit({ type: 'system', subtype: 'init', ...initOf(this.#options) });
  }

  say(text: string): void {
    this.#lastText = text;
    this.#assistant({ type: 'text', text });
  }

  tool({ name, input, output, failed }: FinishedCall): void {
    const id = this.#call(name, input);
    this.#toolResult({ id, output, failed, meta: { permission_decision: { decision: 'accept', source: 'config', reason_type: 'mode' } } });
  }

  denied(tool: string): void {
    const id = this.#call(tool, {});
    const message = `Claude requested permissions to use ${tool}, but you haven't granted it yet.`;
    this.#emit({ type: 'system', subtype: 'permission_denied', tool_name: tool, tool_use_id: id, message });
    this.#toolResult({
      id,
      output: message,
      failed: true,
      meta: { non_execution_kind: 'user-rejected', permission_decision: { decision: 'reject', source: 'config' } },
    });
    this.#denials.push({ tool_name: tool, tool_use_id: id, tool_input: {} });
  }

  step(figures: Figures): void {
    const spoken =
      this.#open !== null && this.#open.figures === null
        ? this.#open
        : this.#assistant({ type: 'thinking', thinking: '', signature: '' }, figures);
    spoken.figures = figures;
  }

  pause(): void {
    if (this.#open === null) return;
    const { session } = this.#options;
    this.#run = sum(this.#run, spend(this.#open.figures ?? {}, prices));
    session.save(sum(session.before, this.#run));
    this.#open = null;
  }

  finish(): void {
    // After a tool's result the model answers once more.
    if (this.#open === null || this.#open.called) this.say(this.#lastText === '' ? 'Done.' : this.#lastText);
    this.#result({
      is_error: false,
      subtype: 'success',
      terminal_reason: 'completed',
      stop_reason: 'end_turn',
      api_error_status: null,
      result: this.#lastText,
    });
  }

  error(facts: ErrorFacts): number {
    return this.#apiError(errorOf(facts, this.#options));
  }

  limit(facts: LimitFacts): number {
    const status = { api_error_status: 429, api_error_type: 'rate_limit_error' };
    if (facts.kind === 'rate')
      return this.#apiError({
        facts: status,
        text: 'API Error: Request rejected (429) · This request would exceed your rate limit.',
        word: 'rate_limit',
      });
    const { resetsAt } = facts;
    const info = {
      status: 'rejected',
      resetsAt,
      rateLimitType: 'five_hour',
      overageStatus: 'rejected',
      overageDisabledReason: 'org_level_disabled',
      isUsingOverage: false,
    };
    this.#emit({
      type: 'rate_limit_event',
      rate_limit_info: { ...info, unifiedWindows: { five_hour: { utilization: 1, resetsAt, status: 'rejected' } } },
    });
    const clock = new Date(resetsAt * 1000).toISOString().slice(11, 16);
    return this.#apiError({
      facts: { ...status, api_error: 'usage_limit_reached' },
      text: `You've hit your 5-hour limit · resets ${clock} (UTC)`,
      word: 'rate_limit',
    });
  }

  refusal(): number {
    this.#assistant({ type: 'text', text: 'I cannot help with that.' });
    this.#emit({
      type: 'system',
      subtype: 'model_refusal_no_fallback',
      original_model: this.#options.model,
      request_id: null,
      content: '',
    });
    return this.#apiError({
      facts: {},
      text: 'API Error: the safeguards flagged this message (https://www.anthropic.com/legal/aup).',
      word: 'invalid_request',
      stop: 'refusal',
    });
  }

  budget(): number {
    return this.#cutShort({
      subtype: 'error_max_budget_usd',
      terminal_reason: 'budget_exhausted',
      errors: ['Reached maximum budget ($1)'],
    });
  }

  turns(): number {
    return this.#cutShort({ subtype: 'error_max_turns', terminal_reason: 'max_turns', errors: ['Reached maximum number of turns (1)'] });
  }

  autoReject(): number {
    throw new ScriptProblem('Claude Code has no autoReject');
  }

  fallbackAgent(): void {
    throw new ScriptProblem('Claude Code has no fallbackAgent');
  }

  #emit(event: object): void {
    printLine({ ...event, session_id: this.#options.session.id, uuid: randomUUID() });
  }

  #answer(): Open {
    if (this.#open !== null && (this.#open.called || this.#open.figures !== null)) this.pause();
    if (this.#open === null) this.#turns += 1;
    this.#open ??= { id: newId('msg'), called: false, figures: null };
    return this.#open;
  }

  #assistant(content: object, figures: Figures = {}): Open {
    const current = this.#answer();
    const { input, cacheRead, cacheWrite } = spend(figures, prices);
    // The real agent prints each part of an answer when the part ends, before it knows the number of output tokens.
    const usage = { input_tokens: input, cache_creation_input_tokens: cacheWrite, cache_read_input_tokens: cacheRead, output_tokens: 1 };
    const { model } = this.#options;
    const message = {
      id: current.id,
      type: 'message',
      role: 'assistant',
      model,
      content: [content],
      stop_reason: null,
      stop_sequence: null,
      usage,
      context_management: null,
    };
    this.#emit({ type: 'assistant', message, parent_tool_use_id: null, timestamp: new Date().toISOString() });
    return current;
  }

  #call(name: string, input: object): string {
    const id = newId('toolu');
    this.#assistant({ type: 'tool_use', id, name, input }).called = true;
    return id;
  }

  #toolResult({ id, output, failed, meta }: { id: string; output: string; failed: boolean; meta: object }): void {
    const content = [{ tool_use_id: id, type: 'tool_result', content: output, is_error: failed }];
    const told = failed ? `Error: ${output}` : { stdout: output, stderr: '', interrupted: false, isImage: false, noOutputExpected: false };
    this.#emit({
      type: 'user',
      message: { role: 'user', content },
      parent_tool_use_id: null,
      timestamp: new Date().toISOString(),
      tool_use_result: told,
      tool_result_meta: [{ id, ...meta }],
    });
  }

  #result(facts: object): void {
    this.pause();
    const { session, model } = this.#options;
    const figures = resultOf({ total: sum(session.before, this.#run), run: this.#run, model, turns: this.#turns, begun: this.#begun });
    printLine({ ...figures, permission_denials: this.#denials, ...facts, session_id: session.id, type: 'result', uuid: randomUUID() });
  }

  #apiError({ facts, text, word, stop = 'stop_sequence' }: { facts: object; text: string; word: string; stop?: string }): number {
    this.pause();
    const message = {
      id: randomUUID(),
      model: '<synthetic>',
      role: 'assistant',
      stop_reason: stop,
      stop_sequence: '',
      type: 'message',
      usage: noUsage,
      content: [{ type: 'text', text }],
    };
    this.#emit({
      type: 'assistant',
      message,
      parent_tool_use_id: null,
      timestamp: new Date().toISOString(),
      error: word,
      is_api_error_message: true,
      ...facts,
    });
    this.#turns = Math.max(this.#turns, 1);
    this.#result({
      is_error: true,
      subtype: 'success',
      terminal_reason: 'api_error',
      stop_reason: stop,
      api_error_status: null,
      ...facts,
      result: text,
    });
    return 1;
  }

  #cutShort(facts: object): number {
    this.#result({ is_error: true, stop_reason: 'tool_use', ...facts });
    return 1;
  }
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

const noUsage = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

function initOf({ env, cwd, model, permissionMode }: ClaudeOptions): object {
  return {
    cwd,
    tools: ['Task', 'Bash', 'Edit', 'Read', 'Write'],
    mcp_servers: [],
    model,
    permissionMode,
    slash_commands: [],
    // With an OAuth token the real agent prints "none".
    apiKeySource: (env['ANTHROPIC_API_KEY'] ?? '') === '' ? 'none' : 'ANTHROPIC_API_KEY',
    claude_code_version: '2.1.330',
    output_style: 'default',
    agents: ['general-purpose'],
    skills: [],
    plugins: [],
  };
}

function resultOf({ total, run, model, turns, begun }: { total: Spent; run: Spent; model: string; turns: number; begun: number }): object {
  const usage = {
    input_tokens: run.input,
    cache_creation_input_tokens: run.cacheWrite,
    cache_read_input_tokens: run.cacheRead,
    output_tokens: run.output,
    service_tier: 'standard',
  };
  const share = (spent: Spent): object => (spent.input + spent.output + spent.cost === 0 ? {} : { [model]: usageOfModel(spent, model) });
  return {
    duration_api_ms: 0,
    total_cost_usd: total.cost,
    usage,
    modelUsage: share(total),
    model_usage_since_last_result: share(run),
    num_turns: turns,
    duration_ms: Date.now() - begun,
    result_index: 0,
    queued_turn_count: 0,
    safety_stops: 0,
  };
}

function usageOfModel(spent: Spent, model: string): object {
  return {
    inputTokens: spent.input,
    outputTokens: spent.output,
    cacheReadInputTokens: spent.cacheRead,
    cacheCreationInputTokens: spent.cacheWrite,
    webSearchRequests: 0,
    costUSD: spent.cost,
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    canonicalModel: model,
    provider: 'firstParty',
    costBasis: 'list',
  };
}

/** The texts of the real agent, which differ by status and by kind of credential. */
function errorOf(facts: ErrorFacts, { env, model }: ClaudeOptions): { facts: object; text: string; word: string } {
  const { status, message = 'scripted error' } = facts;
  if (status === undefined) {
    return {
      facts: { api_error: 'connection_failed' },
      text: facts.message ?? 'API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)',
      word: 'server_error',
    };
  }
  const api = { api_error_status: status, api_error_type: facts.type ?? typeOfStatus[status] ?? 'api_error' };
  const withKey = (env['ANTHROPIC_API_KEY'] ?? '') !== '';
  switch (status) {
    case 401:
      return {
        facts: api,
        text: withKey ? 'Invalid API key · Fix external API key' : `Failed to authenticate. API Error: 401 ${message}`,
        word: 'authentication_failed',
      };
    case 403:
      return { facts: api, text: `Failed to authenticate. API Error: 403 ${message}`, word: 'authentication_failed' };
    case 404:
      return {
        facts: api,
        text: `There's an issue with the selected model (${model}). It may not exist or you may not have access to it.`,
        word: 'model_not_found',
      };
    case 429:
      return { facts: api, text: `API Error: Request rejected (429) · ${message}`, word: 'rate_limit' };
    default:
      if (/credit balance/i.test(message)) return { facts: api, text: 'Credit balance is too low', word: 'billing_error' };
      return { facts: api, text: `API Error: ${status} ${message}`, word: status >= 500 ? 'server_error' : 'unknown' };
  }
}

const typeOfStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const fullNames: Readonly<Record<string, string>> = {
  opus: 'claude-opus-5-5',
  sonnet: 'claude-sonnet-5-5',
  haiku: 'claude-haiku-5-5',
  fable: 'claude-fable-5-2',
};

export const claudeCli: ScriptedCli = {
  version: '2.1.330 (Claude Code)',
  isMeant: (argv) => argv.includes('-p') || argv.includes('--print'),
  exitCodes: { SIGTERM: 143, SIGHUP: 129, SIGINT: 0 },
  noPrompt: 'Error: Input must be provided either through stdin or as a prompt argument when using --print\n',
  open: ({ option, has, env, cwd, openSession }) => {
    const resumed = option('--resume', '-r');
    const id = resumed ?? option('--session-id') ?? randomUUID();
    const session = openSession({ id, resume: resumed !== null, home: '' });
    if (session === null) {
      print(2, resumed === null ? `Error: Session ID ${id} is already in use.\n` : `No conversation found with session ID: ${id}\n`);
      return null;
    }
    const permissionMode = has('--dangerously-skip-permissions') ? 'bypassPermissions' : (option('--permission-mode') ?? 'default');
    const model = option('--model') ?? 'opus';
    return new ClaudeDialect({ session, model: fullNames[model] ?? model, permissionMode, env, cwd });
  },
};
