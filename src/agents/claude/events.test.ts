// Tests every kind of line that Claude Code 2.1.330 was seen to print, as it printed it, and the events that result.
import { describe, expect, test } from 'vitest';
import { byModel, tallyOf } from '../../core/transcript/tally.ts';
import { claude } from './adapter.ts';
import { eventsOf, recorded, runOf } from './recorded.samples.ts';

const session = '5e551017-0000-4000-8000-000000000001';
const perAnswer = { input: 1000, output: 1, cacheRead: 0, cacheWrite: 0 };

/** The lines of a recorded run that have this type (`system/init`, `result` …). */
function linesOf(name: string, type: string): string[] {
  return runOf(name).stdout.filter((line) => typeOf(line) === type);
}

function typeOf(line: string): string {
  const { type, subtype } = JSON.parse(line) as { type: string; subtype?: string };
  return type === 'system' ? `${type}/${subtype}` : type;
}

/** A recorded line with some of its fields replaced. */
function changed(line: string | undefined, fields: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(line ?? '{}') as object), ...fields });
}

test('a run with two tools, in order', () => {
  const events = eventsOf(runOf('work'));
  expect(events.map(({ type }) => type)).toEqual([
    'started',
    'said',
    'step',
    'tool',
    'step',
    'answer',
    'said',
    'step',
    'tool',
    'step',
    'answer',
    'said',
    'step',
    'ended',
  ]);
  expect(events[0]).toEqual({
    type: 'started',
    session,
    model: 'claude-opus-5-5',
    version: '2.1.330',
    keySource: 'ANTHROPIC_API_KEY',
    servers: [],
  });
  expect(events[1]).toEqual({ type: 'said', text: 'First the file.' });
  expect(events[3]).toMatchObject({ type: 'tool', name: 'Write', input: '{"file_path":"/yard/cwd/a.txt","content":"x"}' });
  expect(events[5]).toMatchObject({ type: 'answer', ok: true, denied: false, output: expect.stringMatching(/^File created successfully/) });
  expect(events[10]).toMatchObject({ type: 'answer', ok: false, denied: false, output: 'Exit code 1 a.txt' });
  const [call, answer] = [events[3], events[5]] as [{ id: string }, { id: string }];
  expect(answer.id).toBe(call.id);
  expect(events.at(-1)).toEqual({
    type: 'ended',
    ok: true,
    failure: null,
    message: 'Done: no 401, no permission denied, no rate limit, credit balance fine.',
    tokens: { input: 3000, output: 300, cacheRead: 0, cacheWrite: 0 },
    cost: 18_000,
    until: null,
    models: [{ model: 'claude-opus-5-5', tokens: { input: 3000, output: 300, cacheRead: 0, cacheWrite: 0 }, cost: 18_000 }],
  });
});

describe('assistant', () => {
  const [spoken, called] = linesOf('work', 'assistant') as [string, string];
  const blocks = [spoken, called].flatMap((line) => (JSON.parse(line) as { message: { content: unknown[] } }).message.content);

  test('one message told in several lines is one step, with its tokens once', () => {
    const ids = [spoken, called].flatMap((line) => claude.events(line)).flatMap((event) => (event.type === 'step' ? [event.id] : []));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    const tally = tallyOf([...claude.events(spoken), ...claude.events(called)]);
    expect([tally.steps, tally.stepped[0]?.tokens]).toEqual([1, perAnswer]);
  });

  test('several blocks in one line are told each, in order, as one step', () => {
    const { message } = JSON.parse(spoken) as { message: object };
    const events = claude.events(
      changed(spoken, { message: { ...message, content: [...blocks, { type: 'thinking', thinking: 'hm' }, ...blocks] } }),
    );
    expect(events.map(({ type }) => type)).toEqual(['said', 'tool', 'said', 'tool', 'step']);
  });

  test('tokens of the cache are told apart', () => {
    const { message } = JSON.parse(spoken) as { message: object };
    const usage = { input_tokens: 3, output_tokens: 5, cache_read_input_tokens: 7, cache_creation_input_tokens: 11 };
    expect(claude.events(changed(spoken, { message: { ...message, usage } })).at(-1)).toMatchObject({
      tokens: { input: 3, output: 5, cacheRead: 7, cacheWrite: 11 },
    });
  });

  test.each(['401-key', '429-long', '529', 'no-login', 'no-server'])(
    'the answer that it makes up for a failed request says nothing and is no step (%s)',
    (name) => {
      const made = linesOf(name, 'assistant');
      expect(made).toHaveLength(1);
      expect(made.flatMap((line) => claude.events(line))).toEqual([]);
    },
  );

  test('a subagent’s tools are told; its words and steps are not the agent’s own', () => {
    const tally = tallyOf(eventsOf(runOf('subagent')));
    const said = eventsOf(runOf('subagent')).flatMap((event) => (event.type === 'said' ? [event.text] : []));
    expect(said).toEqual(['delegating', 'parent done']);
    expect(tally.calls.map(({ name }) => name)).toEqual(['Agent', 'Bash']);
    expect(tally.steps).toBe(2);
    // … but they are paid for: without a result, the reported answers count (except a subagent’s last).
    const killed = tallyOf(eventsOf(runOf('subagent')).filter(({ type }) => type !== 'ended'));
    expect(byModel(killed)).toEqual([
      { model: 'claude-opus-5-5', cost: 0, tokens: { ...perAnswer, input: 3 * perAnswer.input, output: 3 * perAnswer.output } },
    ]);
    expect(tally.closed[0]).toMatchObject({ cost: 24_000, tokens: { input: 4000, output: 400, cacheRead: 0, cacheWrite: 0 } });
  });
});

