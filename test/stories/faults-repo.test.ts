// What happens to a repository while it is worked on: it goes, its remote goes, names are taken, locks are left behind.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { atWork, becomes, eventsOf, warned } from '../support/events-of.ts';
import { serveRepository } from '../support/git-server.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const commit = (file: string) => ({ commit: { file, content: 'x\n', message: 'the work' } });
const wait = { waitFor: { file: 'go' } } as const;
const letGo = (yard: Yard): void => yard.write(join(yard.root, 'agents', 'go'), '');
const one = {
  todo: '- [ ] t1 First #auto-dispatch\n',
  actions: { t1: [[{ say: 'at work' }, wait, commit('t1.txt')], [{ say: 'Done.' }]] },
};
const quick = { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 0.1 } };

interface Shown {
  readonly state: string;
  readonly branch: string;
  readonly retries: number;
  readonly attempts: readonly { readonly verdict: string; readonly pid: number | null }[];
}

test('a repository that disappears while its worker runs is reported, and the work is kept and delivered once it is back', async () => {
  const yard = await openYard({
    ...one,
    actions: { t1: [[commit('t1.txt'), { say: 'at work' }, wait], [{ say: 'Done.' }]] },
    config: quick,
  });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  renameSync(yard.repo, `${yard.repo}-away`);
  const queued = event(becomes('t1', 'queued'));
  const warning = event(warned('not-a-repository'));
  letGo(yard);
  expect((await queued)['reason']).toMatch(/^repository-away: .*\/repo is not a folder/);
  expect((await warning)['message']).toMatch(/\/repo is not a folder/);
  renameSync(`${yard.repo}-away`, yard.repo);
  expect(await all).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', retries: 0 });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a remote that is gone at the push is reported as unreachable, and the work is pushed later without another worker', async () => {
  const yard = await openYard({ ...one, config: quick });
  const remote = join(yard.root, 'origin.git');
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  renameSync(remote, `${remote}-away`);
  const queued = event(becomes('t1', 'queued'));
  letGo(yard);
  expect((await queued)['reason']).toMatch(/^push-unreachable: .*origin\.git/);
  expect((await yard.json<{ why: string }>('explain', 't1')).why).toMatch(
    /its repository is set aside: push-unreachable|being prepared|it is ready/,
  );
  renameSync(`${remote}-away`, remote);
  expect(await all).toMatchObject({ code: 0 });
  const shown = await yard.json<Shown>('show', 't1');
  expect(shown).toMatchObject({ state: 'done', retries: 0 });
  expect(shown.attempts.at(-1)).toMatchObject({ verdict: 'work', pid: null });
  expect(shown.attempts.slice(0, -1).every(({ verdict }) => verdict === 'push-unreachable')).toBe(true);
  expect(yard.attempts()).toHaveLength(1);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('when a server is away before the work or at the push, all of its tasks wait with one notice each time, and then go on', async () => {
  const ids = ['t1', 't2', 't3', 't4', 't5', 't6'];
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Task #auto-dispatch\n`).join(''),
    actions: Object.fromEntries(ids.map((id) => [id, [[{ say: 'at work' }, wait, commit(`${id}.txt`)]]])),
    config: { ...quick, notify: { command: `echo "$YARDMASTER_MESSAGE" >> "$HOME/notices"` } },
  });
  const login = { username: 'me', password: 'secret' };
  const remote = join(yard.root, 'origin.git');
  execFileSync('git', ['-C', remote, 'config', 'http.receivepack', 'true'], { env: yard.env });
  const first = await serveRepository(remote, login);
  yard.git('remote', 'set-url', 'origin', first.url.replace('//', `//${login.username}:${login.password}@`));
  await first.close();
  const supervisor = yard.start('run', '--json', '--concurrency', '6');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  expect((await event(warned('repository-away')))['message']).toMatch(
    /is set aside.*: repository-away: main could not be fetched from origin: /,
  );
  const second = await serveRepository(remote, login, first.port);
  for (const id of ids) await event(atWork(id));
  await second.close();
  letGo(yard);
  await event((one) => warned('repository-away')(one) && /push-unreachable/.test(String(one['message'])));
  const third = await serveRepository(remote, login, first.port);
  expect(await all).toMatchObject({ code: 0 });
  await third.close();
  yard.git('remote', 'set-url', 'origin', remote);
  for (const id of ids) expect(await yard.json('show', id)).toMatchObject({ state: 'done', retries: 0 });
  expect(yard.attempts()).toHaveLength(ids.length);
  expect(
    readFileSync(join(yard.root, 'person', 'notices'), 'utf8')
      .trimEnd()
      .split('\n'),
  ).toEqual([expect.stringContaining('could not be fetched'), expect.stringContaining('push-unreachable')]);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a remote whose host key nobody confirmed blocks its tasks at once with what to do, before any worker is started', async () => {
  const yard = await openYard({ ...one, actions: { t1: [[commit('t1.txt')]] }, config: quick });
  const [ssh, confirmed] = [join(yard.root, 'ssh'), join(yard.root, 'confirmed')];
  const refuses = `[ -e '${confirmed}' ] || { echo "Host key verification failed." >&2; exit 255; }`;
  yard.write(ssh, `#!/bin/sh\n${refuses}\nfor last; do :; done\nexec /bin/sh -c "$last"\n`, 0o755);
  yard.git('config', 'core.sshCommand', ssh);
  yard.git('config', 'ssh.variant', 'ssh');
  yard.git('remote', 'set-url', 'origin', `ssh://host.invalid${join(yard.root, 'origin.git')}`);
  expect(await yard.run('run')).toMatchObject({ code: 1 });
  const why = /^repository: main could not be fetched from origin: Host key verification failed.*connect to it once by hand/;
  expect(await yard.json('explain', 't1')).toMatchObject({ state: 'blocked', why: expect.stringMatching(why) });
  expect(yard.attempts()).toEqual([]);
  yard.write(confirmed, '');
  await yard.run('retry', 't1');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'repository' }, { verdict: 'work' }] });
});

