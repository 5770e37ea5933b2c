// Branch names: the real git accepts the name for any prefix and title. All names of a run are checked by one git at the
// end, because a process for each would cost minutes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { branchName } from '../../src/core/delivery/branch.ts';
import { anyText, broken } from './broken-text.ts';
import type { Target } from './target.ts';

const pieces = ['/', '.', '..', '.lock', '-', '@{', '@', '\\', ' ', '~', '^', ':', '?', '*', '[', 'refs/heads/', 'HEAD', 'x'.repeat(60)];
const text = fc.oneof(
  broken(fc.constantFrom('yard/', 'team/bot-', 'Fix the größe of "names" — again', ''), { pieces, most: 6 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
  anyText,
);
const id = fc.array(fc.nat(999_999_999), { minLength: 1, maxLength: 3 }).map((numbers) => `t${numbers.join('.')}`);

interface Input {
  readonly prefix: string;
  readonly title: string;
  readonly id: string;
  readonly taken: readonly string[];
}

const names = new Set<string>();

export const branches: Target<Input> = {
  name: 'branches',
  inputs: fc
    .record({ prefix: text, title: text, id, taken: fc.array(text, { maxLength: 3 }), again: fc.boolean() })
    .map(({ again, ...wish }) => (again ? { ...wish, taken: [...wish.taken, branchName({ ...wish, taken: [] }).toUpperCase()] } : wish)),
  reaches: ['free', 'numbered'],
  holds: (wish) => {
    const name = branchName(wish);
    assert.notEqual(branchName({ ...wish, taken: [...wish.taken, name] }), name);
    assert.ok(name.includes(wish.id));
    // Limits of `git branch` beyond the form of a ref, and of file systems beyond git.
    assert.ok(!name.startsWith('-') && name !== 'HEAD');
    for (const part of name.split('/')) assert.ok(Buffer.byteLength(part) <= 250);
    names.add(name);
    const beside = branchName({ ...wish, taken: [name, `${name}-2/x`] });
    assert.ok(beside !== name && !beside.startsWith(`${name}/`));
    return name === branchName({ ...wish, taken: [] }) ? 'free' : 'numbered';
  },
  finish: () => {
    const folder = mkdtempSync(join(tmpdir(), 'yard-fuzz-git-'));
    try {
      const git = (args: string[], input = ''): ReturnType<typeof spawnSync> =>
        spawnSync('git', args, { cwd: folder, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
      assert.equal(git(['init', '-q', '--bare', '.']).status, 0);
      // All names are read and checked in one transaction, which is then aborted, so nothing is written.
      const verify = [...names].map((name) => `verify refs/heads/${name}\0${'0'.repeat(40)}\0`);
      const { status, stderr } = git(['update-ref', '-z', '--stdin'], ['start\0', ...verify, 'abort\0'].join(''));
      assert.equal(status, 0, String(stderr));
    } finally {
      names.clear();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
