// Runs the real OpenCode through the endings that the scripted model can cause, in one run, and checks that each is
// reported correctly. OpenCode's own retries are silent and unbounded, so several of these endings are caused by our watch.
import { expect } from 'vitest';
import { commonEndings, endHung, expectEndings, listOf, worker, type Endings } from './endings.ts';
import { openYard, type Told } from './yard.ts';

export const opencodeEndings = {
  ...commonEndings,
  t2: {
    title: 'refused key',
    steps: [{ error: { status: 401, type: 'authentication_error', message: 'invalid key' } }],
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
} as const satisfies Endings;

type Id = keyof typeof opencodeEndings;

export async function toldTruly(ids: readonly Id[]): Promise<void> {
  const endings: Endings = Object.fromEntries(ids.map((id) => [id, opencodeEndings[id]]));
  // Each task has a provider of its own, because one ending would end the use of its account and provider for the others.
  const provider = (url: string) => ({
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${url}/v1`, apiKey: 'sk-test-000' },
    models: { 'coder-1': { name: 'Coder', cost: { input: 3, output: 15 }, limit: { context: 200_000, output: 8192 } } },
  });
  const providers = (url: string) => Object.fromEntries(Object.keys(endings).map((id) => [`acme-${id}`, provider(url)]));
  const list = listOf(endings, (id) => `agent:opencode model:acme-${id}/coder-1`);
  const yard = await openYard({ ...list, config: { worker, routing: { cooldownSeconds: 600 } }, providers });

  await endHung(yard, endings);
  const inRun = ids.filter((id) => id !== 't11');
  const { stdout } = await yard.run('run', '--until', 'idle', '--concurrency', '4', '--json', ...inRun.flatMap((id) => ['--task', id]));
  const told = await yard.json<Told[]>('ls');
  expectEndings({ yard, endings, told, stdout, inRun });
  // The time that the server gave is used, and not our back-off.
  expect(Date.parse((await yard.json<{ notBefore: string }>('show', 't5')).notBefore)).toBeGreaterThan(Date.now() + 50 * 60_000);
}
