// A new agent is one folder, one line in cli/compose.ts, one in config/defaults.ts, and its tests. A copy of the program
// gets a third agent so. It lacks everything that an agent may lack, and sees a task from the list to its delivery;
// what would need what it lacks is refused with a reason.
// `npm test` shows that it keeps the contract of agents (test/agent/third/contract.test.ts).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programWithThird, thirdProgram } from '../agent/third/plant.ts';
import { noTerminal, openTerminal } from '../support/terminal.ts';
import { openYard, type Told, type Yard } from '../support/yard.ts';

let planted: ReturnType<typeof programWithThird>;
beforeAll(() => void (planted = programWithThird()));
afterAll(() => planted.remove());

const absent = { path: '/nowhere/agent' };

function openThird(todo: string, config: Readonly<Record<string, unknown>> = {}): Promise<Yard> {
  return openYard({
    program: planted.program,
    todo,
    env: { OPENROUTER_API_KEY: 'sk-or-test-000' },
    config: {
      agents: { claude: absent, opencode: absent, third: { path: thirdProgram } },
      models: { default: 'openrouter/lab/one' },
      ...config,
    },
  });
}

interface Shown {
  readonly state: string;
  readonly attempts: readonly { readonly agent: string; readonly model: string; readonly verdict: string; readonly costUsd: number }[];
}

test('a task is done by it: routed to it, worked on, committed, pushed, ticked and paid for', async () => {
  const yard = await openThird('- [ ] t1 Say hello #auto-dispatch\n');
  expect((await yard.run('run')).code).toBe(0);
  expect(await yard.json<Shown>('show', 't1')).toMatchObject({
    state: 'done',
    attempts: [{ agent: 'third', model: 'openrouter/lab/one', account: 'openrouter', verdict: 'work', costUsd: 0.0015 }],
  });
  expect(yard.todo()).toContain('- [x] t1 Say hello');
  const [task] = await yard.json<Told[]>('ls');
  expect(yard.git('ls-remote', 'origin', `refs/heads/${task?.branch}`)).toContain(task?.deliveredCommit);
  expect(yard.git('show', `${task?.deliveredCommit}:t1.txt`)).toBe('no role');
});

test('a person who would join it is refused', async ({ skip }) => {
  if (noTerminal !== null) skip(noTerminal);
  const yard = await openThird('- [ ] t1 Say hello #auto-dispatch\n', { delivery: { checks: ['false'] }, worker: { maxRetries: 0 } });
  await yard.run('run');
  const terminal = openTerminal(yard, 'ym attach t1; echo "code $?"; cat');
  await terminal.shows('code 1');
  expect(terminal.screen()).toContain('the agent of t1, third, has no session that a person could attach to');
});

test('its next worker is told of failed checks by the prompt, because there is no session to go on in', async () => {
  const check = 'test $(wc -l < t1.txt) = 2';
  const yard = await openThird('- [ ] t1 Say hello #auto-dispatch\n', { delivery: { checks: [check] }, worker: { backoffSeconds: 1 } });
  await yard.run('run');
  expect(await yard.json<Shown>('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'checks' }, { verdict: 'work' }] });
  const [task] = await yard.json<Told[]>('ls');
  expect(yard.git('show', `${task?.deliveredCommit}:t1.txt`)).toBe(`no role\nchecks: \`${check}\` exited with 1`);
});

test('it is found and signed in like the others, and what it cannot do is refused with a reason', async () => {
  const yard = await openThird('- [ ] t1 Say hello #auto-dispatch\n');
  const agents = await yard.json<{ name: string; version: string | null; auth: { kind: string } }[]>('agents');
  expect(agents.find(({ name }) => name === 'third')).toMatchObject({ installed: true, version: '0.3.0', auth: { kind: 'openrouter' } });
  expect(await yard.run('accounts', 'test', 'openrouter')).toMatchObject({ code: 0 });
  expect(await yard.json<{ args: string[] }>('command', 'third', 'run')).toMatchObject({
    args: ['--model', 'lab/one', '--work', expect.any(String)],
  });
  for (const [args, why] of [
    [['command', 'third', 'attach'], 'third has no session that a person could attach to'],
    [['setup', '--agent', 'third'], 'third has no configuration of its own that yardmaster could write'],
    [['setup'], 'no installed agent has a configuration of its own'],
  ] as const) {
    const { code, stderr } = await yard.run(...args);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(why)]);
  }
});
