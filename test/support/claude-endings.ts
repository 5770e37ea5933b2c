// The real Claude Code through endings that the scripted model can give it, each told truly.
import { expect } from 'vitest';
import { openYard, strays, type Told } from './yard.ts';

export const claudeModel = 'model:anthropic/claude-opus-5-5';
const write = { bash: 'echo done > done.txt && git add -A && git commit -q -m "the work"' };

export const claudeEndings = {
  // The longest first.
  t11: { title: 'hung backend', steps: [{ hang: true }], state: 'failed', verdict: 'stalled' },
  t1: { title: 'success with tools', steps: [{ bash: 'ls' }, write, { say: 'Done.' }], state: 'done', verdict: 'work' },
  t2: {
    title: 'refused key',
    steps: [{ error: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' } }],
    state: 'blocked',
    verdict: 'auth',
  },
  t3: {
    title: 'forbidden',
    steps: [{ error: { status: 403, type: 'permission_error', message: 'not allowed' } }],
    state: 'blocked',
    verdict: 'auth',
  },
  t4: {
    title: 'short rate limit',
    steps: [{ error: { status: 429, type: 'rate_limit_error', message: 'slow down', headers: { 'retry-after': '1' } } }],
    state: 'queued',
    verdict: 'rate-limit',
  },
  t5: {
    title: 'long rate limit',
    steps: [{ error: { status: 429, type: 'rate_limit_error', message: 'slow down', headers: { 'retry-after': '3600' } } }],
    state: 'queued',
    verdict: 'rate-limit',
  },
  t6: {
    title: 'overloaded for good',
    steps: [{ error: { status: 529, type: 'overloaded_error', message: 'Overloaded' } }],
    state: 'queued',
    verdict: 'overloaded',
  },
  t7: {
    title: 'server error',
    steps: [{ error: { status: 500, type: 'api_error', message: 'Internal server error' } }],
    state: 'queued',
    verdict: 'backend',
  },
  t8: { title: 'cut stream', steps: [{ cut: 'I will' }], state: 'queued', verdict: 'connection' },
  t9: { title: 'over budget', steps: [{ bash: 'ls', usage: { output: 20_000 } }], state: 'blocked', verdict: 'budget' },
  t10: { title: 'too many turns', steps: [{ bash: 'ls' }], state: 'failed', verdict: 'turns' },
  t12: {
    title: 'no credit',
    steps: [
      { error: { status: 400, type: 'invalid_request_error', message: 'Your credit balance is too low to access the Anthropic API.' } },
    ],
    state: 'blocked',
    verdict: 'billing',
  },
  t13: {
    title: 'unknown model',
    steps: [{ error: { status: 404, type: 'not_found_error', message: 'model: nope' } }],
    state: 'blocked',
    verdict: 'request',
  },
  t14: { title: 'refusal', steps: [{ refusal: 'I cannot help with that.' }], state: 'failed', verdict: 'refusal' },
  t15: {
    title: 'prose about errors',
    steps: [
      { bash: 'echo "Error 401: permission denied, rate limit"; false' },
      write,
      { say: 'It said 401 permission denied: usage limit reached. Fixed.' },
    ],
    state: 'done',
    verdict: 'work',
  },
  t16: {
    title: 'overloaded once',
    steps: [{ error: { status: 529, type: 'overloaded_error', message: 'Overloaded' } }, write, { say: 'Done.' }],
    state: 'done',
    verdict: 'work',
  },
} as const;

type Id = keyof typeof claudeEndings;
type Ending = (typeof claudeEndings)[Id];

export async function claudeToldTruly(ids: readonly Id[]): Promise<void> {
  const endings: Readonly<Record<string, Ending>> = Object.fromEntries(ids.map((id) => [id, claudeEndings[id]]));
  const todo = Object.entries(endings).map(([id, one]) => `- [ ] ${id} ${one.title} #auto-dispatch agent:claude ${claudeModel}\n`);
  const script = Object.fromEntries(Object.entries(endings).map(([id, one]) => [id, [...one.steps]]));
  const worker = { stallMinutes: 0.5, maxRetries: 0, maxBudgetUsd: 0.2, maxSteps: 5, graceSeconds: 1, backoffSeconds: 600 };
  const yard = await openYard({ todo: todo.join(''), script, config: { worker } });

  // These speak of the account, and what they say ends its use for all: each has it for itself.
  const alone = ['t2', 't3', 't4', 't5', 't12'].filter((id) => id in endings);
  const before: Told[] = [];
  for (const id of alone) {
    await yard.run('run', '--until', 'idle', '--task', id);
    // With the account, the tasks go on that were blocked because of it.
    before.push(...(await yard.json<Told[]>('ls')).filter((task) => task.id === id));
    expect((await yard.run('accounts', 'resume', 'anthropic@claude')).code).toBe(0);
  }
  const rest = Object.keys(endings).filter((id) => !alone.includes(id));
  const ran = await yard.run('run', '--until', 'idle', '--concurrency', '6', '--json', ...rest.flatMap((id) => ['--task', id]));
  const after = (await yard.json<Told[]>('ls')).filter(({ id }) => !before.some((task) => task.id === id));
  const told = [...before, ...after];
  const seen = Object.fromEntries(told.map((task) => [task.id, { state: task.state, verdict: task.verdict }]));
  const expected = Object.fromEntries(Object.entries(endings).map(([id, one]) => [id, { state: one.state, verdict: one.verdict }]));
  expect(seen, JSON.stringify(told, null, 1)).toEqual(expected);
  expect(ran.code).toBe(1);
  // Of the last run: the tasks that had theirs before were not in it.
  const states = rest.map((id) => endings[id]?.state ?? '');
  const counts = Object.fromEntries(states.map((state) => [state, states.filter((one) => one === state).length]));
  expect(JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'summary', ...counts });
  for (const id of Object.keys(endings).filter((one) => endings[one]?.state === 'done'))
    expect(yard.git('ls-remote', 'origin', `refs/heads/${told.find((task) => task.id === id)?.branch}`)).toContain(
      told.find((task) => task.id === id)?.deliveredCommit,
    );
  expect(strays(yard.home)).toEqual([]);
}
