// Taking work if the person's repository, or what a worker wrote into its own, is unusual.
// `npm test` shows the same rule by its stories of unusual repositories (unusual-repositories.test.ts).
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { preserved, shortLimits, siteBranch } from '../../../test/support/site-stage.ts';
import type { Repo } from '../../ports/repo.ts';
import { gitRepo } from '../git-repo.ts';

const dispose: (() => void)[] = [];
afterEach(() => {
  for (const end of dispose.splice(0)) end();
});

interface Stage {
  readonly fx: GitFixture;
  readonly root: string;
  readonly repo: Repo;
  readonly path: string;
  readonly base: string;
  readonly remote: string | null;
}

async function stageOf(prepare: (fx: GitFixture) => string | void = () => {}, branch = siteBranch): Promise<Stage> {
  const fx = createGitFixture();
  dispose.push(() => fx.dispose());
  const root = prepare(fx) ?? fx.root;
  const remote = fx.git(root, 'remote') === '' ? null : 'origin';
  const repo = gitRepo(shortLimits);
  const path = join(fx.worktrees, 't1');
  const { base } = await repo.makeSite({ root, path, branch: () => branch, remote, defaultBranch: 'main' });
  return { fx, root, repo, path, base, remote };
}

const take = ({ repo, path }: Stage) => repo.take({ worktree: path });
const remove = ({ repo, path, root, remote }: Stage) =>
  repo.removeSite({ root, path, branch: siteBranch, attempt: 'a1', remote, keepBranch: true });
const many = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`many/${at}`, `file ${at}\n`]));

/** The commit is the worker's, and the person's repository has all of it without borrowing. */
function taken({ fx, root, path, base }: Stage): void {
  const tip = fx.git(path, 'rev-parse', 'HEAD');
  expect(fx.git(root, 'rev-parse', `refs/yardmaster/tip/${siteBranch}`)).toBe(tip);
  expect(fx.succeeds(root, 'rev-list', '--objects', tip, `^${base}`)).toBe(true);
}

test('a setting of the person’s about their own fetches does not let a refused commit in', async () => {
  const stage = await stageOf((fx) => void fx.git(fx.root, 'config', 'fetch.fsckObjects', 'false'));
  const { fx, path, root } = stage;
  fx.commit(path, { '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=x\n' });
  await expect(take(stage)).rejects.toMatchObject({ code: 'not-taken' });
  expect(fx.succeeds(root, 'cat-file', '-e', fx.git(path, 'rev-parse', 'HEAD'))).toBe(false);
});

const object = (path: string, id: string): string => join(path, '.git/objects', id.slice(0, 2), id.slice(2));

/** A commit that goes back to an older `src`, while the objects of the site show that of the checkout. */
function disguised(fx: GitFixture, path: string): { readonly older: string; readonly shown: string } {
  fx.write(path, { 'src/new.txt': 'feature\n' });
  fx.git(path, 'add', '--all');
  const top = fx.git(path, 'write-tree');
  const [older, shown] = ['HEAD~1:src', `${top}:src`].map((name) => fx.git(path, 'rev-parse', name)) as [string, string];
  const index = join(path, '.git/index-disguised');
  const env = { GIT_INDEX_FILE: index };
  Object.assign(process.env, env);
  fx.git(path, 'read-tree', 'HEAD');
  fx.git(path, 'rm', '-r', '-q', '--cached', 'src');
  fx.git(path, 'read-tree', '--prefix=src/', older);
  const tree = fx.git(path, 'write-tree');
  delete process.env['GIT_INDEX_FILE'];
  rmSync(index);
  fx.git(path, 'update-ref', `refs/heads/${siteBranch}`, fx.git(path, 'commit-tree', '-p', 'HEAD', '-m', 'feature', tree));
  return { older, shown };
}

const versions = (fx: GitFixture): void => {
  fx.commit(fx.root, { 'src/auth.txt': 'with a hole\n' });
  fx.commit(fx.root, { 'src/auth.txt': 'mended\n' });
  fx.git(fx.root, 'push', '-q', 'origin', 'main');
};

