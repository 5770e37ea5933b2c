// Repositories that are not the ordinary clone, from `init` and `doctor` to delivered work.
// `npm test` has some unusual repositories (unusual-repositories.test.ts).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brokenInvariants } from '../chaos/invariants.ts';
import { atWork, eventsOf } from '../support/events-of.ts';
import { ended, openYard, type Yard } from '../support/yard.ts';

const one = {
  todo: '- [ ] t1 First #auto-dispatch\n',
  actions: { t1: [[{ commit: { file: 't1.txt', content: 'x\n', message: 'the work' } }, { say: 'Done.' }]] },
} as const;
const gitIn = (yard: Yard, cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env: yard.env, encoding: 'utf8' }).trimEnd();

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly todo: string | null;
}
const repositoryChecks = async (yard: Yard): Promise<readonly Check[]> =>
  (await yard.json<readonly Check[]>('doctor')).filter(({ name }) => name === 'repository');

test('a bare repository with worktrees beside it can be registered from the folder around it, and its task is delivered', async () => {
  const yard = await openYard(one);
  const around = join(yard.root, 'project');
  mkdirSync(around);
  gitIn(yard, around, 'clone', '--quiet', '--bare', join(yard.root, 'origin.git'), '.bare');
  yard.write(join(around, '.git'), 'gitdir: ./.bare\n');
  for (const args of [['main'], ['-b', 'feature', 'feature']]) gitIn(yard, around, 'worktree', 'add', '--quiet', ...args);
  const main = join(around, 'main');
  expect(await yard.run('init', around)).toMatchObject({ code: 0, stdout: expect.stringContaining(`registered: ${main}\n`), stderr: '' });
  expect((await yard.run('init', join(around, 'feature'))).stdout).toContain(`already registered: ${main}\n`);
  expect(await yard.run('run', '--repo', join(around, 'feature'))).toMatchObject({ code: 0, stdout: expect.stringContaining('1 done') });
  expect(gitIn(yard, join(yard.root, 'origin.git'), 'log', '-1', '--format=%s', 'yard/t1-first')).toBe('the work');
  expect(gitIn(yard, main, 'diff', '--name-only')).toBe('TODO.md');
  expect(readFileSync(join(main, 'TODO.md'), 'utf8')).toMatch(/^- \[x\] t1 First/);
  expect(gitIn(yard, around, 'worktree', 'list').split('\n')).toHaveLength(3);
});

test('`init` names what it refuses, and suggests `git init` only where there is no repository', async () => {
  const yard = await openYard(one);
  const bare = await yard.run('init', join(yard.root, 'origin.git'));
  expect(bare).toMatchObject({ code: 1, stderr: expect.stringContaining('is a bare repository') });
  expect(bare.stderr).toMatch(/clone it, or create a worktree/);
  expect(bare.stderr).not.toContain('git init');
  expect((await yard.run('init', yard.root)).stderr).toContain('run `git init`');
  // By a link, because a name of other bytes than UTF-8 cannot be given to a command from here.
  execFileSync('sh', ['-c', 'cd "$1"; name=$(printf "n\\351st"); git init -q "$name"; ln -s "$name" link', 'sh', yard.root], {
    env: yard.env,
  });
  const unnamable = await yard.run('init', join(yard.root, 'link'));
  expect(unnamable).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not UTF-8[^]*rename that folder/) });
  expect(unnamable.stderr).not.toMatch(/git init|\n {4}at /);
  expect(await yard.run('ls', '--repo', join(yard.root, 'origin.git'))).toMatchObject({ stderr: expect.stringContaining('bare') });
  expect((await yard.run('budget', 'configure', '--daily', '5', '--repo', join(yard.root, 'origin.git'))).stderr).toContain(
    'bare repository',
  );
});

test('a remote at a relative path is used as git uses it from the top folder', async () => {
  const yard = await openYard(one);
  yard.git('remote', 'set-url', 'origin', '../origin.git');
  expect(await repositoryChecks(yard)).toEqual([{ name: 'repository', state: 'ok', found: `${yard.repo}, from origin/main`, todo: null }]);
  expect(await yard.run('run')).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') });
  expect(gitIn(yard, join(yard.root, 'origin.git'), 'log', '-1', '--format=%s', 'yard/t1-first')).toBe('the work');
  expect(await brokenInvariants(yard)).toEqual([]);
});

