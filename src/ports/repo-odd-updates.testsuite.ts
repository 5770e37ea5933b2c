// The contract of `Repo` for a pull request's life in unusual repositories: partial, sparse, shallow, with other object names,
// and bare. Each goes the whole way: delivered, gone on with, brought up to date, in conflict, merged, checked.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

const branch = 'yard/t1';
const onto = { remote: 'origin', branch: 'main' };
const files = {
  'list.txt': '1\n2\n3\n4\n5\n6\n7\n',
  'deep/list.txt': '1\n2\n3\n4\n5\n6\n7\n',
  'conflict.txt': 'c\n',
  'deep/other.txt': 'o\n',
};

/** How the person's repository was made from the remote; returns its folder. */
const kinds = {
  'a partial clone': (fx: GitFixture) => cloned(fx, ['--filter=blob:none']),
  'a partial and sparse clone': (fx: GitFixture) => cloned(fx, ['--filter=blob:none', '--sparse']),
  'a sparse clone': (fx: GitFixture) => cloned(fx, ['--sparse']),
  'a shallow clone': (fx: GitFixture) => cloned(fx, ['--depth=1']),
  'a bare repository with a worktree': (fx: GitFixture) => {
    fx.git(fx.folder, 'clone', '--quiet', '--bare', fx.remote, 'project/.bare');
    writeFileSync(join(fx.folder, 'project/.git'), 'gitdir: ./.bare\n');
    fx.git(join(fx.folder, 'project'), 'worktree', 'add', '--quiet', 'main', 'main');
    return join(fx.folder, 'project/main');
  },
  'another format of names': (fx: GitFixture) => {
    fx.git(fx.folder, 'init', '--quiet', '--bare', '--object-format=sha256', 'long.git');
    fx.git(fx.folder, 'init', '--quiet', '--object-format=sha256', 'persons');
    fx.git(join(fx.folder, 'persons'), 'remote', 'add', 'origin', join(fx.folder, 'long.git'));
    fx.commit(join(fx.folder, 'persons'), { ...files, 'README.md': 'r\n' });
    fx.git(join(fx.folder, 'persons'), 'push', '--quiet', 'origin', 'main');
    return join(fx.folder, 'persons');
  },
} satisfies Record<string, (fx: GitFixture) => string>;

/** Two differences from a plain clone in one. `npm test` goes the whole way with this one alone. */
export const oddest: readonly Kind[] = ['a partial and sparse clone'];
export const rarer = (Object.keys(kinds) as Kind[]).filter((kind) => !oddest.includes(kind));

type Kind = keyof typeof kinds;

function cloned(fx: GitFixture, options: readonly string[]): string {
  fx.git(fx.remote, 'config', 'uploadpack.allowFilter', 'true');
  fx.git(fx.folder, 'clone', '--quiet', ...options, `file://${fx.remote}`, 'persons');
  return join(fx.folder, 'persons');
}