test('a commit that is not what the checkout shows, because an object has the name of another, is refused', async () => {
  const stage = await stageOf(versions);
  const { fx, path, repo, base, root } = stage;
  const { older, shown } = disguised(fx, path);
  mkdirSync(join(path, '.git/objects', older.slice(0, 2)), { recursive: true });
  copyFileSync(object(path, shown), object(path, older));
  fx.git(path, 'read-tree', 'HEAD');
  // Checks would run on the corrected files, while the delivered commit has the vulnerability again.
  expect((await repo.facts({ worktree: path, base })).dirty).toEqual([]);
  await expect(take(stage)).rejects.toMatchObject({ code: 'not-taken' });
  expect(fx.succeeds(root, 'rev-parse', '--verify', siteBranch)).toBe(false);
});

test('the same by the index of a pack', async () => {
  const stage = await stageOf(versions);
  const { fx, path, repo, base } = stage;
  const { older, shown } = disguised(fx, path);
  const folder = join(path, '.git/objects/pack');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(path, '.git/list'), `${shown}\n`);
  fx.git(path, '-c', 'alias.pack=!git pack-objects -q .git/objects/pack/pack <.git/list', 'pack');
  const name = fx.git(path, '-c', 'alias.names=!ls .git/objects/pack/*.idx', 'names');
  const file = join(path, name);
  const idx = readFileSync(file);
  for (let at = 0; at < 256; at += 1) idx.writeUInt32BE(at >= Number.parseInt(older.slice(0, 2), 16) ? 1 : 0, 8 + at * 4);
  idx.write(older, 8 + 1024, 'hex');
  createHash('sha1')
    .update(idx.subarray(0, -20))
    .digest()
    .copy(idx, idx.length - 20);
  chmodSync(file, 0o600);
  writeFileSync(file, idx);
  fx.git(path, 'read-tree', 'HEAD');
  expect((await repo.facts({ worktree: path, base })).dirty).toEqual([]);
  await expect(take(stage)).rejects.toMatchObject({ code: 'not-taken' });
});

test('packs of an honest worker are taken', async () => {
  const stage = await stageOf(versions);
  const { fx, path, repo, base } = stage;
  fx.commit(path, { ...many(), 'new\nline ü': 'x' });
  fx.git(path, 'gc', '-q');
  expect((await repo.facts({ worktree: path, base })).dirty).toEqual([]);
  await take(stage);
  taken(stage);
});

test('a commit graph of the worker’s is not believed', async () => {
  const stage = await stageOf();
  const { fx } = stage;
  expect(fx.git(join(fx.folder, 'readers/t1'), 'config', '--bool', 'core.commitGraph')).toBe('false');
});

/** A git wrapper that does something once, right before a call whose words contain a given word. */
function before(fx: GitFixture, given: { readonly word: string; readonly script: string }): void {
  const bin = mkdtempSync(join(fx.folder, 'bin-'));
  const path = process.env['PATH'] ?? '';
  const once = `if [ ! -e '${bin}/done' ]; then :>'${bin}/done'; (unset GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES; PATH='${path}'; ${given.script}); fi`;
  writeFileSync(join(bin, 'git'), `#!/bin/sh\ncase " $* " in *' ${given.word} '*) ${once};; esac\nexec '${realGit(path)}' "$@"\n`);
  chmodSync(join(bin, 'git'), 0o755);
  process.env['PATH'] = `${bin}:${path}`;
  dispose.push(() => void (process.env['PATH'] = path));
}

function realGit(path: string): string | undefined {
  return path
    .split(':')
    .map((folder) => join(folder, 'git'))
    .find((file) => existsSync(file));
}

test.each(['update-ref', 'unpack-objects'])(
  'git prune at the worst moment, before %s, costs nothing of what is called taken',
  async (word) => {
    const fx = createGitFixture();
    dispose.push(() => fx.dispose());
    before(fx, { word, script: `git --git-dir='${fx.root}/.git' prune --expire=now` });
    const repo = gitRepo(shortLimits);
    const path = join(fx.worktrees, 't1');
    const { base } = await repo.makeSite({ root: fx.root, path, branch: () => siteBranch, remote: 'origin', defaultBranch: 'main' });
    const stage: Stage = { fx, repo, path, base, root: fx.root, remote: 'origin' };
    fx.commit(path, { 'deep/er/a.txt': 'a\n' });
    // When it moves a reference, git asks only for the commit itself.
    const parts = fx.git(fx.root, '--git-dir', join(path, '.git'), 'rev-list', '--objects', 'HEAD', `^${base}`);
    expect(parts.split('\n')).toHaveLength(5);
    await take(stage);
    taken(stage);
  },
);

