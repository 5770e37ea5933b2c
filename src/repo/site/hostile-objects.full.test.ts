// Whatever a worker's repository contains: broken, forged or too large objects, references and indexes are refused in plain
// words, and nothing of them gets into the person's repository or to the remote.
// `npm test` shows what a worker can do to a repository by stories (hostile-repository.full.test.ts).
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { forgery } from '../../../test/support/forged-git-objects.ts';
import type { GitFixture } from '../../../test/support/git-fixture.ts';
import {
  answered,
  nothingLost,
  personal,
  preserved,
  siteBranch,
  siteStage,
  wholeWay,
  type SiteStage,
} from '../../../test/support/site-stage.ts';
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

describe('what a repository says', () => {
  const { write, tip, tree, commit, blob } = forgery(() => stage);

  const refused: Readonly<Record<string, readonly [prepare: () => void, at: string, words: RegExp]>> = {
    'a branch at a file': [() => tip(blob()), 'facts', /is a blob and no commit/],
    'a branch at a tree': [() => tip(tree(['100644', 'a', blob()])), 'facts', /is a tree and no commit/],
    'a branch at a tag': [
      () => (fx.git(path, 'tag', '-a', '-m', 'x', 'v1'), tip(fx.git(path, 'rev-parse', 'v1'))),
      'facts',
      /is a tag and no commit/,
    ],
    'a branch at what is not there': [() => tip('1234567890'.repeat(4)), 'facts', /which is missing or broken/],
    'a branch that follows another': [
      () => writeFileSync(at(`.git/refs/heads/${siteBranch}`), 'ref: refs/heads/other\n'),
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
      /could not be copied|cannot be read/,
    ],
    'a file whose object does not match its name': [
      () => {
        const id = blob('one');
        const made = commit(tree(['100644', 'a', id]));
        write(id, Buffer.from('blob 3\0two'));
        tip(made);
      },
      'take',
      /could not be copied/,
    ],
    'a file that is larger than it says': [
      () => {
        const id = blob('one');
        const made = commit(tree(['100644', 'a', id]));
        write(id, Buffer.concat([Buffer.from('blob 3\0'), Buffer.alloc(200 * 2 ** 20)]));
        tip(made);
      },
      'take',
      /could not be copied/,
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

  test.each(Object.entries(refused))('%s is refused', async (_name, [prepare, step, words]) => {
    prepare();
    const worktree = path;
    const asked = step === 'facts' ? () => repo.facts({ worktree, base }) : () => repo.take({ worktree });
    const { outcome, value } = await answered(step, asked);
    expect([outcome, String(value)]).toEqual(['fault', expect.stringMatching(words)]);
    const { removed, outcomes } = await wholeWay(stage);
    expect(outcomes[step]).toBe('fault');
    // Work that could not be taken was not pushed: the remote only has the commit that the branch began at.
    const arrived = fx.succeeds(fx.remote, 'rev-parse', '--verify', siteBranch);
    if (arrived && outcomes['take'] === 'fault') expect(fx.git(fx.remote, 'rev-parse', siteBranch)).toBe(base);
    if (existsSync(path)) expect(removed).toMatchObject({ code: 'not-preserved' });
    else expect(removed).toEqual({ preserved });
    expect(personal(fx)).toBe(stage.before);
  });

  const large = (name: string): void => (writeFileSync(at(name), name), truncateSync(at(name), 40 * 2 ** 20));

  test('more than a task may bring', async () => {
    for (const name of ['one', 'two']) large(name);
    fx.git(path, 'add', 'one', 'two');
    fx.git(path, 'commit', '--quiet', '-m', 'large');
    const { outcomes } = await wholeWay(stage);
    expect(outcomes).toMatchObject({ facts: 'ok', commitAll: 'ok', take: 'fault' });
    expect(fx.succeeds(fx.root, 'rev-parse', '--verify', siteBranch)).toBe(false);
  });

  test('more than a task may bring, left uncommitted: nothing of it is written down, and what is committed is taken', async () => {
    for (const name of ['one', 'two']) large(name);
    const [tip, count] = [fx.git(path, 'rev-parse', 'HEAD'), fx.git(path, 'count-objects')];
    const message = expect.stringMatching(
      /uncommitted files in .* hold 80 MiB, but a task may add at most 50 MiB; .*: one \(40 MiB\), two \(40 MiB\), left.txt/,
    );
    const told = repo.commitAll({ worktree: path, message: 'left', sign: 'off' });
    await expect(told).rejects.toMatchObject({ code: 'not-committed', message });
    expect([fx.git(path, 'rev-parse', 'HEAD'), fx.git(path, 'count-objects')]).toEqual([tip, count]);
    expect(await repo.take({ worktree: path })).toEqual({ commit: tip, kept: null });
  });

  test('large files that go through a filter are counted by themselves: what is committed of them may be small', async () => {
    fx.git(fx.root, 'config', 'filter.small.clean', 'wc -c');
    fx.write(path, { '.gitattributes': 'one filter=small\n' });
    for (const name of ['one', 'two']) large(name);
    expect(await repo.commitAll({ worktree: path, message: 'left', sign: 'off' })).not.toBeNull();
    expect(fx.git(path, 'show', 'HEAD:one').trim()).toBe(String(40 * 2 ** 20));
  });

  test('an index that is broken, split, or hides changes', async () => {
    fx.write(path, { 'src/app.txt': 'changed' });
    fx.git(path, 'update-index', '--assume-unchanged', 'src/app.txt');
    fx.git(path, 'update-index', '--split-index', '--fsmonitor');
    expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: expect.arrayContaining(['src/app.txt', 'left.txt']) });
    writeFileSync(at('.git/index'), 'DIRC broken');
    const { failed, removed } = await wholeWay(stage);
    expect([failed, removed]).toEqual([[], { preserved: null }]);
    expect(fx.git(fx.remote, 'show', `${siteBranch}:src/app.txt`)).toBe('changed');
  });

  test('an index in two halves: what is only staged there is seen and saved', async () => {
    fx.git(fx.root, 'config', '--global', 'core.splitIndex', 'true');
    fx.write(path, { 'staged.txt': 'only staged' });
    fx.git(path, 'add', 'staged.txt');
    rmSync(at('staged.txt'));
    expect(await repo.facts({ worktree: path, base })).toMatchObject({ dirty: expect.arrayContaining(['staged.txt']) });
    const about = { root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true };
    expect(await repo.removeSite(about)).toEqual({ preserved });
    const saved = fx.git(fx.root, 'rev-list', preserved).split('\n');
    expect(saved.filter((id) => fx.succeeds(fx.root, 'cat-file', '-e', `${id}:staged.txt`))).toHaveLength(1);
  });

  test('an index that is larger than any index is not copied, and the site is kept', async () => {
    truncateSync(at('.git/index'), 2 ** 30);
    const told = { code: 'worktree-failed', message: expect.stringMatching(/index is larger than any index, with 1073741824 bytes/) };
    await expect(repo.facts({ worktree: path, base })).rejects.toMatchObject(told);
    const { outcomes, removed } = await wholeWay(stage);
    expect(outcomes).toMatchObject({ commitAll: 'fault', removeSite: 'fault' });
    nothingLost(stage, removed);
  });

  test('a log of more lines than any repository has is not read to its end, and the site is kept', async () => {
    writeFileSync(at('.git/logs/x'), '\n'.repeat(600_000));
    const { failed, removed } = await wholeWay(stage);
    expect([failed, String(removed)]).toEqual([['removeSite'], expect.stringContaining('more references and logs')]);
    nothingLost(stage, removed);
  });

  test('ten thousand references, and a branch named in bytes', async () => {
    const head = fx.git(path, 'rev-parse', 'HEAD');
    const lines = Array.from({ length: 10_000 }, (_, n) => `${head} refs/heads/many/b${n}\n`);
    writeFileSync(at('.git/packed-refs'), lines.join(''));
    const hidden = commit(fx.git(path, 'rev-parse', 'HEAD^{tree}'));
    const folder = Buffer.concat([Buffer.from(at('.git/refs/heads/')), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/x')]), `${hidden}\n`);
    const { failed, removed } = await wholeWay(stage);
    expect([failed, removed]).toEqual([[], { preserved }]);
    expect(fx.succeeds(fx.root, 'merge-base', '--is-ancestor', hidden, preserved)).toBe(true);
  });
});
