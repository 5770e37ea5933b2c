// The contract of `Repo.removeSite`: one test for each way in which a worktree can go. Where something was to be
// saved, it is read back out of the preserved reference.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

function mount(type: string, at: string): boolean {
  try {
    execFileSync('mount', ['-t', type, type, at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const ref = 'refs/yardmaster/preserved/a1';

export function repoRemovalContract(create: () => Repo): void {
  let fx: GitFixture;
  let repo: Repo;
  let path: string;
  let base: string;
  const branch = 'yard/t1';

  beforeEach(async () => {
    fx = createGitFixture();
    repo = create();
    path = join(fx.worktrees, 't1');
    ({ base } = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' }));
  });
  afterEach(() => fx.dispose());

  const remove = (options: { path?: string; remote?: string | null; keepBranch?: boolean; branch?: string } = {}) =>
    repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true, ...options });
  const push = (): void => void fx.git(path, 'push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
  /** What was committed so far is in the person's repository, as at the end of an attempt. */
  const take = () => repo.take({ worktree: path });
  const again = async (): Promise<void> => {
    ({ base } = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' }));
  };
  const hasBranch = (): boolean => fx.succeeds(fx.root, 'rev-parse', '--verify', `refs/heads/${branch}`);
  const saved = (file: string): string => fx.git(fx.root, 'show', `${ref}:${file}`);
  const keeps = (commit: string): boolean => fx.succeeds(fx.root, 'merge-base', '--is-ancestor', commit, ref);
  const gone = (): void => {
    expect(existsSync(path)).toBe(false);
    expect([existsSync(join(fx.folder, 'readers/t1')), readdirSync(join(fx.folder, 'trash'))]).toEqual([false, []]);
    expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip', 'refs/yardmaster/taken')).toBe('');
    expect(fx.git(fx.root, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
  };
  const stays = (): void => {
    expect(existsSync(join(path, 'src/app.txt'))).toBe(true);
    expect(fx.git(path, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
    expect(fx.succeeds(fx.root, 'rev-parse', '--verify', ref)).toBe(false);
  };

  describe('nothing to save', () => {
    test('clean and pushed: gone without a reference, the branch kept or not as asked', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      await take();
      push();
      expect(await remove()).toEqual({ preserved: null });
      gone();
      expect(hasBranch()).toBe(true);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
      expect(hasBranch()).toBe(false);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
    });

    test('no work at all, even when the remote has moved on or cannot be asked', async () => {
      const other = fx.clone('other');
      fx.commit(other, { 'b.txt': 'b' });
      fx.git(other, 'push', '--quiet', 'origin', 'main');
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
      gone();
      expect(hasBranch()).toBe(false);
    });

    test('pushed and merged into a branch that stands at the remote', async () => {
      const commit = fx.commit(path, { 'a.txt': 'a' });
      fx.git(path, 'push', '--quiet', 'origin', 'HEAD:refs/heads/other');
      expect(commit).not.toBe(base);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
    });

    test('without a remote, when the branch is kept', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      await take();
      expect(await remove({ remote: null })).toEqual({ preserved: null });
      gone();
      expect(hasBranch()).toBe(true);
    });

    test('ignored files are not work, unless they are tracked and changed', async () => {
      fx.write(path, { 'tracked.log': 'tracked all the same' });
      fx.git(path, 'add', '--force', 'tracked.log');
      fx.commit(path, {});
      push();
      fx.write(path, { 'x.log': 'l', 'ignored/deep/y': 'y' });
      mkdirSync(join(path, 'ignored/cache'));
      writeFileSync(join(path, 'ignored/cache/f'), 'x');
      chmodSync(join(path, 'ignored/cache'), 0o500);
      expect(await remove()).toEqual({ preserved: null });
      gone();
      await again();
      fx.write(path, { 'tracked.log': 'tracked all the same' });
      fx.git(path, 'add', '--force', 'tracked.log');
      fx.commit(path, {});
      push();
      fx.write(path, { 'tracked.log': 'changed' });
      expect(await remove()).toEqual({ preserved: ref });
      expect(saved('tracked.log')).toBe('changed');
    });
  });

  describe('commits', () => {
    test('what was saved of an attempt is found again, also after the person packed their references', async () => {
      fx.write(path, { 'new.txt': 'n' });
      await remove();
      const of = (...attempts: string[]) => repo.preserved({ root: fx.root, attempts });
      expect([await of('a1', 'a2'), await of('a2'), await of()]).toEqual([[ref], [], []]);
      fx.git(fx.root, 'pack-refs', '--all');
      expect(await of('a1')).toEqual([ref]);
    });

    test('unpushed: saved, whether the branch is kept or not', async () => {
      const commit = fx.commit(path, { 'a.txt': 'unpushed' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect(saved('a.txt')).toBe('unpushed');
      expect(fx.git(fx.root, 'rev-parse', ref)).toBe(commit);
    });

    test('unpushed on a kept branch with a remote', async () => {
      fx.commit(path, { 'a.txt': 'unpushed' });
      await take();
      expect(await remove()).toEqual({ preserved: ref });
      expect(hasBranch()).toBe(true);
      expect(saved('a.txt')).toBe('unpushed');
    });

    test('pushed once and deleted at the remote since: a remote-tracking branch is no proof', async () => {
      fx.commit(path, { 'a.txt': 'was there' });
      push();
      fx.git(fx.remote, 'update-ref', '-d', `refs/heads/${branch}`);
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('a.txt')).toBe('was there');
    });

    test('pushed, but the remote does not answer', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      push();
      fx.git(fx.root, 'remote', 'set-url', 'origin', join(fx.folder, 'nowhere.git'));
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('a.txt')).toBe('a');
    });

    test('without a remote, when the branch goes', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      expect(await remove({ remote: null, keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect(saved('a.txt')).toBe('a');
    });

    test('on a detached HEAD, beside those of the branch', async () => {
      const onBranch = fx.commit(path, { 'a.txt': 'branch' });
      fx.git(path, 'checkout', '--quiet', '--detach', base);
      const detached = fx.commit(path, { 'b.txt': 'detached' });
      fx.write(path, { 'c.txt': 'dirty' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect([saved('b.txt'), saved('c.txt')]).toEqual(['detached', 'dirty']);
      expect(fx.git(fx.root, 'rev-parse', `${ref}^1`)).toBe(detached);
      expect(keeps(onBranch)).toBe(true);
    });

    test('without a remote on a detached HEAD, although the branch is kept', async () => {
      fx.git(path, 'checkout', '--quiet', '--detach');
      fx.commit(path, { 'b.txt': 'detached' });
      expect(await remove({ remote: null })).toEqual({ preserved: ref });
      expect(saved('b.txt')).toBe('detached');
    });

    test('on another branch that the agent made', async () => {
      fx.git(path, 'checkout', '--quiet', '-b', 'aside');
      fx.commit(path, { 'a.txt': 'a' });
      fx.write(path, { 'b.txt': 'b' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect([saved('a.txt'), saved('b.txt')]).toEqual(['a', 'b']);
    });

    test('on an orphan branch without a commit', async () => {
      fx.git(path, 'checkout', '--quiet', '--orphan', 'fresh');
      fx.write(path, { 'n.txt': 'n' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('n.txt')).toBe('n');
    });
  });

  describe('uncommitted changes', () => {
    test('changed, untracked, deleted and renamed files, links and modes', async () => {
      fx.commit(path, { 'old.txt': 'same', 'gone.txt': 'g' });
      push();
      const head = fx.git(path, 'rev-parse', 'HEAD');
      rmSync(join(path, 'gone.txt'));
      fx.git(path, 'mv', 'old.txt', 'renamed.txt');
      fx.write(path, { 'src/app.txt': 'changed', 'new/ö "q".txt': 'untracked', 'run.sh': '#!/bin/sh', 'x.log': 'ignored' });
      chmodSync(join(path, 'run.sh'), 0o755);
      symlinkSync('/nowhere', join(path, 'link'));
      expect(await remove()).toEqual({ preserved: ref });
      gone();
      expect([saved('src/app.txt'), saved('new/ö "q".txt'), saved('renamed.txt'), saved('link')]).toEqual([
        'changed',
        'untracked',
        'same',
        '/nowhere',
      ]);
      expect(fx.git(fx.root, '-c', 'core.quotePath=false', 'diff', '--no-renames', '--name-status', head, ref).split('\n').sort()).toEqual(
        ['A\t"new/ö \\"q\\".txt"', 'A\tlink', 'A\trenamed.txt', 'A\trun.sh', 'D\tgone.txt', 'D\told.txt', 'M\tsrc/app.txt'].sort(),
      );
      expect(fx.git(fx.root, 'ls-tree', ref, 'run.sh')).toMatch(/^100755/);
      expect(fx.git(fx.root, 'rev-parse', `${ref}^1`)).toBe(head);
    });

    test('only untracked', async () => {
      fx.write(path, { 'n.txt': 'untracked' });
      expect(await remove({ remote: null })).toEqual({ preserved: ref });
      expect(saved('n.txt')).toBe('untracked');
    });

    test('only deleted', async () => {
      rmSync(join(path, 'README.md'));
      expect(await remove()).toEqual({ preserved: ref });
      expect(fx.git(fx.root, 'ls-tree', '--name-only', ref).split('\n')).toEqual(['.gitignore', 'src']);
      expect(fx.git(fx.root, 'rev-parse', `${ref}^1`)).toBe(base);
    });

    test('staged and then changed or deleted again: both states', async () => {
      fx.write(path, { 'src/app.txt': 'staged', 'only.txt': 'staged only' });
      fx.git(path, 'add', '--all');
      fx.write(path, { 'src/app.txt': 'later' });
      rmSync(join(path, 'only.txt'));
      writeFileSync(join(fx.git(path, 'rev-parse', '--absolute-git-dir'), 'index.lock'), '');
      expect(await remove()).toEqual({ preserved: ref });
      expect(saved('src/app.txt')).toBe('later');
      expect(fx.git(fx.root, 'show', `${ref}^2:src/app.txt`)).toBe('staged');
      expect(fx.git(fx.root, 'show', `${ref}^2:only.txt`)).toBe('staged only');
    });

    test('hidden from git status by index bits', async () => {
      fx.git(path, 'update-index', '--assume-unchanged', 'src/app.txt');
      fx.git(path, 'update-index', '--skip-worktree', 'README.md');
      fx.write(path, { 'src/app.txt': 'hidden', 'README.md': 'hidden too' });
      expect(fx.git(path, 'status', '--porcelain')).toBe('');
      expect(await remove()).toEqual({ preserved: ref });
      expect([saved('src/app.txt'), saved('README.md')]).toEqual(['hidden', 'hidden too']);
    });

    test('in the middle of a merge with conflicts', async () => {
      const ours = fx.commit(path, { 'src/app.txt': 'ours\n' });
      fx.git(path, 'checkout', '--quiet', '--detach', base);
      const theirs = fx.commit(path, { 'src/app.txt': 'theirs\n' });
      fx.git(path, 'checkout', '--quiet', branch);
      expect(fx.succeeds(path, 'merge', theirs)).toBe(false);
      fx.write(path, { 'n.txt': 'n' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(saved('src/app.txt')).toContain('<<<<<<< HEAD\nours\n=======\ntheirs\n');
      expect(saved('n.txt')).toBe('n');
      expect([keeps(ours), keeps(theirs)]).toEqual([true, true]);
    });

    test('in the middle of a rebase with conflicts and stashed changes', async () => {
      const first = fx.commit(path, { 'src/app.txt': 'ours\n' });
      const second = fx.commit(path, { 'b.txt': 'b' });
      const onto = fx.commit(fx.root, { 'src/app.txt': 'theirs\n' });
      fx.write(path, { 'README.md': 'stashed by the rebase' });
      expect(fx.succeeds(path, 'rebase', '--autostash', onto)).toBe(false);
      fx.write(path, { 'n.txt': 'n' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(saved('src/app.txt')).toContain('<<<<<<<');
      expect(saved('n.txt')).toBe('n');
      expect([keeps(first), keeps(second)]).toEqual([true, true]);
      const parents = fx.git(fx.root, 'log', '-1', '--format=%P', ref).split(' ');
      expect(parents[0]).toBe(onto);
      expect(parents.some((parent) => fx.git(fx.root, 'show', `${parent}:README.md`) === 'stashed by the rebase')).toBe(true);
    });

    test('with a lock left behind in its repository, and with a broken index', async () => {
      const gitFolder = join(path, '.git');
      writeFileSync(join(gitFolder, 'index.lock'), '');
      writeFileSync(join(gitFolder, 'index'), 'broken');
      fx.write(path, { 'n.txt': 'n' });
      expect(await remove()).toEqual({ preserved: ref });
      gone();
      expect(saved('n.txt')).toBe('n');
    });

    test('without its repository', async () => {
      rmSync(join(path, '.git'), { recursive: true });
      fx.write(path, { 'src/app.txt': 'changed' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(saved('src/app.txt')).toBe('changed');
    });

    test('under a name of our own when nobody is configured', async () => {
      writeFileSync(fx.globalConfig, '[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n');
      fx.write(path, { 'n.txt': 'n' });
      expect(await remove()).toEqual({ preserved: ref });
      expect(fx.git(fx.root, 'log', '-1', '--format=%an', ref)).toBe('Yardmaster');
    });
  });

  describe('repositories inside', () => {
    test('their files and all their commits are saved, without .git folders', async () => {
      const inner = join(path, 'lib/in[ner]');
      mkdirSync(dirname(inner));
      fx.git(path, 'init', '--quiet', 'lib/in[ner]');
      const first = fx.commit(inner, { 'i.txt': 'one' });
      fx.git(inner, 'checkout', '--quiet', '-b', 'aside');
      const aside = fx.commit(inner, { 'aside.txt': 'aside' });
      fx.git(inner, 'checkout', '--quiet', '--detach', first);
      fx.write(inner, { 'i.txt': 'two', '.gitignore': '*.tmp', 'x.tmp': 'ignored there' });
      fx.git(path, 'init', '--quiet', 'fresh');
      fx.write(path, { 'fresh/f.txt': 'no commit yet' });
      fx.git(inner, 'init', '--quiet', 'deep');
      fx.commit(join(inner, 'deep'), { 'd.txt': 'deep' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect([saved('lib/in[ner]/i.txt'), saved('fresh/f.txt'), saved('lib/in[ner]/deep/d.txt')]).toEqual(['two', 'no commit yet', 'deep']);
      expect(fx.git(fx.root, 'ls-tree', '-r', '--name-only', ref)).not.toMatch(/\.git\/|\.tmp/);
      expect(fx.git(fx.root, 'ls-tree', '-r', ref)).not.toContain('160000');
      expect([keeps(first), keeps(aside)]).toEqual([true, true]);
    });

    test('recorded as a link in a pushed commit: what only they have is saved all the same', async () => {
      fx.git(path, 'init', '--quiet', 'inner');
      const commit = fx.commit(join(path, 'inner'), { 'i.txt': 'one' });
      fx.commit(path, {});
      push();
      expect(fx.git(path, 'ls-tree', 'HEAD', 'inner')).toContain('160000');
      expect(await remove()).toEqual({ preserved: ref });
      expect(saved('inner/i.txt')).toBe('one');
      expect(keeps(commit)).toBe(true);
    });

    test('a submodule as it came is nothing to save; one with a commit of its own is', async () => {
      const other = fx.clone('module');
      fx.git(path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', fx.remote, 'module');
      fx.commit(path, {});
      push();
      expect(await remove()).toEqual({ preserved: null });
      gone();
      await again();
      fx.git(path, 'fetch', '--quiet', 'origin', branch);
      fx.git(path, 'reset', '--quiet', '--hard', 'FETCH_HEAD');
      fx.git(path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init');
      const commit = fx.commit(join(path, 'module'), { 'm.txt': 'm' });
      fx.git(path, 'commit', '--quiet', '-am', 'module');
      fx.git(path, 'push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      expect(await remove()).toEqual({ preserved: ref });
      expect(saved('module/m.txt')).toBe('m');
      expect(keeps(commit)).toBe(true);
      expect(fx.succeeds(other, 'cat-file', '-e', commit)).toBe(false);
    });

    test.for([
      ['is gone', null],
      ['leads elsewhere', 'gitdir: ../../../repo/.git\n'],
      ['is no repository', 'nothing\n'],
    ] as const)('a submodule whose `.git` %s: its files', async ([, mark]) => {
      fx.git(path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', fx.remote, 'module');
      fx.commit(path, {});
      push();
      rmSync(join(path, 'module/.git'));
      if (mark !== null) fx.write(path, { 'module/.git': mark });
      fx.write(path, { 'module/m.txt': 'm' });
      expect(await remove()).toEqual({ preserved: ref });
      expect(saved('module/m.txt')).toBe('m');
    });

    test('a worktree linked to its repository in an ignored folder', async () => {
      const inner = join(path, 'ignored/wt');
      fx.git(path, 'worktree', 'add', '--quiet', '--detach', inner);
      fx.write(inner, { 'src/app.txt': 'inner work' });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(saved('ignored/wt/src/app.txt')).toBe('inner work');
    });

    test('in the place of the worktree itself: refused', async () => {
      rmSync(join(path, '.git'), { recursive: true });
      fx.git(path, 'init', '--quiet');
      fx.commit(path, { 'n.txt': 'n' });
      await expect(remove({ keepBranch: false })).rejects.toMatchObject({ code: 'not-preserved' });
      expect(readFileSync(join(path, 'n.txt'), 'utf8')).toBe('n');
    });
  });

  describe('the folder is gone', () => {
    test('its reader goes too, and what we had seen of it is saved', async () => {
      const seen = fx.commit(path, { 'a.txt': 'a' });
      await take();
      fx.commit(path, { 'b.txt': 'never seen' });
      rmSync(path, { recursive: true });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      gone();
      expect(hasBranch()).toBe(false);
      expect([keeps(seen), saved('a.txt')]).toEqual([true, 'a']);
    });

    test('nothing is saved when nothing was done in it', async () => {
      rmSync(path, { recursive: true });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: null });
      gone();
    });

    test('with its reader: the branch’s commits are saved', async () => {
      fx.commit(path, { 'a.txt': 'a' });
      await take();
      for (const folder of [path, join(fx.folder, 'readers/t1')]) rmSync(folder, { recursive: true });
      expect(await remove()).toEqual({ preserved: null });
      expect(await remove({ keepBranch: false })).toEqual({ preserved: ref });
      expect(hasBranch()).toBe(false);
      expect(saved('a.txt')).toBe('a');
    });
  });

  describe('never', () => {
    test('anything that is not exactly a checkout that was made for this repository', async () => {
      const foreign = join(fx.folder, 'foreign');
      fx.write(foreign, { 'f.txt': 'f' });
      const other = fx.clone('other');
      const otherTree = join(fx.worktrees, 'other');
      fx.git(other, 'worktree', 'add', '--quiet', '-b', 'o', otherTree);
      const link = join(fx.folder, 'link');
      symlinkSync(fx.root, link);
      const linkToTree = join(fx.folder, 'link-to-tree');
      symlinkSync(path, linkToTree);
      const before = fx.git(
        fx.folder,
        'hash-object',
        join(fx.root, '.git/config'),
        join(fx.root, '.git/index'),
        join(fx.root, 'src/app.txt'),
      );
      const targets = [
        fx.root,
        dirname(fx.root),
        join(fx.root, 'src'),
        join(fx.root, '.git'),
        foreign,
        other,
        otherTree,
        link,
        `${link}/`,
        linkToTree,
        join(path, 'src'),
        join(path, '..'),
        '/',
      ];
      for (const target of targets) {
        await expect(remove({ path: target, keepBranch: false }), target).rejects.toMatchObject({ code: 'not-a-worktree' });
        expect(
          fx.git(fx.folder, 'hash-object', join(fx.root, '.git/config'), join(fx.root, '.git/index'), join(fx.root, 'src/app.txt')),
        ).toBe(before);
        expect([existsSync(join(foreign, 'f.txt')), existsSync(join(otherTree, 'README.md')), existsSync(link)]).toEqual([
          true,
          true,
          true,
        ]);
      }
      stays();
    });

    test('another folder in the checkout’s place', async () => {
      const foreign = join(fx.folder, 'foreign');
      fx.write(foreign, { 'f.txt': 'f' });
      renameSync(path, `${path}-away`);
      for (const put of [() => symlinkSync(foreign, path), () => renameSync(foreign, path)]) {
        put();
        await expect(remove({ keepBranch: false })).rejects.toMatchObject({ code: 'not-a-worktree' });
        expect(readFileSync(join(path, 'f.txt'), 'utf8')).toBe('f');
        if (lstatSync(path).isSymbolicLink()) rmSync(path);
      }
    });

    test('what is mounted in it, which nobody deletes', async ({ skip }) => {
      const mounted = join(path, 'ignored/mount');
      mkdirSync(mounted, { recursive: true });
      if (!mount('tmpfs', mounted)) skip('nothing can be mounted here');
      try {
        writeFileSync(join(mounted, 'theirs.txt'), 'precious');
        await expect(remove({ keepBranch: false })).rejects.toMatchObject({ message: expect.stringContaining('could not be deleted') });
      } finally {
        const [left = ''] = readdirSync(join(fx.folder, 'trash'));
        const now = join(fx.folder, 'trash', left, 'ignored/mount');
        expect(readFileSync(join(now, 'theirs.txt'), 'utf8')).toBe('precious');
        execFileSync('umount', [now]);
      }
    });

    test('a branch that is checked out elsewhere', async () => {
      expect(await remove({ branch: 'main', keepBranch: false })).toEqual({ preserved: null });
      expect(fx.succeeds(fx.root, 'rev-parse', '--verify', 'refs/heads/main')).toBe(true);
    });

    test('what could not be saved', async () => {
      fx.git(fx.root, 'config', 'filter.bad.clean', 'false');
      fx.git(fx.root, 'config', 'filter.bad.required', 'true');
      fx.write(path, { '.gitattributes': 'n.txt filter=bad\n', 'n.txt': 'precious' });
      await expect(remove({ keepBranch: false })).rejects.toMatchObject({
        code: 'not-preserved',
        message: expect.stringContaining('n.txt'),
      });
      expect(readFileSync(join(path, 'n.txt'), 'utf8')).toBe('precious');
      stays();
      fx.git(fx.root, 'config', '--unset', 'filter.bad.clean');
      fx.git(fx.root, 'config', 'filter.bad.required', 'false');
      // A lock on the very reference that is to be written.
      fx.write(fx.root, { [`.git/${ref}.lock`]: '' });
      await expect(remove()).rejects.toMatchObject({ code: 'not-preserved' });
      expect(readFileSync(join(path, 'n.txt'), 'utf8')).toBe('precious');
    });
  });

  test('the same attempt twice: the earlier state is kept below the later one', async () => {
    fx.write(path, { 'n.txt': 'first' });
    expect(await remove()).toEqual({ preserved: ref });
    const first = fx.git(fx.root, 'rev-parse', ref);
    await again();
    fx.write(path, { 'n.txt': 'second' });
    expect(await remove()).toEqual({ preserved: ref });
    expect(saved('n.txt')).toBe('second');
    expect(keeps(first)).toBe(true);
  });

  test('many at once', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `m${at}`);
    const given = names.map((name) => ({ root: fx.root, path: join(fx.worktrees, name), branch: `yard/${name}`, remote: 'origin' }));
    await Promise.all(given.map((one) => repo.makeSite({ ...one, branch: () => one.branch, defaultBranch: 'main' })));
    for (const one of given) fx.write(one.path, { 'n.txt': one.branch });
    const removed = await Promise.all(given.map((one, at) => repo.removeSite({ ...one, attempt: `m${at}`, keepBranch: false })));
    expect(removed.map(({ preserved }) => fx.git(fx.root, 'show', `${preserved}:n.txt`))).toEqual(given.map((one) => one.branch));
    expect(fx.git(fx.root, 'branch', '--list', 'yard/m*')).toBe('');
  });
}
