// Sessions of both real agents that go on; and six of their workers at once: all of their work arrives, and no worker has the key of
// another provider.
import { expect, test } from 'vitest';
import { continuesInItsSession } from '../support/resumed-sessions.ts';
import { needsAgents } from '../support/skip-without.ts';
import { openYard, strays, type Told } from '../support/yard.ts';

needsAgents('claude', 'opencode');

const commit = (file: string) => ({ bash: `echo ${file} > ${file} && git add -A && git commit -q -m "the work"` });

test('six concurrent workers of both agents deliver into one repository', async () => {
  const ids = ['t1', 't2', 't3', 't4', 't5', 't6'];
  const todo = ids
    .map((id, i) => `- [ ] ${id} Task number ${i} #auto-dispatch ${i % 2 === 0 ? 'agent:claude model:opus' : 'agent:opencode'}\n`)
    .join('');
  const yard = await openYard({
    todo,
    script: Object.fromEntries(ids.map((id) => [id, [{ bash: 'git status --short' }, commit(`${id}.txt`), { say: 'Done.' }]])),
  });
  const before = yard.git('config', '--list', '--local');
  const ran = await yard.run('run', '--concurrency', '6');
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

test('after an attempt without delivery and after a failed check, the same session of either agent continues in the same checkout with the same role and learns what is missing', async () => {
  await continuesInItsSession(['claude', 'opencode']);
});
