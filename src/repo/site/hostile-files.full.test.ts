// Whatever a worker puts in place of a file: every question is answered within its deadline, by a value or a fault in plain
// words; nothing of the person's changes; and removal saves what git can hold, or refuses and keeps the folder.
// `npm test` shows some of it by stories (hostile-checkouts.test.ts).
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GitFixture } from '../../../test/support/git-fixture.ts';
import { answered, nothingLost, preserved, siteBranch, siteStage, wholeWay, type SiteStage } from '../../../test/support/site-stage.ts';
import type { Repo } from '../../ports/repo.ts';

let stage: SiteStage;
let fx: GitFixture;
let repo: Repo;
let path: string;
let base: string;

async function set(limits: Parameters<typeof siteStage>[0] = {}): Promise<void> {
  stage = await siteStage(limits);
  ({ fx, repo, path, base } = stage);
}
beforeEach(() => set());
afterEach(() => fx.dispose());

const at = (name: string): string => join(path, name);

/** Puts something odd there, whatever was there before. */
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
      // The name of a socket is limited to about a hundred bytes.
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
    ...['HEAD', 'config', 'index', 'packed-refs', `refs/heads/${siteBranch}`, 'objects/info/alternates', 'logs/HEAD', 'MERGE_HEAD'],
    ...['info/exclude', 'shallow', 'commondir', 'objects/ab/cdef', 'objects/pack/pack-x.idx', 'worktrees/x/HEAD', 'modules/x/HEAD'],
  ];
  for (const kind of Object.keys(odd)) {
    // In groups, because a separate site for each would take minutes: an odd file is refused in each place.
    test(`${kind} in the place of any file`, async () => {
      for (const name of files) {
        const file = at(`.git/${name}`);
        const kept = join(fx.folder, 'kept');
        if (existsSync(file)) renameSync(file, kept);
        await putOdd(kind, file);
        const { outcome, value } = await answered(`${kind} as ${name}`, () => repo.facts({ worktree: path, base }));
        // A pipe, a socket or a device is removed, and then the file is missing.
        const leads = kind.includes('link');
        if (leads) expect([name, outcome, String(value)]).toEqual([name, 'fault', expect.stringContaining(path)]);
        await answered(`${kind} as ${name}: hasSite`, () => repo.hasSite({ path, branch: siteBranch }));
        await answered(`${kind} as ${name}: log`, () => repo.log({ worktree: path, base }));
        rmSync(join(fx.folder, 'pipe'), { force: true });
        rmSync(file, { recursive: true, force: true });
        for (const folder of ['worktrees', 'modules']) rmSync(at(`.git/${folder}`), { recursive: true, force: true });
        if (existsSync(kept)) renameSync(kept, file);
      }
      // And one of them through all steps.
      await putOdd(kind, at('.git/logs/HEAD'));
      const { removed } = await wholeWay(stage);
      nothingLost(stage, removed);
    });
  }
});

describe('.git itself', () => {
  test.each(['a pipe', 'a socket', 'a link elsewhere', 'nothing'])('%s', async (kind) => {
    await putOdd(kind, at('.git'));
    const { removed, outcomes } = await wholeWay(stage);
    expect(outcomes).toMatchObject({ facts: 'fault', commitAll: 'fault', take: 'fault', push: 'fault' });
    if (kind === 'nothing') expect(removed).toEqual({ preserved });
    else nothingLost(stage, removed);
  });

  test.each([
    ['a file that names the person’s repository', () => writeFileSync(at('.git'), `gitdir: ${join(fx.root, '.git')}\n`)],
    ['a link to the person’s repository', () => symlinkSync(join(fx.root, '.git'), at('.git'))],
    ['another repository', () => void execFileSync('cp', ['-R', join(fx.root, '.git'), at('.git')])],
  ])('%s', async (_name, put) => {
    rmSync(at('.git'), { recursive: true });
    put();
    const { removed, outcomes } = await wholeWay(stage);
    expect(outcomes).toMatchObject({ facts: 'fault', commitAll: 'fault', take: 'fault', push: 'fault', removeSite: 'fault' });
    nothingLost(stage, removed);
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
  test.each(Object.entries(harmless))('%s is in nobody’s way', async (_name, prepare) => {
    await prepare();
    const { failed, removed } = await wholeWay(stage);
    expect(failed).toEqual([]);
    nothingLost(stage, removed);
  });

  test.each(['HEAD', 'config', 'packed-refs', 'objects/info/alternates'])('a repository inside whose %s is a pipe', async (name) => {
    fx.git(path, 'init', '--quiet', 'nested');
    fx.commit(at('nested'), { 'n.txt': 'n' });
    await putOdd('a pipe', at(`nested/.git/${name}`));
    const { failed, removed } = await wholeWay(stage);
    expect(failed.filter((what) => what !== 'removeSite')).toEqual([]);
    nothingLost(stage, removed);
    if (existsSync(path)) expect(String(removed)).toContain('nested/.git');
    else expect(fx.git(fx.root, 'show', `${preserved}:nested/n.txt`)).toBe('n');
  });

  test('a repository inside that leads to a git folder full of pipes outside', async () => {
    const evil = join(fx.folder, 'evil');
    for (const name of ['HEAD', 'config', 'packed-refs']) await putOdd('a pipe', join(evil, name));
    for (const name of ['objects', 'refs']) mkdirSync(join(evil, name));
    fx.write(path, { 'nested/.git': `gitdir: ${evil}\n`, 'nested/x.txt': 'x' });
    const { failed, removed } = await wholeWay(stage);
    expect(failed).toEqual([]);
    nothingLost(stage, removed);
    expect(existsSync(join(evil, 'HEAD'))).toBe(true);
  });
});

describe('what may not be read', () => {
  test.for(['src', 'new', '.git/refs', 'src/app.txt'])('%s: told, and the folder is kept', async (name, { skip }) => {
    skip(process.getuid?.() === 0, 'root may read everything');
    fx.write(path, { 'src/app.txt': 'changed', 'new/x.txt': 'new' });
    chmodSync(at(name), 0);
    const { removed, outcomes } = await wholeWay(stage);
    chmodSync(at(name), 0o755);
    expect(outcomes).toMatchObject({ commitAll: 'fault', removeSite: 'fault' });
    nothingLost(stage, removed);
  });
});
