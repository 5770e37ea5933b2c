// The contract of `Repo.push` if somebody else pushed to the branch meanwhile: our commits are rebased, signed commits are
// signed again, and no work of either side is lost.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../test/support/git-fixture.ts';
import type { Repo } from './repo.ts';
import type { RepoStage } from './repo.samples.ts';

export function repoRebases(stage: RepoStage): void {
  describe('push', () => {
    const { add, push, remoteTip } = stage;
    let fx: GitFixture;
    let repo: Repo;
    beforeEach(() => void ({ fx, repo } = stage.now()));

    const diverge = async (theirs: Record<string, string>, ours: Record<string, string>) => {
      const at = await add('t1');
      fx.commit(at.path, { 'a.txt': 'a' });
      await push(at);
      const other = fx.clone('other');
      fx.git(other, 'checkout', '--quiet', 'yard/t1');
      const theirCommit = fx.commit(other, theirs);
      fx.git(other, 'push', '--quiet', 'origin', 'yard/t1');
      const ourCommit = fx.commit(at.path, ours);
      return { at, theirCommit, ourCommit };
    };

    test('outdated: rebased on what is there and pushed, nothing of theirs is lost', async () => {
      const { at, theirCommit } = await diverge({ 'theirs.txt': 't' }, { 'ours.txt': 'o' });
      fx.hook(join(fx.root, '.git'), 'pre-rebase', 'exit 1');
      fx.write(at.path, { 'untracked.txt': 'stays' });
      const result = await push(at);
      expect(result).toEqual({ pushed: true, commit: fx.git(at.path, 'rev-parse', 'HEAD'), ref: 'refs/heads/yard/t1' });
      expect(fx.git(fx.remote, 'rev-parse', 'yard/t1~1')).toBe(theirCommit);
      expect(readFileSync(join(at.path, 'theirs.txt'), 'utf8')).toBe('t');
      expect(readFileSync(join(at.path, 'untracked.txt'), 'utf8')).toBe('stays');
      expect(fx.git(at.path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/yard/t1');
      expect(fx.git(fx.root, 'for-each-ref', 'refs/yardmaster/remotes/origin/yard')).toBe('');
    });

    /** Configures the person's git to sign every commit. */
    const signing = (): void => {
      const program = join(fx.folder, 'signs');
      const words = ['-----BEGIN PGP SIGNATURE-----', 'made', '-----END PGP SIGNATURE-----'].map((line) => `echo '${line}'\n`).join('');
      writeFileSync(program, `#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n${words}`);
      chmodSync(program, 0o755);
      fx.git(fx.root, 'config', '--global', 'commit.gpgSign', 'true');
      fx.git(fx.root, 'config', '--global', 'gpg.program', program);
    };
    /** The commits since then, oldest first: author, message, and whether it is signed. */
    const written = (since: string, to: string): string[] =>
      fx.git(fx.remote, 'rev-list', '--reverse', '--topo-order', to, `^${since}`).split('\n').map((commit) => {
        const signed = fx.git(fx.remote, 'cat-file', 'commit', commit).includes('\ngpgsig -----BEGIN PGP SIGNATURE-----\n made\n');
        return `${fx.git(fx.remote, 'log', '-1', '--format=%an <%ae> %ad, %cn, %B', '--date=raw', commit).trim()}: ${signed ? 'signed' : 'not'}`;
      }); // prettier-ignore
    /**
     * Makes a commit of the worker without a signature, one signed with the person's key, one of left-over changes that we
     * sign, and another without a signature.
     */
    const partlySigned = async () => {
      const { at, theirCommit } = await diverge({ 'theirs.txt': 't' }, { 'ours.txt': 'o' });
      signing();
      const author = ['-c', 'user.name=Jörg Ö', '-c', 'user.email=j@example.org'];
      fx.git(at.path, ...author, 'commit', '--quiet', '--allow-empty', '--date=@1700000000 +0530', '-m', 'by its own\n\n# größer "$(x)"');
      fx.write(at.path, { 'left.txt': 'left' });
      await repo.commitAll({ worktree: at.path, message: 'left', sign: 'auto' });
      fx.git(at.path, 'commit', '--quiet', '--allow-empty', '--no-gpg-sign', '-m', 'last');
      return { at, theirCommit };
    };
    const own = 'Jörg Ö <j@example.org> 1700000000 +0530, Somebody, by its own\n\n# größer "$(x)"';

    test('outdated: what was signed before it was rebased is signed again, and nothing else is', async () => {
      const { at, theirCommit } = await partlySigned();
      const result = await push(at);
      expect(result).toMatchObject({ pushed: true, commit: remoteTip('yard/t1') });
      expect(written(theirCommit, 'yard/t1')).toEqual([
        expect.stringMatching(/, work: not$/),
        `${own}: signed`,
        expect.stringMatching(/, left: signed$/),
        expect.stringMatching(/, last: not$/),
      ]);
      expect(fx.git(at.path, 'rev-parse', 'HEAD')).toBe(remoteTip('yard/t1'));
      expect(fx.git(at.path, 'status', '--porcelain')).toBe('');
    });

    test('outdated: where signing is off nothing that is rebased is signed', async () => {
      const { at, theirCommit } = await partlySigned();
      expect(await push(at, 'origin', 'off')).toMatchObject({ pushed: true });
      expect(written(theirCommit, 'yard/t1').filter((line) => line.endsWith('signed'))).toEqual([]);
    });

    test('outdated: what cannot be signed again is not pushed, and the checkout is as before', async () => {
      const { at, theirCommit } = await partlySigned();
      const before = fx.git(at.path, 'rev-parse', 'HEAD');
      fx.git(fx.root, 'config', '--global', 'gpg.program', 'false');
      await expect(push(at)).rejects.toMatchObject({ code: 'not-signed', hint: expect.stringContaining('delivery.sign: off') });
      expect(remoteTip('yard/t1')).toBe(theirCommit);
      expect(fx.git(at.path, 'rev-parse', 'HEAD')).toBe(before);
      expect(fx.git(at.path, 'status', '--porcelain')).toBe('');
      expect(existsSync(join(at.path, 'theirs.txt'))).toBe(false);
      signing();
      expect(await push(at)).toMatchObject({ pushed: true });
    });

    test('outdated with conflicts: refused, and the worktree is as before', async () => {
      const { at, theirCommit, ourCommit } = await diverge({ 'a.txt': 'theirs' }, { 'a.txt': 'ours' });
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('a.txt') });
      expect(fx.git(at.path, 'rev-parse', 'refs/heads/yard/t1')).toBe(ourCommit);
      expect(fx.git(at.path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/yard/t1');
      expect(fx.git(at.path, 'status')).toContain('nothing to commit, working tree clean');
      expect(remoteTip('yard/t1')).toBe(theirCommit);
    });

    test('outdated with uncommitted changes: refused, and they stay', async () => {
      const { at, theirCommit } = await diverge({ 'theirs.txt': 't' }, { 'ours.txt': 'o' });
      fx.write(at.path, { 'src/app.txt': 'uncommitted' });
      expect(await push(at)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('uncommitted') });
      expect(readFileSync(join(at.path, 'src/app.txt'), 'utf8')).toBe('uncommitted');
      expect(remoteTip('yard/t1')).toBe(theirCommit);
    });
  });
}