test('work starts from delivery.base, else from the remote’s default branch of today, not from the recorded one', async () => {
  const yard = await openYard(one);
  yard.git('remote', 'set-head', 'origin', 'main');
  const commits = ['trunk', 'release'].map((branch) => {
    yard.git('checkout', '--quiet', '-b', branch, 'main');
    yard.write(join(yard.repo, `${branch}.txt`), '');
    yard.git('add', `${branch}.txt`);
    yard.git('commit', '--quiet', '--message', branch);
    yard.git('push', '--quiet', 'origin', branch);
    return yard.git('rev-parse', branch);
  });
  yard.git('checkout', '--quiet', 'main');
  gitIn(yard, join(yard.root, 'origin.git'), 'symbolic-ref', 'HEAD', 'refs/heads/trunk');

  const told = 'the default branch of origin is trunk today';
  expect(await yard.run('init')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('work starts from trunk of origin'),
    stderr: expect.stringContaining(told),
  });
  expect(await repositoryChecks(yard)).toMatchObject([
    { state: 'ok', found: expect.stringContaining('origin/trunk') },
    { state: 'warning', found: expect.stringContaining(told), todo: expect.stringContaining('git remote set-head origin --auto') },
  ]);
  const ran = await yard.run('run');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stderr.split(told)).toHaveLength(2);
  expect(yard.git('merge-base', 'yard/t1-first', 'trunk')).toBe(commits[0]);

  const config = join(yard.root, 'person', '.config', 'yardmaster', 'config.yaml');
  yard.write(config, 'delivery: { base: releases }\n');
  expect(await repositoryChecks(yard)).toMatchObject([
    {
      state: 'broken',
      found: 'delivery.base is releases, and origin has no branch of that name',
      todo: expect.stringContaining('delivery.base'),
    },
  ]);
  yard.writeTodo(`${yard.todo()}- [ ] t2 Second #auto-dispatch\n`);
  expect(await yard.run('run')).toMatchObject({ code: 1, stdout: expect.stringContaining('1 blocked') });
  expect(await yard.json('show', 't2')).toMatchObject({
    state: 'blocked',
    reason: expect.stringContaining('delivery.base is releases, and origin has no branch of that name'),
  });
  expect(yard.attempts()).toHaveLength(1);

  yard.write(config, 'delivery: { base: release }\n');
  expect(await repositoryChecks(yard)).toMatchObject([{ state: 'ok', found: expect.stringContaining('origin/release') }]);
  await yard.run('retry', 't2');
  await yard.run('run');
  // Its worker did nothing, so the branch is not there; the site says what it started from.
  expect(JSON.parse(readFileSync(join(yard.home, 'readers/2-t2-2/yardmaster.json'), 'utf8'))).toMatchObject({ base: commits[1] });
});

test('`init` and `doctor` say which submodule files and filters workers will lack', async () => {
  const yard = await openYard({
    ...one,
    files: {
      '.gitmodules': '[submodule "part"]\n\tpath = lib/part\n\turl = ../part.git\n',
      '.gitattributes': 'secrets/** filter=git-crypt diff=git-crypt\n',
    },
  });
  const init = await yard.run('init');
  expect(init).toMatchObject({ code: 0 });
  const words = [
    'workers will find these submodules empty: lib/part\n  → git submodule update --init --recursive',
    '.gitattributes names the filter git-crypt, which is not configured: tasks are blocked, because git would commit such files without it\n  → git-crypt unlock',
  ];
  for (const text of words) expect(init.stderr).toContain(text);
  const checks = await repositoryChecks(yard);
  expect(checks.map(({ state }) => state)).toEqual(['ok', 'warning', 'warning']);
  expect(await yard.json('init')).toMatchObject({
    base: 'main',
    remote: 'origin',
    notes: [{ code: 'submodules-empty' }, { code: 'filter-missing' }],
  });
});

test('empty submodules in a checkout are reported to the person, to the worker and to the next worker there', async () => {
  const yard = await openYard({
    ...one,
    config: { worker: { backoffSeconds: 0.1 } },
    actions: { t1: [[{ refusal: true }], [{ commit: { file: 't1.txt', content: 'x\n', message: 'the work' } }]] },
  });
  // By somebody else: the person's checkout is behind, and names no submodule.
  const origin = join(yard.root, 'origin.git');
  gitIn(yard, yard.root, 'clone', '--quiet', origin, 'somebody');
  const somebody = join(yard.root, 'somebody');
  gitIn(yard, somebody, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', origin, 'lib/part');
  gitIn(yard, somebody, 'commit', '--quiet', '--message', 'a submodule');
  gitIn(yard, somebody, 'push', '--quiet', 'origin', 'main');
  const { stdout, stderr } = await yard.run('run');
  expect(stdout + stderr).toContain('workers will find these submodules empty: lib/part\n');
  expect(yard.attempts().map(({ prompt }) => prompt.includes('their folders are empty: `lib/part`.'))).toEqual([true, true]);
});

test('the branch appears in the repository when an attempt has ended, and not while its worker commits', async () => {
  const work = { commit: { file: 't1.txt', content: 'x\n', message: 'the work' } };
  const yard = await openYard({ ...one, actions: { t1: [[work, { say: 'at work' }, { waitFor: { file: 'go' } }]] } });
  const branches = (): string => yard.git('for-each-ref', '--format=%(refname:short)', 'refs/heads');
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  await eventsOf(supervisor)(atWork('t1'));
  // It has committed, in a repository of its own.
  expect(gitIn(yard, join(yard.home, 'worktrees/1-t1-1'), 'log', '-1', '--format=%s %D')).toMatch(/^the work HEAD -> yard\/t1-first/);
  expect(branches()).toBe('main');
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect(await all).toMatchObject({ code: 0 });
  expect(branches()).toBe('main\nyard/t1-first');
});

test('commands that only show something ask no remote', async () => {
  const yard = await openYard(one);
  await yard.run('add', 'Later');
  const log = join(yard.root, 'asked');
  yard.write(join(yard.root, 'upload-pack'), `#!/bin/sh\necho asked >> '${log}'\nexec git-upload-pack "$@"\n`, 0o755);
  yard.git('config', 'remote.origin.uploadpack', join(yard.root, 'upload-pack'));
  // Here git itself must be asked which repository it is.
  yard.git('config', 'core.worktree', yard.repo);
  for (const args of [['ls'], ['show', 't1'], ['explain', 't1'], ['status'], ['config'], ['add', 'Another']]) {
    expect((await yard.run(...args)).stderr).not.toContain('not a git');
  }
  expect(existsSync(log)).toBe(false);
  await yard.run('doctor');
  expect(existsSync(log)).toBe(true);
});
