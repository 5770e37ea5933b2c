// The life of a supervisor: work added while it runs, cancel, drain, stop, being killed and going on where it was.
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, becomes, draining, eventsOf, running } from '../support/events-of.ts';
import { oddSeconds, sleeping } from '../support/sleepers.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });
const wait = { waitFor: { file: 'go' } } as const;

function letGo(yard: Yard): void {
  yard.write(join(yard.root, 'agents', 'go'), '');
}

test('a supervisor works on tasks that are added while it runs, by the command line and by TODO.md', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[wait, commit('one.txt')]], t2: [[commit('two.txt')]], t3: [[commit('three.txt'), { say: 'x' }]] },
  });
  const supervisor = yard.start('run', '--json', '--concurrency', '3');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(running('t1'));
  await yard.run('add', 'Second', '--id', 't2');
  await event(becomes('t2', 'done'));
  yard.writeTodo(`${yard.todo()}- [ ] t3 Third #auto-dispatch\n`);
  await event(becomes('t3', 'done'));
  letGo(yard);
  expect((await all).code).toBe(0);
  expect((await yard.json<Told[]>('ls')).map((task) => task.state)).toEqual(['done', 'done', 'done']);
});

test('cancelling a running task from another process ends the worker and its children and preserves the work', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: {
      t1: [[commit('kept.txt'), { edit: { file: 'dirty.txt', content: 'dirty' } }, { fork: { kind: 'setsid' } }, { say: 'at work' }, wait]],
    },
  });
  const supervisor = yard.start('run', '--json');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(atWork('t1'));
  expect((await yard.run('cancel', 't1')).stdout).toBe('t1 is cancelled\n');
  expect((await all).code).toBe(0);
  expect(strays(yard.home)).toEqual([]);
  const shown = await yard.json<{ state: string; attempts: { id: string; verdict: string }[] }>('show', 't1');
  const ref = `refs/yardmaster/preserved/${shown.attempts[0]?.id}`;
  expect(shown).toMatchObject({ state: 'cancelled', preserved: [ref], attempts: [{ verdict: 'cancelled' }] });
  expect((await yard.run('show', 't1')).stdout).toContain(`git log --graph --stat ${ref}\n`);
  expect(yard.git('show', `${ref}:dirty.txt`)).toBe('dirty');
  expect(yard.git('show', `${ref}:kept.txt`)).toBe('x');
});

test('cancel without a supervisor ends the worker that the last supervisor left', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First #auto-dispatch\n', actions: { t1: [[{ say: 'at work' }, wait]] } });
  await yard.run('pulse');
  expect((await yard.json<Told[]>('ls'))[0]?.state).toBe('running');
  expect((await yard.run('cancel', 't1')).stdout).toBe('t1 is cancelled\n');
  expect(strays(yard.home)).toEqual([]);
});

test('the first Ctrl-C lets running workers finish and starts nothing new', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch\n',
    actions: { '*': [[{ say: 'at work' }, wait, commit('x.txt')]] },
  });
  const supervisor = yard.start('run', '--json', '--concurrency', '1');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(atWork('t1'));
  supervisor.kill('SIGINT');
  await event(draining);
  letGo(yard);
  expect((await all).code).toBe(130);
  expect((await yard.json<Told[]>('ls')).map((task) => task.state)).toEqual(['done', 'queued']);
});

test('the second Ctrl-C ends the workers and queues their tasks without counting a retry, and the next run resumes them', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[commit('one.txt'), { say: 'at work' }, { fork: { kind: 'nohup' } }, { hang: true }], [{ say: 'Finished.' }]] },
  });
  const supervisor = yard.start('run', '--json');
  const event = eventsOf(supervisor);
  const all = ended(supervisor);
  await event(atWork('t1'));
  supervisor.kill('SIGINT');
  await event(draining);
  supervisor.kill('SIGINT');
  expect((await all).code).toBe(130);
  expect(strays(yard.home)).toEqual([]);
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'queued', retries: 0, attempts: [{ verdict: 'stopped' }] });
  expect((await yard.run('run')).code).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    attempts: [{ verdict: 'stopped' }, { verdict: 'work', commits: 1 }],
  });
  expect(yard.attempts().at(-1)?.argv.join(' ')).toContain('--session ses_');
});

test('a killed supervisor’s worker goes on and is taken over by the next supervisor', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ say: 'before' }, wait, commit('one.txt'), { say: 'after' }]] },
  });
  const supervisor = yard.start('run', '--json');
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  letGo(yard);
  const next = await yard.run('run');
  expect(next.code, next.stderr).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work', commits: 1 }] });
  expect(yard.attempts()).toHaveLength(1);
  const told = (await yard.run('logs', 't1', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(told.filter((event) => event.type === 'said').map((event) => event.text)).toEqual(['before', 'after']);
});

test('a check whose supervisor was killed is ended by the next supervisor, which runs the checks again', async () => {
  const seconds = oddSeconds();
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[commit('one.txt')]] },
    config: { delivery: { checks: [`sleep ${seconds}`] } },
  });
  const supervisor = yard.start('run', '--json');
  await eventsOf(supervisor)((event) => event['type'] === 'attempt' && event['stage'] === 'checking');
  await expect.poll(() => sleeping(seconds).length).toBe(1);
  supervisor.kill('SIGKILL');
  const file = join(yard.repo, 'yardmaster.yaml');
  yard.write(file, readFileSync(file, 'utf8').replace(`sleep ${seconds}`, 'exit 0'));
  const next = await yard.run('run');
  expect(next.code, next.stdout + next.stderr).toBe(0);
  expect(sleeping(seconds)).toEqual([]);
  expect((await yard.json<Told[]>('ls'))[0]).toMatchObject({ state: 'done', attempts: 1 });
});

