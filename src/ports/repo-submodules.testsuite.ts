// The contract of `Repo` on data outside of git's own objects: commits of submodules, which others must be able to fetch,
// and large files (LFS).
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';

export function repoSubmodulesContract(create: () => Repo): void {
  let fx: GitFixture;
  let repo: Repo;
  beforeEach(() => {
    fx = createGitFixture();
    repo = create();
  });
  afterEach(() => fx.dispose());

  const site = async (): Promise<{ path: string; base: string; branch: string }> => {
    const path = join(fx.worktrees, 't1');
    return { path, ...(await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' })) };
  };
  const publish = (files: Readonly<Record<string, string>> = {}): void => {
    fx.commit(fx.root, files);
    fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  };

  describe('commits of submodules that nobody else could fetch', () => {
    let lib: string;
    beforeEach(() => {
      appendFileSync(fx.globalConfig, '[protocol "file"]\n\tallow = always\n');
      fx.git(fx.folder, 'clone', '--quiet', '--bare', '--template=', fx.remote, 'lib.git');
      lib = join(fx.folder, 'lib.git');
      fx.git(fx.root, 'submodule', 'add', '--quiet', '../lib.git', 'lib');
      publish();
    });
    /** Makes a commit inside, and one of the site that points to it. */
    const commitInside = (path: string): string => {
      const commit = fx.commit(join(path, 'lib'), { 'lib.txt': 'new\n' });
      fx.commit(path, {});
      return commit;
    };
    const lacking = (at: { path: string; base: string }) =>
      repo.unreachableSubmodules({ worktree: at.path, commit: fx.git(at.path, 'rev-parse', 'HEAD'), base: at.base });

    test('are told, and no longer when they are at their remote', async () => {
      const at = await site();
      fx.commit(at.path, { 'README.md': 'no submodule is touched\n' });
      expect(await lacking(at)).toEqual([]);
      const commit = commitInside(at.path);
      expect(await lacking(at)).toEqual([{ path: 'lib', commit, missing: true, why: expect.stringContaining('lib.git does not have it') }]);
      fx.git(join(at.path, 'lib'), 'push', '--quiet', 'origin', 'HEAD:refs/heads/topic');
      expect(await lacking(at)).toEqual([]);
    });

    test('whose remote wants what only a person can do: that, and not that they are merely away', async () => {
      const at = await site();
      commitInside(at.path);
      const ssh = join(fx.folder, 'ssh');
      writeFileSync(ssh, '#!/bin/sh\necho "Host key verification failed." >&2; exit 255\n', { mode: 0o755 });
      fx.git(fx.root, 'config', 'core.sshCommand', ssh);
      fx.git(fx.root, 'config', 'ssh.variant', 'ssh');
      fx.git(fx.root, 'config', 'submodule.lib.url', 'ssh://host.invalid/lib.git');
      await expect(lacking(at)).rejects.toMatchObject({
        code: 'needs-person',
        hint: expect.stringContaining('connect to it once by hand'),
      });
    });

    test('whatever the worker wrote of its remote: a tracking reference, an address, a rule that turns it elsewhere', async () => {
      const at = await site();
      const commit = commitInside(at.path);
      const inside = join(at.path, 'lib');
      fx.git(fx.folder, 'clone', '--quiet', '--bare', inside, 'elsewhere.git');
      const elsewhere = join(fx.folder, 'elsewhere.git');
      fx.git(elsewhere, 'fetch', '--quiet', inside, `${commit}:refs/heads/topic`);
      fx.git(inside, 'update-ref', 'refs/remotes/origin/topic', commit);
      fx.git(inside, 'remote', 'set-url', 'origin', elsewhere);
      for (const folder of [at.path, inside]) {
        fx.git(folder, 'config', 'submodule.lib.url', elsewhere);
        fx.git(folder, 'config', `url.${elsewhere}.insteadOf`, lib);
      }
      expect(await lacking(at)).toMatchObject([{ path: 'lib', missing: true }]);
    });

    test('where the commit names another address than before, that one counts, and only a plain one', async () => {
      const at = await site();
      commitInside(at.path);
      fx.git(fx.folder, 'clone', '--quiet', '--bare', join(at.path, 'lib'), 'moved.git');
      fx.git(join(at.path, 'lib'), 'push', '--quiet', join(fx.folder, 'moved.git'), 'HEAD:refs/heads/topic');
      fx.commit(at.path, { '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../moved.git\n' });
      expect(await lacking(at)).toEqual([]);
      const ran = join(fx.folder, 'ran');
      for (const url of [
        `ext::touch ${ran}`,
        `ext::sh -c "touch ${ran}" %S`,
        '-u./x',
        'fd::17',
        `--upload-pack=touch ${ran}`,
        join(at.path, '.git/modules/lib'),
        `file://${at.path}/lib`,
      ]) {
        fx.commit(at.path, { '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ${JSON.stringify(url)}\n` });
        expect(await lacking(at), url).toMatchObject([{ path: 'lib', missing: true }]);
      }
      expect(existsSync(ran)).toBe(false);
    });

    test('a repository inside that is no submodule by .gitmodules', async () => {
      const at = await site();
      fx.git(at.path, 'clone', '--quiet', fx.remote, 'nested');
      fx.git(at.path, 'add', 'nested');
      fx.git(at.path, 'commit', '--quiet', '-m', 'nested');
      expect(await lacking(at)).toMatchObject([{ path: 'nested', missing: true, why: '.gitmodules has no address for nested' }]);
    });

    test('a remote that cannot be asked is another thing, unless the address is the worker’s own', async () => {
      // Nobody listens on that port.
      const away = 'git://127.0.0.1:1/lib.git';
      const at = await site();
      commitInside(at.path);
      fx.git(fx.root, 'config', 'submodule.lib.url', away);
      expect(await lacking(at)).toMatchObject([{ path: 'lib', missing: false, why: expect.stringContaining(away) }]);
      fx.commit(at.path, { '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ${away}\n` });
      expect(await lacking(at)).toMatchObject([{ path: 'lib', missing: true }]);
    });

    test('the person’s copy borrows nothing, keeps the commit while the site lives, and nothing of ours after it', async () => {
      const at = await site();
      const theirs = join(fx.root, '.git/modules/lib');
      const refs = () => fx.git(theirs, 'for-each-ref', '--format=%(refname)', 'refs/yardmaster');
      expect(refs()).toBe('refs/yardmaster/base/yard/t1');
      expect(readFileSync(join(at.path, 'lib/README.md'), 'utf8')).toBe('A repository.\n');
      const inside = commitInside(at.path);
      const removed = await repo.removeSite({
        root: fx.root,
        path: at.path,
        branch: at.branch,
        attempt: 'a1',
        remote: 'origin',
        keepBranch: false,
      });
      expect(removed).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
      expect(fx.succeeds(fx.root, 'merge-base', '--is-ancestor', inside, 'refs/yardmaster/preserved/a1')).toBe(true);
      expect(refs()).toBe('');
      expect(existsSync(join(theirs, 'objects/info/alternates'))).toBe(false);
    });
  });

  describe('submodules whose folders are empty in a site', () => {
    const inside = (at: { path: string }): Promise<readonly string[]> => repo.emptySubmodules({ worktree: at.path });
    /** Added by another person, so that this person's checkout does not know them. */
    const addedBy = (somebody: string, ...paths: readonly string[]): void => {
      for (const path of paths)
        fx.git(somebody, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', `file://${fx.remote}`, path);
      fx.commit(somebody, {});
      fx.git(somebody, 'push', '--quiet', 'origin', 'main');
    };

    test('none without submodules', async () => {
      expect(await inside(await site())).toEqual([]);
    });

    test('of a commit that the person’s checkout does not have yet', async () => {
      addedBy(fx.clone('somebody'), 'lib/ä', 'other');
      expect((await repo.describe(fx.root, { remote: 'origin' })).submodules).toEqual({ empty: [] });
      const at = await site();
      expect(await inside(at)).toEqual(['lib/ä', 'other']);
      // A folder with content in the site does not count as empty, whatever put the content there.
      fx.git(at.path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init', 'other');
      fx.commit(at.path, { 'done.txt': 'x\n' });
      expect(await inside(at)).toEqual(['lib/ä']);
    });

    test('none of those that the person has', async () => {
      addedBy(fx.root, 'lib');
      expect(await inside(await site())).toEqual([]);
    });
  });

  describe('large files (LFS)', () => {
    const id = (text: string): string => createHash('sha256').update(text).digest('hex');
    const at = (store: string, name: string): string => join(store, name.slice(0, 2), name.slice(2, 4), name);
    const persons = (): string => join(fx.root, '.git/lfs/objects');
    beforeEach(({ skip }) => {
      if (!fx.succeeds(fx.root, 'lfs', 'version')) skip('there is no git-lfs here: apt-get install git-lfs');
      fx.git(fx.root, 'lfs', 'install', '--local');
      fx.git(fx.root, 'lfs', 'track', '*.bin');
      publish({ 'old.bin': 'old\n' });
    });

    test('what is left uncommitted is saved with its content', async () => {
      const made = await site();
      fx.write(made.path, { 'left.bin': 'left\n' });
      const removed = await repo.removeSite({
        root: fx.root,
        path: made.path,
        branch: made.branch,
        attempt: 'a1',
        remote: 'origin',
        keepBranch: false,
      });
      expect(removed).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
      fx.git(fx.root, 'checkout', '--quiet', 'refs/yardmaster/preserved/a1', '--', 'left.bin');
      expect(readFileSync(join(fx.root, 'left.bin'), 'utf8')).toBe('left\n');
    });

    test('an object that is not what its name says is not taken, and its commit not delivered', async () => {
      const made = await site();
      const commit = fx.commit(made.path, { 'new.bin': 'new\n' });
      const store = join(made.path, '.git/lfs/objects');
      const other = id('of no commit\n');
      mkdirSync(dirname(at(store, other)), { recursive: true });
      writeFileSync(at(store, other), 'of no commit\n');
      writeFileSync(at(store, id('new\n')), 'bad\n');
      expect(await repo.take({ worktree: made.path })).toEqual({ commit, kept: null });
      expect(existsSync(at(persons(), other))).toBe(false);
      expect(existsSync(at(persons(), id('new\n')))).toBe(false);
      const pushed = await repo.push({ worktree: made.path, remote: 'origin', commit, accept: false, sign: 'auto' });
      expect(pushed).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('new.bin') });
      expect(fx.git(fx.remote, 'branch', '--list', 'yard/*')).toBe('');
      expect(readdirSync(join(fx.folder, 'readers/t1')).filter((name) => name.startsWith('upload-'))).toEqual([]);
    });
  });
}