describe('user', () => {
  test('a tool’s result in blocks is told as their text', () => {
    const [line] = runOf('subagent').stdout.filter((one) => one.includes('sub') && one.includes('"tool_result"') && one.includes('"text"'));
    expect(claude.events(line ?? '')).toMatchObject([
      {
        type: 'answer',
        ok: true,
        output: expect.stringMatching(/^<tools-used-before-summary>Bash<\/tools-used-before-summary> \[Subagent hand-back\]/),
      },
    ]);
  });

  test('a long result is one line of at most 300 characters', () => {
    const [line] = linesOf('work', 'user');
    const content = [{ type: 'tool_result', tool_use_id: 'x', content: 'a\n b\t'.repeat(1000) }];
    const [answer] = claude.events(changed(line, { message: { role: 'user', content } }));
    expect(answer).toMatchObject({ output: expect.stringMatching(/^(?:a b )+a? ?b?…$/) });
  });

  test('a picture among the blocks of a result is passed over', () => {
    const picture = { type: 'image', source: { type: 'base64', data: 'AAAA' } };
    const blocks = [picture, { type: 'text', text: 'seen' }];
    const content = [{ type: 'tool_result', tool_use_id: 'x', content: blocks }];
    expect(claude.events(JSON.stringify({ type: 'user', message: { content } }))).toMatchObject([{ id: 'x', ok: true, output: 'seen' }]);
  });

  test('a note of an interrupt is no answer of a tool', () => {
    expect(linesOf('sigint', 'user').flatMap((line) => claude.events(line))).toEqual([]);
  });
});

