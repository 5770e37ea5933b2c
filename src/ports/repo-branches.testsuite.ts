// The contract of `Repo` about branches of a remote and the commits in them: what is there now, what is fetched and kept, and
// that nothing of the person's changes.
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import { repoStage } from './repo.samples.ts';
import type { Repo } from './repo.ts';

export function repoBranchesContract(create: () => Repo): void {
  const { now, users } = repoStage(create);
  let fx: GitFixture;
  let repo: Repo;
  let other: string;
  beforeEach(() => {
    ({ fx, repo } = now());
    other = fx.clone('other');
  });

  const at = (branch: string) => ({ root: fx.root, remote: 'origin', branch });
  /** Another person's commit on a branch of the remote. */
  const theirs = (branch: string, files: Record<string, string>): string => {
    fx.git(other, 'checkout', '--quiet', '-B', branch);
    const commit = fx.commit(other, files, `their work in ${Object.keys(files).join()}`);
    fx.git(other, 'push', '--quiet', '--force', 'origin', branch);
    return commit;
  };
  const has = (commit: string): boolean => fx.succeeds(fx.root, 'cat-file', '-e', commit);

  describe('a branch of the remote', () => {
    test('branchAt tells where it is now, and fetches nothing', async () => {
      const before = users();
      expect(await repo.branchAt(at('yard/t1'))).toBeNull();
      const commit = theirs('yard/t1', { 'a.txt': 'a' });
      theirs('x/refs/heads/yard/t2', { 'b.txt': 'b' });
      expect(await repo.branchAt(at('yard/t1'))).toBe(commit);
      expect(await repo.branchAt(at('yard/t2'))).toBeNull();
      expect(has(commit)).toBe(false);
      expect(users()).toEqual(before);
    });

    test('fetchBranch brings its commits, follows a forced push, and tells that it is gone', async () => {
      const before = users();
      expect(await repo.fetchBranch(at('yard/t1'))).toBeNull();
      const first = theirs('yard/t1', { 'a.txt': 'a' });
      expect(await repo.fetchBranch(at('yard/t1'))).toBe(first);
      fx.git(other, 'checkout', '--quiet', 'main');
      const second = theirs('yard/t1', { 'b.txt': 'b' });
      expect(await repo.fetchBranch(at('yard/t1'))).toBe(second);
      expect(fx.git(fx.root, 'show', `${second}:b.txt`)).toBe('b');
      fx.git(fx.remote, 'update-ref', '-d', 'refs/heads/yard/t1');
      expect(await repo.fetchBranch(at('yard/t1'))).toBeNull();
      expect(users()).toEqual(before);
    });

    test('what was fetched stays through a collection until it is forgotten', async () => {
      const commit = theirs('yard/t1', { 'a.txt': 'a' });
      await repo.fetchBranch(at('yard/t1'));
      fx.git(fx.root, 'gc', '--quiet', '--prune=now');
      expect(has(commit)).toBe(true);
      await repo.forgetBranch(at('yard/t1'));
      await repo.forgetBranch(at('yard/never-fetched'));
      fx.git(fx.root, 'gc', '--quiet', '--prune=now');
      expect(has(commit)).toBe(false);
      expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster')).toBe('');
    });

    test('what cannot be a branch’s name is none, and leads nowhere', async () => {
      const branch = '../../../config';
      expect(await repo.branchAt(at(branch))).toBeNull();
      expect(await repo.fetchBranch(at(branch))).toBeNull();
      const before = users();
      await repo.forgetBranch(at(branch));
      expect(users()).toEqual(before);
    });

    test('a remote that does not answer is a fault, not the answer that there is no branch', async () => {
      renameSync(fx.remote, `${fx.remote}-away`);
      await expect(repo.branchAt(at('main'))).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('origin does not say where its branch main is'),
      });
      await expect(repo.fetchBranch(at('main'))).rejects.toMatchObject({ code: expect.stringMatching(/fetch-failed|unreachable/) });
      await expect(repo.branchAt({ ...at('main'), root: fx.folder })).rejects.toMatchObject({ code: 'not-a-repository' });
    });

    test('nothing is asked any more once it is stopped', async () => {
      const ended = new AbortController();
      ended.abort();
      const stopped = repo.within(ended.signal);
      for (const ask of [() => stopped.branchAt(at('main')), () => stopped.fetchBranch(at('main'))])
        await expect(ask()).rejects.toMatchObject({ code: 'stopped' });
    });
  });

  describe('commits', () => {
    test('isAncestor: yes, no, by names of references too, and a fault for a commit that is not here', async () => {
      const base = fx.git(other, 'rev-parse', 'main');
      const commit = theirs('yard/t1', { 'a.txt': 'a' });
      const ask = (ancestor: string, of: string) => repo.isAncestor({ root: fx.root, ancestor, commit: of });
      await expect(ask(base, commit)).rejects.toMatchObject({ code: 'git-failed', message: expect.stringContaining(commit) });
      await repo.fetchBranch(at('yard/t1'));
      expect([await ask(base, commit), await ask(commit, base), await ask(commit, commit)]).toEqual([true, false, true]);
      expect(await ask('refs/heads/main', commit)).toBe(true);
      await expect(ask('refs/heads/none', commit)).rejects.toMatchObject({ code: 'git-failed' });
    });
  });

  test('fileState tells how a file of the checkout differs from its commit', async () => {
    const state = (path = 'TODO.md') => repo.fileState({ root: fx.root, path });
    const first = fx.git(fx.root, 'rev-parse', 'HEAD');
    expect(await state()).toEqual({ commit: first, file: 'committed' });
    writeFileSync(join(fx.root, 'TODO.md'), 'a\n');
    expect(await state()).toEqual({ commit: first, file: 'untracked' });
    mkdirSync(join(fx.root, '.git/info'), { recursive: true });
    appendFileSync(join(fx.root, '.git/info/exclude'), 'TODO.md\n');
    expect(await state()).toEqual({ commit: first, file: 'untracked' });
    fx.git(fx.root, 'add', '--force', 'TODO.md');
    expect(await state()).toEqual({ commit: first, file: 'changed' });
    fx.git(fx.root, 'commit', '--quiet', '--message', 'list');
    const second = fx.git(fx.root, 'rev-parse', 'HEAD');
    expect(await state()).toEqual({ commit: second, file: 'committed' });
    writeFileSync(join(fx.root, 'TODO.md'), 'b\n');
    expect(await state()).toEqual({ commit: second, file: 'changed' });
    expect(await state('*')).toEqual({ commit: second, file: 'committed' });
    fx.git(fx.root, 'checkout', '--quiet', '--orphan', 'empty');
    expect(await state()).toMatchObject({ commit: null });
  });

  describe('remoteAddress', () => {
    const address = (remote: string) => repo.remoteAddress({ root: fx.root, remote });

    test('after insteadOf and pushurl, for each of both directions', async () => {
      expect(await address('origin')).toEqual({ fetch: [fx.remote], push: [fx.remote] });
      fx.git(fx.root, 'config', 'url.https://git.example.org/.insteadOf', 'ours:');
      fx.git(fx.root, 'config', 'url.ssh://git@git.example.org/.pushInsteadOf', 'ours:');
      fx.git(fx.root, 'remote', 'set-url', 'origin', 'ours:team/project.git');
      fx.git(fx.root, 'remote', 'add', 'near', '../remote.git');
      expect(await address('origin')).toEqual({
        fetch: ['https://git.example.org/team/project.git'],
        push: ['ssh://git.example.org/team/project.git'],
      });
      expect(await address('near')).toEqual({ fetch: [fx.remote], push: [fx.remote] });
      expect(await address('none')).toEqual({ fetch: [], push: [] });
    });

    test('without a token, and with the user of an scp-like address', async () => {
      fx.git(fx.root, 'remote', 'set-url', 'origin', 'https://me:sec@ret@git.example.org/team/project.git');
      fx.git(fx.root, 'remote', 'set-url', '--push', 'origin', 'git@git.example.org:team/project.git');
      expect(await address('origin')).toEqual({
        fetch: ['https://git.example.org/team/project.git'],
        push: ['git@git.example.org:team/project.git'],
      });
    });
  });
}
