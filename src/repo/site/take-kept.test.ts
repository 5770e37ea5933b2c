// A site borrows objects of the person's repository: its starting point, and everything that was taken from it. The person
// may rewrite and delete the branches that have them, and run a collection at once: nothing of it is deleted as long as the
// site lives.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { siteBranch, siteStage, type SiteStage } from '../../../test/support/site-stage.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

const take = () => stage.repo.take({ worktree: stage.path });
const inSite = (...args: string[]): string => stage.fx.git(stage.path, ...args);
const persons = (...args: string[]): string => stage.fx.git(stage.fx.root, ...args);

function collectAtPersons(): void {
  persons('reflog', 'expire', '--expire=now', '--all');
  persons('gc', '--quiet', '--prune=now');
}

/**
 * After that, the site has no object of its own that the person's repository has as well, because git drops those that
 * are in a pack there.
 */
function collectAtBoth(): void {
  collectAtPersons();
  inSite('gc', '--quiet', '--prune=now');
}

test('every commit that was taken, whatever the worker and the person do with the branch', async () => {
  const tips: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    // Each replaces the previous one, which the worker's own log still names.
    if (tips.length > 0) inSite('reset', '--quiet', '--hard', stage.base);
    tips.push(stage.fx.commit(stage.path, { [`${name}.txt`]: `${name}\n` }, name));
    expect(await take()).toEqual({ commit: tips.at(-1), kept: null });
    collectAtBoth();
  }
  persons('branch', '--quiet', '-D', siteBranch);
  collectAtPersons();

  for (const tip of tips) expect(inSite('ls-tree', '-r', '--name-only', tip)).toContain('.txt');
  expect(inSite('fsck', '--no-dangling')).toBe('');
  const [first = ''] = tips;
  inSite('reset', '--quiet', '--hard', first);
  const commit = stage.fx.commit(stage.path, { 'later.txt': 'later\n' });
  expect(await take()).toMatchObject({ commit });
  expect(persons('rev-list', '--count', `${stage.base}..${commit}`)).toBe('3');
  expect(persons('fsck', '--connectivity-only', '--no-dangling')).toBe('');
});

test('what it started from, also where no branch has it any more', async () => {
  const { fx, path, base } = stage;
  collectAtBoth();
  persons('commit', '--quiet', '--amend', '--message', 'another first one');
  persons('push', '--quiet', '--force', 'origin', 'main');
  persons('fetch', '--quiet', 'origin');
  collectAtPersons();

  expect(inSite('ls-tree', '-r', '--name-only', base)).toContain('README.md');
  expect(inSite('fsck', '--no-dangling')).toBe('');
  expect(await stage.repo.facts({ worktree: path, base })).toMatchObject({ commits: 1, dirty: ['left.txt'] });
  expect(await take()).toEqual({ commit: fx.git(path, 'rev-parse', 'HEAD'), kept: null });
});

test('and nothing of it any longer than that', async () => {
  const { fx, path, repo } = stage;
  await take();
  inSite('commit', '--quiet', '--amend', '--message', 'another');
  await take();
  const refs = (): string => persons('for-each-ref', '--format=%(refname)', 'refs/yardmaster');
  expect(refs()).toMatch(/refs\/yardmaster\/taken\//);
  await repo.removeSite({ root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true });
  expect(
    refs()
      .split('\n')
      .filter((ref) => !/^refs\/yardmaster\/(?:preserved|remotes)\//.test(ref)),
  ).toEqual([]);
});
