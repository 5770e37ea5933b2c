// A person takes a worker's seat: the agent's own session, at a real terminal (a pseudo-terminal of `script`), while the
// supervisor keeps its hands off; and what a person is told before a worker is ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Action, AttemptRecord } from '../agent/script.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });
const crash: Action = { signal: { name: 'SIGSEGV' } };
const wait = { waitFor: { file: 'go' } } as const;
const todo = '- [ ] t1 First #auto-dispatch\n';
const once = { worker: { maxRetries: 0 } };

const noTerminal = process.platform !== 'linux' || !existsSync('/usr/bin/script') ? 'there is no `script` of util-linux here' : null;

interface Seat {
  readonly child: ChildProcess;
  /** All that was on the screen so far. */
  readonly screen: () => string;
  /** Resolves once the text is on the screen; fails when the terminal is closed before. */
  shows(text: string): Promise<void>;
}

/** Runs shell words in a terminal of their own; `ym` is our program. */
function sitDown(yard: Yard, words: string): Seat {
  const program = `ym() { "${process.execPath}" "${inject('program')}" "$@"; }; ${words}`;
  const child = spawn('/usr/bin/script', ['-qefc', program, '/dev/null'], {
    cwd: yard.repo,
    env: { ...yard.env, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => (seen.includes(text) ? resolve() : undefined);
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`the terminal was closed; it showed:\n${seen}`)));
      look();
    });
  return { child, screen: () => seen, shows };
}

const over = (seat: Seat): Promise<unknown> => new Promise((resolve) => seat.child.once('close', resolve));
const parentOf = (pid: number): number => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
const attemptOf = (yard: Yard, task: string, number: number): AttemptRecord | undefined =>
  yard.attempts().find((one) => one.task === task && one.attempt === number);
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');

test('a person goes on in the worker’s own session; nothing is dispatched meanwhile, and their work is delivered', async ({ skip }) => {
  if (noTerminal !== null) skip(noTerminal);
  const yard = await openYard({
    todo,
    config: once,
    actions: {
      t1: [[commit('one.txt'), { say: 'stuck' }, crash], [{ say: 'Finished.' }]],
      '*': [[{ say: 'seated' }, wait, commit('two.txt')]],
    },
  });
  await yard.run('run');
  const seat = sitDown(yard, 'ym attach t1');
  const end = over(seat);
  await seat.shows('"seated"');
  expect((await yard.run('retry', 't1')).stdout).toBe('t1 is queued\n');
  expect(await yard.json('explain', 't1')).toMatchObject({ why: 'a person is at work in its worktree', command: null });
  expect((await yard.run('run')).code).toBe(3);
  expect((await yard.run('reset', 't1')).code).toBe(3);
  letGo(yard);
  await end;
  expect(seat.screen()).toContain('t1 is queued; its worktree has 2 commits and nothing uncommitted');

  const worker = attemptOf(yard, 't1', 1);
  const person = attemptOf(yard, 'any', 1);
  expect(person?.argv.join(' ')).toMatch(/--session ses_\w+$/);
  expect(person?.cwd).toBe(worker?.cwd);
  expect(person?.env).toEqual({ ...worker?.env, TERM: 'xterm-256color', YARDMASTER_ATTEMPT: undefined });

  expect((await yard.run('run')).code).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    attempts: [{ verdict: 'crashed' }, { verdict: 'work', commits: 2 }],
  });
});

test('a running worker is left alone, or taken out of its seat', async ({ skip }) => {
  if (noTerminal !== null) skip(noTerminal);
  const yard = await openYard({
    todo,
    actions: { t1: [[{ say: 'at work' }, { hang: true }]], '*': [[{ say: 'seated' }, wait]] },
  });
  await yard.run('pulse');
  const refused = sitDown(yard, 'ym attach t1; echo "code $?"');
  await refused.shows('code 3');
  expect(refused.screen()).toContain('yardmaster attach t1 --take');
  const seat = sitDown(yard, 'ym attach t1 --take');
  const end = over(seat);
  await seat.shows('"seated"');
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'queued', retries: 0, attempts: [{ verdict: 'stopped' }] });
  letGo(yard);
  await end;
});

test('however a seat is left, the terminal is as it was, and the task is held as long as the session lives', async ({ skip }) => {
  if (noTerminal !== null) skip(noTerminal);
  const yard = await openYard({
    todo,
    config: once,
    actions: {
      t1: [[{ say: 'stuck' }, crash]],
      '*': [
        [{ say: 'seated' }, { signal: { name: 'SIGKILL' } }],
        [{ say: 'again' }, { hang: true }],
      ],
    },
  });
  await yard.run('run');
  const killed = sitDown(yard, 'stty -g; ym attach t1; echo "code $?"; stty -g');
  const end = over(killed);
  await killed.shows('code 1');
  await end;
  expect(killed.screen()).toContain('the session ended with SIGKILL');
  const lines = killed
    .screen()
    .split('\r\n')
    .filter((line) => /^[\da-f]+:[\da-f:]+$/.test(line));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe(lines[1]);

  // The shell stays: with its end the terminal would be closed, and the session with it.
  const orphaned = sitDown(yard, 'ym attach t1; cat');
  await orphaned.shows('"again"');
  const agent = attemptOf(yard, 'any', 2)?.pid ?? 0;
  process.kill(parentOf(agent), 'SIGKILL');
  await yard.run('retry', 't1');
  expect(await yard.json('explain', 't1')).toMatchObject({ why: 'a person is at work in its worktree' });
  process.kill(agent, 'SIGKILL');
  expect(await yard.json('explain', 't1')).toMatchObject({ why: 'it is ready; no supervisor is at work' });
});

test('a silent worker is warned about at half of its time, and ended with its last words', async () => {
  const yard = await openYard({
    todo,
    config: { worker: { maxRetries: 0, stallMinutes: 0.05 } },
    actions: { t1: [[{ say: 'thinking about\nit' }, { hang: true }]] },
  });
  const told = await ended(yard.start('run', '--json'));
  const events = told.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const warnings = events.filter((event) => event['type'] === 'warning');
  expect(warnings).toMatchObject([{ code: 'half-stall', task: 't1', hint: expect.stringContaining('yardmaster logs t1 --follow') }]);
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^stalled: no output for \d s; its last words: "thinking about it"/),
  });
  const logs = await yard.run('logs', 't1', '--follow');
  expect(logs.stdout).toMatch(
    /^\d\d:\d\d:\d\d {2}thinking about\n {10}it\n.*\nattempt 1: stalled: no output .*\nt1 is failed\n {2}→ .*: yardmaster retry t1\n$/,
  );
});