test('pulses alone, each a process of its own, bring a task from start to delivery', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait, commit('one.txt')]] },
  });
  expect((await yard.run('pulse')).stdout).toContain('dispatch: 1 worker dispatched');
  expect((await yard.run('pulse')).stdout).toContain('watch: 1 running');
  letGo(yard);
  for (let i = 0; i < 50 && (await yard.json<Told[]>('ls'))[0]?.state !== 'done'; i++) await yard.run('pulse');
  expect((await yard.json<Told[]>('ls'))[0]?.state).toBe('done');
  // The done task's worktree and private folder are taken away.
  await yard.run('pulse');
  expect(readdirSync(join(yard.home, 'worktrees'))).toEqual([]);
  expect(readdirSync(join(yard.home, 'tasks'))).toEqual([]);
});

test('reset starts a task from the beginning and preserves its work; retry continues in the same checkout', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[commit('one.txt'), { signal: { name: 'SIGSEGV' } }], [{ signal: { name: 'SIGSEGV' } }], [commit('again.txt')]] },
    config: { worker: { maxRetries: 0 } },
  });
  await yard.run('run');
  const first = await yard.json<{ state: string; branch: string; worktree: string; attempts: { id: string }[] }>('show', 't1');
  expect(first).toMatchObject({ state: 'failed' });
  await yard.run('retry', 't1');
  await yard.run('run');
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'failed', worktree: first.worktree, branch: first.branch });
  expect((await yard.run('reset', 't1')).stdout).toBe('t1 is queued\n');
  expect(existsSync(first.worktree)).toBe(false);
  const last = (await yard.json<{ attempts: { id: string }[] }>('show', 't1')).attempts.at(-1);
  expect(yard.git('show', `refs/yardmaster/preserved/${last?.id}:one.txt`)).toBe('x');
  expect((await yard.run('run')).code).toBe(0);
  const done = await yard.json<{ deliveredCommit: string }>('show', 't1');
  expect(yard.git('ls-tree', '--name-only', done.deliveredCommit)).not.toContain('one.txt');
});

test('without a remote the work is delivered as a branch of the repository', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First #auto-dispatch\n', actions: { t1: [[commit('one.txt')]] }, remote: false });
  expect((await yard.run('run')).code).toBe(0);
  const done = await yard.json<{ state: string; branch: string; deliveredCommit: string }>('show', 't1');
  expect(done.state).toBe('done');
  expect(yard.git('rev-parse', done.branch)).toBe(done.deliveredCommit);
  expect(yard.git('status', '--porcelain').trim()).toBe('M TODO.md');
});

test('a refused push blocks the task with git’s reason, and after the fix the work is pushed without another worker', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First #auto-dispatch\n', actions: { t1: [[commit('one.txt')]] } });
  const hook = join(yard.root, 'origin.git', 'hooks', 'update');
  yard.write(hook, '#!/bin/sh\necho "not on a Sunday" >&2\nexit 1\n', 0o755);
  expect((await yard.run('run')).code).toBe(1);
  const told = await yard.json<{ why: string; command: string }>('explain', 't1');
  expect(told.why).toContain('not on a Sunday');
  yard.write(hook, '#!/bin/sh\nexit 0\n', 0o755);
  expect(told.command).toBe('yardmaster retry t1');
  await yard.run('retry', 't1');
  expect((await yard.run('run')).code).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    attempts: [{ verdict: 'push-refused' }, { verdict: 'work', pid: null }],
  });
  expect(yard.attempts()).toHaveLength(1);
});

test('a killed worker’s task is tried again without counting a retry; uncommitted changes are delivered only where that is configured', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Killed #auto-dispatch\n- [ ] t2 Forgets to commit #auto-dispatch\n- [ ] t3 Cannot be started #auto-dispatch agent:claude model:opus\n',
    actions: {
      t1: [[{ say: 'at work' }, { signal: { name: 'SIGKILL' } }], [commit('one.txt')]],
      t2: [[{ edit: { file: 'two.txt', content: 'two' } }]],
    },
    config: { delivery: { commitLeftovers: false }, worker: { maxRetries: 0, backoffSeconds: 0.1 } },
  });
  yard.write(yard.agents['claude']?.path ?? '', '#!/nowhere/at/all\n', 0o755);
  expect((await yard.run('run')).code).toBe(1);
  expect(await yard.json('show', 't1')).toMatchObject({
    state: 'done',
    retries: 0,
    attempts: [{ verdict: 'killed', signal: 'SIGKILL' }, { verdict: 'work' }],
  });
  const forgot = await yard.json<{ state: string; reason: string; worktree: string }>('show', 't2');
  expect(forgot).toMatchObject({ state: 'failed', reason: expect.stringContaining('uncommitted changes to two.txt') });
  expect(existsSync(join(forgot.worktree, 'two.txt'))).toBe(true);
  expect(await yard.json('show', 't3')).toMatchObject({
    state: 'blocked',
    retries: 0,
    attempts: Array.from({ length: 5 }, () => ({ verdict: 'never-started' })),
  });
});
