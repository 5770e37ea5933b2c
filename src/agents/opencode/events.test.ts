// Tests every kind of line that OpenCode 1.18.33 and our bridge in it were seen to print, and the events that result.
import { describe, expect, test } from 'vitest';
import { spent, tallyOf } from '../../core/transcript/tally.ts';
import type { TranscriptEvent } from '../../core/transcript/transcript.ts';
import { opencode } from './adapter.ts';
import { eventsOf, runOf } from './recorded.samples.ts';

function linesOf(name: string, type: string): string[] {
  return runOf(name).stdout.filter((line) => (JSON.parse(line) as { type: string }).type === type);
}

function told(name: string, type: string): TranscriptEvent[] {
  return linesOf(name, type).flatMap((line) => [...opencode.events(line)]);
}

test('figures that no step has are capped', () => {
  const line = JSON.stringify({ type: 'step_finish', part: { cost: 1e6, tokens: { input: 0, output: 1e12, reasoning: 1e12, cache: {} } } });
  expect(opencode.events(line)).toMatchObject([{ type: 'step', cost: 1e12, tokens: { output: 1e12 } }]);
});

test('a run with three tools, in order', () => {
  const events = eventsOf(runOf('work'));
  expect(events.map(({ type }) => type)).toEqual([
    'started',
    'said',
    'tool',
    'answer',
    'step',
    'started',
    'said',
    'tool',
    'answer',
    'step',
    'started',
    'tool',
    'answer',
    'step',
    'started',
    'said',
    'step',
  ]);
  const session = expect.stringMatching(/^ses_\w+$/) as unknown;
  expect(events[0]).toEqual({ type: 'started', session, model: null, version: null, keySource: null, servers: [] });
  expect(events[1]).toEqual({ type: 'said', text: 'First the file.' });
  expect(events[2]).toMatchObject({ type: 'tool', name: 'write', input: '{"filePath":"/yard/cwd/a.txt","content":"x"}' });
  expect(events[3]).toMatchObject({ type: 'answer', ok: true, denied: false, output: 'Wrote file successfully.' });
  expect(events[4]).toEqual({
    type: 'step',
    id: expect.stringMatching(/^prt_/),
    session,
    reason: 'tool-calls',
    cost: 4500,
    tokens: { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 },
  });
  expect(events[12]).toMatchObject({ type: 'answer', ok: false, denied: false, output: 'File not found: /nope/nope' });
  expect(events.at(-1)).toMatchObject({ type: 'step', reason: 'stop' });
  const [call, answer] = [events[2], events[3]] as [{ id: string }, { id: string }];
  expect(answer.id).toBe(call.id);
});

describe('step_finish', () => {
  const line = linesOf('work', 'step_finish')[0] ?? '';
  const step = (part: Record<string, unknown>): readonly TranscriptEvent[] => {
    const whole = JSON.parse(line) as { part: object };
    return opencode.events(JSON.stringify({ ...whole, part: { ...whole.part, ...part } }));
  };

  test('reasoning is output, the cache is told apart', () => {
    const tokens = { total: 26, input: 3, output: 5, reasoning: 7, cache: { read: 11, write: 13 } };
    expect(step({ tokens })).toMatchObject([{ tokens: { input: 3, output: 12, cacheRead: 11, cacheWrite: 13 } }]);
  });

  test.each([
    [0.0000004, 0],
    [0.0000006, 1],
    [0.1 + 0.2, 300_000],
    [-1, 0],
    ['0.5', 0],
    [1e300, 0],
  ])('a cost of %j dollars is %j millionths', (cost, micro) => {
    expect(step({ cost })).toMatchObject([{ cost: micro }]);
  });

  test('without a part it is still a step', () => {
    expect(opencode.events(JSON.stringify({ type: 'step_finish', sessionID: 's' }))).toMatchObject([
      { type: 'step', session: 's', cost: 0, reason: null },
    ]);
  });

  test.each([
    ['max-tokens', 'length'],
    ['refusal', 'content-filter'],
  ])('its reason in %s is %s', (name, reason) => {
    expect(told(name, 'step_finish').at(-1)).toMatchObject({ reason });
  });
});

