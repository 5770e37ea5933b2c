// The real agents at work: resumed sessions, checks that go back as text, several at once.
import { expect, test } from 'vitest';
import { needsAgents } from '../support/needs.ts';
import { openYard, strays, type Told } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const commit = (file: string) => ({ bash: `echo ${file} > ${file} && git add -A && git commit -q -m "the work"` });

interface Shown {
  readonly state: string;
  readonly retries: number;
  readonly attempts: {
    readonly verdict: string;
    readonly session: string;
    readonly worktree: string;
    readonly costUsd: number;
    readonly commits: number;
    readonly tokens: { readonly input: number; readonly output: number };
  }[];
}

test('nothing delivered, and a failed check: the same session goes on in the same worktree, told what is missing', async () => {
  const todo = ['claude', 'opencode'].map(
    (name, i) => `- [ ] t${i + 1} Make the file #auto-dispatch agent:${name} ${name === 'claude' ? 'model:opus' : ''}\n`,
  );
  const steps = [
    { say: 'I think that this is done.' },
    commit('wrong'),
    { say: 'Now it is.' },
    { bash: 'git mv wrong right && git commit -q -m "the right name"' },
    { say: 'Mended.' },
  ];
  const yard = await openYard({
    todo: todo.join(''),
    script: { t1: steps, t2: steps },
    config: { delivery: { checks: ['test -e right || { echo "there is no file right" >&2; exit 1; }'] } },
  });
  const ran = await yard.run('run', '--concurrency', '2');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  for (const id of ['t1', 't2']) {
    const shown = await yard.json<Shown>('show', id);
    expect(shown.attempts.map((attempt) => attempt.verdict)).toEqual(['no-delivery', 'checks', 'work']);
    expect(shown.retries).toBe(2);
    expect(new Set(shown.attempts.map((attempt) => attempt.session)).size).toBe(1);
    expect(new Set(shown.attempts.map((attempt) => attempt.worktree)).size).toBe(1);
    // Costs are each attempt's own, although an agent may count on over a resumed session.
    expect(shown.attempts.map((attempt) => attempt.tokens)).toEqual(
      [1, 2, 2].map((steps_) => expect.objectContaining({ input: 1000 * steps_, output: 100 * steps_ })),
    );
    const per = (shown.attempts[0]?.costUsd ?? 0) * 1e6;
    expect(shown.attempts.map((attempt) => Math.round(attempt.costUsd * 1e6))).toEqual([per, 2 * per, 2 * per].map(Math.round));
  }
  const prompts = yard.server
    .requests()
    .filter((request) => request.kind === 'step')
    .map((request) => request.prompt);
  expect(prompts.some((prompt) => prompt.includes('there is no file right'))).toBe(true);
  expect(prompts.some((prompt) => prompt.includes('this branch has no commit'))).toBe(true);
  // Every token that the server served is accounted for.
  const served = yard.server.requests().reduce((sum, request) => sum + (request.usage?.input ?? 0), 0);
  const counted = await Promise.all(
    ['t1', 't2'].map(async (id) => (await yard.json<Shown>('show', id)).attempts.reduce((sum, attempt) => sum + attempt.tokens.input, 0)),
  );
  expect(counted.reduce((a, b) => a + b, 0)).toBe(served);
});

test('four workers at once, of both agents, in one repository', async () => {
  const ids = ['t1', 't2', 't3', 't4'];
  const todo = ids
    .map((id, i) => `- [ ] ${id} Task number ${i} #auto-dispatch ${i % 2 === 0 ? 'agent:claude model:opus' : 'agent:opencode'}\n`)
    .join('');
  const yard = await openYard({
    todo,
    script: Object.fromEntries(ids.map((id) => [id, [{ bash: 'git status --short' }, commit(`${id}.txt`), { say: 'Done.' }]])),
  });
  const before = yard.git('config', '--list', '--local');
  const ran = await yard.run('run', '--concurrency', '4');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const told = await yard.json<Told[]>('ls');
  expect(told.map((task) => task.state)).toEqual(ids.map(() => 'done'));
  for (const task of told) expect(yard.git('ls-tree', '--name-only', `${task.deliveredCommit}`)).toContain(`${task.id}.txt`);
  // The person's configuration, checkout and remote-tracking of main are as they were; only TODO.md is ticked.
  expect(yard.git('config', '--list', '--local')).toBe(before);
  expect(yard.git('status', '--porcelain').trim()).toBe('M TODO.md');
  expect(yard.git('branch', '--show-current')).toBe('main');
  expect(strays(yard.home)).toEqual([]);
  // No worker knew more than it had to: one provider's key each, and none of the other's.
  for (const request of yard.server.requests().filter((one) => one.kind === 'step')) {
    expect([request.apiKey, request.bearer]).toEqual(
      request.model.startsWith('claude') ? ['sk-ant-test-000', null] : [null, 'sk-test-000'],
    );
  }
});