describe('system', () => {
  const retry = (name: string): unknown[] => linesOf(name, 'system/api_retry').flatMap((line) => claude.events(line));

  test('a cloud’s credentials that are not there are no outage', () => {
    const line = { type: 'system', subtype: 'api_retry', error_status: null, error: 'cloud_credential_error' };
    expect(claude.events(JSON.stringify(line))).toMatchObject([{ type: 'retry', failure: 'auth' }]);
  });

  test.each([
    ['401-key', 'auth', 401, 'authentication_failed'],
    ['401-oauth', 'auth', 401, 'authentication_failed'],
    ['429-short', 'rate-limit', 429, 'rate_limit'],
    ['529', 'overloaded', 529, 'overloaded'],
    ['500', 'backend', 500, 'server_error'],
    ['502', 'backend', 502, 'server_error'],
    ['cut', 'connection', null, 'unknown'],
    ['no-server', 'connection', null, 'unknown'],
  ])('a retry in %s is told as %s', (name, failure, status, word) => {
    expect(retry(name)[0]).toEqual({ type: 'retry', failure, status, message: `${word}, tried again`, until: null });
  });

  test('a retry for a reason that has no name yet is told without a kind, one by status with it', () => {
    const [line] = linesOf('529', 'system/api_retry');
    expect(claude.events(changed(line, { error: 'new_word' }))).toMatchObject([{ type: 'retry', failure: null, status: 529 }]);
    expect(claude.events(changed(line, { error: 'unknown' }))).toMatchObject([{ type: 'retry', failure: 'overloaded', status: 529 }]);
  });

  test('a fallback names the model that goes on', () => {
    const events = eventsOf(runOf('fallback'));
    expect(events.filter(({ type }) => type === 'started')).toMatchObject([
      { model: 'claude-opus-5-5' },
      { model: 'claude-haiku-5-5', session },
    ]);
    expect(tallyOf(events)).toMatchObject({ model: 'claude-haiku-5-5', keySource: 'ANTHROPIC_API_KEY', retries: 0 });
  });

  test('a model that takes over after a refusal, and a summary in the place of what was too long', () => {
    expect(tallyOf(eventsOf(runOf('refusal-fallback')))).toMatchObject({ model: 'claude-opus-4-8' });
    expect(tallyOf(eventsOf(runOf('overflow-mended')))).toMatchObject({ compactions: 1, mendedAt: null });
  });

  test('a result that tells hundreds of models apart tells their sum', () => {
    const [line] = linesOf('work', 'result');
    const models = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`m${i}`, { inputTokens: 10, costUSD: 0.001 }]));
    const [told] = claude.events(changed(line, { model_usage_since_last_result: models }));
    expect(told).toMatchObject({ type: 'ended', cost: 300_000, tokens: { input: 3000 } });
    expect(told).not.toHaveProperty('models');
  });

  test('the opening tells which servers came up', () => {
    const [line] = linesOf('work', 'system/init');
    const servers = [
      { name: 'docs', status: 'connected' },
      { name: 'broken', status: 'failed' },
    ];
    expect(claude.events(changed(line, { mcp_servers: servers.map((one) => ({ ...one, source: 'user' })) }))).toMatchObject([{ servers }]);
  });

  test('all others say nothing', () => {
    const told = new Set(
      ['init', 'api_retry', 'model_fallback', 'model_refusal_fallback', 'compact_boundary'].map((one) => `system/${one}`),
    );
    const others = Object.values(recorded).flatMap((run) =>
      run.stdout.filter((line) => typeOf(line).startsWith('system/') && !told.has(typeOf(line))),
    );
    const kinds = [...new Set(others.map(typeOf))];
    expect(kinds).toEqual(
      expect.arrayContaining([
        'system/session_title_changed',
        'system/permission_denied',
        'system/task_started',
        'system/task_notification',
        'system/background_tasks_changed',
        'system/informational',
        'system/model_refusal_no_fallback',
      ]),
    );
    expect(others.flatMap((line) => claude.events(line))).toEqual([]);
    for (const subtype of ['status', 'hook_started', 'hook_response', 'task_progress', 'of_tomorrow'])
      expect(claude.events(JSON.stringify({ type: 'system', subtype }))).toEqual([]);
  });

  test.each(['stream_event', 'control_response', 'of_tomorrow'])('%s says nothing', (type) => {
    expect(claude.events(JSON.stringify({ type, event: { type: 'message_start' } }))).toEqual([]);
  });
});

describe('rate_limit_event', () => {
  test('a warning tells window, share and reset', () => {
    expect(linesOf('limit-warning', 'rate_limit_event').flatMap((line) => claude.events(line))).toEqual([
      { type: 'limit', state: 'allowed_warning', window: 'five_hour', resetsAt: 1_795_404_625_000, used: 0.93 },
    ]);
  });

  test('a used-up window is rejected until its reset', () => {
    const limits = linesOf('usage-limit-oauth', 'rate_limit_event').flatMap((line) => claude.events(line));
    expect(limits.at(-1)).toMatchObject({ type: 'limit', state: 'rejected', window: 'five_hour', resetsAt: 1_795_404_625_000 });
  });

  const told = (info: unknown): unknown => claude.events(JSON.stringify({ type: 'rate_limit_event', rate_limit_info: info }));
  const limit = (window: string | null, more: object): unknown => ({
    type: 'limit',
    state: 'unknown',
    window,
    resetsAt: null,
    used: null,
    ...more,
  });

  test('each window of the plan is told, and last the one that it is about', () => {
    const five_hour = { status: 'rejected', utilization: 1, resetsAt: 1_795_404_625 };
    const seven_day = { status: 'allowed_warning', utilization: 0.8, resetsAt: 1_795_999_000 };
    const info = { status: 'rejected', rateLimitType: 'five_hour', resetsAt: 1_795_404_700 };
    const rejected = limit('five_hour', { state: 'rejected', used: 1, resetsAt: 1_795_404_700_000 });
    const warned = limit('seven_day', { state: 'allowed_warning', used: 0.8, resetsAt: 1_795_999_000_000 });
    expect(told({ ...info, unifiedWindows: { five_hour, seven_day } })).toEqual([warned, rejected]);
    expect(told({ ...info, unifiedWindows: { seven_day, five_hour } })).toEqual([warned, rejected]);
    // The use that is reported beside its window counts.
    expect(told({ ...info, utilization: 0.99, unifiedWindows: { five_hour } })).toEqual([
      limit('five_hour', { state: 'rejected', used: 0.99, resetsAt: 1_795_404_700_000 }),
    ]);
  });

  test.each([
    [
      'a type that is no window',
      { rateLimitType: 'overage', unifiedWindows: { seven_day: {} } },
      [limit('seven_day', {}), limit('overage', {})],
    ],
    ['no type', { unifiedWindows: { seven_day: { utilization: 0.5 } } }, [limit('seven_day', { used: 0.5 }), limit(null, {})]],
    ['windows that are none', { rateLimitType: 'five_hour', unifiedWindows: 7 }, [limit('five_hour', {})]],
    [
      'a window that is none',
      { rateLimitType: 'five_hour', unifiedWindows: { x: null, five_hour: 'y' } },
      [limit('x', {}), limit('five_hour', {})],
    ],
    ['figures that are none', { rateLimitType: 'five_hour', utilization: -1, resetsAt: 'soon' }, [limit('five_hour', {})]],
    ['nothing', null, []],
  ])('%s is survived', (_, info, events) => {
    expect(told(info)).toEqual(events);
  });

  test('a refusal without windows tells neither', () => {
    expect(linesOf('429-long-oauth', 'rate_limit_event').flatMap((line) => claude.events(line))[0]).toEqual({
      type: 'limit',
      state: 'rejected',
      window: null,
      resetsAt: null,
      used: null,
    });
  });
});

