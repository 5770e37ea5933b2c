// Nothing that a worker can write into its repository is obeyed. The whole way of a task is tested for every configuration
// key of git that names a program, an address or a file, and for every hook, in every place where a repository may have its
// own, over a remote of each kind. It is also shown what plain git obeys there, which proves that the traps work.
// `npm test` shows the same rule by one story (hostile-programs.test.ts).
import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { hooks, hostileConfig, settingsOf, unclassifiedKeys } from '../../../test/support/git-keys.ts';
import { serveRepository } from '../../../test/support/git-server.ts';
import { layProbes, type Probes } from '../../../test/support/tripwires.ts';
import { gitRepo } from '../git-repo.ts';

const branch = 'yard/t1';
const ref = 'refs/yardmaster/preserved/a1';

let fx: GitFixture;
let folder: string;
let probes: Probes;
const ends: (() => Promise<void>)[] = [];

beforeEach(async () => {
  fx = createGitFixture();
  folder = mkdtempSync(join(tmpdir(), 'yard-probes-'));
  probes = await layProbes(folder);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await probes.dispose();
  fx.dispose();
  rmSync(folder, { recursive: true });
});

test('of every key of git it is known here what its value names', () => {
  expect(unclassifiedKeys()).toEqual([]);
});

test('every hook of the manual is known here', ({ skip }) => {
  const page = join(execFileSync('git', ['--man-path'], { encoding: 'utf8' }).trim(), 'man5/githooks.5.gz');
  skip(!existsSync(page), 'the manual of git is not installed');
  const titles = [
    ...gunzipSync(readFileSync(page))
      .toString()
      .matchAll(/^\.SS "(.+)"$/gm),
  ].map(([, title]) => title?.replaceAll('\\-', '-'));
  expect(titles.length).toBeGreaterThan(20);
  expect(titles.filter((title) => !hooks.includes(title ?? ''))).toEqual([]);
});

/** The kinds of remotes: where pushes go decides which settings git would read. Each returns the address. */
const remotes: Readonly<Record<string, () => Promise<string>>> = {
  'a folder': async () => fx.remote,
  'a folder, with an index for many files': async () => {
    fx.git(fx.root, 'config', 'feature.manyFiles', 'true');
    return fx.remote;
  },
  HTTP: async () => {
    const login = { username: 'somebody', password: 'secret' };
    const server = await serveRepository(fx.remote, login);
    ends.push(server.close);
    fx.git(fx.root, 'config', 'credential.helper', `!f() { echo username=${login.username}; echo password=${login.password}; }; f`);
    return server.url;
  },
  SSH: async () => {
    const ssh = join(folder, 'ssh');
    writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\neval "exec $last"\n', { mode: 0o755 });
    fx.git(fx.root, 'config', 'core.sshCommand', ssh);
    fx.git(fx.root, 'config', 'ssh.variant', 'simple');
    return `ssh://host.invalid${fx.remote}`;
  },
};

/** The person's own settings: a submodule, and drivers of their own, which do nothing. */
async function prepare(remote: string): Promise<string> {
  const library = fx.clone('library');
  fx.git(fx.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '--name', 'sub', library, 'sub');
  fx.write(fx.root, { '.gitattributes': '* filter=known diff=known merge=known\n' });
  for (const [key, value] of Object.entries({ 'filter.known.clean': 'cat', 'filter.known.smudge': 'cat', 'merge.known.driver': 'true' }))
    fx.git(fx.root, 'config', key, value);
  fx.git(fx.remote, 'config', 'http.receivepack', 'true');
  fx.commit(fx.root, {});
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  // A server in this process could not answer a git that this process waits for.
  fx.git(fx.root, 'remote', 'set-url', 'origin', await remotes[remote]!());
  return fx.git(fx.root, 'remote', 'get-url', 'origin');
}

