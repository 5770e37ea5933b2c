// What people type beside a running supervisor: each command does what it says, or is refused with what to do instead.
// `npm test` shows the rules in process (src/supervisor/dispatch/moved-meanwhile.test.ts).
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, draining, eventsOf } from '../support/events-of.ts';
import { needsLinux } from '../support/skip-without.ts';
import { oddSeconds, sleeping } from '../support/sleepers.ts';
import { ended, openYard, strays, type Ran, type Told, type Yard } from '../support/yard.ts';

needsLinux('who still works is looked up in /proc');

const commit: Action = { commit: { file: 'work.txt', content: 'x\n', message: 'the work' } };
const wait: Action = { waitFor: { file: 'go' } };
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');

test('a running task can be neither retried nor reset, so its work is not lost and nobody is paid twice', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ say: 'at work' }, wait, commit]] },
  });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  for (const action of ['retry', 'reset'])
    expect(await yard.run(action, 't1')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^t1 is running, and .*\n {2}→ yardmaster cancel t1 ends its worker first; .*\n$/),
    });
  letGo(yard);
  expect((await all).code).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(yard.attempts()).toHaveLength(1);
  for (const action of ['retry', 'cancel'])
    expect(await yard.run(action, 't1')).toMatchObject({ code: 3, stderr: expect.stringContaining('t1 is done') });
});

/** Where the supervisor waits for a command that does not end, and what brings it there. */
const waits: Readonly<
  Record<string, { readonly config?: object; readonly hook?: 'pre-receive' | 'post-receive'; readonly again?: boolean }>
> = {
  'the set-up': { config: { setup: 'SLEEP' } },
  'the checks': { config: { checks: ['SLEEP'] } },
  'the push': { hook: 'pre-receive' },
  'the push of work that is delivered again': { hook: 'pre-receive', again: true },
  'the end of a push': { hook: 'post-receive' },
};

/** Two supervisors' worth of ways: `run` in a terminal, and `up`. */
async function waiting(
  name: string,
  command: 'run' | 'up',
): Promise<{ yard: Yard; seconds: number; supervisor: Promise<Ran>; child: ChildProcess }> {
  const seconds = oddSeconds();
  const { config = {}, hook, again = false } = waits[name] ?? {};
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[commit]] },
    config: { worker: { graceSeconds: 1 }, delivery: JSON.parse(JSON.stringify(config).replace('SLEEP', `sleep ${seconds}`)) },
  });
  const script = (name: string, words: string): void =>
    yard.write(join(yard.root, 'origin.git', 'hooks', name), `#!/bin/sh\n${words}\n`, 0o755);
  if (again) {
    script('pre-receive', 'exit 1');
    expect((await yard.run('run')).code).toBe(1);
    await yard.run('retry', 't1');
  }
  if (hook !== undefined) script(hook, `sleep ${seconds}`);
  if (command === 'up') await yard.run('init', '--yes');
  const child = yard.start(command, '--json');
  const supervisor = ended(child);
  await expect.poll(() => sleeping(seconds).length).toBeGreaterThan(0);
  return { yard, seconds, supervisor, child };
}

test.each(['the set-up', 'the checks', 'the push', 'the push of work that is delivered again'])(
  'cancel takes effect while the supervisor waits for %s',
  async (name) => {
    const { yard, seconds, supervisor } = await waiting(name, 'run');
    const cancelled = await yard.run('cancel', 't1');
    expect(cancelled).toMatchObject({ code: 0, stdout: 't1 is cancelled\n' });
    // Nobody waits for the remote to say what it has.
    expect(cancelled.stderr).toMatch(name.includes('push') ? / was being pushed to origin, where it may have arrived\n$/ : /^$/);
    expect((await supervisor).code).toBe(0);
    expect(sleeping(seconds)).toEqual([]);
    const shown = await yard.json<{ attempts: { verdict: string }[] }>('show', 't1');
    expect(shown.attempts.at(-1)).toMatchObject({ verdict: 'cancelled' });
    expect(yard.git('ls-remote', 'origin', 'refs/heads/yard/*')).toBe('');
  },
);

test.each(['the set-up', 'the push'])('a second Ctrl-C ends the supervisor while it waits for %s', async (name) => {
  const { yard, seconds, supervisor, child } = await waiting(name, 'run');
  child.kill('SIGINT');
  await eventsOf(child)(draining);
  child.kill('SIGINT');
  expect((await supervisor).code).toBe(130);
  await isLeft(yard, seconds);
});

test('down --now ends the supervisor while it waits for the checks', async () => {
  const { yard, seconds } = await waiting('the checks', 'up');
  expect(await yard.run('down', '--now')).toMatchObject({ code: 0, stdout: 'the supervisor has ended\n' });
  await isLeft(yard, seconds);
});

test('a cancel during the push, when the remote has the branch already, says that the work may have arrived', async () => {
  const { yard, supervisor } = await waiting('the end of a push', 'run');
  const branch = 'yard/t1-first';
  expect(await yard.run('cancel', 't1')).toEqual({
    ...{ code: 0, signal: null, stdout: 't1 is cancelled\n' },
    stderr: `t1 was cancelled by a person while ${branch} was being pushed to origin, where it may have arrived\n`,
  });
  expect((await supervisor).code).toBe(0);
  expect(yard.git('ls-remote', 'origin', 'refs/heads/yard/*')).toContain(branch);
});

test('a reset task gets a new branch name, because a push of its earlier branch may still arrive', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First #auto-dispatch\n', actions: { t1: [[commit], [{ say: 'at work' }, wait, commit]] } });
  const hook = join(yard.root, 'origin.git', 'hooks', 'pre-receive');
  yard.write(hook, '#!/bin/sh\nexit 1\n', 0o755);
  expect((await yard.run('run')).code).toBe(1);
  rmSync(hook);
  const earlier = yard.git('rev-parse', 'yard/t1-first').trim();
  await yard.run('reset', 't1');
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  // The remote was asked for its branches before.
  yard.git('push', '--quiet', 'origin', `${earlier}:refs/heads/yard/t1-first`);
  letGo(yard);
  expect((await all).code).toBe(0);
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', branch: 'yard/t1-first-2' });
});

/** To the next supervisor, with nothing at work. */
async function isLeft(yard: Yard, seconds: number): Promise<void> {
  expect(sleeping(seconds)).toEqual([]);
  expect(strays(yard.home)).toEqual([]);
  expect(await yard.json<Told[]>('ls')).toMatchObject([{ state: 'queued' }]);
  expect(yard.git('ls-remote', 'origin', 'refs/heads/yard/*')).toBe('');
}
