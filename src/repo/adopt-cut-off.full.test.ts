// A linked worktree that several processes turn into a site at once, or one process that is killed halfway: the next look
// finishes it, with nothing lost and nothing left over. The states are those that a process leaves which dies there.
// `npm test` has no other proof of this.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../test/support/git-fixture.ts';
import { oldWorktree, persons, seen, type OldWorktree } from '../../test/support/old-worktree.ts';
import { createGit, usualLimits } from './git.ts';
import { gitRepo } from './git-repo.ts';
import { linkAt } from './registry.ts';
import { draftSite, workersDraft } from './site/adopt-draft.ts';

let fx: GitFixture;
let old: OldWorktree;

beforeEach(() => {
  fx = createGitFixture();
  old = oldWorktree(fx, 't1');
  fx.commit(old.path, { 'a.txt': 'a\n' });
  const library = fx.clone('library');
  fx.git(old.path, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'lib');
  fx.commit(join(old.path, 'lib'), { 'own.txt': 'own\n' });
  fx.git(old.path, 'worktree', 'add', '--quiet', '--detach', join(old.path, 'ignored/inner'));
  fx.write(old.path, { 'a.txt': 'staged\n', 'open.txt': 'o\n' });
  fx.git(old.path, 'add', 'a.txt');
});
afterEach(() => fx.dispose());

const reader = (): string => join(fx.folder, 'readers/t1');

/** The site is complete beside its worktree, with nothing moved in yet. */
async function published(): Promise<void> {
  const link = linkAt(old.path);
  if (link === null) throw new Error('there is no linked worktree');
  const draft = join(fx.folder, 'readers/.t1-draft');
  mkdirSync(draft, { recursive: true });
  await draftSite(createGit(usualLimits), { link, reader: draft, root: fx.root, pushTo: null });
  renameSync(draft, reader());
}

const unlinked = async (): Promise<void> => {
  await published();
  unlinkSync(join(old.path, '.git'));
};

const movedIn = async (): Promise<void> => {
  await unlinked();
  renameSync(workersDraft(reader()), join(old.path, '.git'));
};

const submoduleMoved = async (): Promise<void> => {
  await movedIn();
  writeFileSync(join(old.path, 'lib/.git'), 'gitdir: ../.git/modules/lib\n');
};

const halfRemoved = async (): Promise<void> => {
  await submoduleMoved();
  writeFileSync(join(old.path, 'ignored/inner/.git'), `gitdir: ${join(old.path, '.git/worktrees/inner')}\n`);
  rmSync(join(fx.root, '.git/worktrees/inner'), { recursive: true });
  for (const name of readdirSync(old.admin)) if (name !== 'gitdir') rmSync(join(old.admin, name), { recursive: true });
};

const emptied = async (): Promise<void> => {
  await halfRemoved();
  rmSync(join(old.admin, 'gitdir'));
};

const removed = async (): Promise<void> => {
  await emptied();
  rmdirSync(old.admin);
};

const drafted = (): Promise<void> => {
  fx.write(join(fx.folder, 'readers/.t1-of-somebody-who-died'), {
    HEAD: 'ref: refs/heads/main\n',
    'linked.git/HEAD': 'ref: refs/heads/main\n',
  });
  return Promise.resolve();
};

const places = (): string[] => [old.path, join(old.path, 'lib'), join(old.path, 'ignored/inner')];

function isWhole(): void {
  expect(lstatSync(join(old.path, '.git')).isDirectory()).toBe(true);
  expect(existsSync(join(fx.root, '.git/worktrees'))).toBe(false);
  expect([readdirSync(join(fx.folder, 'readers')), readdirSync(reader()).filter((name) => name.startsWith('linked'))]).toEqual([
    ['t1'],
    [],
  ]);
  fx.git(fx.root, 'gc', '--quiet', '--prune=now');
  for (const place of places()) expect(fx.git(place, 'fsck', '--no-dangling', '--no-progress')).toBe('');
}

test.each([
  ['before anything was shown', drafted],
  ['with the site beside the worktree', published],
  ['with its link deleted', unlinked],
  ['moved in', movedIn],
  ['with a submodule moved', submoduleMoved],
  ['with the old records half removed', halfRemoved],
  ['with the old records emptied', emptied],
  ['with the old records removed', removed],
])('killed %s', async (_, killed) => {
  const before = [places().map((place) => seen(fx, place)), persons(fx)];
  await killed();
  const repo = gitRepo();
  expect((await repo.facts({ worktree: old.path, base: old.base })).dirty).toEqual(
    expect.arrayContaining(['.gitmodules', 'a.txt', 'lib', 'open.txt']),
  );
  expect([places().map((place) => seen(fx, place)), persons(fx)]).toEqual(before);
  isWhole();
  expect(await repo.hasSite(old)).toBe(true);
});

test('a worktree of a person that meanwhile has the same records is left alone', async () => {
  await removed();
  fx.git(fx.root, 'worktree', 'add', '--quiet', '--detach', join(fx.folder, 'other/t1'));
  expect(existsSync(old.admin)).toBe(true);
  expect(await gitRepo().describeSite(old.path)).toMatchObject({ branch: old.branch });
  expect(fx.git(join(fx.folder, 'other/t1'), 'status', '--porcelain')).toBe('');
});

/** The answers of three processes that look at the worktrees at the same moment. */
async function threeAtOnce(paths: readonly string[]): Promise<readonly unknown[]> {
  const fixture = fileURLToPath(new URL('adopter.fixture.ts', import.meta.url));
  const processes = [1, 2, 3].map(() => spawn(process.execPath, [fixture, ...paths], { stdio: ['pipe', 'pipe', 'inherit'] }));
  const lines = processes.map(({ stdout }) => createInterface({ input: stdout })[Symbol.asyncIterator]());
  for (const each of lines) expect(await each.next()).toMatchObject({ value: 'ready' });
  for (const { stdin } of processes) stdin.write('go\n');
  const answers = await Promise.all(lines.map(async (each) => JSON.parse(String((await each.next()).value)) as unknown));
  for (const one of processes) if (one.exitCode === null) await once(one, 'exit');
  return answers;
}

test('three processes at once make one site of each, and all of them answer with it', async () => {
  const others = ['t2', 't3', 't4'].map((name) => oldWorktree(fx, name));
  const all = [old, ...others];
  const before = all.map(({ path }) => seen(fx, path));
  const expected = all.map(({ branch }) => ({ common: join(fx.root, '.git'), branch }));
  expect(await threeAtOnce(all.map(({ path }) => path))).toEqual([expected, expected, expected]);
  expect(all.map(({ path }) => seen(fx, path))).toEqual(before);
  expect(existsSync(join(fx.root, '.git/worktrees'))).toBe(false);
  expect(readdirSync(join(fx.folder, 'readers')).toSorted()).toEqual(['t1', 't2', 't3', 't4']);
});

test('three processes at once go on with what another has left half done', async () => {
  const before = [places().map((place) => seen(fx, place)), persons(fx)];
  await published();
  const expected = [{ common: join(fx.root, '.git'), branch: old.branch }];
  expect(await threeAtOnce([old.path])).toEqual([expected, expected, expected]);
  expect([places().map((place) => seen(fx, place)), persons(fx)]).toEqual(before);
  isWhole();
});
