// A linked worktree of an older version becomes a site. In whatever state its worker left it, a worker or a person sees the
// same there afterwards, even after the person's repository is collected; and nothing of the person's is changed.
// `npm test` shows the same rule by the story of an update (update.test.ts).
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { oldWorktree, persons, seen, type OldWorktree } from '../../test/support/old-worktree.ts';
import type { Repo } from '../ports/repo.ts';
import { gitRepo } from './git-repo.ts';

let fx: GitFixture;
let repo: Repo;
let old: OldWorktree;

beforeEach(() => {
  fx = createGitFixture();
  repo = gitRepo({ lockMs: 2_000 });
  old = oldWorktree(fx, 't1');
});
afterEach(() => fx.dispose());

const ref = 'refs/yardmaster/preserved/a1';
const saved = (file: string): string => fx.git(fx.root, 'show', `${ref}:${file}`);
const keeps = (commit: string): boolean => fx.succeeds(fx.root, 'merge-base', '--is-ancestor', commit, ref);
const describeIt = () => repo.describeSite(old.path);
const remove = (keepBranch = true) =>
  repo.removeSite({ root: fx.root, path: old.path, branch: old.branch, attempt: 'a1', remote: 'origin', keepBranch });
/** Deletes every object that nothing in the person's repository names. */
const collect = (): void => {
  fx.git(fx.root, 'reflog', 'expire', '--expire=now', '--all');
  fx.git(fx.root, 'gc', '--quiet', '--prune=now');
};

/** The repository has no worktree but its own, and our site is complete without it. */
function isSite(path = old.path): void {
  expect(lstatSync(join(path, '.git')).isDirectory()).toBe(true);
  expect(existsSync(join(fx.root, '.git/worktrees'))).toBe(false);
  expect(readdirSync(path).filter((name) => name.includes('yardmaster'))).toEqual([]);
  expect(readdirSync(join(fx.folder, 'readers/t1')).filter((name) => name.startsWith('linked'))).toEqual([]);
  collect();
  expect(fx.git(path, 'fsck', '--no-dangling', '--no-progress')).toBe('');
}

/** Turns it into a site, and checks that everything is as before. */
async function adopted(): Promise<void> {
  const [before, theirs] = [seen(fx, old.path), persons(fx)];
  expect(await describeIt()).toEqual({ common: join(fx.root, '.git'), branch: old.branch });
  expect(persons(fx)).toEqual(theirs);
  isSite();
  expect(seen(fx, old.path)).toEqual(before);
}

test('clean: its commits are judged, delivered and the site removed like any other', async () => {
  const commit = fx.commit(old.path, { 'a.txt': 'a\n' }, 'the work');
  await adopted();
  // All objects are borrowed.
  expect(fx.git(old.path, 'count-objects', '-v')).toMatch(/^count: 0\n(?:.*\n)*in-pack: 0\n/);
  expect(await repo.hasSite(old)).toBe(true);
  expect(await repo.facts({ worktree: old.path, base: old.base })).toEqual({ head: commit, commits: 1, dirty: [] });
  expect(await repo.log({ worktree: old.path, base: old.base })).toEqual([`${commit.slice(0, 7)} the work`]);
  const next = fx.commit(old.path, { 'b.txt': 'b\n' });
  expect(await repo.take({ worktree: old.path })).toEqual({ commit: next, kept: null });
  expect(fx.git(fx.root, 'rev-parse', old.branch)).toBe(next);
  expect(await repo.push({ worktree: old.path, remote: 'origin', commit: next, accept: false, sign: 'auto' })).toMatchObject({
    pushed: true,
  });
  expect(await remove()).toEqual({ preserved: null });
  expect([existsSync(old.path), readdirSync(join(fx.folder, 'readers'))]).toEqual([false, []]);
  expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip')).toBe('');
});

test('what was committed before and is nowhere else is saved when it goes', async () => {
  const commit = fx.commit(old.path, { 'a.txt': 'a\n' });
  expect(await remove(false)).toEqual({ preserved: ref });
  expect(keeps(commit)).toBe(true);
  expect(existsSync(join(fx.root, '.git/worktrees'))).toBe(false);
});