/** The state in which a worker leaves its checkout: commits, changes, and a repository in each possible place. */
function work(path: string): void {
  fx.commit(path, { 'committed.txt': 'one' });
  fx.git(path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init');
  fx.commit(join(path, 'sub'), { 'inside.txt': 'of the submodule' });
  fx.git(path, 'init', '--quiet', 'nested');
  fx.commit(join(path, 'nested'), { 'n.txt': 'of the nested one' });
  fx.git(path, 'worktree', 'add', '--quiet', '-b', 'aside', 'ignored/linked');
  fx.write(path, {
    'left.txt': 'left',
    'src/app.txt': 'changed',
    'staged.txt': 'staged',
    'nested/more.txt': 'm',
    'ignored/linked/l.txt': 'l',
  });
  fx.git(path, 'add', 'staged.txt');
}

/** All settings and hooks in every repository of the checkout, and files that programs other than git read. */
function turnHostile(path: string, given: { readonly remote: string; readonly worktree: boolean }): void {
  const [evil, elsewhere] = [join(folder, 'hooks'), join(folder, 'elsewhere')];
  mkdirSync(evil);
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'not-ours.txt'), 'of another folder');
  for (const hook of hooks) probes.hook(join(evil, hook));
  const config = (where: string, include: string | null): string =>
    hostileConfig({ probes, where, remote: given.remote, hooks: evil, include, folder: given.worktree ? elsewhere : null });
  const included = join(folder, 'included');
  writeFileSync(included, config('included', null));
  const top = join(path, '.git');
  const places = {
    site: top,
    nested: join(path, 'nested/.git'),
    submodule: join(top, 'modules/sub'),
    linked: join(top, 'worktrees/linked'),
  };
  for (const [where, at] of Object.entries(places)) {
    if (where !== 'linked') appendFileSync(join(at, 'config'), `${config(where, included)}[extensions]\n\tworktreeConfig = true\n`);
    writeFileSync(join(at, 'config.worktree'), config(`${where}’s worktree`, included));
    rmSync(join(at, 'hooks'), { recursive: true, force: true });
    mkdirSync(join(at, 'hooks'));
    for (const hook of hooks) probes.hook(join(at, 'hooks', hook));
    mkdirSync(join(at, 'info'), { recursive: true });
    writeFileSync(join(at, 'info/attributes'), '* filter=known diff=known merge=known\n');
  }
  const library = `[submodule "sub"]\n\tpath = sub\n\turl = ${probes.address('.gitmodules')}\n[submodule "other"]\n\tpath = other\n\turl = ext::${probes.program('.gitmodules')}\n`;
  fx.write(path, { '.gitmodules': library, '.lfsconfig': `[lfs]\n\turl = ${probes.address('.lfsconfig')}\n` });
  probes.watchFiles();
}

/** Everything of the person's that must not change. */
function personal(): string {
  const at = (name: string): string => readFileSync(join(fx.root, '.git', name), 'utf8');
  return [at('config'), at('HEAD'), readdirSync(join(fx.root, '.git')).join(), fx.git(fx.root, 'status', '--porcelain')].join('\n');
}

const list = (of: string): string[] => fx.git(fx.remote, 'ls-tree', '-r', '--name-only', of).split('\n');

describe.each(Object.keys(remotes))('a remote by way of %s', (kind) => {
  test('nothing of the worker’s is run, read or contacted, and the remote has the work', async () => {
    const remote = await prepare(kind);
    const repo = gitRepo({ readMs: 20_000, localMs: 20_000, networkMs: 20_000, pushMs: 20_000, lockMs: 500 });
    const path = join(fx.worktrees, 't1');
    const { base } = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
    const began = Date.now();
    work(path);
    const before = personal();
    turnHostile(path, { remote, worktree: true });
    const nothing = (): void => expect(probes.sprung(), probes.environments().slice(0, 2000)).toEqual([]);
    const deliver = async (message: string): Promise<string> => {
      expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: expect.arrayContaining(['nested/']) });
      expect((await repo.changes({ worktree: path, base })).length).toBeGreaterThan(1);
      expect(await repo.commitAll({ worktree: path, message, sign: 'auto' })).not.toBeNull();
      expect(await repo.log({ worktree: path, base })).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
      const taken = await repo.take({ worktree: path });
      expect(taken).toMatchObject({ kept: null });
      nothing();
      return taken?.commit ?? '';
    };
    const push = async (commit: string) => repo.push({ worktree: path, remote: 'origin', commit, accept: false, sign: 'auto' });

    expect(await repo.hasSite({ path, branch })).toBe(true);
    expect(await repo.describeSite(path)).toMatchObject({ branch });
    expect(await repo.takeLeftLocks({ worktree: path, since: began as never })).toEqual([]);
    const first = await deliver('left behind');
    expect(await repo.pushHooks({ worktree: path, remote: 'origin', commit: first })).toEqual([]);
    expect(await push(first)).toEqual({ pushed: true, commit: first, ref: `refs/heads/${branch}` });
    nothing();

    // The next time, somebody else is faster.
    const other = join(fx.folder, 'other');
    fx.git(fx.folder, 'clone', '--quiet', '--branch', branch, fx.remote, other);
    const theirs = fx.commit(other, { 'theirs.txt': 'theirs' });
    fx.git(other, 'push', '--quiet', 'origin', branch);
    fx.write(path, { 'later.txt': 'later' });
    const second = await push(await deliver('later work'));
    expect(second).toEqual({ pushed: true, commit: expect.any(String), ref: `refs/heads/${branch}` });
    nothing();
    expect(fx.git(fx.remote, 'rev-parse', `${branch}~1`)).toBe(theirs);
    expect(list(branch)).toEqual(
      expect.arrayContaining(['committed.txt', 'left.txt', 'later.txt', 'staged.txt', 'theirs.txt', 'src/app.txt']),
    );
    expect(list(branch)).not.toContain('not-ours.txt');

    fx.write(path, { 'unsaved.txt': 'unsaved', 'sub/unsaved.txt': 'in there' });
    const removed = await repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true });
    expect(removed).toEqual({ preserved: ref });
    nothing();
    const saved = fx.git(fx.root, 'ls-tree', '-r', '--name-only', ref).split('\n');
    expect(saved).toEqual(
      expect.arrayContaining([
        'unsaved.txt',
        'nested/n.txt',
        'nested/more.txt',
        'sub/inside.txt',
        'sub/unsaved.txt',
        'ignored/linked/l.txt',
      ]),
    );
    expect(existsSync(path)).toBe(false);
    expect(personal()).toBe(before);
  });
});