test('a task whose branch name is taken here and at the remote gets the next free one, and the others’ branches stay as they are', async () => {
  const yard = await openYard({ ...one, config: quick });
  letGo(yard);
  yard.git('branch', 'yard/t1-first');
  yard.git('push', '--quiet', 'origin', 'main:yard/t1-first-2');
  const theirs = yard.git('rev-parse', 'main');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect((await yard.json<Shown>('show', 't1')).branch).toBe('yard/t1-first-3');
  expect(yard.git('rev-parse', 'yard/t1-first')).toBe(theirs);
  expect(yard.git('ls-remote', 'origin', 'yard/t1-first-2')).toContain(theirs);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a branch of the same name that appears at the remote meanwhile blocks the task with what to do, stays untouched, and the task is then delivered', async () => {
  const yard = await openYard({ ...one, config: quick });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  const other = join(yard.root, 'other');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: yard.root, env: yard.env, encoding: 'utf8' });
  git('clone', '--quiet', 'origin.git', other);
  git('-C', other, 'commit', '--quiet', '--allow-empty', '--message', 'theirs');
  git('-C', other, 'push', '--quiet', 'origin', 'HEAD:yard/t1-first');
  letGo(yard);
  expect(await all).toMatchObject({ code: 1 });
  expect(await yard.json('explain', 't1')).toMatchObject({
    state: 'blocked',
    why: expect.stringContaining('yard/t1-first at origin belongs to somebody else'),
    command: 'yardmaster retry t1',
  });
  expect(yard.git('ls-remote', 'origin', 'yard/t1-first')).toContain(git('-C', other, 'rev-parse', 'HEAD').trim());
  git('-C', other, 'push', '--quiet', 'origin', ':yard/t1-first');
  await yard.run('retry', 't1');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(yard.attempts()).toHaveLength(1);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('lock files left behind in the repository do not hinder the work', async () => {
  const yard = await openYard({ ...one, config: quick });
  letGo(yard);
  const locks = ['config.lock', 'index.lock', 'packed-refs.lock', 'HEAD.lock'].map((name) => join(yard.repo, '.git', name));
  for (const lock of locks) yard.write(lock, '');
  expect(await yard.run('run')).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'work' }] });
  expect(locks.every((lock) => existsSync(lock))).toBe(true);
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('the lock of a worker that was killed during a git command is removed and reported, and the work goes on', async () => {
  const yard = await openYard({
    ...one,
    actions: {
      t1: [[{ say: 'at work' }, wait, { edit: { file: 'one.txt', content: 'x' } }, { signal: { name: 'SIGKILL' } }], [commit('t1.txt')]],
    },
    config: quick,
  });
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  const lock = join(yard.home, 'worktrees/1-t1-1/.git/index.lock');
  yard.write(lock, 'half an index');
  letGo(yard);
  expect(await event(warned('lock-left'))).toMatchObject({ task: 't1', message: expect.stringContaining(lock) });
  expect(await all).toMatchObject({ code: 0 });
  expect(await yard.json('show', 't1')).toMatchObject({ state: 'done', attempts: [{ verdict: 'killed' }, { verdict: 'work' }] });
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('a lock left behind on the branch does not stop the delivery, and why the branch stays is reported', async () => {
  const yard = await openYard({ ...one, config: quick });
  letGo(yard);
  const lock = join(yard.repo, '.git/refs/heads/yard/t1-first.lock');
  yard.write(lock, '');
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const told = eventsOf(supervisor)(warned('branch-kept'));
  expect((await told)['message']).toContain(lock);
  expect(await all).toMatchObject({ code: 0 });
  const { deliveredCommit } = await yard.json<{ deliveredCommit: string }>('show', 't1');
  expect(yard.git('ls-remote', 'origin', 'yard/t1-first')).toContain(deliveredCommit);
  expect(existsSync(lock)).toBe(true);
});
