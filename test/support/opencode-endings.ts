// The real OpenCode through endings that the scripted model can give it, in one run, each told truly. Its own retries are
// silent and unbounded, so several of these are our watch's doing.
import { expect } from 'vitest';
import { openYard, strays, type Told } from './yard.ts';

const write = { bash: 'echo done > done.txt && git add -A && git commit -q -m "the work"' };

export const opencodeEndings = {
  // The longest first.
  t11: { title: 'hung backend', steps: [{ hang: true }], state: 'failed', verdict: 'stalled' },
  t1: { title: 'success with tools', steps: [{ bash: 'ls' }, write, { say: 'Done.' }], state: 'done', verdict: 'work' },
  t2: {
    title: 'refused key',
    steps: [{ error: { status: 401, type: 'authentication_error', message: 'invalid key' } }],
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
    steps: [{ error: { status: 429, message: 'slow down', headers: { 'retry-after': '1' } } }],
    state: 'queued',
    verdict: 'rate-limit',
  },
  t5: {
    title: 'long rate limit',
    steps: [{ error: { status: 429, message: 'slow down', headers: { 'retry-after': '3600' } } }],
    state: 'queued',
    verdict: 'rate-limit',
  },
  t6: { title: 'overloaded for good', steps: [{ error: { status: 529, message: 'Overloaded' } }], state: 'queued', verdict: 'overloaded' },
  t7: { title: 'server error', steps: [{ error: { status: 500, message: 'Internal server error' } }], state: 'queued', verdict: 'backend' },
  t8: { title: 'cut stream', steps: [{ cut: 'I will' }], state: 'queued', verdict: 'connection' },
  t9: { title: 'over budget', steps: [{ bash: 'ls', usage: { output: 20_000 } }], state: 'blocked', verdict: 'budget' },
  t10: { title: 'too many steps', steps: [{ bash: 'ls' }], state: 'failed', verdict: 'turns' },
} as const;

type Id = keyof typeof opencodeEndings;

export async function toldTruly(ids: readonly Id[]): Promise<void> {
  const endings = Object.fromEntries(ids.map((id) => [id, opencodeEndings[id]]));
  const todo = Object.entries(endings).map(
    ([id, one]) => `- [ ] ${id} ${one.title} #auto-dispatch agent:opencode model:acme-${id}/coder-1\n`,
  );
  const script = Object.fromEntries(Object.entries(endings).map(([id, one]) => [id, [...one.steps]]));
  const worker = { stallMinutes: 0.75, maxRetries: 0, maxBudgetUsd: 0.2, maxSteps: 5, graceSeconds: 1, backoffSeconds: 600 };
  // A provider each: what one ending says of its account and provider would end the use of it for the others.
  const provider = (url: string) => ({
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${url}/v1`, apiKey: 'sk-test-000' },
    models: { 'coder-1': { name: 'Coder', cost: { input: 3, output: 15 }, limit: { context: 200_000, output: 8192 } } },
  });
  const providers = (url: string) => Object.fromEntries(Object.keys(endings).map((id) => [`acme-${id}`, provider(url)]));
  const yard = await openYard({ todo: todo.join(''), script, config: { worker, routing: { cooldownSeconds: 600 } }, providers });

  const ran = await yard.run('run', '--until', 'idle', '--concurrency', '4', '--json');
  const told = await yard.json<Told[]>('ls');
  const seen = Object.fromEntries(told.map((task) => [task.id, { state: task.state, verdict: task.verdict }]));
  const expected = Object.fromEntries(Object.entries(endings).map(([id, one]) => [id, { state: one.state, verdict: one.verdict }]));
  expect(seen, JSON.stringify(told, null, 1)).toEqual(expected);
  const states = Object.values(endings).map(({ state }) => state);
  const counts = Object.fromEntries(states.map((state) => [state, states.filter((one) => one === state).length]));
  expect(JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'summary', ...counts });
  const limited = told.find((task) => task.id === 't5');
  // The server's own time is honoured, not our back-off.
  expect(Date.parse((await yard.json<{ notBefore: string }>('show', limited?.id ?? '')).notBefore)).toBeGreaterThan(
    Date.now() + 50 * 60_000,
  );
  expect(strays(yard.home)).toEqual([]);
}
