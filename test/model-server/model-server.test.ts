import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { startModelServer } from './model-server.ts';
import type { ModelServer, ModelServerOptions } from './model-server.ts';
import { planHeaders } from './steps.ts';
import type { Step } from './steps.ts';

const running: ModelServer[] = [];
const bound = (): AbortSignal => AbortSignal.timeout(100_000);

async function serve(steps: readonly Step[], options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await startModelServer({ script: { default: steps }, ...options });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

type Protocol = 'anthropic' | 'openai';
const paths = { anthropic: '/v1/messages?beta=true', openai: '/v1/chat/completions' } as const;

interface Asking {
  readonly protocol: Protocol;
  readonly stream?: boolean;
  readonly prefix?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** The relevant part of a request of claude or opencode; the smoke test has the real ones. */
function bodyOf({ protocol, stream = false, body = {} }: Asking): object {
  const properties =
    protocol === 'anthropic' ? { command: {}, description: {}, file_path: {}, content: {} } : { command: {}, filePath: {}, content: {} };
  const names = protocol === 'anthropic' ? ['Bash', 'Write'] : ['bash', 'write'];
  if (protocol === 'openai') {
    const tools = names.map((name) => ({ type: 'function', function: { name, parameters: { properties } } }));
    const system = 'You are opencode.\n<env>\n  Working directory: /work/tree\n  Platform: linux\n</env>';
    return {
      model: 'm',
      stream,
      stream_options: stream ? { include_usage: true } : undefined,
      tools,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: 'do t7' },
      ],
      ...body,
    };
  }
  const tools = [
    ...names.map((name) => ({ name, input_schema: { properties } })),
    { type: 'web_search_20250305', name: 'web_search' },
    { name: 'DeferredToolPlaceholder' },
    7,
  ];
  const reminder = '<system-reminder>\nRecent commits:\nabc t1: old\n</system-reminder>\n';
  return {
    model: 'm',
    stream,
    system: [{ type: 'text', text: 'You are Claude Code.' }],
    tools,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: reminder },
          { type: 'text', text: 'do t7' },
          { type: 'image', source: {} },
        ],
      },
      { role: 'system', content: [{ type: 'text', text: '# Environment\n - Primary working directory: /work/tree\n - Platform: linux' }] },
    ],
    ...body,
  };
}

function ask(server: ModelServer, asking: Asking): Promise<Response> {
  const { protocol, prefix = '', headers = {}, signal = bound() } = asking;
  return fetch(server.url + prefix + paths[protocol], { method: 'POST', headers, body: JSON.stringify(bodyOf(asking)), signal });
}

interface Heard {
  text: string;
  stop: string | null;
  tool: { name: string; input: unknown } | null;
  usage: Record<string, unknown> | null;
  ended: boolean;
}

/** Reads an answer as a client would. The result is the same for a stream and for one document. */
function hear(protocol: Protocol, body: string): Heard {
  const heard: Heard = { text: '', stop: null, tool: null, usage: null, ended: false };
  const frames = body
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => frame.replace(/^(event: .*\n)?data: /, ''));
  let json = '';
  for (const frame of frames) {
    if (frame === '[DONE]') heard.ended = true;
    else if (protocol === 'anthropic') {
      const event = JSON.parse(frame);
      if (event.type === 'message') {
        for (const block of event.content) {
          if (block.type === 'text') heard.text += block.text;
          else heard.tool = { name: block.name, input: block.input };
        }
        Object.assign(heard, { stop: event.stop_reason, usage: event.usage, ended: true });
      }
      heard.text += event.delta?.text ?? '';
      json += event.delta?.partial_json ?? '';
      if (event.content_block?.type === 'tool_use') heard.tool = { name: event.content_block.name, input: null };
      if (event.type === 'message_delta') Object.assign(heard, { stop: event.delta.stop_reason, usage: event.usage });
      if (event.type === 'message_stop') heard.ended = true;
    } else {
      const chunk = JSON.parse(frame);
      const choice = chunk.choices?.[0];
      const part = choice?.delta ?? choice?.message;
      heard.text += part?.content ?? '';
      const call = part?.tool_calls?.[0]?.function;
      if (call !== undefined) heard.tool = { name: call.name, input: JSON.parse(call.arguments) };
      heard.stop = choice?.finish_reason ?? heard.stop;
      heard.usage = chunk.usage ?? heard.usage;
      if (chunk.object === 'chat.completion') heard.ended = true;
    }
  }
  if (json !== '' && heard.tool !== null) heard.tool.input = JSON.parse(json);
  return heard;
}

