// Whatever a worker leaves in the place of a file: every question is answered within its deadline, by a value or a fault in
// plain words; nothing of the person's changes; and removal saves what git can hold, or refuses and keeps the folder.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import type { Repo } from '../../ports/repo.ts';
import { gitRepo } from '../git-repo.ts';

const branch = 'yard/t1';
const ref = 'refs/yardmaster/preserved/a1';
const limits = { readMs: 8_000, localMs: 8_000, networkMs: 8_000, pushMs: 8_000, lockMs: 300, graceMs: 500, mostBytes: 50 * 2 ** 20 };
/** No single question may take longer, on a busy machine either: a few calls of git, each with its own limit. */
const longestMs = 20_000;

let fx: GitFixture;
let repo: Repo;
let path: string;
let base: string;
let before: string;

beforeEach(async () => {
  fx = createGitFixture();
  repo = gitRepo(limits);
  path = join(fx.worktrees, 't1');
  ({ base } = await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' }));
  fx.commit(path, { 'done.txt': 'done' });
  fx.write(path, { 'left.txt': 'left' });
  before = personal();
});
afterEach(() => fx.dispose());

/** The person's files, configuration and own references. */
function personal(): string {
  const own = fx.git(fx.root, 'for-each-ref', 'refs/heads/main', 'refs/tags', 'refs/remotes', 'refs/stash');
  return [
    readFileSync(join(fx.root, '.git/config'), 'utf8'),
    readdirSync(join(fx.root, '.git')).join(),
    fx.git(fx.root, 'status', '--porcelain'),
    own,
  ].join('\n');
}

type Outcome = 'ok' | 'fault';

async function answered(what: string, ask: () => Promise<unknown>): Promise<{ readonly outcome: Outcome; readonly value: unknown }> {
  const began = performance.now();
  try {
    return { outcome: 'ok', value: await ask() };
  } catch (error) {
    expect(error, `${what} is refused in plain words`).toBeInstanceOf(Fault);
    const { message, hint } = error as Fault;
    expect(`${message}${hint}`, what).not.toMatch(/undefined|\[object|ENO|EACCES|TypeError/);
    expect(hint.length, what).toBeGreaterThan(10);
    return { outcome: 'fault', value: error };
  } finally {
    expect(performance.now() - began, `${what} takes too long`).toBeLessThan(longestMs);
  }
}

/** The whole way of a task; answers what became of each step. */
async function wholeWay() {
  const worktree = path;
  const outcomes: Record<string, Outcome> = {};
  const ask = async (what: string, question: () => Promise<unknown>): Promise<unknown> => {
    const { outcome, value } = await answered(what, question);
    outcomes[what] = outcome;
    return value;
  };
  await ask('describeSite', () => repo.describeSite(path));
  await ask('hasSite', () => repo.hasSite({ path, branch }));
  await ask('takeLeftLocks', () => repo.takeLeftLocks({ worktree, since: 0 as never }));
  await ask('facts', () => repo.facts({ worktree, base }));
  await ask('log', () => repo.log({ worktree, base }));
  await ask('changes', () => repo.changes({ worktree, base }));
  await ask('commitAll', () => repo.commitAll({ worktree, message: 'left behind', sign: 'off' }));
  const taken = (await ask('take', () => repo.take({ worktree }))) as { commit?: string } | null;
  const commit = outcomes['take'] === 'ok' ? (taken?.commit ?? base) : base;
  await ask('pushHook', () => repo.pushHook({ worktree, remote: 'origin', commit }));
  await ask('push', () => repo.push({ worktree, remote: 'origin', commit, accept: false }));
  const removed = await ask('removeSite', () =>
    repo.removeSite({ root: fx.root, path, branch, attempt: 'a1', remote: 'origin', keepBranch: true }),
  );
  return { outcomes, removed, failed: Object.keys(outcomes).filter((what) => outcomes[what] === 'fault') };
}

/** What was done is at the remote or under the preserved reference; or the folder stands as it was. */
function nothingLost(removed: unknown): void {
  expect(personal()).toBe(before);
  expect(fx.git(fx.root, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
  if (existsSync(path)) {
    expect(readFileSync(join(path, 'done.txt'), 'utf8')).toBe('done');
    expect(removed).toMatchObject({ code: 'not-preserved', message: expect.stringContaining(path) });
    return;
  }
  const places = [
    [fx.remote, branch],
    [fx.root, ref],
  ].filter(([at = '', name = '']) => fx.succeeds(at, 'rev-parse', '--verify', name));
  const files = places.flatMap(([at = '', name = '']) => fx.git(at, 'ls-tree', '-r', '--name-only', name).split('\n'));
  expect(files).toEqual(expect.arrayContaining(['done.txt', 'left.txt']));
}

const at = (name: string): string => join(path, name);

/** Puts something odd there, whatever stood there before. */
const odd: Readonly<Record<string, (file: string) => Promise<void> | void>> = {
  'a pipe': (file) => void execFileSync('mkfifo', [file]),
  'a link to a pipe': (file) => {
    execFileSync('mkfifo', [join(fx.folder, 'pipe')]);
    symlinkSync(join(fx.folder, 'pipe'), file);
  },
  'a link to itself': (file) => symlinkSync(file, file),
  'a link elsewhere': (file) => symlinkSync(join(fx.root, '.git/HEAD'), file),
  'a socket': (file) =>
    new Promise((resolve) => {
      // The name of a socket may be no longer than some hundred bytes.
      const short = join(fx.folder, 's');
      const server = createServer().listen(short, () => {
        renameSync(short, file);
        server.close(() => resolve());
      });
    }),
  'a folder': (file) => mkdirSync(file),
  nothing: () => {},
};

async function putOdd(kind: string, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { recursive: true, force: true });
  await odd[kind]!(file);
}

describe('in the git folder', () => {
  const files = [
    ...['HEAD', 'config', 'index', 'packed-refs', `refs/heads/${branch}`, 'objects/info/alternates', 'logs/HEAD', 'MERGE_HEAD'],
    ...['info/exclude', 'shallow', 'commondir', 'objects/ab/cdef', 'objects/pack/pack-x.idx', 'worktrees/x/HEAD', 'modules/x/HEAD'],
  ];
  for (const kind of Object.keys(odd)) {
    // In groups, because a site of its own for each would take minutes: what is odd in one place is refused in each.
    test(`${kind} in the place of any file`, { timeout: 120_000 }, async () => {
      for (const name of files) {
        const file = at(`.git/${name}`);
        const kept = join(fx.folder, 'kept');
        if (existsSync(file)) renameSync(file, kept);
        await putOdd(kind, file);
        const { outcome, value } = await answered(`${kind} as ${name}`, () => repo.facts({ worktree: path, base }));
        const leads = kind !== 'nothing' && kind !== 'a folder';
        if (leads) expect([name, outcome, String(value)]).toEqual([name, 'fault', expect.stringContaining(path)]);
        await answered(`${kind} as ${name}: hasSite`, () => repo.hasSite({ path, branch }));
        await answered(`${kind} as ${name}: log`, () => repo.log({ worktree: path, base }));
        rmSync(join(fx.folder, 'pipe'), { force: true });
        rmSync(file, { recursive: true, force: true });
        for (const folder of ['worktrees', 'modules']) rmSync(at(`.git/${folder}`), { recursive: true, force: true });
        if (existsSync(kept)) renameSync(kept, file);
      }
      // And one of them through all that there is.
      await putOdd(kind, at('.git/logs/HEAD'));
      const { removed } = await wholeWay();
      nothingLost(removed);
    });
  }
});

describe('.git itself', () => {
  test.each(['a pipe', 'a socket', 'a link elsewhere', 'nothing'])('%s', async (kind) => {
    await putOdd(kind, at('.git'));
    const { removed, outcomes } = await wholeWay();
    expect(outcomes).toMatchObject({ facts: 'fault', commitAll: 'fault', take: 'fault', push: 'fault' });
    if (kind === 'nothing') expect(removed).toEqual({ preserved: ref });
    else nothingLost(removed);
  });

  test.each([
    ['a file that names the person’s repository', () => writeFileSync(at('.git'), `gitdir: ${join(fx.root, '.git')}\n`)],
    ['a link to the person’s repository', () => symlinkSync(join(fx.root, '.git'), at('.git'))],
    ['another repository', () => void execFileSync('cp', ['-R', join(fx.root, '.git'), at('.git')])],
  ])('%s', async (_name, put) => {
    rmSync(at('.git'), { recursive: true });
    put();
    const { removed, outcomes } = await wholeWay();
    expect(outcomes).toMatchObject({ facts: 'fault', commitAll: 'fault', take: 'fault', push: 'fault', removeSite: 'fault' });
    nothingLost(removed);
  });
});

describe('what a repository says', () => {
  const object = (type: string, body: Buffer): string => {
    const bytes = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
    const id = createHash('sha1').update(bytes).digest('hex');
    write(id, bytes);
    return id;
  };
  const write = (id: string, bytes: Buffer): void => {
    const file = at(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`);
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    writeFileSync(file, deflateSync(bytes));
  };
  const tip = (id: string): void => writeFileSync(at(`.git/refs/heads/${branch}`), `${id}\n`);
  const tree = (...entries: readonly (readonly [mode: string, name: string | Buffer, id: string])[]): string =>
    object(
      'tree',
      Buffer.concat(
        entries.map(([mode, name, id]) =>
          Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')]),
        ),
      ),
    );
  const commit = (of: string, parent = fx.git(path, 'rev-parse', 'HEAD')): string =>
    object(
      'commit',
      Buffer.from(`tree ${of}\nparent ${parent}\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nx\n`),
    );
  const blob = (text = 'x'): string => object('blob', Buffer.from(text));

  const refused: Readonly<Record<string, readonly [prepare: () => void, at: string, words: RegExp]>> = {
    'a branch at a file': [() => tip(blob()), 'facts', /is a blob and no commit/],
    'a branch at a tree': [() => tip(tree(['100644', 'a', blob()])), 'facts', /is a tree and no commit/],
    'a branch at a tag': [
      () => (fx.git(path, 'tag', '-a', '-m', 'x', 'v1'), tip(fx.git(path, 'rev-parse', 'v1'))),
      'facts',
      /is a tag and no commit/,
    ],
    'a branch at what is not there': [() => tip('1234567890'.repeat(4)), 'facts', /which is not there or broken/],
    'a branch that follows another': [
      () => writeFileSync(at(`.git/refs/heads/${branch}`), 'ref: refs/heads/other\n'),
      'facts',
      /has no commit/,
    ],
    'another branch': [() => fx.git(path, 'checkout', '-q', '-b', 'other'), 'facts', /no longer on the branch/],
    'objects borrowed from elsewhere': [
      () => writeFileSync(at('.git/objects/info/alternates'), `${join(fx.remote, 'objects')}\n`),
      'facts',
      /alternates was changed/,
    ],
    'a commit whose file does not match its name': [
      () => {
        const id = commit(tree(['100644', 'a', blob()]));
        write(id, Buffer.from(`commit 0\0`));
        tip(id);
      },
      'take',
      /could not be brought|cannot be read/,
    ],
    'a file whose object does not match its name': [
      () => {
        const id = blob('one');
        const made = commit(tree(['100644', 'a', id]));
        write(id, Buffer.from('blob 3\0two'));
        tip(made);
      },
      'take',
      /could not be brought/,
    ],
    'a file that is larger than it says': [
      () => {
        const id = blob('one');
        const made = commit(tree(['100644', 'a', id]));
        write(id, Buffer.concat([Buffer.from('blob 3\0'), Buffer.alloc(200 * 2 ** 20)]));
        tip(made);
      },
      'take',
      /could not be brought/,
    ],
    'a .git in a tree': [() => tip(commit(tree(['40000', '.git', tree(['100644', 'config', blob()])]))), 'take', /.git/],
    'a .GIT in a tree': [() => tip(commit(tree(['40000', '.GIT', tree(['100644', 'config', blob()])]))), 'take', /.git/i],
    'a .git with a character that some file systems ignore': [
      () => tip(commit(tree(['40000', '.g\u200cit', tree(['100644', 'config', blob()])]))),
      'take',
      /git/,
    ],
    'a way up in a tree': [() => tip(commit(tree(['40000', '..', tree(['100644', 'config', blob()])]))), 'take', /\.\./],
    'a submodule whose address is an option': [
      () => tip(commit(tree(['100644', '.gitmodules', blob('[submodule "x"]\n\tpath = x\n\turl = --upload-pack=x\n')]))),
      'take',
      /gitmodules/,
    ],
    'a submodule that is updated by a program': [
      () => tip(commit(tree(['100644', '.gitmodules', blob('[submodule "x"]\n\tpath = x\n\turl = https://x/y\n\tupdate = !sh\n')]))),
      'take',
      /gitmodules/,
    ],
  };

  test.each(Object.entries(refused))('%s is refused', { timeout: 60_000 }, async (_name, [prepare, step, words]) => {
    prepare();
    const worktree = path;
    const asked = step === 'facts' ? () => repo.facts({ worktree, base }) : () => repo.take({ worktree });
    const { outcome, value } = await answered(step, asked);
    expect([outcome, String(value)]).toEqual(['fault', expect.stringMatching(words)]);
    const { removed, outcomes } = await wholeWay();
    expect(outcomes[step]).toBe('fault');
    // What could not be taken was not pushed: only where the branch began.
    if (fx.succeeds(fx.remote, 'rev-parse', '--verify', branch)) expect(fx.git(fx.remote, 'rev-parse', branch)).toBe(base);
    if (existsSync(path)) expect(removed).toMatchObject({ code: 'not-preserved' });
    else expect(removed).toEqual({ preserved: ref });
    expect(personal()).toBe(before);
  });

  test('more than a task may bring', { timeout: 60_000 }, async () => {
    writeFileSync(at('zeros'), '');
    truncateSync(at('zeros'), 150 * 2 ** 20);
    const { outcomes } = await wholeWay();
    expect(outcomes).toMatchObject({ facts: 'ok', commitAll: 'ok', take: 'fault' });
    expect(fx.succeeds(fx.root, 'rev-parse', '--verify', branch)).toBe(false);
  });

  test('a tree that unfolds without end', { timeout: 120_000 }, async () => {
    repo = gitRepo({ ...limits, localMs: 2_000 });
    let bomb = blob();
    bomb = tree(...Array.from({ length: 10 }, (_, at) => ['100644', `f${at}`, bomb] as const));
    for (let depth = 0; depth < 9; depth += 1) bomb = tree(...Array.from({ length: 10 }, (_, at) => ['40000', `d${at}`, bomb] as const));
    tip(commit(bomb));
    const { outcome, value } = await answered('facts', () => repo.facts({ worktree: path, base }));
    expect([outcome, String(value)]).toEqual(['fault', expect.stringContaining('cannot be read')]);
    const { removed } = await wholeWay();
    nothingLost(removed);
  });

  test('an index that is broken, split, or hides changes', { timeout: 60_000 }, async () => {
    fx.write(path, { 'src/app.txt': 'changed' });
    fx.git(path, 'update-index', '--assume-unchanged', 'src/app.txt');
    fx.git(path, 'update-index', '--split-index', '--fsmonitor');
    expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: expect.arrayContaining(['src/app.txt', 'left.txt']) });
    writeFileSync(at('.git/index'), 'DIRC broken');
    const { failed, removed } = await wholeWay();
    expect([failed, removed]).toEqual([[], { preserved: null }]);
    expect(fx.git(fx.remote, 'show', `${branch}:src/app.txt`)).toBe('changed');
  });

  test('ten thousand references, and a branch named in bytes', { timeout: 60_000 }, async () => {
    const head = fx.git(path, 'rev-parse', 'HEAD');
    const lines = Array.from({ length: 10_000 }, (_, n) => `${head} refs/heads/many/b${n}\n`);
    writeFileSync(at('.git/packed-refs'), lines.join(''));
    const hidden = commit(fx.git(path, 'rev-parse', 'HEAD^{tree}'));
    const folder = Buffer.concat([Buffer.from(at('.git/refs/heads/')), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/x')]), `${hidden}\n`);
    const { failed, removed } = await wholeWay();
    expect([failed, removed]).toEqual([[], { preserved: ref }]);
    expect(fx.succeeds(fx.root, 'merge-base', '--is-ancestor', hidden, ref)).toBe(true);
  });
});

describe('in the checkout', () => {
  const harmless: Readonly<Record<string, () => Promise<void> | void>> = {
    'a pipe as .gitignore': () => putOdd('a pipe', at('.gitignore')),
    'a pipe as .gitattributes': () => putOdd('a pipe', at('.gitattributes')),
    'a pipe as .gitmodules': () => putOdd('a pipe', at('.gitmodules')),
    'pipes in a new folder': async () => {
      fx.write(path, { 'new/file.txt': 'new' });
      for (const name of ['.gitignore', '.gitattributes']) await putOdd('a pipe', at(`new/${name}`));
    },
    'a link to a pipe as .gitignore': () => putOdd('a link to a pipe', at('.gitignore')),
    'a socket as .gitignore': () => putOdd('a socket', at('.gitignore')),
    'a tracked file that became a pipe': () => putOdd('a pipe', at('src/app.txt')),
    'a tracked file that became a link to a pipe': () => putOdd('a link to a pipe', at('src/app.txt')),
    'a folder in the place of .gitignore': () => putOdd('a folder', at('.gitignore')),
    'a folder that became a file': () => {
      rmSync(at('src'), { recursive: true });
      fx.write(path, { src: 'a file' });
    },
    'a file that became a folder': () => {
      rmSync(at('README.md'));
      fx.write(path, { 'README.md/x.txt': 'x' });
    },
    'hard links': () => linkSync(join(fx.root, '.git/config'), at('linked')),
    'a repository inside whose HEAD is a link to itself': () => putOdd('a link to itself', at('nested/.git/HEAD')),
    'a repository inside that is the person’s': () => {
      fx.write(path, { 'nested/.git': `gitdir: ${join(fx.root, '.git')}\n`, 'nested/x.txt': 'x' });
    },
    'a folder a hundred deep': () => fx.write(path, { [`${'d/'.repeat(100)}file.txt`]: 'deep' }),
  };
  test.each(Object.entries(harmless))('%s is in nobody’s way', { timeout: 60_000 }, async (_name, prepare) => {
    await prepare();
    const { failed, removed } = await wholeWay();
    expect(failed).toEqual([]);
    nothingLost(removed);
  });

  test.each(['HEAD', 'config', 'packed-refs', 'objects/info/alternates'])(
    'a repository inside whose %s is a pipe',
    { timeout: 60_000 },
    async (name) => {
      fx.git(path, 'init', '--quiet', 'nested');
      fx.commit(at('nested'), { 'n.txt': 'n' });
      await putOdd('a pipe', at(`nested/.git/${name}`));
      const { failed, removed } = await wholeWay();
      expect(failed.filter((what) => what !== 'removeSite')).toEqual([]);
      nothingLost(removed);
      if (existsSync(path)) expect(String(removed)).toContain('nested/.git');
      else expect(fx.git(fx.root, 'show', `${ref}:nested/n.txt`)).toBe('n');
    },
  );

  test('a repository inside that leads to a git folder full of pipes outside', { timeout: 60_000 }, async () => {
    const evil = join(fx.folder, 'evil');
    for (const name of ['HEAD', 'config', 'packed-refs']) await putOdd('a pipe', join(evil, name));
    for (const name of ['objects', 'refs']) mkdirSync(join(evil, name));
    fx.write(path, { 'nested/.git': `gitdir: ${evil}\n`, 'nested/x.txt': 'x' });
    const { failed, removed } = await wholeWay();
    expect(failed).toEqual([]);
    nothingLost(removed);
    expect(existsSync(join(evil, 'HEAD'))).toBe(true);
  });
});
