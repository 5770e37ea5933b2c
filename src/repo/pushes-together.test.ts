// Uses a remote whose server waits at a pipe while it receives a branch called slow.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { until } from '../../test/support/wait-until.ts';
import { createGit, usualLimits, type GitAnswer } from './git.ts';
import { gitRepo } from './git-repo.ts';
import { readPushAnswer } from './push-answer.ts';
import { pushesTogether, type PushTogether } from './pushes-together.ts';

/** Longer than any test here takes. */
const longest = 3_600_000;

let fx: GitFixture;
let log: string;
beforeEach(() => {
  fx = createGitFixture();
  log = join(fx.folder, 'log');
  writeFileSync(log, '');
  execFileSync('mkfifo', [join(fx.folder, 'gate')]);
  fx.hook(
    fx.remote,
    'pre-receive',
    `names=$(sed 's,.*/,,' | sort | tr '\\n' ' ')
echo "$names" >>${log}
case $names in *slow*) cat ${fx.folder}/gate >/dev/null ;; esac
case $names in *bad*) echo 'this is not welcome' >&2; exit 1 ;; esac`,
  );
});
afterEach(() => fx.dispose());

/** The branches of each push that has reached the server so far. */
const pushes = (): string[] =>
  readFileSync(log, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.trim());
const open = (): void => writeFileSync(join(fx.folder, 'gate'), '');
const arrived = (): string[] => fx.git(fx.remote, 'branch', '--format=%(refname:short)', '--list', 'yard/*').split('\n');

const told = (name: string, answer: GitAnswer) => readPushAnswer({ answer, ref: `refs/heads/yard/${name}`, addresses: [fx.remote] });

function pushing(together: PushTogether) {
  const git = createGit(usualLimits);
  const base = fx.git(fx.root, 'rev-parse', 'HEAD');
  return (name: string, signal: AbortSignal | null = null, settings: readonly string[] = []): Promise<GitAnswer> => {
    const commit = fx.git(fx.root, 'commit-tree', `${base}^{tree}`, '-p', base, '-m', name);
    return together(signal === null ? git : git.within(signal), {
      place: 'origin',
      refspec: `${commit}:refs/heads/yard/${name}`,
      call: (refspecs) => ({ cwd: fx.root, args: [...settings, 'push', '--porcelain', 'origin', ...refspecs], kind: 'push' }),
      arrived: (answer) => told(name, answer).came === 'pushed',
    });
  };
}

test('those that come while one is under way go together', async () => {
  const push = pushing(pushesTogether({ waitMs: longest }));
  const all = ['slow', 'a', 'b'].map((name) => push(name));
  await until(() => pushes().length === 1);
  open();
  for (const answer of await Promise.all(all)) expect(answer).toMatchObject({ ok: true });
  expect(pushes()).toEqual(['slow', 'a b']);
  // Nothing is under way any more, so nothing waits.
  expect(await push('c')).toMatchObject({ ok: true });
  expect(pushes()).toEqual(['slow', 'a b', 'c']);
});

test('no more than three in one push', async () => {
  const push = pushing(pushesTogether({ waitMs: longest }));
  const all = ['slow', 'a', 'b', 'c', 'd', 'e'].map((name) => push(name));
  // The others do not wait for the third waiting branch.
  await until(() => pushes().length > 1);
  open();
  for (const answer of await Promise.all(all)) expect(answer).toMatchObject({ ok: true });
  expect(pushes().toSorted()).toEqual(['a b c', 'd e', 'slow']);
});

test('what is refused is refused by itself', async () => {
  const push = pushing(pushesTogether({ waitMs: longest }));
  const all = ['slow', 'a', 'bad', 'c'].map((name) => push(name));
  // Three waiting branches are a full push, which may reach the server first.
  await until(() => pushes().includes('slow'));
  open();
  const [, a, bad, c] = await Promise.all(all);
  expect([a, c]).toMatchObject([{ ok: true }, { ok: true }]);
  expect(bad).toMatchObject({ ok: false, stderr: expect.stringContaining('not welcome') });
  expect(pushes().toSorted()).toEqual(['a', 'a bad c', 'bad', 'c', 'slow']);
  expect(arrived()).toEqual(['yard/a', 'yard/c', 'yard/slow']);
});

