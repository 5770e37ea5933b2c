// Work that contains a secret is neither committed nor taken, wherever the secret is in it.
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { preserved, shortLimits, siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';
import { sieveFor, type Sieve } from '../../core/security/mask.ts';
import { gitRepo } from '../git-repo.ts';
import { filesBelow } from './git-files.ts';

const value = 'sk-"dummy"/é-0123456789';
const name = '${A_KEY}';
const secrets = sieveFor([{ value, name }]);

let stage: SiteStage;
beforeEach(async () => {
  stage = await siteStage();
  rmSync(join(stage.path, 'left.txt'));
});
afterEach(() => stage.fx.dispose());

const take = () => stage.repo.take({ worktree: stage.path, secrets });
const commitAll = () => stage.repo.commitAll({ worktree: stage.path, message: 'left behind', sign: 'off', secrets });
const git = (...args: string[]): string => stage.fx.git(stage.path, ...args);
const stored = (): readonly string[] => [...filesBelow(join(stage.fx.root, '.git/objects'))].sort();
const tip = (at = 'HEAD'): string => git('rev-parse', '--short=12', at);

async function heldBack(act: () => Promise<unknown>, where: string): Promise<void> {
  const before = [stored(), stage.fx.git(stage.fx.root, 'for-each-ref'), git('rev-parse', 'HEAD')];
  await expect(act()).rejects.toMatchObject({
    code: 'secret-in-work',
    message: `the work in ${stage.path} contains the value of ${name}: ${where}`,
    hint: expect.stringContaining('Then retry the task'),
  });
  expect([stored(), stage.fx.git(stage.fx.root, 'for-each-ref'), git('rev-parse', 'HEAD')]).toEqual(before);
}

/** The base contains the value in these files. */
async function inTheBase(
  files: Record<string, string> = { 'README.md': `first\n  export KEY=${value} # dummy\nlast\n` },
): Promise<SiteStage> {
  const { fx } = stage;
  // An answer that the remote gave a moment ago would be reused for the other case.
  const repo = gitRepo(shortLimits);
  fx.commit(fx.root, files);
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  const path = join(fx.worktrees, 't2');
  const { base } = await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t2', remote: 'origin', defaultBranch: 'main' });
  return (stage = { ...stage, repo, path, base });
}

const forms: readonly [string, string][] = [
  ['as it is', value],
  ['in JSON', JSON.stringify({ value })],
  ['in an address', `https://host/?key=${encodeURIComponent(value)}&x`],
  ['in base64', Buffer.from(`user:${value}`).toString('base64')],
  ['in base64 for addresses', Buffer.from(`u:${value}.`).toString('base64url')],
];

test.each(forms)('in a file, %s', async (_, text) => {
  stage.fx.commit(stage.path, { 'src/öd name.ts': `one\n\nconst key = '${text}';\n` });
  await heldBack(take, `in src/öd name.ts line 3 (commit ${tip()})`);
});

test('in a commit that a later one takes back; and once it is out of the history, all is taken', async () => {
  const { fx, path } = stage;
  fx.commit(path, { 'a.txt': 'a\n', 'b.txt': 'b\n' });
  const before = tip();
  fx.commit(path, { 'a.txt': `a\n${value}\n` });
  const bad = tip();
  fx.commit(path, { 'a.txt': 'a\nsafe\n' });
  await heldBack(take, `in a.txt line 2 (commit ${bad})`);
  git('reset', '--quiet', '--soft', before);
  git('commit', '--quiet', '-m', 'without it');
  expect(await take()).toEqual({ commit: git('rev-parse', 'HEAD'), kept: null });
  expect(fx.git(fx.root, 'log', '-p', '--format=%B', siteBranch)).not.toContain(value);
});

test('in the message of a commit, and in the name of its author', async () => {
  stage.fx.commit(stage.path, { 'a.txt': 'a\n' }, `work\n\nwith ${value}`);
  await heldBack(take, `in the message or the names of the commit ${tip()}`);
  git('commit', '--quiet', '--amend', '-m', 'work', `--author=${value} <a@example.org>`);
  await heldBack(take, `in the message or the names of the commit ${tip()}`);
});

test('in the name of a file or a folder, which is not repeated', async () => {
  // A name in a path cannot contain a slash.
  const plain = 'sk-dummy-0123456789';
  const sieve = sieveFor([{ value: plain, name }]);
  const named = () => stage.repo.take({ worktree: stage.path, secrets: sieve });
  stage.fx.commit(stage.path, { [`deep/er/of ${plain}/x`]: '' });
  await heldBack(named, `in the name of deep/er/of ${name} (commit ${tip()})`);
});

test('in files that git shows no difference of, large or small', async () => {
  const { fx, path } = stage;
  fx.write(path, { '.gitattributes': '*.bin binary diff=none -diff\n' });
  writeFileSync(join(path, 'a.bin'), Buffer.concat([Buffer.from('x\0\n'), Buffer.from(value), randomBytes(30)]));
  fx.commit(path, {});
  await heldBack(take, `in a.bin line 2 (commit ${tip()})`);
});

function commitLarge(content: string): string {
  const { fx, path } = stage;
  const id = createHash('sha256').update(content).digest('hex');
  fx.write(path, { [`.git/lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`]: content });
  fx.commit(path, { 'a.dat': `version https://git-lfs.github.com/spec/v1\noid sha256:${id}\nsize ${content.length}\n` });
  return id;
}

test('of what git-lfs keeps nothing more is read once it was stopped', async () => {
  commitLarge('large\n'.repeat(200_000));
  const stop = new AbortController();
  let after = 0;
  const first: Sieve['first'] = (bytes) => {
    if (stop.signal.aborted) after += 1;
    if (bytes.startsWith('large')) stop.abort();
    return null;
  };
  const taking = stage.repo.within(stop.signal).take({ worktree: stage.path, secrets: { ...secrets!, first } });
  await expect(taking).rejects.toMatchObject({ code: 'stopped', message: 'the work on the checkout was stopped' });
  expect(after).toBe(0);
});

test('in what git-lfs keeps beside git', async () => {
  const id = commitLarge(`large\n${value}\n`);
  await heldBack(take, `in the large file (LFS) ${id.slice(0, 12)} line 2`);
});

test('in the middle of many megabytes, wherever one piece of git’s answer ends', async () => {
  const { fx, path } = stage;
  const file = join(path, 'large.txt');
  writeFileSync(file, '');
  for (let line = 0; line < 40; line += 1) appendFileSync(file, `${randomBytes(50_000).toString('hex')}\n`);
  appendFileSync(file, Array.from({ length: 20_000 }, (_, at) => `${'.'.repeat(at % 97)}\n`).join(''));
  appendFileSync(file, `${value}\n`);
  fx.commit(path, {});
  git('gc', '--quiet');
  await heldBack(take, `in large.txt line 20041 (commit ${tip()})`);
});

test('in what the agent left: nothing is committed, and all stays where it is', async () => {
  const { fx, path } = stage;
  fx.write(path, { 'new.txt': `${value}\n`, 'done.txt': 'changed\n' });
  await heldBack(commitAll, 'in new.txt line 1 (not committed)');
  await heldBack(commitAll, 'in new.txt line 1 (not committed)');
  expect(git('status', '--porcelain')).toBe(' M done.txt\n?? new.txt');
  rmSync(join(path, 'new.txt'));
  fx.write(path, { 'more.txt': 'more\n' });
  expect(await commitAll()).toBe(git('rev-parse', 'HEAD'));
  expect(git('show', '--name-only', '--format=', 'HEAD')).toBe('done.txt\nmore.txt');
  expect(await take()).toMatchObject({ kept: null });
});

test('in a commit below what the agent left', async () => {
  stage.fx.commit(stage.path, { 'a.txt': `${value}\n` });
  stage.fx.write(stage.path, { 'new.txt': 'new\n' });
  await heldBack(commitAll, `in a.txt line 1 (commit ${tip()})`);
});

test('in several places: the first one is named, the others are counted', async () => {
  stage.fx.commit(stage.path, { 'a.txt': `${value}\n` });
  stage.fx.commit(stage.path, { 'a.txt': `x${value}\n`, 'b.txt': `y${value}` });
  await expect(take()).rejects.toMatchObject({ message: expect.stringMatching(/, and in 2 more places$/) });
});

test('what stood in the base does not count, changed around, moved or copied; a new line beside it does', async () => {
  const { fx, path } = await inTheBase();
  renameSync(join(path, 'README.md'), join(path, 'READ.md'));
  appendFileSync(join(path, 'READ.md'), 'more\n');
  fx.commit(path, { 'copy.sh': `if true; then\n    export KEY=${value} # dummy\r\nfi\n` });
  expect(await take()).toMatchObject({ kept: null });
  fx.commit(path, { 'copy.sh': `export OTHER=${value}\n` });
  await heldBack(take, `in copy.sh line 1 (commit ${tip()})`);
});

test('of more than a thousand lines that stood in the base none counts, and none hides a new one behind them', async () => {
  const lines = Array.from({ length: 1100 }, (_, at) => `KEY_${at}=${value}\n`);
  const readme = lines.join('');
  const { fx, path } = await inTheBase({ 'README.md': readme, 'last.txt': `LAST=${value}\n` });
  fx.commit(path, { 'README.md': `changed\n${readme}`, 'COPY.txt': `LAST=${value}\n` });
  expect(await take()).toMatchObject({ kept: null });
  fx.commit(path, { 'README.md': `again\n${readme}`, 'z.txt': `OTHER=${value}\n` });
  await heldBack(take, `in z.txt line 1 (commit ${tip()})`);
});

test('a merge of its own does not change that', async () => {
  const { fx, path } = await inTheBase();
  git('checkout', '--quiet', '-b', 'other', 'HEAD');
  fx.commit(path, { 'other.txt': 'other\n' });
  git('checkout', '--quiet', 'yard/t2');
  fx.commit(path, { 'own.txt': 'own\n' });
  git('merge', '--quiet', '--no-ff', '-m', 'merged', 'other');
  expect(await take()).toMatchObject({ kept: null });
});

test('what is saved of it before its checkout goes stays here', async () => {
  const { fx, repo, path } = stage;
  fx.commit(path, { 'a.txt': `${value}\n` });
  await heldBack(take, `in a.txt line 1 (commit ${tip()})`);
  const removed = { root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: false };
  expect(await repo.removeSite(removed)).toEqual({ preserved });
  expect(fx.git(fx.root, 'show', `${preserved}:a.txt`)).toBe(value);
  expect(fx.git(fx.remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
});

test('where nobody was given one nothing is looked for', async () => {
  const commit = stage.fx.commit(stage.path, { 'a.txt': `${value}\n` });
  expect(await stage.repo.take({ worktree: stage.path, secrets: sieveFor([]) })).toEqual({ commit, kept: null });
});

test('nothing of it: it is taken as ever', async () => {
  stage.fx.commit(stage.path, { 'a.txt': 'a\n' });
  expect(await take()).toEqual({ commit: git('rev-parse', 'HEAD'), kept: null });
  expect(existsSync(join(stage.path, 'a.txt'))).toBe(true);
});

test('what cannot be looked through is not taken', async () => {
  const { fx, path } = stage;
  const { base } = stage;
  fx.commit(path, { 'a.txt': 'a\n' });
  const blob = createHash('sha1').update('blob 2\0a\n').digest('hex');
  rmSync(join(path, '.git/objects', blob.slice(0, 2), blob.slice(2)), { force: true });
  mkdirSync(join(path, '.git/objects', blob.slice(0, 2)), { recursive: true });
  writeFileSync(join(path, '.git/objects', blob.slice(0, 2), blob.slice(2)), 'broken');
  await expect(take()).rejects.toMatchObject({ code: 'not-taken' });
  expect(fx.succeeds(fx.root, 'rev-parse', '--verify', siteBranch)).toBe(false);
  expect(base).toMatch(/^[0-9a-f]{40}$/);
});
