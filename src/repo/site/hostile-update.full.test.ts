// Bringing a branch up to date, leaving a conflict and pushing a rewritten branch obey nothing that a worker wrote into its
// repository, its hooks, or a repository inside its checkout.
// `npm test` shows it for the delivery of work (hostile-programs.test.ts).
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { hooks, hostileConfig } from '../../../test/support/git-keys.ts';
import { layProbes, type Probes } from '../../../test/support/tripwires.ts';
import { gitRepo } from '../git-repo.ts';

const branch = 'yard/t1';
const onto = { remote: 'origin', branch: 'main' };

let fx: GitFixture;
let folder: string;
let probes: Probes;
let other: string;
let path: string;
const repo = gitRepo({ readMs: 20_000, localMs: 20_000, networkMs: 20_000, pushMs: 20_000, lockMs: 500 });

beforeEach(async () => {
  fx = createGitFixture();
  folder = mkdtempSync(join(tmpdir(), 'yard-probes-'));
  probes = await layProbes(folder);
  path = join(fx.worktrees, 't1');
  // Drivers of the person's own, which do nothing: a worker's configuration gives them other programs.
  fx.write(fx.root, { '.gitattributes': '*.txt filter=known diff=known\n', 'list.txt': '1\n2\n3\n4\n5\n' });
  for (const [key, value] of Object.entries({ 'filter.known.clean': 'cat', 'filter.known.smudge': 'cat' }))
    fx.git(fx.root, 'config', key, value);
  fx.commit(fx.root, {});
  fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
  other = fx.clone('other');
});
afterEach(async () => {
  await probes.dispose();
  fx.dispose();
  rmSync(folder, { recursive: true });
});

const theirs = (files: Record<string, string>): string => {
  const commit = fx.commit(other, files);
  fx.git(other, 'push', '--quiet', 'origin', 'HEAD:main');
  return commit;
};

/** A site with a pushed commit, and everything in it that git could be made to obey. */
async function hostileSite(files: Record<string, string>): Promise<string> {
  await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
  const commit = fx.commit(path, { ...files, '.gitattributes': '* filter=known diff=known merge=known\n' });
  fx.git(path, 'init', '--quiet', 'nested');
  fx.commit(join(path, 'nested'), { 'n.txt': 'n' });
  expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
  expect(await repo.push({ worktree: path, remote: 'origin', commit, accept: false, sign: 'off' })).toMatchObject({ pushed: true });
  const [evil, elsewhere, included] = [join(folder, 'hooks'), join(folder, 'elsewhere'), join(folder, 'included')];
  for (const made of [evil, elsewhere]) mkdirSync(made);
  for (const hook of hooks) probes.hook(join(evil, hook));
  const config = (where: string, include: string | null): string =>
    hostileConfig({ probes, where, remote: fx.remote, hooks: evil, include, folder: elsewhere });
  writeFileSync(included, config('included', null));
  for (const [where, at] of Object.entries({ site: join(path, '.git'), nested: join(path, 'nested/.git') })) {
    appendFileSync(join(at, 'config'), `${config(where, included)}[extensions]\n\tworktreeConfig = true\n`);
    writeFileSync(join(at, 'config.worktree'), config(`${where}’s worktree`, included));
    rmSync(join(at, 'hooks'), { recursive: true, force: true });
    for (const name of ['hooks', 'info']) mkdirSync(join(at, name), { recursive: true });
    for (const hook of hooks) probes.hook(join(at, 'hooks', hook));
    writeFileSync(join(at, 'info/attributes'), '* filter=known diff=known merge=known\n');
  }
  probes.watchFiles();
  return commit;
}

const nothing = (): void => expect(probes.sprung(), probes.environments().slice(0, 2000)).toEqual([]);

test.each(['rebase', 'merge'] as const)('an update by a %s, and the push of its result', async (how) => {
  const lease = await hostileSite({ 'list.txt': 'ours\n2\n3\n4\n5\n' });
  const base = theirs({ 'list.txt': '1\n2\n3\n4\ntheirs\n', 'new.txt': 'n' });
  expect(await repo.updateSite({ worktree: path, onto, how, sign: 'auto' })).toMatchObject({ updated: true, by: how, base });
  nothing();
  const taken = await repo.take({ worktree: path });
  const commit = taken?.commit ?? '';
  expect(await repo.pushHead({ worktree: path, remote: 'origin', commit, lease, accept: false })).toMatchObject({ pushed: true });
  nothing();
  expect(fx.git(fx.remote, 'show', `${branch}:list.txt`)).toBe('ours\n2\n3\n4\ntheirs');
  expect(readFileSync(join(path, 'new.txt'), 'utf8')).toBe('n');
});

test('a conflict that is left, resolved and committed', async () => {
  const tip = await hostileSite({ 'list.txt': 'ours\n' });
  const base = theirs({ 'list.txt': 'theirs\n', 'new.txt': 'n' });
  expect(await repo.updateSite({ worktree: path, onto, how: 'rebase', sign: 'auto' })).toMatchObject({ updated: false, why: 'conflict' });
  nothing();
  expect(await repo.beginConflict({ worktree: path, onto })).toEqual({ begun: true, base, paths: ['list.txt'] });
  expect(await repo.endConflict({ worktree: path })).toMatchObject({ resolved: false });
  nothing();
  fx.write(path, { 'list.txt': 'both\n' });
  const commit = await repo.commitAll({ worktree: path, message: 'resolved', sign: 'off' });
  expect(await repo.endConflict({ worktree: path })).toEqual({ resolved: true, commit, base });
  expect(await repo.take({ worktree: path })).toEqual({ commit, kept: null });
  nothing();
  expect(fx.git(fx.root, 'log', '-1', '--format=%P', branch)).toBe(`${tip} ${base}`);
  expect(fx.git(fx.root, 'ls-tree', '-r', '--name-only', branch).split('\n')).not.toContain('nested');
});