describe('plain git obeys them: the traps do work', () => {
  test('in such a checkout', async () => {
    const remote = await prepare('a folder');
    const path = join(fx.worktrees, 't1');
    await gitRepo().makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
    work(path);
    turnHostile(path, { remote, worktree: false });
    for (const command of ['status', 'diff', 'checkout -b y', 'blame README.md', 'submodule update --force'])
      await plainGit(path, command.split(' '));
    expect(probes.sprung()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('hooks/post-checkout'),
        ...['blame.ignoreRevsFile', 'core.attributesFile', 'includeIf.<condition>.path'],
        ...['included core.fsmonitor', 'included filter.<driver>.process', 'included submodule.<name>.update'],
      ]),
    );
  });

  test('by each of these commands', async () => {
    const remote = await prepare('a folder');
    fx.write(fx.root, { '.gitattributes': '* diff=known filter=known\n' });
    fx.git(fx.root, 'config', '--remove-section', 'filter.known');
    const evil = join(folder, 'hooks');
    mkdirSync(evil);
    for (const hook of hooks) probes.hook(join(evil, hook));
    fx.git(fx.root, 'switch', '--quiet', '--create', branch);
    const { port } = new URL(probes.address(''));
    for (const [key, command] of obeyed) {
      const settings = settingsOf({ key, probes, where: 'plain', remote, hooks: evil, include: null, folder: null });
      const options = ['protocol.ext.allow=always', ...settings.map((setting) => setting.join('='))].flatMap((setting) => ['-c', setting]);
      await plainGit(fx.root, [...options, ...command.replace('PORT', port).split(' ')]);
    }
    const sprung = probes.sprung();
    // A proxy is asked for another host's address.
    const marks: Readonly<Record<string, string>> = {
      'core.hooksPath': '/hooks/',
      'http.proxy': 'contact http://host.invalid',
      'http.curloptResolve': 'contact /resolved',
    };
    // Only a newer git knows these, and lists them.
    const known = execFileSync('git', ['help', '--config'], { encoding: 'utf8' });
    const newer = (key: string): boolean => ['alias.*.command', 'hook.<friendly-name>.command'].includes(key) && !known.includes(key);
    const missed = obeyed.filter(([key]) => !newer(key) && !sprung.some((name) => name.includes(marks[key] ?? `plain ${key}`)));
    expect(missed).toEqual([]);
  });
});

/** A key, and a command that reads it. */
const obeyed: readonly (readonly [string, string])[] = [
  ['core.sshCommand', 'ls-remote ssh://host.invalid/x'],
  ['core.gitProxy', 'ls-remote git://host.invalid/x'],
  ['core.askPass', 'credential fill'],
  ['credential.helper', 'credential fill'],
  ['core.editor', 'commit --amend'],
  ['core.fsmonitor', 'status'],
  ['filter.<driver>.clean', 'hash-object --path=x README.md'],
  ['filter.<driver>.process', 'hash-object --path=x README.md'],
  ['diff.external', 'diff --ext-diff HEAD~1'],
  ['diff.<driver>.command', 'diff HEAD~1'],
  ['diff.<driver>.textconv', 'diff HEAD~1'],
  ['gpg.program', 'commit --amend -C HEAD -S'],
  ['remote.<name>.uploadpack', 'ls-remote origin'],
  ['remote.<name>.receivepack', 'push origin HEAD:x'],
  ['remote.<name>.url', 'push origin HEAD:x'],
  ['remote.<name>.pushurl', 'push origin HEAD:x'],
  ['http.proxy', 'ls-remote http://host.invalid/x'],
  ['http.curloptResolve', 'ls-remote http://host.invalid:PORT/resolved'],
  ['branch.<name>.remote', 'fetch'],
  ['branch.<name>.pushRemote', 'push'],
  ['remote.pushDefault', 'push'],
  ['url.<base>.insteadOf', 'ls-remote origin'],
  ['url.<base>.pushInsteadOf', 'push origin HEAD:x'],
  ['alias.*', 'st'],
  ['core.hooksPath', 'commit --amend -C HEAD'],
  ['alias.*.command', 'st'],
  ['hook.<friendly-name>.command', '-c hook.evil.event=pre-commit commit --amend -C HEAD'],
  ['trailer.<keyAlias>.cmd', 'interpret-trailers --trailer evil=x README.md'],
];

/** Its success does not matter. The server that it contacts is in this process, so the wait must not block. */
function plainGit(cwd: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: undefined, GIT_ASKPASS: undefined, SSH_ASKPASS: undefined };
    const child = execFile('git', args, { cwd, env, timeout: 20_000, killSignal: 'SIGKILL' }, () => resolve());
    child.stdin?.on('error', () => {}).end('protocol=http\nhost=127.0.0.1\n\n');
  });
}
