// A person continues a worker's session: the agent's own session, at a real terminal (a pseudo-terminal of `script`), while the
// supervisor keeps its hands off.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action, AttemptRecord } from '../agent/script.ts';
import { noTerminal, openTerminal, type Terminal } from '../support/terminal.ts';
import { openYard, type Yard } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });
const crash: Action = { signal: { name: 'SIGSEGV' } };
const wait = { waitFor: { file: 'go' } } as const;
const todo = '- [ ] t1 First #auto-dispatch\n';
const once = { worker: { maxRetries: 0 } };

const over = (terminal: Terminal): Promise<unknown> => new Promise((resolve) => terminal.child.once('close', resolve));
const parentOf = (pid: number): number => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
const attemptOf = (yard: Yard, task: string, number: number): AttemptRecord | undefined =>
  yard.attempts().find((one) => one.task === task && one.attempt === number);
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');

test('a person who attaches continues the worker’s session; its task is not dispatched meanwhile, and their work is delivered', async ({
  skip,
}) => {
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
  const terminal = openTerminal(yard, 'ym attach t1');
  const end = over(terminal);
  await terminal.shows('"seated"');
  expect((await yard.run('retry', 't1')).stdout).toBe('t1 is queued\n');
  expect(await yard.json('explain', 't1')).toMatchObject({ why: 'a person is working in its worktree', command: null });
  expect((await yard.run('run')).code).toBe(3);
  expect((await yard.run('reset', 't1')).code).toBe(3);
  letGo(yard);
  await end;
  expect(terminal.screen()).toContain('t1 is queued; its worktree has 2 commits and nothing uncommitted');

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

test('attach refuses while a worker runs, and with --take ends the worker first', async ({ skip }) => {
  if (noTerminal !== null) skip(noTerminal);
  const yard = await openYard({
    todo,
    actions: { t1: [[{ say: 'at work' }, { hang: true }]], '*': [[{ say: 'seated' }, wait]] },
  });
  await yard.run('pulse');
  const refused = openTerminal(yard, 'ym attach t1; echo "code $?"');
  await refused.shows('code 3');
  expect(refused.screen()).toContain('yardmaster attach t1 --take');
  const terminal = openTerminal(yard, 'ym attach t1 --take');
  const end = over(terminal);
  await terminal.shows('"seated"');
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'queued', retries: 0, attempts: [{ verdict: 'stopped' }] });
  letGo(yard);
  await end;
});

test('however the attached session ends, the terminal is restored, and the task is held exactly as long as the session lives', async ({
  skip,
}) => {
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
  const killed = openTerminal(yard, 'stty -g; ym attach t1; echo "code $?"; stty -g');
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
  const orphaned = openTerminal(yard, 'ym attach t1; cat');
  await orphaned.shows('"again"');
  const agent = attemptOf(yard, 'any', 2)?.pid ?? 0;
  process.kill(parentOf(agent), 'SIGKILL');
  await yard.run('retry', 't1');
  expect(await yard.json('explain', 't1')).toMatchObject({ why: 'a person is working in its worktree' });
  process.kill(agent, 'SIGKILL');
  expect(await yard.json('explain', 't1')).toMatchObject({ why: 'it is ready; no supervisor is running' });
});
