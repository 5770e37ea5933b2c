import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installScriptedAgent } from './install-scripted-agent.ts';
import type { ScriptedAgent } from './install-scripted-agent.ts';
import type { Action, AgentScript } from './script.ts';

type Kind = 'claude' | 'opencode';
// oxlint-disable-next-line typescript/no-explicit-any -- events as printed; each assertion reads its own part
type Json = Record<string, any>;

const argvOf = {
  claude: ['-p', '--output-format', 'stream-json', '--verbose', '--model', 'sonnet'],
  opencode: ['run', '--format', 'json', '--model', 'anthropic/x', '--agent', 'build'],
};
const running: ChildProcessWithoutNullStreams[] = [];
let root = '';

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'yard-scripted-')));
  mkdirSync(join(root, 'tree'));
});

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(root, { recursive: true, force: true });
});

function install(kind: Kind, script: AgentScript | readonly Action[]): ScriptedAgent {
  return installScriptedAgent({
    folder: join(root, 'bin'),
    name: kind,
    script: Array.isArray(script) ? { '*': [script] } : (script as AgentScript),
  });
}

interface Start {
  readonly kind: Kind;
  readonly agent: ScriptedAgent;
  readonly args?: readonly string[];
  readonly prompt?: string;
  readonly env?: Record<string, string>;
}

function start({ kind, agent, args = [], prompt = 'do it', env = {} }: Start): ChildProcessWithoutNullStreams {
  const surroundings = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    ANTHROPIC_API_KEY: 'sk-test',
    ...agent.env,
    ...env,
  };
  const child = spawn(agent.path, [...argvOf[kind], ...args], { cwd: join(root, 'tree'), env: surroundings });
  running.push(child);
  child.stdin.end(prompt);
  return child;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly events: Json[];
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const stdout = Buffer.concat(chunks);
  const lines = stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'));
  return { code, signal, stdout, stderr, events: lines.map((line) => JSON.parse(line) as Json) };
}

const run = (given: Start): Promise<Ended> => ended(start(given));
const play = (kind: Kind, actions: readonly Action[]): Promise<Ended> => run({ kind, agent: install(kind, actions) });

/** The same picture of either dialect. */
function heard(kind: Kind, { events }: Ended): { texts: string[]; tools: unknown[]; costs: number[] } {
  if (kind === 'claude') {
    const content = events.filter(({ type }) => type === 'assistant').flatMap(({ message }) => message.content as Json[]);
    const failed = new Map(
      events
        .filter(({ type }) => type === 'user')
        .flatMap(({ message }) => (message.content as Json[]).map((part) => [part['tool_use_id'], part['is_error']] as const)),
    );
    return {
      texts: content.filter(({ type }) => type === 'text').map((part) => String(part['text'])),
      tools: content.filter(({ type }) => type === 'tool_use').map((part) => [part['name'], part['input'], failed.get(part['id'])]),
      costs: events.filter(({ type }) => type === 'result').map((result) => Number(result['total_cost_usd'])),
    };
  }
  const parts = (wanted: string): Json[] => events.filter(({ type }) => type === wanted).map(({ part }) => part);
  return {
    texts: parts('text').map((part) => part['text']),
    tools: parts('tool_use').map((part) => [part['tool'], part['state'].input, part['state'].status === 'error']),
    costs: parts('step_finish').map((part) => part['cost']),
  };
}

const kinds: readonly Kind[] = ['claude', 'opencode'];
const success = {
  claude: { type: 'result', subtype: 'success', is_error: false, terminal_reason: 'completed' },
  opencode: { type: 'step_finish', part: { reason: 'stop' } },
};
const tokens = (input: number, output: number): Json => ({
  total: input + output,
  input,
  output,
  reasoning: 0,
  cache: { read: 0, write: 0 },
});