describe('result', () => {
  test('figures of more models than there are stay exact integers', () => {
    const usage = Object.fromEntries(Array.from({ length: 12_000 }, (_, index) => [`m${index}`, { costUSD: 1e6, inputTokens: 1e12 }]));
    const [ended] = claude.events(changed(linesOf('work', 'result')[0], { model_usage_since_last_result: usage }));
    expect(ended).toMatchObject({ type: 'ended', cost: 1e12, tokens: { input: 1e12 } });
  });

  test('key order does not matter', () => {
    const line = runOf('work').stdout.at(-1) ?? '';
    expect(line.indexOf('"type"')).toBeGreaterThan(100);
    const backwards = Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse());
    expect(claude.events(JSON.stringify(backwards))).toEqual(claude.events(line));
  });

  test('a resumed session is charged for this run alone, although its totals go on', () => {
    const [first, second] = ['resume-1', 'resume-2'].map((name) => linesOf(name, 'result')[0] ?? '') as [string, string];
    expect((JSON.parse(first) as { total_cost_usd: number }).total_cost_usd).toBe(0.006);
    expect((JSON.parse(second) as { total_cost_usd: number }).total_cost_usd).toBeCloseTo(0.018);
    expect(claude.events(first)).toMatchObject([{ type: 'ended', cost: 6000, tokens: { input: 1000, output: 100 } }]);
    expect(claude.events(second)).toMatchObject([{ type: 'ended', cost: 12_000, tokens: { input: 2000, output: 200 } }]);
  });

  test('a version that does not tell the difference is taken by its total', () => {
    const [line] = linesOf('resume-2', 'result');
    for (const model_usage_since_last_result of [undefined, [], 'none', { a: { costUSD: 1 }, b: null }])
      expect(claude.events(changed(line, { model_usage_since_last_result }))).toMatchObject([{ cost: 18_000 }]);
  });

  test('several models add up', () => {
    const [line] = linesOf('work', 'result');
    const usage = { costUSD: 0.25, inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4 };
    const model_usage_since_last_result = { a: usage, b: usage };
    expect(claude.events(changed(line, { model_usage_since_last_result }))).toMatchObject([
      { cost: 500_000, tokens: { input: 2, output: 4, cacheRead: 6, cacheWrite: 8 } },
    ]);
  });

  test('of several results the last one decides and all are paid for', () => {
    const events = eventsOf(runOf('background'));
    expect(events.filter(({ type }) => type === 'ended')).toHaveLength(2);
    const tally = tallyOf(events);
    expect(tally.ended).toMatchObject({ ok: true, message: 'C' });
    // Four requests at 0.006 each. The cumulative figures of both results together would be higher.
    expect(tally.closed[0]).toMatchObject({ cost: 24_000, tokens: { input: 4000, output: 400, cacheRead: 0, cacheWrite: 0 } });
  });

  test('a denied tool is told once, by its name', () => {
    const events = eventsOf(runOf('denied'));
    expect(events.filter((event) => event.type === 'answer' && event.denied)).toHaveLength(1);
    expect(tallyOf(events).denied).toEqual(['Bash']);
  });
});
