// The endings of the scripted agent: exit code, last event and standard error of each ending, for each agent.
// `npm test` shows only those that its stories use.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Action } from './script.ts';
import type { Json } from './heard.ts';
import { ended, install, kinds, play, root, start, useAgentFolder, type Kind, spoken } from './start-scripted.samples.ts';

useAgentFolder();

type Row = readonly [name: string, actions: readonly Action[], code: number, last: Json, stderr?: RegExp];

const endings: Readonly<Record<Kind, readonly Row[]>> = {
  claude: [
    ['exit', [{ say: 'x' }, { exit: { code: 3 } }], 3, { type: 'assistant' }],
    ['finish, exit', [{ finish: true }, { exit: { code: 9 } }], 9, spoken.claude.success],
    ['finish alone', [{ finish: true }], 0, spoken.claude.success],
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
    ['finish, exit', [{ finish: true }, { exit: { code: 9 } }], 9, spoken.opencode.success],
    ['finish alone', [{ finish: true }], 0, spoken.opencode.success],
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
    ['fallbackAgent', [{ fallbackAgent: true }], 0, spoken.opencode.success, /agent "build" not found\. Falling back to default agent/],
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
    // Claude Code shows a refused request as a message, and a used-up plan also as an event.
    const refused = kind === 'claude' && actions.some((action) => 'error' in action || 'limit' in action || 'refusal' in action);
    expect(end.events.filter((event) => event['is_api_error_message'] === true).map(({ message }) => message.model)).toEqual(
      refused ? ['<synthetic>'] : [],
    );
    const usedUp = kind === 'claude' && actions.some((action) => 'limit' in action && action.limit.kind === 'usage');
    expect(end.events.some(({ type }) => type === 'rate_limit_event')).toBe(usedUp);
  });

  test('signal: the signal ends it', async () => {
    expect(await play(kind, [{ signal: { name: 'SIGSEGV' } }])).toMatchObject({ code: null, signal: 'SIGSEGV' });
    expect(await play(kind, [{ signal: { name: 'SIGTERM' } }])).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  test('hang: TERM ends it like the real agent', async () => {
    const child = start({ kind, agent: install(kind, [{ stderr: 'up' }, { hang: true }]) });
    const end = ended(child);
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await end).toMatchObject(kind === 'claude' ? { code: 143, signal: null } : { code: null, signal: 'SIGTERM' });
  });

  test('ignoreTerm: only KILL ends it', async () => {
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
