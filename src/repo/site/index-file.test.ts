// Compared with indexes that git itself writes.
import { chmodSync, copyFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { hasLinks, sameEntries, withLinksAt } from './index-file.ts';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => fx.dispose());

const idBytes = 20;
const index = (): string => join(fx.root, '.git/index');
const before = (): string => join(fx.folder, 'before');
const same = (): boolean | null => sameEntries({ one: before(), other: index(), idBytes });
const noted = (): void => copyFileSync(index(), before());

test.each<[string, boolean | null, () => void]>([
  ['nothing changed', true, () => {}],
  [
    'a file is touched and its times are read anew',
    true,
    () => (utimesSync(join(fx.root, 'README.md'), 1, 1), void fx.git(fx.root, 'update-index', '--refresh')),
  ],
  ['bits that hide changes', true, () => void fx.git(fx.root, 'update-index', '--assume-unchanged', 'README.md')],
  ['a changed file is staged', false, () => (fx.write(fx.root, { 'README.md': 'other' }), void fx.git(fx.root, 'add', '.'))],
  ['a mode is staged', false, () => (chmodSync(join(fx.root, 'README.md'), 0o755), void fx.git(fx.root, 'add', '.'))],
  ['a file is added by force', false, () => (fx.write(fx.root, { 'x.log': 'x' }), void fx.git(fx.root, 'add', '-f', 'x.log'))],
  ['a file is taken out', false, () => void fx.git(fx.root, 'rm', '--cached', '--quiet', 'README.md')],
  ['a file is renamed', false, () => void fx.git(fx.root, 'mv', 'README.md', 'READYOU.md')],
  ['another version of the format', null, () => void fx.git(fx.root, 'update-index', '--index-version', '4')],
  ['a broken file', null, () => writeFileSync(index(), 'DIRC broken')],
])('%s: %s', (_, expected, change) => {
  noted();
  change();
  expect(same()).toBe(expected);
});

test('a conflict is never the same, not even as itself', () => {
  fx.git(fx.root, 'checkout', '--quiet', '-b', 'side');
  fx.commit(fx.root, { 'README.md': 'side' });
  fx.git(fx.root, 'checkout', '--quiet', 'main');
  fx.commit(fx.root, { 'README.md': 'main' });
  expect(fx.succeeds(fx.root, 'merge', 'side')).toBe(false);
  noted();
  expect(same()).toBe(false);
});

test('names of all lengths, and an extended entry', () => {
  const names = Array.from({ length: 40 }, (_, at) => `${'n'.repeat(at + 1)}.txt`);
  fx.commit(fx.root, Object.fromEntries(names.map((name) => [name, name])));
  fx.write(fx.root, { 'later.txt': 'l' });
  fx.git(fx.root, 'add', '--intent-to-add', 'later.txt');
  noted();
  expect(same()).toBe(true);
  fx.git(fx.root, 'rm', '--cached', '--quiet', names[20] ?? '');
  expect(same()).toBe(false);
});

test('links to other repositories', () => {
  expect(hasLinks({ index: index(), idBytes })).toBe(false);
  fx.git(fx.root, 'update-index', '--index-version', '4');
  expect(hasLinks({ index: index(), idBytes })).toBe(false);
  fx.git(fx.root, 'update-index', '--add', '--cacheinfo', `160000,${fx.git(fx.root, 'rev-parse', 'HEAD')},module`);
  expect(hasLinks({ index: index(), idBytes })).toBeNull();
  fx.git(fx.root, 'update-index', '--index-version', '2');
  expect(hasLinks({ index: index(), idBytes })).toBe(true);
  expect(hasLinks({ index: join(fx.folder, 'none'), idBytes })).toBeNull();
});

test('links to other repositories are not denied where they may stand in the other half of a split index', () => {
  fx.write(fx.root, { 'symlink.txt': 'only the name' });
  fx.git(fx.root, 'add', 'symlink.txt');
  expect(hasLinks({ index: index(), idBytes })).toBe(false);
  fx.git(fx.root, 'update-index', '--add', '--cacheinfo', `160000,${fx.git(fx.root, 'rev-parse', 'HEAD')},module`);
  fx.git(fx.root, 'update-index', '--split-index');
  expect(hasLinks({ index: index(), idBytes })).toBeNull();
});

test('with links at other commits: git takes it for an index of its own, and does not look where they are', () => {
  const library = fx.clone('library');
  for (const name of ['a/sub', 'b']) fx.git(fx.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, name);
  fx.commit(fx.root, {});
  const [was, other] = [fx.git(library, 'rev-parse', 'HEAD'), '1'.repeat(40)];
  expect(withLinksAt({ file: index(), idBytes, commitAt: () => null })).toBeNull();
  const seen: string[] = [];
  const commitAt = (path: string, commit: string): string | null => (seen.push(`${path} ${commit}`), path === 'b' ? null : other);
  writeFileSync(before(), withLinksAt({ file: index(), idBytes, commitAt })!);
  expect(seen).toEqual([`a/sub ${was}`, `b ${was}`]);
  fx.commit(join(fx.root, 'a/sub'), { 'x.txt': 'x' });
  const [one, both] = [before(), index()].map((file) => {
    vi.stubEnv('GIT_INDEX_FILE', file);
    fx.git(fx.root, 'fsck', '--no-dangling');
    return [
      fx.git(fx.root, 'ls-files', '--stage', '-v', 'a', 'b'),
      fx.git(fx.root, 'status', '--porcelain=v2', '--ignore-submodules=dirty'),
    ];
  });
  vi.unstubAllEnvs();
  expect(one?.[0]).toBe(`h 160000 ${other} 0\ta/sub\nH 160000 ${was} 0\tb`);
  expect(one?.[1]).toBe(`1 M. S... 160000 160000 160000 ${was} ${other} a/sub`);
  expect(both?.[1]).toMatch(/^1 \.M SC\.\. .* a\/sub$/);
});