export function repoOddUpdatesContract(given: { readonly create: () => Repo; readonly rows: readonly Kind[] }): void {
  let fx: GitFixture;
  beforeEach(() => {
    fx = createGitFixture();
    fx.commit(fx.root, files);
    fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  });
  afterEach(() => fx.dispose());

  describe('a pull request’s life', () => {
    test.for(given.rows)('%s', async (kind) => {
      const repo = given.create();
      const root = kinds[kind](fx);
      const remote = fx.git(root, 'remote', 'get-url', 'origin').replace('file://', '');
      fx.git(fx.folder, 'clone', '--quiet', remote, 'theirs');
      const other = join(fx.folder, 'theirs');
      const theirs = (changed: Record<string, string>): string => {
        const commit = fx.commit(other, changed);
        fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
        return commit;
      };
      const path = join(fx.worktrees, 't1');
      const config = () => fx.git(root, 'config', '--list', '--local');
      const before = [config(), fx.git(root, 'status', '--porcelain'), fx.git(root, 'rev-parse', 'HEAD')];
      const commit = async (changed: Record<string, string>): Promise<string> => {
        fx.write(path, changed);
        const made = await repo.commitAll({ worktree: path, message: 'ours', sign: 'off' });
        expect(await repo.take({ worktree: path })).toMatchObject({ commit: made });
        return made ?? '';
      };
      const shown = (of: string): string => fx.git(remote, 'show', of);

      // Delivered; then its site is removed, and made anew from the branch.
      const { base } = await repo.makeSite({ root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
      const first = await commit({ 'list.txt': files['list.txt'].replace('1', 'ours') });
      expect(await repo.push({ worktree: path, remote: 'origin', commit: first, accept: false, sign: 'off' })).toMatchObject({
        pushed: true,
      });
      const removal = { root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true };
      expect(await repo.removeSite(removal)).toEqual({ preserved: null });
      expect(await repo.fetchBranch({ root, remote: 'origin', branch })).toBe(first);
      expect(await repo.siteFrom({ root, path, branch, commit: first, remote: 'origin', defaultBranch: 'main' })).toEqual({ base, branch });

      // Brought up to date, and pushed.
      const second = theirs({ 'list.txt': files['list.txt'].replace('7', 'theirs'), 'deep/new.txt': 'new\n', 'top.txt': 'top\n' });
      const updated = await repo.updateSite({ worktree: path, onto, how: 'rebase', sign: 'off' });
      expect(updated).toMatchObject({ updated: true, by: 'rebase', base: second });
      expect(readFileSync(join(path, 'list.txt'), 'utf8')).toBe('ours\n2\n3\n4\n5\n6\ntheirs\n');
      expect(existsSync(join(path, 'top.txt'))).toBe(true);
      expect(await repo.facts({ worktree: path, base: second })).toMatchObject({ commits: 1, dirty: [] });
      const taken = await repo.take({ worktree: path });
      const rebased = taken?.commit ?? '';
      expect(await repo.pushHead({ worktree: path, remote: 'origin', commit: rebased, lease: first, accept: false })).toMatchObject({
        pushed: true,
      });

      // A conflict, resolved by a worker.
      const fourth = await commit({ 'conflict.txt': 'ours\n' });
      const third = theirs({ 'conflict.txt': 'theirs\n', 'deep/other.txt': 'changed\n' });
      expect(await repo.beginConflict({ worktree: path, onto })).toEqual({ begun: true, base: third, paths: ['conflict.txt'] });
      fx.write(path, { 'conflict.txt': 'both\n' });
      const resolved = await repo.commitAll({ worktree: path, message: 'resolved', sign: 'off' });
      expect(await repo.endConflict({ worktree: path })).toEqual({ resolved: true, commit: resolved, base: third });
      expect(await repo.take({ worktree: path })).toMatchObject({ commit: resolved });
      expect(fx.git(path, 'log', '-1', '--format=%P')).toBe(`${fourth} ${third}`);
      const head = resolved ?? '';
      expect(await repo.push({ worktree: path, remote: 'origin', commit: head, accept: false, sign: 'off' })).toMatchObject({
        pushed: true,
      });

      // Merged, and checked.
      theirs({ 'list.txt': 'theirs\n2\n3\n4\n5\n6\ntheirs\n'.replace('theirs\n2', '1\n2'), 'deep/list.txt': 'new\n' });
      const merging = {
        root,
        remote: 'origin',
        branch,
        commit: head,
        base: 'main',
        method: 'squash',
        message: 't1',
        delete: true,
        sign: 'off',
      } as const;
      const merged = await repo.mergeBranch(merging);
      expect(merged).toMatchObject({ merged: true, deleted: true });
      expect([shown('main:list.txt'), shown('main:conflict.txt'), shown('main:deep/list.txt')]).toEqual([
        'ours\n2\n3\n4\n5\n6\ntheirs',
        'both',
        'new',
      ]);
      expect(fx.git(remote, 'fsck', '--no-dangling')).toBe('');
      const final = 'commit' in merged ? merged.commit : '';
      const checked = await repo.verifyCheckout({
        root,
        remote: 'origin',
        branch: 'main',
        commit: final,
        folder: fx.worktrees,
        name: 'verify',
      });
      expect(readFileSync(join(checked, 'conflict.txt'), 'utf8')).toBe('both\n');
      await repo.removeVerifyCheckout({ root, path: checked });
      await repo.removeSite(removal);
      expect([config(), fx.git(root, 'status', '--porcelain'), fx.git(root, 'rev-parse', 'HEAD')]).toEqual(before);
      expect(fx.git(root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip', 'refs/yardmaster/taken')).toBe('');
    });
  });
}
