// Tests every ending of OpenCode that could be provoked, by its recorded output, and our conclusion from it.
import { describe, expect, test } from 'vitest';
import { tallyOf, type Tally } from '../../core/transcript/tally.ts';
import { opencode } from './adapter.ts';
import { eventsOf, outcomeOf, recorded, runOf } from './recorded.samples.ts';

type Outcome = ReturnType<typeof opencode.outcome>;

const stopped = 'the last step ended with "stop"';

const endings: Record<string, [failure: string | null, message: string]> = {
  work: [null, stopped],
  eval: [null, stopped],
  'resume-1': [null, stopped],
  'resume-2': [null, stopped],
  subagent: [null, stopped],
  denied: [null, stopped],
  // One connection was dropped, and the second try succeeded.
  cut: [null, stopped],
  '401': ['auth', '401: invalid x-api-key'],
  '403': ['auth', '403: permission error'],
  '400': ['request', '400: bad thing'],
  '404': ['request', '404: not found error'],
  credit: ['billing', '400: Your credit balance is too low to access the API.'],
  '429-short': ['rate-limit', '429: rate limit error'],
  '429-long': ['killed', 'it was ended by SIGKILL'],
  '529': ['killed', 'it was ended by SIGTERM'],
  refusal: ['refusal', "The response was blocked by the provider's content filter"],
  'max-tokens': ['crashed', 'it exited with 0, but its last step ended with "length"'],
  'unknown-model': ['request', 'ProviderModelNotFoundError: Model not found: scripted/modle.'],
  'no-key': ['auth', 'no credential for the provider of claude-sonnet-4-5'],
  overflow: ['context', expect.stringContaining('maximum context length') as string],
  // It exits with 1 all the same.
  'overflow-mended': [null, stopped],
  'overflow-stream': ['context', expect.stringContaining('context_length_exceeded') as string],
  'broken-database': ['session', 'file is not a database'],
  'broken-pages': ['session', expect.stringContaining('Failed query') as string],
  'broken-record': ['session', expect.stringContaining('Failed query') as string],
  'no-session': ['session', 'Session not found'],
  'unknown-agent': ['misconfigured', '!  agent "nope" not found. Falling back to default agent'],
  'auto-reject': ['permission-denied', '! permission requested: external_directory (/etc/*); auto-rejecting'],
  'bad-flag': ['misconfigured', 'it exited with 1: it printed its help, so it does not know one of its arguments'],
  'bad-config': [
    'misconfigured',
    'it exited with 1: Error: Configuration is invalid at OPENCODE_CONFIG_CONTENT ↳ Expected string | undefined, got 7 model',
  ],
};

test('each recorded run has its row', () => {
  expect(Object.keys(recorded).toSorted()).toEqual(Object.keys(endings).toSorted());
});

test.each(Object.entries(endings))('%s', (name, [failure, message]) => {
  expect(outcomeOf(name)).toMatchObject({ ok: failure === null, failure, message });
});

test('a retry-after ends up as the time to come back', () => {
  expect(outcomeOf('429-short').until).toBe(Date.parse('Mon, 23 Nov 2026 02:29:06 GMT'));
  expect(outcomeOf('401').until).toBe(null);
});