test('half of what was brought is pruned while the reference is made', async () => {
  const fx = createGitFixture();
  dispose.push(() => fx.dispose());
  const repo0 = gitRepo(shortLimits);
  const path = join(fx.worktrees, 't1');
  const { base } = await repo0.makeSite({ root: fx.root, path, branch: () => siteBranch, remote: 'origin', defaultBranch: 'main' });
  fx.commit(path, { 'deep/er/a.txt': 'a\n' });
  const blob = fx.git(path, 'rev-parse', 'HEAD:deep/er/a.txt');
  before(fx, { word: 'update-ref', script: `rm -f '${object(fx.root, blob)}'` });
  const stage: Stage = { fx, repo: gitRepo(shortLimits), path, base, root: fx.root, remote: 'origin' };
  expect(await take(stage)).toEqual({ commit: fx.git(path, 'rev-parse', 'HEAD'), kept: null });
  taken(stage);
});

test('what was fetched to complete a history is pruned while the reference is made: not called taken, and taken by the next take', async () => {
  // Git is asked to create the reference.
  const stage0 = await stageOf((made) => void made.git(made.root, 'config', 'core.logAllRefUpdates', 'always'));
  const { fx, path, root } = stage0;
  const other = fx.clone('other');
  fx.git(other, 'checkout', '-q', '-b', 'side');
  fx.commit(other, { 'theirs.txt': 'one\n' });
  const blob = fx.git(other, 'rev-parse', 'HEAD:theirs.txt');
  fx.commit(other, { 'theirs.txt': 'two\n' });
  fx.git(other, 'push', '-q', 'origin', 'side');
  fx.git(path, 'fetch', '-q', '--depth=1', 'origin', 'side');
  fx.git(path, 'reset', '-q', '--hard', 'FETCH_HEAD');
  fx.commit(path, { a: 'a' });
  before(fx, { word: 'update-ref', script: `rm -f '${object(root, blob)}'` });
  const stage: Stage = { ...stage0, repo: gitRepo(shortLimits) };
  await expect(take(stage)).rejects.toMatchObject({ code: 'not-taken' });
  expect(fx.succeeds(root, 'rev-parse', '--verify', `refs/yardmaster/tip/${siteBranch}`)).toBe(false);
  await take(stage);
  taken(stage);
});

