// The contract of agents on outcomes: only positive evidence is success, and the model's words decide nothing.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureKinds } from '../core/task/failure.ts';
import { tallyOf, spent } from '../core/transcript/tally.ts';
import type { TranscriptEvent } from '../core/transcript/transcript.ts';
import { expectCount } from './agent-events.testsuite.ts';
import { anyValue, changedAt } from './agent-lines.samples.ts';
import type { AgentSamples, RecordedRun } from './agent.samples.ts';

export function testOutcome({ agent, recorded }: AgentSamples): void {
  const eventsOf = (run: RecordedRun): TranscriptEvent[] => run.stdout.flatMap((line) => [...agent.events(line)]);
  const all = Object.entries(recorded);
  const { work } = recorded;

  test('the recorded success is one', () => {
    expect(agent.outcome({ ...work, tally: tallyOf(eventsOf(work)) })).toMatchObject({ ok: true, failure: null, denied: [] });
  });

  test.each(all)('%s: either it is ok or it has failed of something on the list', (_name, run) => {
    const outcome = agent.outcome({ ...run, tally: tallyOf(eventsOf(run)) });
    expect(outcome.ok).toBe(outcome.failure === null);
    if (outcome.failure !== null) expect(failureKinds).toContain(outcome.failure);
    expect(outcome.message.trim()).not.toBe('');
    expect(outcome.message).not.toContain('\u001b');
  });

  test.each([0, 1, 2, 126, 127, 130, 137, 143, 255, null])('exit code %s without any evidence is no success', (code) => {
    for (const stderr of ['', 'success', 'Done: all is well'])
      expect(agent.outcome({ exit: { code, signal: null }, tally: tallyOf([]), stderr }).ok).toBe(false);
  });

  test('a success lacks its evidence as soon as its last event is missing', () => {
    for (let end = 0; end < work.stdout.length; end++) {
      const events = work.stdout.slice(0, end).flatMap((line) => [...agent.events(line)]);
      expect(agent.outcome({ ...work, tally: tallyOf(events) }).ok, `${end} lines`).toBe(false);
    }
  });

  test('where nobody knows how it ended, its own result counts', () => {
    expect(agent.outcome({ ...work, exit: { code: null, signal: null }, tally: tallyOf(eventsOf(work)) })).toMatchObject({ ok: true });
  });

  test.each([
    [{ code: 127, signal: null }, 'never-started'],
    [{ code: 126, signal: null }, 'never-started'],
    [{ code: null, signal: null }, 'killed'],
    [{ code: 137, signal: 'SIGKILL' }, 'killed'],
    [{ code: 143, signal: 'SIGTERM' }, 'killed'],
    [{ code: 129, signal: 'SIGHUP' }, 'killed'],
    [{ code: null, signal: 'SIGINT' }, 'killed'],
    [{ code: 139, signal: 'SIGSEGV' }, 'crashed'],
    [{ code: 134, signal: 'SIGABRT' }, 'crashed'],
  ] as const)('an end by %j before the first event is %s', (exit, failure) => {
    expect(agent.outcome({ exit, tally: tallyOf([]), stderr: '' })).toMatchObject({ ok: false, failure });
  });

  test.each([
    [{ code: 143, signal: 'SIGTERM' }, 'killed'],
    [{ code: 139, signal: 'SIGSEGV' }, 'crashed'],
    [{ code: 1, signal: null }, 'crashed'],
  ] as const)('an end by %j in the middle of work is %s', (exit, failure) => {
    const events = work.stdout.slice(0, -1).flatMap((line) => [...agent.events(line)]);
    expect(agent.outcome({ exit, tally: tallyOf(events), stderr: '' })).toMatchObject({ ok: false, failure });
  });

  const asdf =
    'No version is set for command agent\nConsider adding one of the following versions in your config file at /home/me/.tool-versions\nnodejs 24.1.0\n';
  const thrown = (error: string): string =>
    `/opt/agent/cli.js:3\nconst x = ;\n          ^\n\n${error}\n    at wrapSafe (node:internal/modules/cjs/loader:1464:18)\n    at node:internal/main/run_main_module:28:49 {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}\n\nNode.js v24.21.0\n`;
  test.each([
    [1, thrown("SyntaxError: Unexpected token ';'"), /: SyntaxError: Unexpected token ';'$/],
    [
      1,
      thrown("Error: Cannot find module '/opt/agent/main.js'\nRequire stack:\n- /opt/agent/cli.js"),
      /: Error: Cannot find module '\/opt\/agent\/main.js'/,
    ],
    [126, asdf, /No version is set for command agent$/],
    [127, '/opt/agent: 3: node: not found\n', /: 3: node: not found$/],
    [127, 'env: ‘node’: No such file or directory\n', /env: ‘node’: No such file or directory$/],
  ])('a program that is broken, with %i: its own words are told that say why', (code, stderr, message) => {
    const told = agent.outcome({ exit: { code, signal: null }, tally: tallyOf([]), stderr }).message;
    expect(told).toMatch(message);
    expect(told).not.toMatch(/Node\.js v|nodejs 24| at wrapSafe/);
  });

  test('a program that a version manager does not find is a person’s to mend', () => {
    expect(agent.outcome({ exit: { code: 126, signal: null }, tally: tallyOf([]), stderr: asdf })).toMatchObject({
      failure: 'misconfigured',
    });
  });

  const prose = [
    '401',
    'permission denied',
    'API Error: 529 overloaded',
    'rate limit',
    'Credit balance is too low',
    'Invalid API key · Fix external API key',
    'auto-rejecting',
    '! permission requested: bash (rm); auto-rejecting',
    'Falling back to default agent',
    'You’ve hit your 5-hour limit',
    'safeguards flagged',
  ];

  test.each(all)('%s: words of the model and of its tools decide nothing', (_name, run) => {
    const events = eventsOf(run);
    const before = agent.outcome({ ...run, tally: tallyOf(events) });
    for (const text of prose) {
      // They come before the agent's own conclusion, so that the test is not about a missing last event.
      const words: TranscriptEvent[] = [
        { type: 'said', text },
        { type: 'tool', id: 'p', name: 'bash', input: text },
        { type: 'answer', id: 'p', ok: false, denied: false, output: text },
      ];
      const after = agent.outcome({ ...run, tally: tallyOf([...events.slice(0, 1), ...words, ...events.slice(1)]) });
      expect({ ...after, lastWords: null }, text).toEqual({ ...before, lastWords: null });
    }
  });

  test('a recorded run with any lines left out or changed is survived', () => {
    const property = fc.property(
      fc.constantFrom(...all.map(([, run]) => run)),
      fc.infiniteStream(fc.tuple(fc.boolean(), fc.nat(), anyValue)),
      fc.string(),
      (run, stream, noise) => {
        const changes = stream[Symbol.iterator]();
        const events = run.stdout.flatMap((line) => {
          const [keep, at, by] = changes.next().value as [boolean, number, unknown];
          return keep ? [...agent.events(line)] : [...agent.events(JSON.stringify(changedAt(JSON.parse(line), at, by)))];
        });
        const { cost, tokens, steps } = agent.outcome({ exit: run.exit, tally: tallyOf(events), stderr: run.stderr + noise });
        for (const number of [cost, steps, ...Object.values(tokens)]) expectCount(number);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test('what the tally adds up to is what the outcome tells', () => {
    for (const [name, run] of all) {
      const events = eventsOf(run);
      const { cost, tokens } = agent.outcome({ ...run, tally: tallyOf(events) });
      expect({ cost, tokens }, name).toEqual(spent(tallyOf(events)));
    }
  });
}
