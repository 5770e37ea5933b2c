// The contract of `Repo.removeSite` for work that no commit of the branch contains: uncommitted changes, and repositories
// inside the checkout.
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { branch, ref, type RemovalStage } from './repo-removal.samples.ts';

export function removalOfChanges(stage: RemovalStage): void {
  const { again, remove, push, saved, keeps, gone } = stage;
  let fx: GitFixture;
  let path: string;
  let base: string;
  beforeEach(() => void ({ fx, path, base } = stage.now()));

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
}