test('our references of what was taken before go with the site although somebody packed them', async () => {
  const stage = await stageOf();
  const { fx, path, root } = stage;
  for (const name of ['one', 'two', 'three']) {
    fx.commit(path, { [name]: name });
    await take(stage);
    fx.git(root, 'pack-refs', '--all');
  }
  await remove(stage);
  const refs = fx.git(root, 'for-each-ref', '--format=%(refname)', 'refs/yardmaster').split('\n');
  expect(refs.filter((ref) => !/\/(?:remotes|preserved)\//.test(ref))).toEqual([]);
  expect(refs).toContain(preserved);
});

test('a repository that several people use stays theirs', async () => {
  const before = process.umask(0o077);
  try {
    const stage = await stageOf((fx) => {
      fx.git(fx.root, 'remote', 'remove', 'origin');
      fx.git(fx.root, 'config', 'core.sharedRepository', 'group');
    });
    const { fx, path, root } = stage;
    fx.commit(path, { a: 'a' });
    await take(stage);
    const modes = ['refs/yardmaster', 'refs/yardmaster/base', `refs/yardmaster/base/${siteBranch}`, `refs/yardmaster/tip/${siteBranch}`];
    for (const name of modes) expect(statSync(join(root, '.git', name)).mode & 0o060, name).toBe(0o060);
  } finally {
    process.umask(before);
  }
});

test('as long a chain of borrowed objects as git itself follows', async () => {
  const stage = await stageOf((fx) => {
    for (let at = 1; at <= 6; at += 1) {
      fx.git(fx.folder, 'clone', '-q', '-s', at === 1 ? 'repo' : `c${at - 1}`, `c${at}`);
      fx.commit(join(fx.folder, `c${at}`), { [`f${at}`]: `${at}` });
    }
    const root = join(fx.folder, 'c6');
    fx.git(root, 'remote', 'set-url', 'origin', fx.remote);
    fx.git(root, 'push', '-q', 'origin', 'main');
    return root;
  });
  const { fx, path } = stage;
  fx.commit(path, { a: 'a' });
  await take(stage);
  taken(stage);
  fx.commit(path, many());
  await take(stage);
  taken(stage);
});

const otherDisk = '/dev/shm';
const oneDisk = !existsSync(otherDisk) || statSync(otherDisk).dev === statSync('/tmp').dev;

test.skipIf(oneDisk)('packs on another disk', async () => {
  const packs = mkdtempSync(join(otherDisk, 'yard-packs-'));
  dispose.push(() => rmSync(packs, { recursive: true, force: true }));
  const stage = await stageOf((fx) => {
    const pack = join(fx.root, '.git/objects/pack');
    fx.git(fx.root, 'gc', '-q');
    fx.git(fx.root, '-c', `alias.move=!mv .git/objects/pack/* '${packs}'`, 'move');
    rmSync(pack, { recursive: true });
    symlinkSync(packs, pack);
  });
  stage.fx.commit(stage.path, many());
  await take(stage);
  taken(stage);
});

test('grafts', async () => {
  const stage = await stageOf((fx) => {
    mkdirSync(join(fx.root, '.git/info'), { recursive: true });
    writeFileSync(join(fx.root, '.git/info/grafts'), `${fx.git(fx.root, 'rev-parse', 'HEAD')}\n`);
  });
  stage.fx.commit(stage.path, { a: 'a' });
  await take(stage);
  taken(stage);
});

test('a site is removed where a file or a folder stands in the place of a reference of ours', async () => {
  const stage = await stageOf();
  const { fx, root, path } = stage;
  mkdirSync(join(root, '.git/refs/yardmaster/tip', siteBranch), { recursive: true });
  await remove(stage);
  expect(existsSync(path)).toBe(false);
  expect(fx.git(root, 'for-each-ref', 'refs/yardmaster/base')).toBe('');
});

test('a name of other letters than ASCII, and references that somebody packed', async () => {
  const branch = 'yard/ünï';
  const stage = await stageOf(() => {}, branch);
  const { fx, path, root, repo } = stage;
  for (const name of ['one', 'two']) {
    const commit = fx.commit(path, { [name]: name });
    expect(await take(stage)).toEqual({ commit, kept: null });
    for (const space of ['refs/heads', 'refs/yardmaster/tip']) expect(fx.git(root, 'rev-parse', `${space}/${branch}`)).toBe(commit);
    fx.git(root, 'pack-refs', '--all');
  }
  await repo.removeSite({ root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true });
  expect(fx.git(root, 'for-each-ref', 'refs/yardmaster/base', 'refs/yardmaster/tip', 'refs/yardmaster/taken')).toBe('');
});

test('where the person’s branch of that name is not ours, our reference has the commit', async () => {
  const stage = await stageOf();
  const { fx, path } = stage;
  fx.git(stage.root, 'branch', 'yard');
  const commit = fx.commit(path, { a: 'a' });
  expect(await take(stage)).toMatchObject({ commit, kept: expect.stringContaining('refs/heads/yard') });
  taken(stage);
  fx.git(stage.root, 'branch', '-D', 'yard');
  fx.git(stage.root, 'branch', siteBranch);
  fx.commit(path, { b: 'b' });
  expect(await take(stage)).toMatchObject({ kept: `there is another branch ${siteBranch} in the repository` });
  taken(stage);
});

test('no reference of ours is made below a packed one', async () => {
  const made = stageOf((fx) => {
    fx.git(fx.root, 'update-ref', 'refs/yardmaster/base/yard', 'HEAD');
    fx.git(fx.root, 'pack-refs', '--all');
  });
  await expect(made).rejects.toMatchObject({ code: 'worktree-failed' });
});