test('changes, staged and not, untracked and ignored files', async () => {
  fx.commit(old.path, { 'a.txt': 'a\n', 'gone.txt': 'g\n' });
  fx.write(old.path, { 'a.txt': 'staged\n', 'new.txt': 'only staged\n' });
  fx.git(old.path, 'add', '--all');
  fx.git(old.path, 'rm', '--quiet', 'gone.txt');
  fx.write(old.path, { 'a.txt': 'changed again\n', 'src/untracked.txt': 'u\n', 'x.log': 'l\n' });
  fx.git(old.path, 'rm', '--quiet', '--force', '--cached', 'new.txt');
  fx.write(old.path, { 'again.txt': 'first\n' });
  fx.git(old.path, 'add', 'again.txt');
  execFileSync('rm', [join(old.path, 'again.txt')]);
  await adopted();
  expect((await repo.facts({ worktree: old.path, base: old.base })).dirty.toSorted()).toEqual(
    ['a.txt', 'again.txt', 'gone.txt', 'new.txt', 'src/untracked.txt'].toSorted(),
  );
  expect(await repo.commitAll({ worktree: old.path, message: 'left', sign: 'off' })).toMatch(/^[0-9a-f]{40}$/);
  expect(fx.git(old.path, 'show', 'HEAD:src/untracked.txt')).toBe('u');
});

describe('in the middle of something', () => {
  const conflict = (command: 'merge' | 'rebase' | 'cherry-pick'): { ours: string; theirs: string } => {
    const theirs = fx.commit(old.path, { 'src/app.txt': 'theirs\n' }, 'theirs');
    fx.git(old.path, 'branch', 'other');
    fx.git(old.path, 'reset', '--quiet', '--hard', old.base);
    fx.commit(old.path, { 'c.txt': 'c\n' }, 'without a conflict');
    const ours = fx.commit(old.path, { 'src/app.txt': 'ours\n' }, 'ours');
    expect(fx.succeeds(old.path, command, 'other')).toBe(false);
    fx.git(fx.root, 'branch', '--quiet', '-D', 'other');
    return { ours, theirs };
  };

  test.each(['merge', 'cherry-pick'] as const)('a %s with conflicts', async (command) => {
    const { theirs } = conflict(command);
    await adopted();
    await expect(repo.commitAll({ worktree: old.path, message: 'm', sign: 'off' })).rejects.toMatchObject({ code: 'not-committed' });
    expect(await remove()).toEqual({ preserved: ref });
    expect(keeps(theirs)).toBe(true);
    expect(saved('src/app.txt')).toContain('<<<<<<<');
  });

  test('a merge that only lacks its commit', async () => {
    fx.commit(old.path, { 'o.txt': 'o\n' });
    fx.git(old.path, 'branch', 'other');
    fx.git(old.path, 'reset', '--quiet', '--hard', old.base);
    fx.commit(old.path, { 'p.txt': 'p\n' });
    fx.git(old.path, 'merge', '--quiet', '--no-commit', 'other');
    fx.git(fx.root, 'branch', '--quiet', '-D', 'other');
    await adopted();
    await repo.commitAll({ worktree: old.path, message: 'merged', sign: 'off' });
    expect(fx.git(old.path, 'rev-list', '--count', '--merges', 'HEAD')).toBe('1');
  });

  test('a rebase: it can be aborted there; it is not taken for work, and both of its sides are saved', async () => {
    const { ours, theirs } = conflict('rebase');
    await adopted();
    expect(await repo.hasSite(old)).toBe(false);
    await expect(repo.facts({ worktree: old.path, base: old.base })).rejects.toMatchObject({
      code: 'worktree-failed',
      message: expect.stringContaining(`no longer on the branch ${old.branch}`),
    });
    fx.git(old.path, 'rebase', '--abort');
    expect(fx.git(old.path, 'rev-parse', 'HEAD')).toBe(ours);
    expect(fx.succeeds(old.path, 'rebase', theirs)).toBe(false);
    expect(await remove(false)).toEqual({ preserved: ref });
    expect([ours, theirs].map(keeps)).toEqual([true, true]);
  });

  test('detached, with commits that no branch has', async () => {
    fx.commit(old.path, { 'a.txt': 'a\n' });
    fx.git(old.path, 'checkout', '--quiet', '--detach');
    const loose = fx.commit(old.path, { 'b.txt': 'b\n' });
    await adopted();
    expect(await remove()).toEqual({ preserved: ref });
    expect(keeps(loose)).toBe(true);
  });

  test("on a branch of the person's: it is not delivered in the place of its own, and not deleted", async () => {
    fx.git(fx.root, 'branch', 'feature');
    fx.git(old.path, 'checkout', '--quiet', 'feature');
    const commit = fx.commit(old.path, { 'a.txt': 'a\n' });
    await adopted();
    await expect(repo.facts({ worktree: old.path, base: old.base })).rejects.toMatchObject({ code: 'worktree-failed' });
    expect(await remove(false)).toEqual({ preserved: ref });
    expect(fx.git(fx.root, 'rev-parse', 'feature')).toBe(commit);
    expect(fx.succeeds(fx.root, 'rev-parse', '--verify', '--quiet', old.branch)).toBe(false);
  });

  test('on a branch without a commit', async () => {
    fx.git(old.path, 'checkout', '--quiet', '--orphan', 'empty');
    fx.write(old.path, { 'fresh.txt': 'f\n' });
    fx.git(old.path, 'add', 'fresh.txt');
    expect(await describeIt()).toMatchObject({ branch: old.branch });
    isSite();
    expect(await remove()).toEqual({ preserved: ref });
    expect(saved('fresh.txt')).toBe('f');
  });

  test('what was amended or reset away is still in its log', async () => {
    const first = fx.commit(old.path, { 'a.txt': 'a\n' });
    fx.git(old.path, 'reset', '--quiet', '--hard', old.base);
    await adopted();
    expect(fx.git(old.path, 'show', `${first}:a.txt`)).toBe('a');
  });
});