describe('what its log names on an unexpected error', () => {
  const { stdout } = runOf('unknown-model');
  const logged = (error: string): Outcome => {
    const line = `timestamp=x level=ERROR run=1 message=failed ref=err_1 error="${error}" cause="${error}\\n    at x"`;
    return opencode.outcome({
      exit: { code: 1, signal: null },
      tally: tallyOf(stdout.flatMap((one) => [...opencode.events(one)])),
      stderr: `timestamp=x level=ERROR message="other"\n${line}\n`,
    });
  };

  test.each([
    ['ProviderModelNotFoundError: Model not found: a/b.', 'request', 'ProviderModelNotFoundError: Model not found: a/b.'],
    [
      'ProviderModelNotFoundError: Model not found: a/b. Did you mean: c, d?',
      'request',
      'ProviderModelNotFoundError: Model not found: a/b. Did you mean: c, d?',
    ],
    [
      'ProviderModelNotFoundError: Model not found: a/b. Did you mean: b-2, ab?',
      'request',
      'ProviderModelNotFoundError: Model not found: a/b. Did you mean: b-2, ab?',
    ],
    ['ProviderModelNotFoundError: Model not found: a/b. Did you mean: b?', 'auth', 'no credential for the provider of b'],
    ['ProviderModelNotFoundError: Model not found: a/b-4.5. Did you mean: b-4, b-4.5?', 'auth', 'no credential for the provider of b-4.5'],
    ['ProviderModelNotFoundError: Model not found: router/lab/b. Did you mean: lab/b?', 'auth', 'no credential for the provider of lab/b'],
    ['ProviderInitError: Failed to initialize provider: xx', 'crashed', 'ProviderInitError: Failed to initialize provider: xx'],
    ['Error: said \\"no\\" to it', 'crashed', 'Error: said \\"no\\" to it'],
  ])('%s is %s', (error, failure, message) => {
    expect(logged(error)).toMatchObject({ ok: false, failure, message });
  });

  test('without a log it has crashed of what it said', () => {
    expect(
      opencode.outcome({ exit: { code: 1, signal: null }, tally: tallyOf(stdout.flatMap((one) => [...opencode.events(one)])), stderr: '' }),
    ).toMatchObject({
      failure: 'crashed',
      message: 'Unexpected server error. Check server logs for details.',
    });
  });
});

describe('exit code 0 is no success', () => {
  const events = eventsOf(runOf('work'));
  const at0 = (given: { tally?: Tally; stderr?: string }): Outcome =>
    opencode.outcome({ exit: { code: 0, signal: null }, tally: tallyOf(events), stderr: '', ...given });

  test('but with its last step', () => {
    expect(at0({}).ok).toBe(true);
    expect(at0({ tally: tallyOf([]) })).toMatchObject({ failure: 'crashed', message: 'it exited with 0 without a finished step' });
    expect(at0({ tally: tallyOf(events.slice(0, 5)) })).toMatchObject({
      failure: 'crashed',
      message: 'it exited with 0, but its last step ended with "tool-calls"',
    });
  });

  test('after an error event, an auto-reject or a fallback', () => {
    expect(at0({ tally: tallyOf([...eventsOf(runOf('401')), ...events]) })).toMatchObject({ ok: false, failure: 'auth' });
    expect(at0({ stderr: runOf('auto-reject').stderr })).toMatchObject({ ok: false, failure: 'permission-denied' });
    expect(at0({ stderr: runOf('unknown-agent').stderr })).toMatchObject({ ok: false, failure: 'misconfigured' });
  });

  test('unless it is a logged error that quotes such words', () => {
    const stderr =
      'timestamp=x level=ERROR message="! permission requested: bash; auto-rejecting"\ntimestamp=x level=ERROR message="Falling back to default agent"\n';
    expect(at0({ stderr })).toMatchObject({ ok: true });
  });
});

test('an exit code above 0 after a step is a crash, with the last word of standard error', () => {
  const events = eventsOf(runOf('work'));
  expect(
    opencode.outcome({ exit: { code: 1, signal: null }, tally: tallyOf(events), stderr: 'a\n\u001b[91mdatabase is locked\u001b[0m\n\n' }),
  ).toMatchObject({ ok: false, failure: 'crashed', message: 'it exited with 1: database is locked' });
  expect(opencode.outcome({ exit: { code: 1, signal: null }, tally: tallyOf([]), stderr: '' })).toMatchObject({
    failure: 'crashed',
    message: 'it exited with 1: no message',
  });
});

test('steps and subagents are paid for', () => {
  expect(outcomeOf('work')).toMatchObject({
    cost: 18_000,
    steps: 4,
    tokens: { input: 4000, output: 400 },
    lastWords: expect.stringMatching(/^Done: no 401/),
  });
  expect(outcomeOf('resume-2')).toMatchObject({ cost: 9000, steps: 2 });
  expect(outcomeOf('subagent')).toMatchObject({ cost: 18_000, steps: 2, lastWords: 'parent done' });
  expect(outcomeOf('denied')).toMatchObject({ denied: ['bash'] });
});