const matrix = (['anthropic', 'openai'] as const).flatMap((protocol) => [true, false].map((stream) => ({ protocol, stream })));

describe.each(matrix)('$protocol, stream $stream', ({ protocol, stream }) => {
  const stops =
    protocol === 'anthropic' ? ['end_turn', 'tool_use', 'refusal', 'max_tokens'] : ['stop', 'tool_calls', 'content_filter', 'length'];
  const bash =
    protocol === 'anthropic'
      ? { name: 'Bash', input: { command: 'ls', description: 'Run the command' } }
      : { name: 'bash', input: { command: 'ls' } };
  const write = (path: string): object => (protocol === 'anthropic' ? { file_path: path, content: 'c' } : { filePath: path, content: 'c' });
  test.each<{ step: Step; text: string; stop: number; tool: unknown }>([
    { step: { say: 'Done.' }, text: 'Done.', stop: 0, tool: null },
    { step: { bash: 'ls', text: 'Look.' }, text: 'Look.', stop: 1, tool: bash },
    {
      step: { write: { path: 'a/b.txt', content: 'c' } },
      text: '',
      stop: 1,
      tool: { ...bash, name: protocol === 'anthropic' ? 'Write' : 'write', input: write('/work/tree/a/b.txt') },
    },
    {
      step: { write: { path: '/abs', content: 'c' } },
      text: '',
      stop: 1,
      tool: { name: protocol === 'anthropic' ? 'Write' : 'write', input: write('/abs') },
    },
    { step: { tool: { name: 'Odd', input: { a: [1] } } }, text: '', stop: 1, tool: { name: 'Odd', input: { a: [1] } } },
    { step: { refusal: 'No.' }, text: 'No.', stop: 2, tool: null },
    { step: { maxTokens: 'Long' }, text: 'Long', stop: 3, tool: null },
  ])('$step', async ({ step, text, stop, tool }) => {
    const server = await serve([step]);
    const response = await ask(server, { protocol, stream });
    expect(response.headers.get('content-type')).toContain(stream ? 'text/event-stream' : 'application/json');
    expect(hear(protocol, await response.text())).toMatchObject({ text, stop: stops[stop], tool, ended: true });
    expect(server.requests()).toMatchObject([
      { kind: 'step', scenario: 'default', step: 0, model: 'm', prompt: 'do t7', cwd: '/work/tree', status: 200 },
    ]);
  });

  test('the usage of the script is served and recorded', async () => {
    const usage = { input: 7, output: 5, cacheRead: 3, cacheWrite: 2 };
    const server = await serve([{ say: 'x', usage }, { say: 'y' }]);
    const first = hear(protocol, await (await ask(server, { protocol, stream })).text());
    await (await ask(server, { protocol, stream })).text();
    expect(first.usage).toMatchObject(
      protocol === 'anthropic'
        ? { input_tokens: 7, output_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2 }
        : { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17, prompt_tokens_details: { cached_tokens: 3 } },
    );
    expect(server.requests().map((request) => request.usage)).toEqual([usage, { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 }]);
  });

  test('error: status, type, headers and the protocol’s own body, or a raw one', async () => {
    const server = await serve([
      { error: { status: 429, message: 'slow down', headers: { 'retry-after': '3' } } },
      { error: { status: 502, body: '<html>bad</html>' } },
    ]);
    const first = await ask(server, { protocol, stream });
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await first.json()).toMatchObject({ error: { type: 'rate_limit_error', message: 'slow down' } });
    const second = await ask(server, { protocol, stream });
    expect([second.status, second.headers.get('content-type'), await second.text()]).toEqual([502, 'text/html', '<html>bad</html>']);
    expect(server.requests().map((request) => [request.status, request.usage])).toEqual([
      [429, null],
      [502, null],
    ]);
  });

  test('usageLimit: the headers of a used-up plan', async () => {
    const server = await serve([{ usageLimit: { resetsAt: 1_800_000_000, window: 'seven_day' } }]);
    const response = await ask(server, { protocol, stream });
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toMatchObject(
      planHeaders({ status: 'rejected', utilization: 1, resetsAt: 1_800_000_000, window: 'seven_day' }),
    );
    expect(response.headers.get('anthropic-ratelimit-unified-7d-reset')).toBe('1800000000');
  });

  test('hang: no byte is sent, and close() ends the request', async () => {
    const server = await serve([{ hang: true }]);
    const answer = ask(server, { protocol, stream }).then(
      () => 'answered',
      () => 'dropped',
    );
    expect(await server.request(() => true, bound())).toMatchObject({ kind: 'step', status: null, usage: null });
    await server.close();
    expect(await answer).toBe('dropped');
  });

  test('stall: a beginning is sent, then nothing until close()', async () => {
    const server = await serve([{ stall: 'The beginning of a text' }]);
    const reader = (await ask(server, { protocol, stream })).body!.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toContain(stream ? 'The beginning' : '"model":"m"');
    const next = reader.read().then(
      () => 'more',
      () => 'dropped',
    );
    await server.close();
    expect(await next).toBe('dropped');
    expect(server.requests()[0]!.usage).toBeNull();
  });

  test('cut: a beginning is sent, then the connection breaks', async () => {
    const server = await serve([{ cut: 'The beginning of a text' }]);
    const response = await ask(server, { protocol, stream });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  test('sseError: an error inside the stream, or a 500 without one', async () => {
    const server = await serve([{ sseError: { type: 'overloaded_error', message: 'busy' } }]);
    const response = await ask(server, { protocol, stream });
    const body = await response.text();
    expect(response.status).toBe(stream ? 200 : 500);
    expect(body).toContain('"type":"overloaded_error"');
    const before = stream ? body.split('\n\n').slice(0, -2).join('\n\n') : '';
    expect(hear(protocol, before)).toMatchObject({ text: '', ended: false });
    expect(before.includes(protocol === 'anthropic' ? 'message_start' : '"role":"assistant"')).toBe(stream);
  });

  test('headers and delay of a step', async () => {
    const server = await serve([
      { say: 'x', delayMs: 1, headers: { 'x-extra': 'yes' } },
      { say: 'y', delayMs: 60_000 },
    ]);
    const first = await ask(server, { protocol, stream });
    expect(first.headers.get('x-extra')).toBe('yes');
    const gone = new AbortController();
    const second = ask(server, { protocol, stream, signal: gone.signal }).then(
      () => 'answered',
      () => 'left',
    );
    await server.request((request) => request.step === 1, bound());
    gone.abort();
    expect(await second).toBe('left');
  });
});

describe('scenarios', () => {
  test('each has a counter of its own and repeats its last step', async () => {
    const server = await serve([], { script: { a: [{ say: 'a0' }, { say: 'a1' }], 'b c': [{ say: 'b0' }] } });
    const said: string[] = [];
    for (const prefix of ['/s/a', '/s/b%20c', '/s/a', '/s/a'])
      said.push(hear('openai', await (await ask(server, { protocol: 'openai', prefix })).text()).text);
    expect(said).toEqual(['a0', 'b0', 'a1', 'a1']);
    expect(server.requests().map(({ scenario, step }) => [scenario, step])).toEqual([
      ['a', 0],
      ['b c', 0],
      ['a', 1],
      ['a', 2],
    ]);
  });

  test('requests at the same time get different steps', async () => {
    const server = await serve(Array.from({ length: 8 }, (_, at) => ({ say: `s${at}` })));
    const said = await Promise.all(
      Array.from(
        { length: 8 },
        async () => hear('anthropic', await (await ask(server, { protocol: 'anthropic', stream: true })).text()).text,
      ),
    );
    expect(said.toSorted()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7']);
  });

  test('choose sees the text of the user without the reminders of the agent; a scenario in the path has precedence', async () => {
    const script = { t7: [{ say: 'seven' }], t1: [{ say: 'one' }] };
    const server = await serve([], {
      script,
      choose: ({ prompt, model, path, headers }) =>
        model === 'm' && path.startsWith('/v1') && headers['x-a'] === 'b' ? (/\bt\d+/.exec(prompt)?.[0] ?? null) : null,
    });
    const text = async (prefix: string): Promise<string> =>
      hear('anthropic', await (await ask(server, { protocol: 'anthropic', prefix, headers: { 'X-A': 'b' } })).text()).text;
    expect([await text(''), await text('/s/t1')]).toEqual(['seven', 'one']);
  });

  test('an unknown scenario and a tool that is not offered are reported as errors', async () => {
    const server = await serve([{ bash: 'ls' }]);
    const unknown = await ask(server, { protocol: 'anthropic', prefix: '/s/constructor' });
    expect([unknown.status, await unknown.text()]).toEqual([
      400,
      expect.stringContaining('no steps for the scenario \\"constructor\\" (it has: default)'),
    ]);
    const bare = await ask(server, { protocol: 'openai', body: { tools: [] } });
    expect([bare.status, await bare.text()]).toEqual([
      400,
      expect.stringContaining('calls bash, which this request does not offer (offered: none)'),
    ]);
  });
});

describe('requests beside the script', () => {
  test('a title is given without a step', async () => {
    const server = await serve([{ say: 'step' }]);
    const messages = [
      { role: 'system', content: 'You are a title generator. You output ONLY a thread title.' },
      { role: 'user', content: 'do t7' },
    ];
    const title = hear(
      'openai',
      await (await ask(server, { protocol: 'openai', stream: true, body: { tools: undefined, messages } })).text(),
    );
    expect(title).toMatchObject({ text: 'A session', stop: 'stop', ended: true });
    expect(server.requests()).toMatchObject([{ kind: 'title', scenario: null, step: null, usage: { input: 10, output: 5 } }]);
  });

  test('counting, models, health and the unknown', async () => {
    const server = await serve([{ say: 'step' }]);
    const to = (path: string, init: RequestInit = {}): Promise<Response> => fetch(server.url + path, { signal: bound(), ...init });
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(400) }] });
    const counted = (await (await to('/s/a/v1/messages/count_tokens?beta=true', { method: 'POST', body })).json()) as {
      input_tokens: number;
    };
    expect(counted.input_tokens).toBeGreaterThan(100);
    expect(await (await to('/v1/models')).json()).toMatchObject({ data: [] });
    expect((await to('/', { method: 'HEAD' })).status).toBe(200);
    expect((await to('/nowhere', { method: 'GET' })).status).toBe(200);
    expect((await to('/v1/responses', { method: 'POST', body })).status).toBe(404);
    expect((await to('/s/%E0%A4%A/v1/messages', { method: 'POST', body: 'not JSON' })).status).toBe(400);
    expect(server.requests().map(({ method, kind, step }) => `${method} ${kind} ${step}`)).toEqual([
      'POST count null',
      'GET other null',
      'HEAD other null',
      'GET other null',
      'POST other null',
      'POST other null',
    ]);
  });

  test('the credential of a request is recorded', async () => {
    const server = await serve([{ say: 'x' }]);
    await ask(server, { protocol: 'anthropic', headers: { 'x-api-key': 'sk-1' } });
    await ask(server, { protocol: 'openai', headers: { authorization: 'Bearer tok-2' } });
    expect(server.requests().map(({ apiKey, bearer, tools }) => [apiKey, bearer, tools.slice(0, 2)])).toEqual([
      ['sk-1', null, ['Bash', 'Write']],
      [null, 'tok-2', ['bash', 'write']],
    ]);
  });

  test('close frees the port, drops half-sent requests and rejects pending waits for a request', async () => {
    const server = await serve([{ say: 'x' }]);
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{');
    const waiting = server.request(() => false, bound()).catch((error: unknown) => String(error));
    const ended = new Promise<void>((resolve) => socket.on('error', () => undefined).once('close', () => resolve()));
    await Promise.all([server.close(), server.close(), ended]);
    expect(await waiting).toContain('the model server was closed');
    const again = connect(server.port, '127.0.0.1');
    expect(await once(again, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
  });
});
