// OpenCode's `run --format json`, line for line as 1.18.33 prints it. There is no opening and no closing event; the figures
// are at the end of each step. The lines on standard error have colours even without a terminal.
import { randomUUID } from 'node:crypto';
import type { Dialect, FinishedCall, ScriptedCli, Session, Spent } from '../../../test/agent/dialect.ts';
import { nothingSpent, print, printLine, spend, sum } from '../../../test/agent/dialect.ts';
import type { ErrorFacts, Figures, LimitFacts } from '../../../test/agent/script.ts';
import { ScriptProblem } from '../../../test/agent/script.ts';

/** The prices in the tests' configuration of a loopback model: 1,000 in and 100 out cost 0.0045. */
const prices = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 0 };

interface Open {
  readonly message: string;
  called: boolean;
  figures: Figures | null;
}

class OpencodeDialect implements Dialect {
  readonly tools = { bash: 'bash', write: 'write', path: 'filePath' };
  readonly #session: Session;
  readonly #agent: string;
  #run: Spent = nothingSpent;
  #open: Open | null = null;

  constructor({ session, agent }: { readonly session: Session; readonly agent: string }) {
    this.#session = session;
    this.#agent = agent;
  }

  start(): void {
    // Its first line is that of the first step.
  }

  say(text: string): void {
    const now = Date.now();
    this.#part('text', { messageID: this.#answer().message, type: 'text', text, time: { start: now, end: now } });
  }

  tool({ name, input, output, failed }: FinishedCall): void {
    this.#call(
      name,
      failed
        ? { status: 'error', input, error: output }
        : { status: 'completed', input, output, metadata: { output, exit: 0, truncated: false }, title: name },
    );
  }

  denied(tool: string): void {
    const rule = JSON.stringify([{ permission: tool, action: 'deny', pattern: '*' }]);
    this.#call(tool, {
      status: 'error',
      input: {},
      error: `The user has specified a rule which prevents you from using this specific tool call. Here are some of the relevant rules ${rule}`,
    });
  }

  step(figures: Figures): void {
    const told = this.#open !== null && this.#open.figures === null ? this.#open : this.#answer();
    told.figures = figures;
  }

  pause(): void {
    this.#close('tool-calls');
  }

  finish(): void {
    if (this.#open === null || this.#open.called) this.say('Done.');
    this.#close('stop');
  }

  error(facts: ErrorFacts): number {
    return this.#failed(errorOf(facts));
  }

  limit(facts: LimitFacts): number {
    const wait = facts.kind === 'usage' ? Math.max(0, Math.ceil(facts.resetsAt - Date.now() / 1000)) : (facts.retryAfter ?? 1);
    const message = facts.kind === 'usage' ? 'You have reached your usage limit.' : 'This request would exceed your rate limit.';
    return this.#failed(errorOf({ status: 429, message }, { 'retry-after': String(wait) }));
  }

  refusal(): number {
    this.say('I cannot help with that.');
    this.#close('content-filter');
    return this.#failed({ name: 'ContentFilterError', data: { message: "The response was blocked by the provider's content filter" } });
  }

  budget(): number {
    throw new ScriptProblem('OpenCode has no budget');
  }

  turns(): number {
    throw new ScriptProblem('OpenCode has no turns');
  }

  autoReject(): number {
    print(2, '\u001b[93m\u001b[1m! \u001b[0mpermission requested: external_directory (/etc/*); auto-rejecting\n');
    this.#call('write', {
      status: 'error',
      input: { filePath: '/etc/x', content: 'x' },
      error: 'The user rejected permission to use this specific tool call.',
    });
    this.pause();
    return 0;
  }

  fallbackAgent(): void {
    print(2, `\u001b[93m\u001b[1m! \u001b[0m agent "${this.#agent}" not found. Falling back to default agent\n`);
  }

  #emit(type: string, rest: object): void {
    printLine({ type, timestamp: Date.now(), sessionID: this.#session.id, ...rest });
  }

  #part(type: string, part: object): void {
    this.#emit(type, { part: { id: newId('prt'), sessionID: this.#session.id, ...part } });
  }

  #answer(): Open {
    if (this.#open !== null && (this.#open.called || this.#open.figures !== null)) this.pause();
    if (this.#open !== null) return this.#open;
    this.#open = { message: newId('msg'), called: false, figures: null };
    this.#part('step_start', { messageID: this.#open.message, type: 'step-start' });
    return this.#open;
  }

  #call(tool: string, state: object): void {
    const current = this.#answer();
    const time = { start: Date.now(), end: Date.now() };
    this.#part('tool_use', { messageID: current.message, type: 'tool', tool, callID: newId('call'), state: { ...state, time } });
    current.called = true;
  }

  #close(reason: string): void {
    if (this.#open === null) return;
    const spent = spend(this.#open.figures ?? {}, prices);
    this.#run = sum(this.#run, spent);
    this.#session.save(sum(this.#session.before, this.#run));
    this.#part('step_finish', { reason, messageID: this.#open.message, type: 'step-finish', tokens: tokensOf(spent), cost: spent.cost });
    this.#open = null;
  }

  #failed(error: { readonly name: string; readonly data: object }): number {
    this.pause();
    this.#emit('error', { error });
    return 1;
  }
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 26)}`;
}

function tokensOf(spent: Spent): object {
  const { input, output, cacheRead: read, cacheWrite: write } = spent;
  return { total: input + output + read + write, input, output, reasoning: 0, cache: { write, read } };
}

function errorOf(facts: ErrorFacts, headers: Readonly<Record<string, string>> = {}): { name: string; data: object } {
  const { status, message = 'scripted error' } = facts;
  const metadata = { url: 'http://127.0.0.1:9/v1/chat/completions' };
  if (status !== undefined) {
    const type = facts.type ?? 'api_error';
    const responseBody = JSON.stringify({ error: { message, type, param: null, code: type } });
    const responseHeaders = { connection: 'keep-alive', 'content-type': 'application/json', date: new Date().toUTCString(), ...headers };
    return {
      name: 'APIError',
      data: { message, statusCode: status, isRetryable: status === 429 || status >= 500, responseHeaders, responseBody, metadata },
    };
  }
  if (facts.type !== undefined) return { name: facts.type, data: { message } };
  return {
    name: 'APIError',
    data: {
      message: facts.message ?? 'Cannot connect to API: Unable to connect. Is the computer able to access the url?',
      isRetryable: true,
      metadata,
    },
  };
}

export const opencodeCli: ScriptedCli = {
  version: '1.18.33',
  isMeant: ([first]) => first === 'run',
  exitCodes: null,
  noPrompt: 'Error: You must provide a message or a command\n',
  open: ({ option, env, openSession }) => {
    const resumed = option('--session', '-s');
    const session = openSession({ id: resumed ?? newId('ses'), resume: resumed !== null, home: env['XDG_DATA_HOME'] ?? '' });
    if (session !== null) return new OpencodeDialect({ session, agent: option('--agent') ?? 'build' });
    print(2, '\u001b[91m\u001b[1mError: \u001b[0mSession not found\n');
    return null;
  },
};
