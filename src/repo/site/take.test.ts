// How commits get into the person's repository: a few as loose objects, more as one pack, and nothing of what is refused.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shortLimits, siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';
import { filesBelow } from './git-files.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

const objects = (): string => join(stage.fx.root, '.git/objects');
const stored = (): readonly string[] => [...filesBelow(objects())].sort();
const packs = (): readonly string[] => stored().filter((name) => name.endsWith('.pack'));
const tip = (): string => stage.fx.git(stage.path, 'rev-parse', 'HEAD');
const take = () => stage.repo.take({ worktree: stage.path });
const taken = (commit: string): void => {
  const { fx } = stage;
  const refs = ['refs/heads', 'refs/yardmaster/tip'].map((space) => fx.git(fx.root, 'rev-parse', `${space}/${siteBranch}`));
  expect(refs).toEqual([commit, commit]);
  expect(readdirSync(objects()).filter((name) => name.startsWith('tmp'))).toEqual([]);
  expect(fx.git(fx.root, 'fsck', '--strict', '--no-dangling')).toBe('');
};

test('a few commits arrive as loose objects, time and again', async () => {
  const { fx, path } = stage;
  for (const name of ['one', 'two', 'three']) {
    fx.commit(path, { [name]: `${name}\n` });
    expect(await take()).toEqual({ commit: tip(), kept: null });
    taken(tip());
  }
  expect(packs()).toEqual([]);
  expect(fx.git(fx.root, 'reflog', '--format=%gs', siteBranch)).toBe('yardmaster: taken\nyardmaster: taken\nyardmaster: taken');
});

test('git does not pack behind the agent what is to come as loose objects', async () => {
  const { fx, path } = stage;
  // Git estimates the total number of objects from this one folder.
  for (let at = 0, found = 0; found < 40; at += 1) {
    const blob = `blob ${String(at).length}\0${at}`;
    const id = createHash('sha1').update(blob).digest('hex');
    if (!id.startsWith('17')) continue;
    found += 1;
    mkdirSync(join(path, '.git/objects/17'), { recursive: true });
    writeFileSync(join(path, '.git/objects/17', id.slice(2)), deflateSync(blob));
  }
  fx.write(path, { 'work.txt': 'work\n' });
  fx.git(path, 'add', 'work.txt');
  // It starts the maintenance, which has to be finished when it ends.
  for (const args of [
    ['commit', '-q', '-m', 'work'],
    ['gc', '--auto'],
  ])
    fx.git(path, '-c', 'gc.autoDetach=false', ...args);
  expect([...filesBelow(join(path, '.git/objects'))].filter((name) => name.endsWith('.pack'))).toEqual([]);
  expect(await take()).toEqual({ commit: tip(), kept: null });
});

test('a large file that was added and taken back does not count', async () => {
  const { fx, path } = stage;
  writeFileSync(join(path, 'model.bin'), '');
  truncateSync(join(path, 'model.bin'), shortLimits.mostBytes + 1);
  fx.git(path, 'add', 'model.bin');
  fx.git(path, 'reset', '--quiet');
  rmSync(join(path, 'model.bin'));
  expect(await take()).toEqual({ commit: tip(), kept: null });
  taken(tip());
});

test('many arrive as one pack', async () => {
  const { fx, path } = stage;
  fx.commit(path, Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`many/${at}`, `file ${at}\n`])));
  expect(await take()).toEqual({ commit: tip(), kept: null });
  taken(tip());
  expect(packs()).toHaveLength(1);
});

test('what the person’s repository has already is not brought again', async () => {
  const { fx, path } = stage;
  fx.commit(path, { 'same.txt': 'the same\n' });
  fx.git(fx.root, 'hash-object', '-w', join(path, 'same.txt'));
  const before = stored();
  await take();
  taken(tip());
  const listed = fx.git(path, 'rev-list', '--objects', '--no-object-names', 'HEAD', `^${stage.base}`).split('\n');
  const expected = listed.map((id) => `${id.slice(0, 2)}/${id.slice(2)}`);
  expect(stored()).toEqual([...new Set([...before, ...expected])].sort());
});

test('of a refused commit nothing arrives, not even its sound objects, and a commit on top of it is refused as well', async () => {
  const { fx, path } = stage;
  const before = stored();
  fx.write(path, { '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=x\n' });
  fx.git(path, 'add', '.gitmodules');
  fx.git(path, 'commit', '-q', '-m', 'hostile');
  await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
  fx.commit(path, { 'more.txt': 'more\n' });
  await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
  expect(stored()).toEqual(before);
});

test('a commit whose file is gone is refused', async () => {
  const { fx, path } = stage;
  fx.commit(path, { 'a.txt': 'a\n' });
  const blob = fx.git(path, 'rev-parse', 'HEAD:a.txt');
  rmSync(join(path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
  const before = stored();
  await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
  expect(stored()).toEqual(before);
});