test('what arrived is not pushed again when another one was refused: it may be merged and gone by then', async () => {
  const merged = join(fx.folder, 'merged');
  fx.hook(fx.remote, 'update', 'case $1 in *odd*) exit 1 ;; esac');
  fx.hook(
    fx.remote,
    'post-receive',
    `while read -r old new ref; do case $ref in */a) echo $ref >>${merged}; git update-ref -d $ref ;; esac; done`,
  );
  const push = pushing(pushesTogether({ waitMs: longest }));
  const all = ['slow', 'a', 'odd'].map((name) => push(name));
  await until(() => pushes().length === 1);
  open();
  const [, a, odd] = await Promise.all(all);
  expect(a && told('a', a)).toEqual({ came: 'pushed' });
  expect(odd && told('odd', odd)).toMatchObject({ came: 'refused' });
  expect(pushes()).toEqual(['slow', 'a odd', 'odd']);
  expect(readFileSync(merged, 'utf8')).toBe('refs/heads/yard/a\n');
  expect(arrived()).toEqual(['yard/slow']);
});

test('where the one that pushes for the others goes elsewhere, the others do not', async () => {
  const elsewhere = join(fx.folder, 'elsewhere.git');
  fx.git(fx.folder, 'init', '--quiet', '--bare', elsewhere);
  const push = pushing(pushesTogether({ waitMs: longest }));
  const all = [push('slow'), push('a', null, ['-c', `url.${elsewhere}.pushInsteadOf=${fx.remote}`]), push('b')];
  await until(() => pushes().length === 1);
  open();
  const [, a, b] = await Promise.all(all);
  expect(a && told('a', a)).toMatchObject({ came: 'refused', message: expect.stringContaining('elsewhere.git') });
  expect(b && told('b', b)).toEqual({ came: 'pushed' });
  expect(arrived()).toEqual(['yard/b', 'yard/slow']);
});

test('one that is stopped does not arrive with the others, which begin anew', async () => {
  const push = pushing(pushesTogether({ waitMs: longest }));
  const abort = new AbortController();
  const first = push('slow');
  const [second, stopped] = [push('slow-too'), push('b', abort.signal)];
  await until(() => pushes().length === 1);
  open();
  await until(() => pushes().length === 2);
  abort.abort();
  expect(await stopped).toMatchObject({ ok: false, aborted: true });
  await until(() => pushes().length === 3);
  open();
  expect(await Promise.all([first, second])).toMatchObject([{ ok: true }, { ok: true }]);
  expect(pushes()).toEqual(['slow', 'b slow-too', 'slow-too']);
  expect(arrived()).toEqual(['yard/slow', 'yard/slow-too']);
});

test('one that is stopped while it waits is left out, and the others go together', async () => {
  const push = pushing(pushesTogether({ waitMs: longest }));
  const abort = new AbortController();
  const first = push('slow');
  const [a, stopped] = [push('a'), push('b', abort.signal)];
  await until(() => pushes().length === 1);
  abort.abort();
  const c = push('c');
  open();
  expect(await stopped).toMatchObject({ ok: false, aborted: true });
  expect(await Promise.all([first, a, c])).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
  expect(pushes()).toContain('a c');
});

test('nobody waits long for a slow one', async () => {
  const push = pushing(pushesTogether({ waitMs: 1 }));
  const slow = push('slow');
  await until(() => pushes().length === 1);
  expect(await push('a')).toMatchObject({ ok: true });
  expect(pushes()).toEqual(['slow', 'a']);
  open();
  expect(await slow).toMatchObject({ ok: true });
});

test('sites of one repository push for each other, and each is told of its own branch', async () => {
  const repo = gitRepo({ pushWaitMs: longest });
  const made = async (name: string) => {
    const worktree = join(fx.worktrees, name);
    await repo.makeSite({ root: fx.root, path: worktree, branch: () => `yard/${name}`, remote: 'origin', defaultBranch: 'main' });
    const commit = fx.commit(worktree, { [`${name}.txt`]: name });
    await repo.take({ worktree });
    return { worktree, commit, name };
  };
  const sites = await Promise.all(['a', 'bad', 'c'].map(made));
  const all = sites.map(async ({ worktree, commit, name }) => ({
    name,
    told: await repo.push({ worktree, commit, remote: 'origin', accept: false, sign: 'off' }),
    commit,
  }));
  for (const { name, told, commit } of await Promise.all(all)) {
    const wanted = { pushed: true, commit, ref: `refs/heads/yard/${name}` };
    const refused = { pushed: false, why: 'refused', message: expect.stringContaining('not welcome') };
    expect(told, name).toEqual(name === 'bad' ? refused : wanted);
  }
  expect(arrived()).toEqual(['yard/a', 'yard/c']);
});