describe('odd worktrees', () => {
  test('locked against removal', async () => {
    fx.git(fx.root, 'worktree', 'lock', '--reason', 'mine', old.path);
    await adopted();
  });

  test("a branch that stands nowhere else, a stash, and branches and tags of the person's stay where they are", async () => {
    fx.commit(old.path, { 'a.txt': 'a\n' });
    fx.write(old.path, { 'a.txt': 'stashed\n' });
    fx.git(old.path, 'stash', '--quiet');
    fx.git(fx.root, 'tag', 'v1');
    fx.git(old.path, 'branch', 'made-by-the-worker');
    const theirs = persons(fx);
    await describeIt();
    expect(persons(fx)).toEqual(theirs);
    expect(fx.git(old.path, 'stash', 'list')).toBe('');
    await remove(false);
    expect(fx.git(fx.root, 'stash', 'show', '-p')).toContain('stashed');
  });

  test('sparse in itself alone: what it leaves out is not deleted by what is committed', async () => {
    fx.git(old.path, 'sparse-checkout', 'set', '--no-cone', '/README.md', '/new.txt');
    expect(existsSync(join(old.path, 'src'))).toBe(false);
    await adopted();
    expect((await repo.facts({ worktree: old.path, base: old.base })).dirty).toEqual([]);
    fx.write(old.path, { 'new.txt': 'n\n' });
    expect((await repo.facts({ worktree: old.path, base: old.base })).dirty).toEqual(['new.txt']);
    await repo.commitAll({ worktree: old.path, message: 'left', sign: 'off' });
    expect(fx.git(old.path, 'show', '--name-status', '--format=', 'HEAD')).toBe('A\tnew.txt');
    expect(fx.git(old.path, 'config', 'core.sparseCheckout')).toBe('true');
  });

  test("full, where the person's own checkout is sparse", async () => {
    fx.git(fx.root, 'status');
    fx.git(fx.root, 'sparse-checkout', 'set', 'other');
    expect(existsSync(join(fx.root, 'src'))).toBe(false);
    await adopted();
    fx.write(old.path, { 'src/app.txt': 'changed\n' });
    expect((await repo.facts({ worktree: old.path, base: old.base })).dirty).toEqual(['src/app.txt']);
    await repo.commitAll({ worktree: old.path, message: 'left', sign: 'off' });
    expect(fx.git(old.path, 'show', '--name-status', '--format=', 'HEAD')).toBe('M\tsrc/app.txt');
  });

  test('paths that the worker marked to hide their changes are seen', async () => {
    fx.git(old.path, 'update-index', '--skip-worktree', 'README.md');
    fx.git(old.path, 'update-index', '--assume-unchanged', 'src/app.txt');
    fx.write(old.path, { 'README.md': 'hidden\n', 'src/app.txt': 'hidden\n' });
    expect((await repo.facts({ worktree: old.path, base: old.base })).dirty.toSorted()).toEqual(['README.md', 'src/app.txt']);
  });

  test('with configuration of its own', async () => {
    fx.git(fx.root, 'config', 'extensions.worktreeConfig', 'true');
    fx.git(old.path, 'config', '--worktree', 'user.name', 'Of this worktree');
    fx.git(old.path, 'config', '--worktree', 'core.worktree', fx.root);
    fx.write(old.path, { 'a.txt': 'a\n' });
    const theirs = persons(fx);
    expect((await repo.facts({ worktree: old.path, base: old.base })).dirty).toEqual(['a.txt']);
    expect(persons(fx)).toEqual(theirs);
    expect(fx.git(old.path, 'config', 'user.name')).toBe('Of this worktree');
    expect(fx.git(old.path, 'rev-parse', '--show-toplevel')).toBe(old.path);
  });

  test('with an index in two parts, and one that is damaged', async () => {
    fx.commit(old.path, { 'a.txt': 'a\n' });
    fx.git(old.path, 'update-index', '--split-index');
    fx.write(old.path, { 'staged.txt': 's\n' });
    fx.git(old.path, 'add', 'staged.txt');
    await adopted();
    const other = oldWorktree(fx, 't2');
    fx.write(other.path, { 'b.txt': 'b\n' });
    writeFileSync(join(other.admin, 'index'), 'no index');
    expect((await repo.facts({ worktree: other.path, base: other.base })).dirty).toEqual(['b.txt']);
  });

  test('submodules: their repositories go with it, with what only they have', async () => {
    const library = fx.clone('library');
    fx.commit(library, { 'lib.txt': 'lib\n' });
    fx.git(old.path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '--name', 'libs/one', library, 'deep/lib');
    fx.git(old.path, 'commit', '--quiet', '-m', 'a submodule');
    const commit = fx.commit(join(old.path, 'deep/lib'), { 'own.txt': 'own\n' });
    fx.write(join(old.path, 'deep/lib'), { 'loose.txt': 'l\n' });
    const before = seen(fx, join(old.path, 'deep/lib'));
    await adopted();
    expect(seen(fx, join(old.path, 'deep/lib'))).toEqual(before);
    expect(fx.git(join(old.path, 'deep/lib'), 'rev-parse', '--absolute-git-dir')).toBe(join(old.path, '.git/modules/libs/one'));
    expect(await remove()).toEqual({ preserved: ref });
    expect([saved('deep/lib/loose.txt'), keeps(commit)]).toEqual(['l', true]);
  });

  test('worktrees that the worker linked within it: no registration stays, and what they hold is saved', async () => {
    const inner = join(old.path, 'ignored/inner');
    fx.git(old.path, 'worktree', 'add', '--quiet', '--detach', inner);
    const commit = fx.commit(inner, { 'inner.txt': 'i\n' });
    fx.write(inner, { 'loose.txt': 'l\n', 'staged.txt': 's\n' });
    fx.git(inner, 'add', 'staged.txt');
    const branched = join(old.path, 'ignored/branched');
    fx.git(old.path, 'worktree', 'add', '--quiet', '-b', 'inner-branch', branched);
    const gone = join(old.path, 'ignored/gone');
    fx.git(old.path, 'worktree', 'add', '--quiet', '--detach', gone);
    execFileSync('rm', ['-r', gone]);
    const before = [seen(fx, inner), seen(fx, branched)];
    await adopted();
    expect([seen(fx, inner), seen(fx, branched)]).toEqual(before);
    expect(await remove()).toEqual({ preserved: ref });
    expect([saved('ignored/inner/loose.txt'), keeps(commit)]).toEqual(['l', true]);
  });

  test('a pipe among its records', async () => {
    execFileSync('mkfifo', [join(old.admin, 'FETCH_HEAD')]);
    await adopted();
  });

  test('deleted, with its registration still there: what only that holds is saved', async () => {
    fx.git(old.path, 'checkout', '--quiet', '--detach');
    const loose = fx.commit(old.path, { 'a.txt': 'a\n' });
    fx.write(old.path, { 'staged.txt': 's\n' });
    fx.git(old.path, 'add', 'staged.txt');
    execFileSync('rm', ['-r', old.path]);
    expect(await remove()).toEqual({ preserved: ref });
    expect([keeps(loose), saved('staged.txt')]).toEqual([true, 's']);
    expect([existsSync(join(fx.root, '.git/worktrees')), existsSync(old.path)]).toEqual([false, false]);
    const clean = oldWorktree(fx, 't2');
    execFileSync('rm', ['-r', clean.path]);
    expect(await repo.removeSite({ ...clean, root: fx.root, attempt: 'a2', remote: 'origin', keepBranch: false })).toEqual({
      preserved: null,
    });
    expect(existsSync(join(fx.root, '.git/worktrees'))).toBe(false);
  });
});

