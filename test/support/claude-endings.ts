// Runs the real Claude Code through the endings that the scripted model can cause, and checks that each is reported
// correctly.
import { expect } from 'vitest';
import { commitWork, commonEndings, endHung, expectEndings, listOf, worker, type Endings } from './endings.ts';
import { openYard, type Told } from './yard.ts';

export const claudeModel = 'model:anthropic/claude-opus-5-5';

export const claudeEndings = {
  ...commonEndings,
  t2: {
    title: 'refused key',
    steps: [{ error: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' } }],
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
      commitWork,
      { say: 'It said 401 permission denied: usage limit reached. Fixed.' },
    ],
    state: 'done',
    verdict: 'work',
  },
  t16: {
    title: 'overloaded once',
    steps: [{ error: { status: 529, type: 'overloaded_error', message: 'Overloaded' } }, commitWork, { say: 'Done.' }],
    state: 'done',
    verdict: 'work',
  },
} as const satisfies Endings;

type Id = keyof typeof claudeEndings;

export async function claudeToldTruly(ids: readonly Id[]): Promise<void> {
  const endings: Endings = Object.fromEntries(ids.map((id) => [id, claudeEndings[id]]));
  const yard = await openYard({ ...listOf(endings, () => `agent:claude ${claudeModel}`), config: { worker } });

  await endHung(yard, endings);
  // These endings are about the account and end its use for all tasks, so each of these tasks runs alone.
  const alone = ['t2', 't3', 't4', 't5', 't12'].filter((id) => id in endings);
  const before: Told[] = [];
  for (const id of alone) {
    await yard.run('run', '--until', 'idle', '--task', id);
    // With the account, the tasks continue that were blocked because of it.
    before.push(...(await yard.json<Told[]>('ls')).filter((task) => task.id === id));
    expect((await yard.run('accounts', 'resume', 'anthropic@claude')).code).toBe(0);
  }
  // The tasks that ran before are not in the last run.
  const inRun = Object.keys(endings).filter((id) => !alone.includes(id) && id !== 't11');
  const ran = await yard.run('run', '--until', 'idle', '--concurrency', '6', '--json', ...inRun.flatMap((id) => ['--task', id]));
  const after = (await yard.json<Told[]>('ls')).filter(({ id }) => !before.some((task) => task.id === id));
  const told = [...before, ...after];
  expectEndings({ yard, endings, told, stdout: ran.stdout, inRun });
  expect(ran.code).toBe(1);
  for (const task of told.filter(({ state }) => state === 'done'))
    expect(yard.git('ls-remote', 'origin', `refs/heads/${task.branch}`)).toContain(task.deliveredCommit);
}
