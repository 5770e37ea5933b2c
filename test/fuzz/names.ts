// Names of files as bytes: whatever a worker calls its files and folders, the same bytes arrive in the commit and in the
// work that is saved before a removal. All names of a run share one site, because a site for each would cost hours.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { gitRepo } from '../../src/repo/git-repo.ts';
import { createGitFixture } from '../support/git-fixture.ts';
import type { Target } from './target.ts';

/** Bytes that git, a shell, a terminal or our own parsing of lists could misinterpret. */
const telling = [
  0x0a, 0x0d, 0x09, 0x20, 0x22, 0x27, 0x5c, 0x3a, 0x2a, 0x3f, 0x5b, 0x24, 0x60, 0x2d, 0x21, 0x23, 0x7f, 0x80, 0xc3, 0xe9, 0xff,
];
const byte = fc.oneof(fc.constantFrom(...telling), fc.integer({ min: 1, max: 255 }), fc.integer({ min: 0x61, max: 0x7a }));
const name = fc
  .oneof(
    fc.array(byte, { minLength: 1, maxLength: 12 }),
    fc.array(byte, { minLength: 200, maxLength: 255 }),
    fc
      .constantFrom('-', '--', ' ', ':(top)x', ':!x', '*', '"', '\n', '\\', 'größe', '日本', '%s', '$(x)', '@{', '~')
      .map((text) => [...Buffer.from(text)]),
  )
  .map((bytes) => Buffer.from(bytes.map((one) => (one === 0x2f ? 0x5f : one))).toString('latin1'))
  // Names that git refuses by intent, or that the fixture ignores.
  .filter((text) => text !== '.' && text !== '..' && !/^\.?git|\.log$|^ignored$/i.test(text));

/** Names of folders, and of the file in the last of them; each character is one byte. */
type Input = readonly string[];

const paths = new Set<string>();

export const names: Target<Input> = {
  name: 'names',
  inputs: fc.array(name, { minLength: 1, maxLength: 4 }),
  reaches: ['text', 'bytes', 'lines'],
  holds: (parts) => {
    const path = parts.join('/');
    assert.ok(!path.includes('\0') && !path.startsWith('/'));
    // Each path has a folder of its own, so that no two names conflict.
    paths.add(`${paths.size}/${path}`);
    if (path.includes('\n')) return 'lines';
    return Buffer.from(path, 'latin1').toString('utf8').includes('\ufffd') ? 'bytes' : 'text';
  },
  finish: async () => {
    const all = [...paths];
    paths.clear();
    await arrives(all);
  },
};

async function arrives(all: readonly string[]): Promise<void> {
  const fx = createGitFixture();
  try {
    const repo = gitRepo();
    const path = join(fx.worktrees, 't1');
    const { base } = await repo.makeSite({ root: fx.root, path, branch: () => 'yard/t1', remote: 'origin', defaultBranch: 'main' });
    const write = (file: string): void => {
      const whole = Buffer.concat([Buffer.from(`${path}/`), Buffer.from(file, 'latin1')]);
      mkdirSync(whole.subarray(0, whole.lastIndexOf('/')), { recursive: true });
      writeFileSync(whole, 'x');
    };
    const arrived = (at: string): ReadonlySet<string> =>
      new Set(
        execFileSync('git', ['ls-tree', '-r', '-z', '--name-only', at], { cwd: fx.root, maxBuffer: 2 ** 30 })
          .toString('latin1')
          .split('\0'),
      );
    const missing = (list: readonly string[], at: string): void => {
      const there = arrived(at);
      assert.deepEqual(list.filter((one) => !there.has(one)).slice(0, 5), [], at);
    };
    const half = Math.ceil(all.length / 2);
    const [first, second] = [all.slice(0, half), all.slice(half)];
    first.forEach(write);
    assert.equal((await repo.facts({ worktree: path, base })).dirty.length >= 1, true);
    assert.notEqual(await repo.commitAll({ worktree: path, message: 'names', sign: 'off' }), null);
    const taken = await repo.take({ worktree: path });
    missing(first, taken?.commit ?? '');
    assert.deepEqual((await repo.facts({ worktree: path, base })).dirty, []);

    second.forEach(write);
    const inside = nest({ fx, path, names: all.slice(0, 10).map((one) => one.slice(one.lastIndexOf('/') + 1)) });
    const removed = await repo.removeSite({ root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: true });
    assert.equal(removed.preserved, 'refs/yardmaster/preserved/a1');
    missing([...all, ...inside], removed.preserved ?? '');
  } finally {
    fx.dispose();
  }
}

/** Makes repositories inside, in folders with these names. Returns the paths that have to be saved. */
function nest(given: {
  readonly fx: ReturnType<typeof createGitFixture>;
  readonly path: string;
  readonly names: readonly string[];
}): readonly string[] {
  const { fx, path } = given;
  return given.names.map((folder, at) => {
    fx.write(path, { [`in${at}/plain/file.txt`]: 'x' });
    fx.git(path, 'init', '--quiet', `in${at}/plain`);
    fx.commit(join(path, `in${at}/plain`), {});
    const to = Buffer.concat([Buffer.from(`${path}/in${at}/`), Buffer.from(folder, 'latin1')]);
    renameSync(join(path, `in${at}/plain`), to);
    return `in${at}/${folder}/file.txt`;
  });
}