describe('locks of a worker that was killed', () => {
  const locks = (): string[] => ['index.lock', 'HEAD.lock'].map((name) => join(old.admin, name));

  test('are taken away and named, on its own branch as well', async () => {
    const all = [...locks(), join(fx.root, '.git/refs/heads', `${old.branch}.lock`)];
    const since = Date.now();
    for (const lock of all) writeFileSync(lock, '');
    const earlier = join(old.admin, 'config.lock');
    writeFileSync(earlier, '');
    utimesSync(earlier, 1, 1);
    expect((await repo.takeLeftLocks({ worktree: old.path, since })).toSorted()).toEqual(all.toSorted());
    expect(existsSync(earlier)).toBe(true);
  });

  test('do not hinder it in any case', async () => {
    for (const lock of locks()) writeFileSync(lock, '');
    await adopted();
    fx.commit(old.path, { 'a.txt': 'a\n' });
    expect(await repo.take({ worktree: old.path })).toMatchObject({ kept: null });
  });
});

describe('left alone', () => {
  test("a worktree of the person's to which a link leads", async () => {
    const theirs = join(fx.folder, 'theirs');
    fx.git(fx.root, 'worktree', 'add', '--quiet', '-b', 'theirs', theirs);
    fx.write(theirs, { 'private.txt': 'p\n' });
    symlinkSync(theirs, join(fx.worktrees, 't9'));
    const path = join(fx.worktrees, 't9');
    expect(await repo.describeSite(path)).toBeNull();
    await expect(repo.facts({ worktree: path, base: old.base })).rejects.toMatchObject({ code: 'worktree-failed' });
    await expect(
      repo.removeSite({ root: fx.root, path, branch: 'theirs', attempt: 'a1', remote: 'origin', keepBranch: false }),
    ).rejects.toMatchObject({ code: 'not-a-worktree' });
    expect(fx.git(theirs, 'status', '--porcelain')).toBe('?? private.txt');
    expect(readFileSync(join(theirs, '.git'), 'utf8')).toContain('.git/worktrees/');
  });

  test('a site whose worker put a link to a worktree in the place of its repository', async () => {
    const path = join(fx.worktrees, 't5');
    await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t5', remote: 'origin', defaultBranch: 'main' });
    execFileSync('mv', [join(path, '.git'), join(path, '.git.away')]);
    const admin = join(fx.root, '.git/worktrees/t5');
    mkdirSync(admin);
    for (const [name, text] of Object.entries({ HEAD: 'ref: refs/heads/main\n', commondir: '../..\n', gitdir: `${path}/.git\n` }))
      writeFileSync(join(admin, name), text);
    writeFileSync(join(path, '.git'), `gitdir: ${admin}\n`);
    expect(await repo.hasSite({ path, branch: 'yard/t5' })).toBe(false);
    await expect(repo.facts({ worktree: path, base: old.base })).rejects.toMatchObject({ code: 'worktree-failed' });
    expect([existsSync(admin), lstatSync(join(path, '.git')).isFile()]).toEqual([true, true]);
  });
});
