// What one leaves running for weeks: up and down, schedules, notices, and the removal of what the dead left behind.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { eventsOf, judged } from '../support/events-of.ts';
import { ended, openYard, strays, type Told, type Yard } from '../support/yard.ts';

const commit = (file: string): Action => ({ commit: { file, content: 'x\n', message: 'the work' } });

/** Asks again and again: each question is a process of its own. */
async function stateBecomes(yard: Yard, id: string, state: string): Promise<void> {
  for (;;) {
    const task = (await yard.json<Told[]>('ls')).find((one) => one.id === id);
    if (task?.state === state) return;
  }
}

/** A zombie is not: who should reap it may be nobody. */
function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}

/** A process of somebody else's, with this in its environment; ended with the test. */
async function stranger(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn('sleep', ['1000'], { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('up stays and works on tasks that are added, a second up is refused, and down lets the worker finish', async () => {
  const yard = await openYard({ todo: '', actions: { t1: [[{ say: 'at work' }, { waitFor: { file: 'go' } }, commit('one.txt')]] } });
  await yard.run('init', '--yes');
  const { pid } = await yard.json<{ pid: number }>('up');
  onTestFinished(() => void (alive(pid) && process.kill(pid, 'SIGKILL')));
  const again = await yard.run('up');
  expect(again).toMatchObject({ code: 3, stdout: '' });
  expect(again.stderr).toContain(`a supervisor is already running (pid ${pid})`);
  await yard.run('add', 'First', '--id', 't1');
  await stateBecomes(yard, 't1', 'running');
  expect((await yard.json<{ supervisors: { kind: string; pid: number }[] }>('status')).supervisors).toMatchObject([{ kind: 'up', pid }]);
  const down = yard.start('down');
  const all = ended(down);
  await once(down.stderr as NodeJS.ReadableStream, 'data');
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect(await all).toMatchObject({ code: 0, stdout: 'the supervisor has ended\n' });
  expect(alive(pid)).toBe(false);
  expect((await yard.json<Told[]>('ls'))[0]?.state).toBe('done');
  expect(await yard.run('down')).toMatchObject({ code: 3, stderr: 'no supervisor is running\n' });
});

test('a killed up leaves its worker to the next up, and down --now ends both', async () => {
  const yard = await openYard({ todo: '', actions: { t1: [[{ say: 'at work' }, { hang: true }]] } });
  await yard.run('add', 'First', '--id', 't1');
  const first = await yard.json<{ pid: number }>('up');
  // The worker is past its gate.
  await expect.poll(() => yard.attempts().length).toBe(1);
  process.kill(first.pid, 'SIGKILL');
  const second = await yard.json<{ pid: number }>('up');
  expect(second.pid).not.toBe(first.pid);
  expect(await yard.run('down', '--now')).toMatchObject({ code: 0 });
  expect(alive(second.pid)).toBe(false);
  expect(strays(yard.home)).toEqual([]);
  const [task] = await yard.json<Told[]>('ls');
  expect(task).toMatchObject({ state: 'queued', attempts: 1 });
});

test('the service manager’s unit starts this program and contains no key', async () => {
  const yard = await openYard({ todo: '', env: { ANTHROPIC_API_KEY: 'sk-ant-secret' } });
  const { code, stdout } = await yard.run('up', '--print-unit');
  expect(code).toBe(0);
  expect(stdout).toContain('up --foreground');
  expect(stdout).toContain(yard.home);
  expect(stdout).not.toContain('sk-ant-secret');
  expect(readdirSync(yard.root)).not.toContain('home');
});

test('the service manager’s unit lists the variables that it carries, proxy settings included, a proxy’s password never', async () => {
  const env = { HTTPS_PROXY: 'http://proxy.example:3128', ALL_PROXY: 'http://ada:of-the-proxy@proxy.example', NPM_TOKEN: 'of-npm' };
  const yard = await openYard({ todo: '', env });
  const { stdout } = await yard.run('up', '--print-unit');
  expect(stdout).toContain('http://proxy.example:3128');
  expect(stdout).toContain('carries these variables of your environment: PATH, YARDMASTER_HOME, LANG, HTTPS_PROXY.');
  expect(stdout).toContain('It leaves out ALL_PROXY, which may hold a password, and everything else');
  expect(stdout).not.toMatch(/of-the-proxy|of-npm/);
});

test('systemd accepts the unit', async ({ skip }) => {
  skip(!existsSync('/usr/bin/systemd-analyze'), 'there is no systemd-analyze here');
  const yard = await openYard({ todo: '' });
  const unit = join(yard.root, 'yardmaster.service');
  yard.write(unit, (await yard.run('up', '--print-unit')).stdout);
  const { status, stderr } = spawnSync('/usr/bin/systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('a schedule starts its task again and again; runs missed without a supervisor are reported and not made up', async () => {
  const yard = await openYard({ todo: '', actions: { t1: [[{ say: 'no change needed: nothing is new' }]] } });
  await yard.run('add', 'Nightly', '--id', 't1');
  await yard.run('run');
  expect((await yard.run('schedule', 'add', 'every night', '--task', 't1')).stderr).toContain('every night is not a cron pattern');
  await yard.run('schedule', 'add', '* * * * * *', '--task', 't1');
  const supervisor = yard.start('up', '--foreground', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  const first = await event(judged('t1'));
  await event((one) => judged('t1')(one) && one['attempt'] !== first['attempt']);
  await yard.run('schedule', 'remove', '1');
  await yard.run('down');
  await all;
  // It may have fired once more on the way down.
  await yard.run('run');
  expect((await yard.json<Told[]>('ls'))[0]?.state).toBe('done');

  await yard.run('schedule', 'add', '0 3 * * *', '--task', 't1');
  const before = (await yard.json<Told[]>('ls'))[0]?.attempts;
  const database = new DatabaseSync(join(yard.home, 'yardmaster.db'));
  database.exec(`update schedules set next_at = next_at - ${3 * 24 * 3600 * 1000}`);
  database.close();
  const { stderr } = await yard.run('pulse');
  expect(stderr).toMatch(/task t1: [34] runs of its schedule 0 3 \* \* \* missed since/);
  expect((await yard.json<Told[]>('ls'))[0]?.attempts).toBe(before);
  const [row] = await yard.json<{ missed: number; nextAt: string }[]>('schedule', 'list');
  expect(row?.missed).toBeGreaterThanOrEqual(3);
  expect(Date.parse(row?.nextAt ?? '')).toBeGreaterThan(Date.now());
});

test('a person is notified once of each thing that needs them, by command and by webhook', async () => {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(JSON.parse(body));
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const yard = await openYard({
    todo: '- [ ] t1 First #auto-dispatch\n',
    actions: { t1: [[{ error: { status: 400, message: 'no such model' } }]] },
    env: { WEBHOOK: `http://127.0.0.1:${port}/hook` },
    config: {
      notify: { command: 'echo "$YARDMASTER_NOTICE $YARDMASTER_TASK $YARDMASTER_COMMAND" >> "$TMPDIR/told"', webhook: 'env:WEBHOOK' },
    },
  });
  await yard.run('run');
  await yard.run('pulse');
  expect(readFileSync(join(yard.root, 'tmp', 'told'), 'utf8')).toBe('blocked t1 yardmaster explain t1\n');
  expect(received).toMatchObject([{ kind: 'blocked', task: 't1', command: 'yardmaster explain t1' }]);
  await yard.run('retry', 't1');
  await yard.run('run');
  expect(received).toHaveLength(2);
});

test('reap removes what records say was left behind, and nothing else', async () => {
  const yard = await openYard({ todo: '- [ ] t1 First #auto-dispatch\n', actions: { t1: [[commit('one.txt')]] } });
  await ended(yard.startWith({ YARDMASTER_PAUSE: 'worktree-made:SIGKILL' }, 'run'));
  await yard.run('run');
  const shown = await yard.json<{ attempts: { id: string }[] }>('show', 't1');
  const closed = shown.attempts.at(-1)?.id ?? '';
  // Made after the run's own look for leftovers.
  yard.git('worktree', 'add', '--quiet', '-b', 'yard/left', join(yard.home, 'worktrees', '1-t1-9'));
  yard.write(join(yard.home, 'worktrees', '1-t1-9', 'unsaved.txt'), 'unsaved');
  // Two of one task, taken away at the same time.
  yard.git('worktree', 'add', '--quiet', '--detach', join(yard.home, 'worktrees', '1-t1-1'));
  yard.write(join(yard.home, 'worktrees', '1-t1-1', 'other.txt'), 'unsaved, too');
  // Of one who was killed when he had made a site's folders, and nothing in them yet.
  for (const folder of ['worktrees', 'readers']) mkdirSync(join(yard.home, folder, '1-t1-8'));
  yard.git('worktree', 'add', '--quiet', '-b', 'mine', join(yard.home, 'worktrees', 'mine'));
  yard.write(join(yard.home, 'worktrees', '7-t7-1', 'notes.txt'), 'not a worktree, and no such task');
  yard.write(join(yard.home, 'attempts', '00000000-0000-4000-8000-000000000000', 'stdout'), '');
  yard.write(join(yard.home, 'tasks', '1-t1', 'rest'), '');
  const left = await stranger({ YARDMASTER_ATTEMPT: closed });
  const foreign = await stranger({ YARDMASTER_ATTEMPT: '00000000-0000-4000-8000-000000000001' });
  const person = await stranger({});

  const dry = await yard.json<{ kind: string; name: string }[]>('reap', '--dry-run');
  expect(dry.map(({ kind }) => kind).toSorted()).toEqual([
    'attempt folder',
    'processes',
    'task folder',
    'worktree',
    'worktree',
    'worktree',
  ]);
  expect(alive(left.pid ?? 0)).toBe(true);
  const gone = once(left, 'exit');
  await yard.run('reap');
  await gone;
  expect(await yard.json('reap', '--dry-run')).toEqual([]);
  expect([foreign, person].map((child) => alive(child.pid ?? 0))).toEqual([true, true]);
  expect(readdirSync(join(yard.home, 'worktrees')).toSorted()).toEqual(['7-t7-1', 'mine']);
  expect(readdirSync(join(yard.home, 'readers'))).toEqual([]);
  expect(existsSync(join(yard.home, 'worktrees', '7-t7-1', 'notes.txt'))).toBe(true);
  const saved = shown.attempts.map(({ id }) => yard.git('ls-tree', '--name-only', `refs/yardmaster/preserved/${id}`).split('\n'));
  expect(saved).toEqual([expect.arrayContaining(['other.txt']), expect.arrayContaining(['unsaved.txt'])]);
  expect(yard.git('branch', '--list', 'yard/left')).toBe('');
});