describe('tool_use', () => {
  test('a rule that forbids is a denial', () => {
    expect(told('denied', 'tool_use')).toMatchObject([
      { type: 'tool', name: 'bash', input: '{"command":"rm -rf x"}' },
      { type: 'answer', ok: false, denied: true },
    ]);
    expect(tallyOf(eventsOf(runOf('denied'))).denied).toEqual(['bash']);
  });

  test('a request that was rejected is one too', () => {
    expect(told('auto-reject', 'tool_use').at(-1)).toMatchObject({
      type: 'answer',
      ok: false,
      denied: true,
      output: 'The user rejected permission to use this specific tool call.',
    });
  });

  test('the same words in a tool’s output are none', () => {
    const line = (linesOf('work', 'tool_use')[0] ?? '').replace(
      'Wrote file successfully.',
      'The user has specified a rule which prevents you',
    );
    expect(opencode.events(line).at(-1)).toMatchObject({ ok: true, denied: false });
    const failed = (linesOf('work', 'tool_use')[2] ?? '').replace('File not found:', 'cat: The user has specified a rule');
    expect(opencode.events(failed).at(-1)).toMatchObject({ ok: false, denied: false });
  });

  test('without a part it is nothing', () => {
    expect(opencode.events('{"type":"tool_use"}')).toEqual([]);
  });
});

describe('error', () => {
  test.each([
    ['401', 'auth', 401, 'invalid x-api-key'],
    ['403', 'auth', 403, 'permission error'],
    ['400', 'request', 400, 'bad thing'],
    ['404', 'request', 404, 'not found error'],
    ['credit', 'billing', 400, 'Your credit balance is too low to access the API.'],
    ['429-short', 'rate-limit', 429, 'rate limit error'],
    ['refusal', 'refusal', null, "The response was blocked by the provider's content filter"],
    ['unknown-model', null, null, 'Unexpected server error. Check server logs for details.'],
    ['no-key', null, null, 'Unexpected server error. Check server logs for details.'],
  ])('%s is %s', (name, failure, status, message) => {
    expect(told(name, 'error')).toMatchObject([{ type: 'error', failure, status, message }]);
  });

  const apiError = (data: Record<string, unknown>, name = 'APIError'): readonly TranscriptEvent[] =>
    opencode.events(JSON.stringify({ type: 'error', sessionID: 's', error: { name, data } }));

  test.each([
    ['APIError', { message: 'x', statusCode: 402 }, 'billing'],
    ['APIError', { message: 'You exceeded your current quota, please check your plan and billing details.', statusCode: 429 }, 'billing'],
    [
      'APIError',
      { message: 'You exceeded your current quota, please check your plan and billing details. Please retry in 36.2s.', statusCode: 429 },
      'rate-limit',
    ],
    ['APIError', { message: 'insufficient_quota', statusCode: 429 }, 'billing'],
    ['APIError', { message: 'The usage limit has been reached', statusCode: 429 }, 'usage-limit'],
    ['APIError', { message: 'Overloaded', statusCode: 529 }, 'overloaded'],
    ['APIError', { message: 'x', statusCode: 503 }, 'overloaded'],
    ['APIError', { message: 'x', statusCode: 500 }, 'backend'],
    ['APIError', { message: 'The billing service is down', statusCode: 500 }, 'backend'],
    ['APIError', { message: 'Cannot connect to API' }, 'connection'],
    ['ProviderAuthError', { message: 'x' }, 'auth'],
    ['MessageAbortedError', { message: 'x' }, 'killed'],
    ['ContentFilterError', { message: 'x' }, 'refusal'],
    ['UnknownError', { message: 'The operation timed out.' }, 'connection'],
    ['UnknownError', { message: 'something else' }, null],
    ['ErrorOfTomorrow', { message: '401' }, null],
  ])('%s %j is %s', (name, data, failure) => {
    expect(apiError(data, name)).toMatchObject([{ type: 'error', failure }]);
  });

  test('without anything in it it is still an error', () => {
    expect(opencode.events('{"type":"error"}')).toMatchObject([{ type: 'error', failure: null, message: 'unknown error' }]);
  });

  test('a retry-after is told as a time, counted from the answer’s own date', () => {
    const headers = (responseHeaders: Record<string, string>): number | null =>
      (apiError({ message: 'x', statusCode: 429, responseHeaders })[0] as { until: number | null }).until;
    const date = 'Mon, 23 Nov 2026 02:28:50 GMT';
    expect(headers({ date, 'retry-after': '3600' })).toBe(Date.parse(date) + 3_600_000);
    for (const after of ['', '-1', 'soon', '1e99', 'Mon, 23 Nov 2026 03:28:50 GMT'])
      expect(headers({ date, 'retry-after': after }), after).toBe(null);
    expect(headers({ 'retry-after': '3600' })).toBe(null);
    expect(headers({ date: 'x', 'retry-after': '3600' })).toBe(null);
    expect(told('429-short', 'error')).toMatchObject([{ until: Date.parse('Mon, 23 Nov 2026 02:29:06 GMT') }]);
  });
});

