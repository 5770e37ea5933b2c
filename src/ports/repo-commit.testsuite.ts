// The contract of `Repo.commitAll`: everything that a worker left uncommitted becomes one commit, whatever the settings are.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';
import type { RepoStage } from './repo.samples.ts';

export function repoCommits(stage: RepoStage): void {
  describe('commitAll', () => {
    const { add } = stage;
    let fx: GitFixture;
    let repo: Repo;
    beforeEach(() => void ({ fx, repo } = stage.now()));

    test('commits all but the ignored under the user’s name, with the message as it is', async () => {
      const { path, base } = await add('t1');
      fx.git(path, 'rm', '--quiet', '--cached', 'README.md');
      fx.write(path, { 'src/app.txt': 'changed', 'new/n.txt': 'n', 'x.log': 'ignored', '-odd': 'o' });
      const message = '-t1: work\n\n# not a comment\n"quoted" $(x)';
      const commit = await repo.commitAll({ worktree: path, message, sign: 'off' });
      expect(commit).toBe(fx.git(path, 'rev-parse', 'HEAD'));
      expect(fx.git(path, 'log', '-1', '--format=%an <%ae>|%cn <%ce>|%P')).toBe(
        `Somebody <somebody@example.org>|Somebody <somebody@example.org>|${base}`,
      );
      expect(fx.git(path, 'log', '-1', '--format=%B').trimEnd()).toBe(message);
      expect(fx.git(path, 'diff', '--name-only', base, 'HEAD').split('\n')).toEqual(['-odd', 'new/n.txt', 'src/app.txt']);
      expect(await repo.commitAll({ worktree: path, message, sign: 'off' })).toBeNull();
    });

    test('a file that became a folder, a folder that became a file or a link, and a file that became a link', async () => {
      const { path, base } = await add('t1');
      fx.commit(path, { 'a/b.txt': 'b', 'c/d.txt': 'd', 'e.txt': 'e' });
      for (const name of ['README.md', 'a', 'c', 'e.txt']) rmSync(join(path, name), { recursive: true });
      fx.write(path, { 'README.md/inside.txt': 'inside', a: 'a file now' });
      symlinkSync('src', join(path, 'c'));
      symlinkSync('/nowhere', join(path, 'e.txt'));
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).not.toBeNull();
      expect((await repo.facts({ worktree: path, base })).dirty).toEqual([]);
      expect(fx.git(path, 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual(
        expect.arrayContaining(['README.md/inside.txt', 'a', 'c', 'e.txt']),
      );
    });

    test('neither hooks, nor signing, nor a missing name stop it', async () => {
      writeFileSync(fx.globalConfig, '[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n');
      for (const name of ['pre-commit', 'commit-msg', 'prepare-commit-msg']) fx.hook(join(fx.root, '.git'), name, 'exit 1');
      const { path } = await add('t1');
      fx.write(path, { 'a.txt': 'a' });
      await repo.commitAll({ worktree: path, message: 'a', sign: 'off' });
      expect(fx.git(path, 'log', '-1', '--format=%an <%ae>|%cn <%ce>')).toBe(
        'Yardmaster <yardmaster@localhost>|Yardmaster <yardmaster@localhost>',
      );
    });

    test('a merge that only lacks its commit is concluded; unresolved conflicts are refused', async () => {
      const { path } = await add('t1');
      fx.commit(path, { 'src/app.txt': 'ours\n' });
      const theirs = fx.commit(fx.root, { 'src/app.txt': 'theirs\n' });
      expect(fx.succeeds(path, 'merge', theirs)).toBe(false);
      await expect(repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).rejects.toMatchObject({
        code: 'not-committed',
        message: expect.stringContaining('src/app.txt'),
      });
      fx.git(path, 'checkout', '--quiet', '--ours', 'src/app.txt');
      fx.git(path, 'add', 'src/app.txt');
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).not.toBeNull();
      expect(fx.git(path, 'log', '-1', '--format=%P').split(' ')).toHaveLength(2);
    });

    test('repositories inside the worktree are not committed as links to nowhere', async () => {
      const { path } = await add('t1');
      mkdirSync(join(path, 'deep'));
      fx.git(path, 'init', '--quiet', 'empty');
      fx.git(path, 'init', '--quiet', 'deep/in[ner]');
      fx.commit(join(path, 'deep/in[ner]'), { 'i.txt': 'i' });
      fx.write(path, { 'empty/e.txt': 'e' });
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).toBeNull();
      fx.write(path, { 'deep/own.txt': 'o' });
      expect(await repo.commitAll({ worktree: path, message: 'x', sign: 'off' })).not.toBeNull();
      expect(fx.git(path, 'show', '--name-only', '--format=')).toBe('deep/own.txt');
      expect(readFileSync(join(path, 'deep/in[ner]/i.txt'), 'utf8')).toBe('i');
    });
  });
}