describe.each(kinds)('%s: what goes on', (kind) => {
  test('an empty list is a success', async () => {
    const end = await play(kind, []);
    expect([end.code, end.stderr, heard(kind, end).texts]).toEqual([0, '', ['Done.']]);
    expect(end.events.at(-1)).toMatchObject(success[kind]);
    const opening = {
      claude: {
        type: 'system',
        subtype: 'init',
        cwd: join(root, 'tree'),
        model: 'claude-sonnet-5-5',
        apiKeySource: 'ANTHROPIC_API_KEY',
        claude_code_version: '2.1.330',
        session_id: expect.any(String),
      },
      opencode: {
        type: 'step_start',
        sessionID: expect.stringMatching(/^ses_/),
        timestamp: expect.any(Number),
        part: { type: 'step-start' },
      },
    };
    expect(end.events[0]).toMatchObject(opening[kind]);
  });

  test('say, tool, step: texts, calls and exact costs', async () => {
    const end = await play(kind, [
      { say: 'First.' },
      { tool: { name: 'Grep', input: { q: 'x' }, output: 'y' } },
      { step: { cost: 0.5 } },
      { tool: { name: 'Odd', failed: true, output: 'no' } },
      { step: { cost: 0.25, tokens: { input: 10, output: 20 } } },
      { step: { cost: 0.125 } },
      { say: 'Last.' },
      { step: { cost: 0.0625 } },
    ]);
    const { texts, tools, costs } = heard(kind, end);
    expect(texts).toEqual(['First.', 'Last.']);
    expect(tools).toEqual([
      ['Grep', { q: 'x' }, false],
      ['Odd', {}, true],
    ]);
    expect(costs).toEqual(kind === 'claude' ? [0.9375] : [0.5, 0.25, 0.125, 0.0625]);
    const closing = { result: 'Last.', num_turns: 4, usage: { input_tokens: 3010, output_tokens: 320 } };
    expect(end.events.at(-1)).toMatchObject(kind === 'claude' ? closing : success.opencode);
    const steps = [
      ['tool-calls', tokens(1000, 100)],
      ['tool-calls', tokens(10, 20)],
      ['tool-calls', tokens(1000, 100)],
      ['stop', tokens(1000, 100)],
    ];
    expect(end.events.filter(({ type }) => type === 'step_finish').map(({ part }) => [part.reason, part.tokens])).toEqual(
      kind === 'claude' ? [] : steps,
    );
  });

  test('commit and edit: a real commit of the one file, in the person’s name where there is one', async () => {
    const tree = join(root, 'tree');
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: tree, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    const agent = install(kind, [
      { edit: { file: 'loose.txt', content: 'l' } },
      { commit: { file: 'deep/a.txt', content: 'a\n', message: 't1: a "b"' } },
    ]);
    const end = await run({ kind, agent });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    git('config', 'user.email', 'me@example.com');
    git('config', 'user.name', 'Me');
    agent.write({ '*': [[{ commit: { file: 'deep/a.txt', content: 'b\n', message: 't1: b' } }]] });
    expect((await run({ kind, agent })).code).toBe(0);
    // What is committed already is not committed again.
    expect((await run({ kind, agent })).code).toBe(0);
    expect(git('log', '--format=%s|%ae')).toBe('t1: b|me@example.com\nt1: a "b"|agent@example.com');
    expect(git('status', '--porcelain')).toBe('?? loose.txt');
    const path = kind === 'claude' ? { file_path: join(tree, 'deep/a.txt') } : { filePath: join(tree, 'deep/a.txt') };
    expect(heard(kind, end).tools[1]).toEqual([kind === 'claude' ? 'Write' : 'write', { ...path, content: 'a\n' }, false]);
  });

  test('run: the shell, in the working directory, with our environment; a failure is told and recorded', async () => {
    const agent = install(kind, [
      { run: 'echo "$MARK in $(pwd)"; sleep 1000 & echo $! >left' },
      { run: 'echo no >&2; exit 3' },
      { run: 'kill -9 $$' },
      { say: 'Then without.' },
    ]);
    const end = await run({ kind, agent, env: { MARK: 'yard-7' } });
    process.kill(Number(readFileSync(join(root, 'tree', 'left'), 'utf8')), 'SIGKILL');
    expect([end.code, end.stderr]).toEqual([0, '']);
    expect(agent.runs()).toEqual([
      { command: 'echo "$MARK in $(pwd)"; sleep 1000 & echo $! >left', code: 0, output: `yard-7 in ${join(root, 'tree')}\n` },
      { command: 'echo no >&2; exit 3', code: 3, output: 'no\n' },
      { command: 'kill -9 $$', code: null, output: '' },
    ]);
    const bash = kind === 'claude' ? 'Bash' : 'bash';
    expect(heard(kind, end)).toMatchObject({
      texts: ['Then without.'],
      tools: agent.runs().map(({ command, code }) => [bash, { command }, code !== 0]),
    });
  });

  test('run with must: a failure is the test’s own mistake', async () => {
    const end = await play(kind, [{ run: 'echo oh; exit 3', must: true }, { say: 'never' }]);
    expect(end).toMatchObject({ code: 70, stderr: 'scripted agent: the shell ended with 3: echo oh; exit 3\noh\n\n' });
    expect(heard(kind, end).texts).toEqual([]);
  });

  test('raw, rawBytes, stderr: bytes as they are', async () => {
    const end = await play(kind, [
      { raw: { text: '{"type":"assis' } },
      { raw: { base64: Buffer.from([0, 255, 10]).toString('base64') } },
      { rawBytes: { mb: 2 } },
      { stderr: 'oh\n' },
      { exit: { code: 0 } },
    ]);
    const start = kind === 'claude' ? end.stdout.indexOf('{"type":"assis') : 0;
    expect(end.stdout.subarray(start)).toEqual(
      Buffer.concat([Buffer.from('{"type":"assis'), Buffer.from([0, 255, 10]), Buffer.alloc(2 * 1024 * 1024, 'x'), Buffer.from('\n')]),
    );
    expect(end.stderr).toBe('oh\n');
  });

  test('denied: the call fails and the run goes on', async () => {
    const end = await play(kind, [{ denied: { tool: 'Bash' } }, { say: 'Then without.' }]);
    expect(end.code).toBe(0);
    expect(heard(kind, end)).toMatchObject({ tools: [['Bash', {}, true]], texts: ['Then without.'] });
    const id = expect.stringMatching(/^toolu_/) as string;
    const told = {
      claude: { type: 'system', subtype: 'permission_denied', tool_name: 'Bash', tool_use_id: id },
      opencode: { type: 'tool_use' },
    }[kind];
    expect(end.events).toContainEqual(expect.objectContaining(told));
    const listed = { permission_denials: [{ tool_name: 'Bash', tool_use_id: id, tool_input: {} }] };
    expect(end.events.at(-1)).toMatchObject(kind === 'claude' ? { ...success.claude, ...listed } : success.opencode);
    const errors = { claude: [], opencode: [expect.stringMatching(/^The user has specified a rule/)] };
    expect(end.events.flatMap(({ part }) => part?.state?.error ?? [])).toEqual(errors[kind]);
  });

  test('waitFor: holds until the file is there, with the answer so far told', async () => {
    const agent = install(kind, [{ say: 'Waiting.' }, { step: { cost: 9 } }, { waitFor: { file: 'gate/open' } }, { say: 'Open.' }]);
    const child = start({ kind, agent });
    const end = ended(child);
    let seen = '';
    for await (const [chunk] of on(child)) if ((seen += chunk).includes(kind === 'claude' ? 'Waiting.' : '"cost":9')) break;
    expect(child.exitCode).toBeNull();
    mkdirSync(join(root, 'bin', 'gate'), { recursive: true });
    writeFileSync(join(root, 'bin', 'gate', 'open'), '');
    expect(heard(kind, await end).texts).toEqual(['Waiting.', 'Open.']);
    expect(await run({ kind, agent })).toMatchObject({ code: 0 });
  });

  test.for(['nohup', 'setsid', 'double-fork'] as const)(
    'fork %s: a sleeper with our environment outlives us and holds no pipe',
    async (how, { skip }) => {
      if (process.platform !== 'linux') skip('the sleeper is looked up in /proc');
      const agent = install(kind, [{ fork: { kind: how } }]);
      expect(await run({ kind, agent, env: { MARK: 'yard-7' } })).toMatchObject({ code: 0 });
      const [pid] = agent.forks();
      expect(agent.forks()).toHaveLength(1);
      try {
        expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('MARK=yard-7');
        expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('sleep\u00001000');
        const [, parent, group, session] = /^\d+ \(.*\) \S (\d+) (\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        expect(Number(parent)).toBeLessThan(Number(pid));
        expect([group === String(pid), session === String(pid)]).toEqual(how === 'setsid' ? [true, true] : [false, false]);
      } finally {
        process.kill(Number(pid), 'SIGKILL');
      }
    },
  );
});

async function* on(child: ChildProcessWithoutNullStreams): AsyncGenerator<[string]> {
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) yield [String(chunk)];
}

