// Tests every ending of Claude Code that could be provoked, by its recorded output, and our conclusion from it.
import { describe, expect, test } from 'vitest';
import { tallyOf } from '../../core/transcript/tally.ts';
import type { Exit } from '../../core/transcript/transcript.ts';
import { claude } from './adapter.ts';
import { outcomeOf, recorded, runOf } from './recorded.samples.ts';

const reset = 1_795_404_625_000;

/** A recorded run with a result that was only described. */
function withResult(fields: Record<string, unknown>): ReturnType<typeof claude.outcome> {
  const opening = runOf('work').stdout.slice(0, 2);
  const line = JSON.stringify({ type: 'result', is_error: true, ...fields });
  return claude.outcome({
    exit: { code: 1, signal: null },
    tally: tallyOf([...opening, line].flatMap((one) => [...claude.events(one)])),
    stderr: '',
  });
}

const endings: Record<string, [failure: string | null, message: string | RegExp, until?: number]> = {
  work: [null, /^Done: no 401/],
  eval: [null, '42'],
  'resume-1': [null, 'one'],
  'resume-2': [null, 'two'],
  subagent: [null, 'parent done'],
  background: [null, 'C'],
  fallback: [null, 'via fallback'],
  'limit-warning': [null, 'OK'],
  denied: [null, 'ok then'],
  '401-key': ['auth', 'Invalid API key · Fix external API key'],
  '401-oauth': ['auth', /^Failed to authenticate\. API Error: 401/],
  '401-expired': ['auth', 'Failed to authenticate. API Error: 401 OAuth token has expired. Please obtain a new token.'],
  '403': ['auth', /^Failed to authenticate\. API Error: 403/],
  'no-login': ['auth', 'Not logged in · Please run /login'],
  '400': ['request', 'API Error: 400 bad thing'],
  '404': ['request', /^There's an issue with the selected model/],
  '413': ['context', /^Request too large/],
  'unknown-model': ['request', /^There's an issue with the selected model \(nope\)/],
  credit: ['billing', 'Credit balance is too low'],
  '402': ['billing', /^API Error: 402/],
  '429-short': ['rate-limit', /^API Error: Request rejected \(429\)/],
  '429-long': ['rate-limit', /^API Error: Request rejected \(429\)/],
  '429-long-oauth': ['rate-limit', /^API Error: Server is temporarily limiting requests/],
  'usage-limit-oauth': ['usage-limit', /^You've hit your 5-hour limit · resets/, reset],
  'usage-limit-key': ['rate-limit', /^API Error: Request rejected \(429\)/],
  '529': ['overloaded', /^API Error: 529/],
  'sse-overloaded': ['overloaded', /^API Error: 500 Overloaded/],
  '500': ['backend', /^API Error: 500/],
  '502': ['backend', /^API Error: 502 Bad Gateway/],
  cut: ['connection', /^API Error: Connection to the API was lost \(ECONNRESET\)/],
  'no-server': ['connection', /^API Error: Connection refused/],
  hang: ['connection', /^Request timed out/],
  refusal: ['refusal', /safeguards flagged/],
  'max-tokens': ['crashed', /exceeded the 128000 output token maximum/],
  budget: ['budget', 'Reached maximum budget ($0.001)'],
  turns: ['turns', 'Reached maximum number of turns (2)'],
  sigint: ['killed', /^\[ede_diagnostic\]/],
  sigterm: ['killed', 'it exited with 143 and no result'],
  'bad-flag': ['misconfigured', "it exited with 1 and no result: error: unknown option '--nope'"],
  'bad-session': ['misconfigured', 'it exited with 1 and no result: Error: Invalid session ID. Must be a valid UUID.'],
  overflow: ['context', /^Prompt is too long/],
  // By its own count, without a request.
  'nearly-full': ['context', /^Prompt is too long/],
  'overflow-mended': [null, 'hello'],
  // The summary that would have solved it could not be obtained.
  'overflow-outage': ['backend', /^Prompt is too long · automatic compaction failed: API Error: 500/],
  'overflow-529': ['overloaded', /^Prompt is too long · automatic compaction failed: API Error: 529/],
  'broken-session': ['session', /^Failed to resume session: EISDIR/],
  'tool-history': ['session', /^API Error: 400/],
  'refusal-fallback': [null, 'the other model answers'],
  'no-session': ['session', 'No conversation found with session ID: 00000000-0000-4000-8000-000000000001'],
  'taken-2': ['never-started', /Session ID .* is already in use\.$/],
};

test('each recorded run has its row', () => {
  expect(Object.keys(recorded).toSorted()).toEqual(Object.keys(endings).toSorted());
});

test.each(Object.entries(endings))('%s', (name, [failure, message, until]) => {
  const outcome = outcomeOf(name);
  expect(outcome).toMatchObject({ ok: failure === null, failure, until: until ?? null });
  expect(outcome.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
});

describe('results that were only described', () => {
  const api = { subtype: 'success', terminal_reason: 'api_error', stop_reason: 'stop_sequence' };
  test.each([
    [
      'an error event within a stream',
      { subtype: 'error_during_execution', terminal_reason: 'completed', errors: ['[ede_diagnostic] x'] },
      'backend',
      '[ede_diagnostic] x',
    ],
    ['an interrupt', { subtype: 'error_during_execution', terminal_reason: 'aborted_tools', errors: [] }, 'killed', ''],
    ['an interrupt told as a success', { ...api, terminal_reason: 'aborted_streaming', result: '' }, 'killed', ''],
    [
      'no name service',
      { ...api, api_error: 'connection_failed', result: "API Error: Can't reach the API server (EAI_AGAIN)" },
      'connection',
      "API Error: Can't reach the API server (EAI_AGAIN)",
    ],
    [
      'the same of an older version',
      { ...api, terminal_reason: 'completed', result: "API Error: Can't reach the API server (EAI_AGAIN)" },
      'connection',
      "API Error: Can't reach the API server (EAI_AGAIN)",
    ],
    [
      '529 again and again',
      { ...api, api_error_status: 529, api_error_type: 'overloaded_error', result: 'API Error: Repeated 529 Overloaded errors' },
      'overloaded',
      'API Error: Repeated 529 Overloaded errors',
    ],
    [
      'turns',
      { subtype: 'error_max_turns', terminal_reason: 'max_turns', errors: ['Reached max turns (2)'] },
      'turns',
      'Reached max turns (2)',
    ],
    [
      'budget',
      { subtype: 'error_max_budget_usd', terminal_reason: 'budget_exhausted', errors: ['Reached maximum budget ($0.02)'] },
      'budget',
      'Reached maximum budget ($0.02)',
    ],
    ['a schema never satisfied', { subtype: 'error_max_structured_output_retries', errors: ['x'] }, 'crashed', 'x'],
    [
      'a policy',
      { ...api, result: 'API Error: Claude Code is unable to respond to this request, which appears to violate our Usage Policy' },
      'refusal',
      /Usage Policy/,
    ],
    ['a refusal in other words', { ...api, stop_reason: 'refusal', result: 'API Error: no' }, 'refusal', 'API Error: no'],
    ['something new', { subtype: 'error_of_tomorrow', errors: [] }, 'crashed', ''],
  ])('%s', (_name, fields, failure, message) => {
    expect(withResult(fields)).toMatchObject({
      ok: false,
      failure,
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
  });

  test.each(['AWS', 'Azure', 'Google Cloud'])('of %s without credentials nothing was asked', (cloud) => {
    const result = `API Error: Could not load ${cloud} credentials · Could not load credentials from any providers.`;
    expect(withResult({ subtype: 'success', result })).toMatchObject({ failure: 'auth', message: result });
  });

  test('its own sentences count only where they begin its message: a model may quote them', () => {
    const result =
      'I looked into "Not logged in", "safeguards flagged" and Connection errors: ECONNREFUSED, timed out, Credit balance is too low.';
    expect(withResult({ subtype: 'success', result })).toMatchObject({ failure: 'crashed' });
  });
});

describe('success', () => {
  const { stdout } = runOf('work');
  const events = stdout.flatMap((line) => [...claude.events(line)]);
  const after = (exit: Exit): ReturnType<typeof claude.outcome> => claude.outcome({ exit, tally: tallyOf(events), stderr: '' });

  test('needs the exit code besides, where there is one', () => {
    expect(after({ code: 0, signal: null }).ok).toBe(true);
    expect(after({ code: 1, signal: null })).toMatchObject({ ok: false, failure: 'crashed', message: 'it exited with 1 after its result' });
    expect(after({ code: 143, signal: 'SIGTERM' })).toMatchObject({
      ok: false,
      failure: 'killed',
      message: 'it was ended by SIGTERM after its result',
    });
  });

  test('is that of the last result', () => {
    const failed = runOf('529').stdout.at(-1) ?? '';
    const both = (lines: string[]): ReturnType<typeof claude.outcome> =>
      claude.outcome({ exit: { code: 0, signal: null }, tally: tallyOf(lines.flatMap((line) => [...claude.events(line)])), stderr: '' });
    expect(both([...stdout, failed])).toMatchObject({ ok: false, failure: 'overloaded' });
    expect(both([failed, ...stdout])).toMatchObject({ ok: true });
  });

  test.each([
    ['is_error is missing', { is_error: undefined }],
    ['is_error is no boolean', { is_error: 'false' }],
    ['subtype is missing', { subtype: undefined }],
    ['subtype is another', { subtype: 'error_during_execution' }],
  ])('is none where %s', (_name, fields) => {
    const line = JSON.stringify({ ...(JSON.parse(stdout.at(-1) ?? '') as object), ...fields });
    const changed = [...stdout.slice(0, -1), line].flatMap((one) => [...claude.events(one)]);
    expect(claude.outcome({ exit: { code: 0, signal: null }, tally: tallyOf(changed), stderr: '' }).ok).toBe(false);
  });
});

test('a used-up window says when to come back only where it is what ended the run', () => {
  const limit = runOf('usage-limit-oauth').stdout.filter((line) => line.includes('rate_limit_event'));
  const after = (name: string): number | null =>
    claude.outcome({ ...runOf(name), tally: tallyOf([...limit, ...runOf(name).stdout].flatMap((line) => [...claude.events(line)])) }).until;
  expect(after('529')).toBe(null);
  expect(after('429-short')).toBe(reset);
});

test('an interrupt before anything was printed ends with 0, and is no success', () => {
  expect(claude.outcome({ exit: { code: 0, signal: null }, tally: tallyOf([]), stderr: '' })).toMatchObject({
    ok: false,
    failure: 'crashed',
    message: 'it exited with 0 and no result',
  });
  expect(claude.outcome({ exit: { code: 0, signal: null }, tally: tallyOf([]), stderr: 'warning: x\n' })).toMatchObject({
    ok: false,
    failure: 'crashed',
    message: 'it exited with 0 and no result: warning: x',
  });
});

test.each([
  ['work', 'token'],
  ['usage-limit-oauth', 'subscription'],
  ['limit-warning', 'subscription'],
  ['no-login', null],
] as const)('%s was billed to %s', (name, billing) => {
  expect(outcomeOf(name).billing).toBe(billing);
});

test('the figures of a run, a resumed one and one that was killed', () => {
  expect(outcomeOf('work')).toMatchObject({
    cost: 18_000,
    steps: 3,
    tokens: { input: 3000, output: 300 },
    session: '5e551017-0000-4000-8000-000000000001',
    model: 'claude-opus-5-5',
  });
  expect(outcomeOf('resume-2')).toMatchObject({ cost: 12_000, steps: 2, tokens: { input: 2000, output: 200 } });
  expect(outcomeOf('fallback')).toMatchObject({ cost: 150, model: 'claude-haiku-5-5' });
  expect(outcomeOf('subagent')).toMatchObject({ cost: 24_000, steps: 2, lastWords: 'parent done' });
  const killed = claude.outcome({
    exit: { code: 137, signal: 'SIGKILL' },
    tally: tallyOf(
      runOf('work')
        .stdout.slice(0, -1)
        .flatMap((line) => [...claude.events(line)]),
    ),
    stderr: '',
  });
  expect(killed).toMatchObject({ failure: 'killed', cost: 0, steps: 3, tokens: { input: 3000 } });
});

test.each([
  ['--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons', 'misconfigured'],
  ['Error: When using --print, --output-format=stream-json requires --verbose', 'misconfigured'],
  ['No conversation found with session ID: x', 'session'],
  ['Failed to resume session: x', 'session'],
  ['Error: Session ID x is already in use.', 'never-started'],
])('before the first event, "%s" is %s', (stderr, failure) => {
  const run = (events: readonly string[]): ReturnType<typeof claude.outcome> =>
    claude.outcome({
      exit: { code: 1, signal: null },
      tally: tallyOf(events.flatMap((line) => [...claude.events(line)])),
      stderr: `${stderr}\n`,
    });
  expect(run([])).toMatchObject({ failure, message: `it exited with 1 and no result: ${stderr}` });
  // Once the agent has started, the same words come from some other program.
  expect(run(runOf('work').stdout.slice(0, 4))).toMatchObject({ failure: 'crashed' });
});
