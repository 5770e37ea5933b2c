// Whatever ends us while the files of a checkout are being moved: the next look at the site puts them back, or concludes the
// move, and nothing in between counts as a worker's work.
// `npm test` has no other proof of this.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { until } from '../../../test/support/wait-until.ts';
import { gitRepo } from '../git-repo.ts';
import { siteAt, writeRecord } from './record.ts';

const branch = 'yard/t1';
const onto = { remote: 'origin', branch: 'main' };

let fx: GitFixture;
let path: string;
let tip: string;
let base: string;
beforeEach(() => {
  fx = createGitFixture();
  path = join(fx.worktrees, 't1');
});
afterEach(() => fx.dispose());

const repo = gitRepo({ lockMs: 500, graceMs: 500 });

/**
 * The base has new files, of which git writes the last one only when the filter lets it: it waits until the file `go` is
 * there.
 */
async function diverge(ours: Record<string, string> = {}, theirs: Record<string, string> = {}): Promise<void> {
  const waits = `touch '${fx.folder}/begun'; while [ ! -e '${fx.folder}/go' ]; do sleep 0.05; done; cat`;
  fx.git(fx.root, 'config', 'filter.waits.clean', 'cat');
  fx.git(fx.root, 'config', 'filter.waits.smudge', waits);
  fx.commit(fx.root, { '.gitattributes': 'zz* filter=waits\n' });
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
  tip = fx.commit(path, { 'ours.txt': 'ours', ...ours });
  fx.write(path, { 'left.txt': 'left' });
  const other = fx.clone('other');
  base = fx.commit(other, { 'aa.txt': 'new', 'README.md': 'changed\n', 'zz.txt': 'z', ...theirs });
  fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
}

/** Ends the call when the files are half moved. */
async function cutOff(call: (within: typeof repo) => Promise<unknown>): Promise<void> {
  const ends = new AbortController();
  const running = call(repo.within(ends.signal)).then(
    () => null,
    (error: unknown) => error,
  );
  await until(() => existsSync(join(fx.folder, 'begun')));
  expect(existsSync(join(path, 'aa.txt'))).toBe(true);
  ends.abort();
  expect(await running).toMatchObject({ code: 'stopped' });
  fx.write(fx.folder, { go: '' });
}

const asBefore = async (): Promise<void> => {
  expect(await repo.facts({ worktree: path, base: tip })).toEqual({ head: tip, commits: 0, dirty: ['left.txt'] });
  expect([existsSync(join(path, 'aa.txt')), readFileSync(join(path, 'README.md'), 'utf8')]).toEqual([false, 'A repository.\n']);
  expect(fx.git(path, 'status', '--porcelain')).toBe('?? left.txt');
  expect(existsSync(join(path, '.git/MERGE_HEAD'))).toBe(false);
};

test.each(['rebase', 'merge'] as const)('a %s that was cut off is undone, and works the next time', async (how) => {
  await diverge();
  await cutOff((within) => within.updateSite({ worktree: path, onto, how, sign: 'off' }));
  await asBefore();
  expect(await repo.updateSite({ worktree: path, onto, how, sign: 'off' })).toMatchObject({ updated: true, base });
  expect(readFileSync(join(path, 'zz.txt'), 'utf8')).toBe('z');
  expect(fx.git(path, 'status', '--porcelain')).toBe('?? left.txt');
});

test('a conflict that was cut off is undone: no marker is ever committed', async () => {
  await diverge({ 'src/app.txt': 'ours\n' }, { 'src/app.txt': 'theirs\n' });
  await cutOff((within) => within.beginConflict({ worktree: path, onto }));
  expect(await repo.commitAll({ worktree: path, message: 'left', sign: 'off' })).not.toBeNull();
  expect(fx.git(path, 'show', '--name-only', '--format=', 'HEAD')).toBe('left.txt');
  expect(readFileSync(join(path, 'src/app.txt'), 'utf8')).toBe('ours\n');
  expect(await repo.beginConflict({ worktree: path, onto })).toMatchObject({ begun: true, paths: ['src/app.txt'] });
});

test('a site that is removed after that: nothing of half a move is saved', async () => {
  await diverge();
  await cutOff((within) => within.updateSite({ worktree: path, onto, how: 'rebase', sign: 'off' }));
  const given = { root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: false };
  const { preserved } = await repo.removeSite(given);
  expect(fx.git(fx.root, 'ls-tree', '-r', '--name-only', preserved ?? '').split('\n')).toEqual([
    ...['.gitattributes', '.gitignore', 'README.md', 'left.txt', 'ours.txt', 'src/app.txt'],
  ]);
  expect(fx.git(fx.root, 'show', `${preserved}:README.md`)).toBe('A repository.');
});

test('a move of which only the record was not written any more is concluded', async () => {
  await diverge();
  fx.write(fx.folder, { go: '' });
  const updated = await repo.updateSite({ worktree: path, onto, how: 'merge', sign: 'off' });
  const commit = fx.git(path, 'rev-parse', 'HEAD');
  const site = siteAt(path);
  writeRecord({ ...site!, moving: { from: tip, to: commit } });
  expect(await repo.facts({ worktree: path, base })).toMatchObject({ head: commit, dirty: ['left.txt'] });
  expect(updated).toMatchObject({ updated: true, commit });
  expect(siteAt(path)?.moving).toBeUndefined();
});

test('a submodule that is checked out and would move refuses it', async () => {
  const library = fx.clone('library');
  fx.git(fx.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'sub');
  fx.commit(fx.root, {});
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
  tip = fx.commit(path, { 'ours.txt': 'ours' });
  const other = fx.clone('other');
  const later = fx.commit(library, { 'later.txt': 'l' });
  fx.git(other, 'update-index', '--cacheinfo', `160000,${later},sub`);
  fx.git(other, 'commit', '--quiet', '-m', 'the submodule moves');
  fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
  const refused = { updated: false, why: 'refused', message: expect.stringContaining('the submodule sub') };
  expect(await repo.updateSite({ worktree: path, onto, how: 'rebase', sign: 'off' })).toEqual(refused);
  expect(await repo.facts({ worktree: path, base: tip })).toMatchObject({ head: tip, dirty: [] });
});