type Row = readonly [name: string, actions: readonly Action[], code: number, last: Json, stderr?: RegExp];

const endings: Readonly<Record<Kind, readonly Row[]>> = {
  claude: [
    ['exit', [{ say: 'x' }, { exit: { code: 3 } }], 3, { type: 'assistant' }],
    ['finish, exit', [{ finish: true }, { exit: { code: 9 } }], 9, success.claude],
    ['finish alone', [{ finish: true }], 0, success.claude],
    ['noResult', [{ say: 'x' }, { noResult: true }], 0, { type: 'assistant' }],
    [
      'error 401',
      [{ error: { status: 401 } }],
      1,
      {
        type: 'result',
        subtype: 'success',
        is_error: true,
        terminal_reason: 'api_error',
        api_error_status: 401,
        api_error_type: 'authentication_error',
        result: 'Invalid API key · Fix external API key',
        total_cost_usd: 0,
      },
    ],
    [
      'error credit',
      [{ error: { status: 400, message: 'Your credit balance is too low to go on' } }],
      1,
      { api_error_status: 400, result: 'Credit balance is too low' },
    ],
    [
      'error 529',
      [{ say: 'x' }, { error: { status: 529, message: 'Overloaded' } }],
      1,
      { api_error_status: 529, api_error_type: 'overloaded_error', total_cost_usd: 0.006 },
    ],
    ['error without status', [{ error: {} }], 1, { api_error_status: null, api_error: 'connection_failed' }],
    [
      'limit usage',
      [{ limit: { kind: 'usage', resetsAt: 1_800_000_000 } }],
      1,
      { api_error_status: 429, api_error: 'usage_limit_reached', result: "You've hit your 5-hour limit · resets 08:00 (UTC)" },
    ],
    ['limit rate', [{ limit: { kind: 'rate' } }], 1, { api_error_status: 429, api_error_type: 'rate_limit_error' }],
    ['refusal', [{ refusal: true }], 1, { is_error: true, stop_reason: 'refusal', api_error_status: null }],
    [
      'budget',
      [{ say: 'x' }, { budget: true }],
      1,
      { is_error: true, subtype: 'error_max_budget_usd', terminal_reason: 'budget_exhausted' },
    ],
    ['turns', [{ turns: true }], 1, { is_error: true, subtype: 'error_max_turns', terminal_reason: 'max_turns' }],
    ['autoReject', [{ autoReject: true }], 70, { type: 'system' }, /Claude Code has no autoReject/],
    ['fallbackAgent', [{ fallbackAgent: true }], 70, { type: 'system' }, /Claude Code has no fallbackAgent/],
    ['an unknown action', [{ dance: true } as unknown as Action], 70, { type: 'system' }, /no such action: \{"dance":true\}/],
  ],
  opencode: [
    ['exit', [{ say: 'x' }, { exit: { code: 3 } }], 3, { type: 'step_finish', part: { reason: 'tool-calls' } }],
    ['finish, exit', [{ finish: true }, { exit: { code: 9 } }], 9, success.opencode],
    ['finish alone', [{ finish: true }], 0, success.opencode],
    ['noResult', [{ say: 'x' }, { noResult: true }], 0, { type: 'text' }],
    [
      'error 401',
      [{ error: { status: 401, message: 'invalid x-api-key' } }],
      1,
      {
        type: 'error',
        error: {
          name: 'APIError',
          data: { message: 'invalid x-api-key', statusCode: 401, isRetryable: false, responseHeaders: { date: expect.any(String) } },
        },
      },
    ],
    [
      'error 529',
      [{ say: 'x' }, { error: { status: 529 } }],
      1,
      { type: 'error', error: { data: { statusCode: 529, isRetryable: true } } },
    ],
    ['error without status', [{ error: {} }], 1, { type: 'error', error: { name: 'APIError', data: { isRetryable: true } } }],
    [
      'error of a kind of its own',
      [{ error: { type: 'UnknownError', message: 'what' } }],
      1,
      { type: 'error', error: { name: 'UnknownError', data: { message: 'what' } } },
    ],
    [
      'limit usage',
      [{ limit: { kind: 'usage', resetsAt: 4_000_000_000 } }],
      1,
      {
        error: {
          data: {
            statusCode: 429,
            message: 'You have reached your usage limit.',
            responseHeaders: { 'retry-after': expect.stringMatching(/^\d{9,}$/) },
          },
        },
      },
    ],
    [
      'limit rate',
      [{ limit: { kind: 'rate', retryAfter: 7 } }],
      1,
      { error: { data: { statusCode: 429, responseHeaders: { 'retry-after': '7' } } } },
    ],
    ['refusal', [{ refusal: true }], 1, { type: 'error', error: { name: 'ContentFilterError' } }],
    [
      'autoReject',
      [{ autoReject: true }],
      0,
      { type: 'step_finish', part: { reason: 'tool-calls' } },
      /permission requested: .*; auto-rejecting/,
    ],
    ['fallbackAgent', [{ fallbackAgent: true }], 0, success.opencode, /agent "build" not found\. Falling back to default agent/],
    ['budget', [{ budget: true }], 70, {}, /OpenCode has no budget/],
    ['turns', [{ turns: true }], 70, {}, /OpenCode has no turns/],
  ],
};

