// What a person sees of the work and is told of it: warnings before a worker is ended, its last words, its transcript, the bell.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, eventsOf, warned } from '../support/events-of.ts';
import { impatient, patient, setStall } from '../support/stall.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const todo = '- [ ] t1 First #auto-dispatch\n';

/** Runs all that is to be done, with something to do meanwhile, and answers the warnings that were told. */
async function warnings(yard: Yard, meanwhile?: (event: ReturnType<typeof eventsOf>) => Promise<void>): Promise<Record<string, unknown>[]> {
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  await meanwhile?.(eventsOf(supervisor));
  const { stdout } = await all;
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return events.filter((event) => event['type'] === 'warning');
}

test('a person is warned of a silent worker at half of its time, and it is ended with its last words as the reason', async () => {
  const yard = await openYard({
    todo,
    config: { worker: { maxRetries: 0, stallMinutes: patient } },
    actions: { t1: [[{ say: 'thinking about\nit' }, { hang: true }]] },
  });
  const told = await warnings(yard, async (event) => {
    await event(atWork('t1'));
    setStall(yard, impatient);
  });
  expect(told).toMatchObject([{ code: 'half-stall', task: 't1', hint: expect.stringContaining('yardmaster logs t1 --follow') }]);
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^stalled: no output for \d s; its last words: "thinking about it"/),
  });
  const logs = await yard.run('logs', 't1', '--follow');
  expect(logs.stdout).toMatch(
    /^\d\d:\d\d:\d\d {2}thinking about\n {10}it\n.*\nattempt 1: stalled: no output .*\nt1 is failed\n {2}→ .*: yardmaster retry t1\n$/,
  );
});

const step: Action = { tool: { name: 'look', output: 'x' } };
const steps = (count: number): Action[] => Array.from({ length: count }, () => step);

test.each([
  ['steps', { maxSteps: 6 }, 'turns', 'worker.maxSteps', [...steps(4), { waitFor: { file: 'warned' } }, ...steps(4)]],
  [
    'budget',
    { maxBudgetUsd: 1 },
    'budget',
    'worker.maxBudgetUsd',
    [step, { step: { cost: 0.6 } }, { waitFor: { file: 'warned' } }, step, { step: { cost: 0.6 } }],
  ],
] satisfies [string, object, string, string, Action[]][])(
  '%s: a warning comes at half, the end at the limit',
  async (limit, worker, verdict, setting, actions) => {
    const yard = await openYard({
      todo,
      // OpenCode has no limit of its own for either, so it is ours that ends it.
      config: { supervisor: { pollMs: 50 }, worker: { maxRetries: 0, graceSeconds: 1, ...worker } },
      actions: { t1: [[{ say: 'off I go' }, ...actions, { say: 'and on' }, { hang: true }]] },
    });
    const supervisor = yard.start('run', '--json');
    const event = eventsOf(supervisor);
    const warning = await event(warned(`half-${limit}`));
    expect(warning).toMatchObject({ task: 't1', hint: expect.stringContaining(setting) });
    yard.write(join(yard.root, 'agents', 'warned'), '');
    await ended(supervisor);
    expect(await yard.json('show', 't1')).toMatchObject({
      reason: expect.stringMatching(/; its last words: "and on"/),
      attempts: [{ verdict }],
    });
  },
);

test('the terminal’s bell rings once for each thing that needs a person', async ({ skip }) => {
  if (noTerminal !== null) skip(noTerminal);
  const yard = await openYard({
    todo,
    config: { notify: { bell: true } },
    actions: { t1: [[{ error: { status: 400, message: 'no such model' } }]] },
  });
  const terminal = openTerminal(yard, 'ym run; ym pulse; echo over');
  await terminal.shows('over');
  expect(terminal.screen()).toContain('1 blocked');
  expect(terminal.screen().split('\u0007')).toHaveLength(2);
});

test('a worker that writes without end is ended for too much output', async () => {
  const output = 'the same line again and again\n'.repeat(10_000);
  const yard = await openYard({
    todo,
    config: { worker: { maxRetries: 0, maxSteps: 1000, graceSeconds: 1, maxOutputMb: 20 } },
    actions: { t1: [[...Array.from({ length: 80 }, (_, at): Action => ({ tool: { name: `tool-${at}`, output } })), { hang: true }]] },
  });
  await yard.run('run');
  // Its size is looked at once a second, and what it wrote is read at the supervisor's own pace.
  const reason = expect.stringMatching(/^output: wrote more than 20 MiB of output; its last call: tool-\d+ \(after 0 retries\)$/);
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'failed', reason, attempts: [{ verdict: 'output' }] });
});

test('a worker that writes more than its supervisor’s memory is settled, and every later command has room', async () => {
  const [pieces, kilobytes, heap] = [480, 256, 96];
  const say = 'the same words again and again\n'.repeat((kilobytes * 1024) / 31);
  const yard = await openYard({
    todo,
    config: { worker: { maxSteps: 1000, maxRetries: 0 } },
    actions: { t1: [[...Array.from({ length: pieces }, () => ({ say })), { say: 'No change needed.' }]] },
  });
  // The program alone, and not its worker, which has its script in memory.
  const withLittle = (...args: string[]): ReturnType<typeof ended> => {
    const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, inject('program'), ...args], { cwd: yard.repo, env: yard.env });
    onTestFinished(() => void child.kill('SIGKILL'));
    return ended(child);
  };
  expect(await withLittle('run')).toMatchObject({ code: 0, signal: null });
  const shown = await withLittle('show', 't1', '--json');
  expect(shown).toMatchObject({ code: 0, signal: null });
  const { state, attempts } = JSON.parse(shown.stdout) as { state: string; attempts: { id: string; verdict: string }[] };
  expect([state, attempts.map(({ verdict }) => verdict)]).toEqual(['done', ['no-change']]);
  for (const words of [
    ['ls', '--all'],
    ['logs', 't1', '--lines', '5'],
    ['reset', 't1'],
  ])
    expect(await withLittle(...words), words.join(' ')).toMatchObject({ code: 0, signal: null });
});

test('of a worker’s endless text a part is stored, and its last words always', async () => {
  const say = 'the same words again and again\n'.repeat(4000);
  const yard = await openYard({
    todo,
    config: { worker: { maxSteps: 1000 } },
    actions: { t1: [[...Array.from({ length: 400 }, () => ({ say })), { say: 'No change needed.' }]] },
  });
  await yard.run('run');
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'no-change' }] });
  const { stdout } = await yard.run('logs', 't1', '--json');
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; text?: string });
  expect(told.filter(({ type }) => type === 'noted')).toMatchObject([
    { text: expect.stringMatching(/^16 Mi characters of this attempt are stored/) },
  ]);
  expect(told.findLast(({ type }) => type === 'said')?.text).toBe('No change needed.');
  expect(stdout.length).toBeLessThan(18 * 2 ** 20);
});