describe('the bridge', () => {
  test.each([
    ['429-long', 'rate-limit', 429, 'rate limit error', 1_795_404_541_557],
    ['529', 'overloaded', 529, 'overloaded error', 1_795_400_948_134],
    ['cut', 'connection', null, /^Cannot connect to API/, 1_795_400_951_889],
  ])('a retry in %s tells its kind and when', (name, failure, status, message, until) => {
    expect(told(name, 'yardmaster')[0]).toEqual({
      type: 'retry',
      // If the first request is never answered, nothing else reports the session.
      session: expect.stringMatching(/^ses_\w+$/) as string,
      failure,
      status,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
      until,
    });
  });

  test('a subagent’s figures are cumulative: the last ones count, beside the parent’s steps', () => {
    expect(told('subagent', 'yardmaster').at(-1)).toMatchObject({ type: 'child', cost: 9000, tokens: { input: 2000, output: 200 } });
    const tally = tallyOf(eventsOf(runOf('subagent')));
    expect(tally.stepped[0]?.cost).toBe(9000);
    expect(spent(tally)).toEqual({ cost: 18_000, tokens: { input: 4000, output: 400, cacheRead: 0, cacheWrite: 0 } });
  });

  test.each([
    [{ id: 'small', providerID: 'acme', variant: 'default' }, { model: 'acme/small' }],
    [{ id: 'small' }, {}],
    ['small', {}],
  ])('a subagent’s own model is told where it is known: %j', (model, expected) => {
    const line = { type: 'yardmaster', event: 'child', session: 's2', cost: 0.003, tokens: { input: 1 }, model };
    const tokens = { input: 1, output: 0, cacheRead: 0, cacheWrite: 0 };
    expect(opencode.events(JSON.stringify(line))).toEqual([{ type: 'child', session: 's2', cost: 3000, tokens, ...expected }]);
  });

  test('tells which servers came up', () => {
    const servers = [{ name: 'docs', status: 'connected' }, { name: 'far', status: 'failed', error: 'x' }, { name: 7 }, null];
    const tally = tallyOf(opencode.events(JSON.stringify({ type: 'yardmaster', event: 'servers', servers })));
    expect(tally).toMatchObject({
      session: null,
      servers: [
        { name: 'docs', status: 'connected' },
        { name: 'far', status: 'failed' },
      ],
    });
  });

  test('a conversation that was made shorter is told with its session', () => {
    const line = { type: 'yardmaster', event: 'compacted', session: 's1' };
    expect(opencode.events(JSON.stringify(line))).toEqual([{ type: 'compacted', session: 's1' }]);
  });

  test('what it did not say is noted', () => {
    expect(opencode.events('{"type":"yardmaster","event":"of tomorrow"}')).toMatchObject([{ type: 'noted' }]);
    expect(opencode.events('{"type":"yardmaster","event":"child"}')).toMatchObject([{ type: 'noted' }]);
  });
});

test.each(['reasoning', 'of_tomorrow'])('%s says nothing', (type) => {
  expect(opencode.events(JSON.stringify({ type, part: { text: 'hm' } }))).toEqual([]);
});

test('the costs of a resumed session are those of its run', () => {
  expect(tallyOf(eventsOf(runOf('resume-1'))).stepped[0]?.cost).toBe(4500);
  expect(tallyOf(eventsOf(runOf('resume-2'))).stepped[0]?.cost).toBe(9000);
  const [first, second] = ['resume-1', 'resume-2'].map((name) => tallyOf(eventsOf(runOf(name))).session);
  expect(first).toBe(second);
});