describe.each(kinds)('%s: endings', (kind) => {
  test.for(endings[kind])('%s', async ([, actions, code, last, stderr]) => {
    const end = await play(kind, actions);
    expect([end.code, end.signal]).toEqual([code, null]);
    expect(end.events.at(-1) ?? {}).toMatchObject(last);
    expect(end.stderr).toMatch(stderr ?? /^$/);
    // Claude Code shows a refused request as a message of its own, and a used-up plan as an event besides.
    const refused = kind === 'claude' && actions.some((action) => 'error' in action || 'limit' in action || 'refusal' in action);
    expect(end.events.filter((event) => event['is_api_error_message'] === true).map(({ message }) => message.model)).toEqual(
      refused ? ['<synthetic>'] : [],
    );
    const usedUp = kind === 'claude' && actions.some((action) => 'limit' in action && action.limit.kind === 'usage');
    expect(end.events.some(({ type }) => type === 'rate_limit_event')).toBe(usedUp);
  });

  test('signal: it dies of it', async () => {
    expect(await play(kind, [{ signal: { name: 'SIGSEGV' } }])).toMatchObject({ code: null, signal: 'SIGSEGV' });
    expect(await play(kind, [{ signal: { name: 'SIGTERM' } }])).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test('hang: TERM ends it as it ends the real one', async () => {
    const child = start({ kind, agent: install(kind, [{ stderr: 'up' }, { hang: true }]) });
    const end = ended(child);
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await end).toMatchObject(kind === 'claude' ? { code: 143, signal: null } : { code: null, signal: 'SIGTERM' });
  });

  test('ignoreTerm: only KILL does', async () => {
    const child = start({
      kind,
      agent: install(kind, [{ ignoreTerm: true }, { stderr: 'up' }, { waitFor: { file: 'gate' } }, { stderr: 'still' }, { hang: true }]),
    });
    const end = ended(child);
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    writeFileSync(join(root, 'bin', 'gate'), '');
    await once(child.stderr, 'data');
    child.kill('SIGKILL');
    expect(await end).toMatchObject({ code: null, signal: 'SIGKILL', stderr: 'upstill' });
  });
});

describe.each(kinds)('%s: attempts and sessions', (kind) => {
  test('the task in the prompt chooses, attempts are counted per task, the last repeats', async () => {
    const agent = install(kind, { t1: [[{ say: 'one' }], [{ say: 'two' }]], 't1.2': [[{ say: 'child' }]], '*': [[{ say: 'any' }]] });
    const said: string[] = [];
    for (const prompt of ['# Task t1: x', 'go on with t1', 't1', '# Task t1.2: like t1', 'no id', 'unknown t99'])
      said.push(heard(kind, await run({ kind, agent, prompt })).texts.join());
    expect(said).toEqual(['one', 'two', 'two', 'child', 'any', 'any']);
    expect(agent.attempts().map(({ task, attempt }) => `${task}#${attempt}`)).toEqual(['any#1', 'any#2', 't1#1', 't1#2', 't1#3', 't1.2#1']);
    expect(agent.attempts()[2]).toMatchObject({
      prompt: '# Task t1: x',
      argv: argvOf[kind],
      cwd: join(root, 'tree'),
      env: { ANTHROPIC_API_KEY: 'sk-test' },
      pid: expect.any(Number),
    });
    expect(agent.attempts()[2]!.env).not.toHaveProperty('NODE_COMPILE_CACHE');
  });

  test('agents at the same time never take the same attempt', async () => {
    const agent = install(kind, { t1: [[{ say: 'a' }], [{ say: 'b' }], [{ say: 'c' }], [{ say: 'd' }]] });
    const ends = await Promise.all([1, 2, 3, 4].map(() => run({ kind, agent, prompt: 't1' })));
    expect(ends.map(({ code, signal, stderr }) => [code, signal, stderr])).toEqual(ends.map(() => [0, null, '']));
    expect(ends.map((end) => heard(kind, end).texts.join()).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('resume: known sessions only; Claude’s cost is cumulative and tells its share', async () => {
    const agent = install(kind, [{ step: { cost: 0.5 } }]);
    const first = await run({ kind, agent, env: { XDG_DATA_HOME: '/a' } });
    const last = first.events.at(-1)!;
    const id = String(last['session_id'] ?? last['sessionID']);
    const flag = kind === 'claude' ? '--resume' : '--session';
    const second = await run({ kind, agent, args: [flag, id], env: { XDG_DATA_HOME: '/a' } });
    expect(second.events.at(-1)).toMatchObject(
      kind === 'claude' ? { ...success.claude, session_id: id } : { ...success.opencode, sessionID: id },
    );
    const cumulative = {
      total_cost_usd: 1,
      modelUsage: { 'claude-sonnet-5-5': { costUSD: 1 } },
      model_usage_since_last_result: { 'claude-sonnet-5-5': { costUSD: 0.5 } },
    };
    expect(second.events.at(-1)).toMatchObject(kind === 'claude' ? cumulative : { part: { cost: 0.5 } });
    // Claude Code takes an id for a new session, but once; OpenCode finds a session only in the data folder it began in.
    const refusals = {
      claude: { args: ['--session-id', id], stderr: `Error: Session ID ${id} is already in use.\n`, env: {} },
      opencode: { args: [flag, id], stderr: expect.stringContaining('Session not found') as string, env: { XDG_DATA_HOME: '/b' } },
    };
    const { args, stderr, env } = refusals[kind];
    expect(await run({ kind, agent, args, env })).toMatchObject({ code: 1, stderr, events: [] });
    const unknown = await run({ kind, agent, args: [flag, 'nope'] });
    expect(unknown).toMatchObject({
      code: 1,
      events: [],
      stderr: expect.stringMatching(kind === 'claude' ? /^No conversation found with session ID: nope/ : /Session not found/),
    });
    // A refused session is no attempt.
    expect(agent.attempts()).toHaveLength(2);
  });

  test('--version, no prompt, no script', async () => {
    const agent = install(kind, []);
    const version = (env: Record<string, string>): string => execFileSync(agent.path, ['--version'], { encoding: 'utf8', env });
    expect(version({})).toBe(kind === 'claude' ? '2.1.330 (Claude Code)\n' : '1.18.33\n');
    expect(version({ SCRIPTED_AGENT_AS: 'opencode' })).toBe('1.18.33\n');
    expect(await run({ kind, agent, prompt: ' \n' })).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Error: .*must/) });
    const missing = await run({ kind, agent, env: { SCRIPTED_AGENT: join(root, 'none.json') } });
    expect(missing).toMatchObject({ code: 70, stderr: expect.stringContaining('cannot read the script') });
  });
});

test('started by its own name it needs only a Node on PATH', () => {
  const program = fileURLToPath(new URL('scripted-agent.ts', import.meta.url));
  const out = execFileSync(program, ['--version'], { encoding: 'utf8', env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` } });
  expect(out).toBe('2.1.330 (Claude Code)\n');
});
