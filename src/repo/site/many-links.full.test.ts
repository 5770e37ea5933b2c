// A worker makes many links to one git folder that takes long to read: it is read only once. `npm test` has no other proof.
// The limits for one such folder are in hostile-objects.full.test.ts.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { siteStage, type SiteStage } from '../../../test/support/site-stage.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

describe('many links, all to one git folder', () => {
  async function lead(fill: (folder: string) => void): Promise<void> {
    const { fx, path, base } = stage;
    const names = Array.from({ length: 40 }, (_, n) => `m${n}`);
    execFileSync('git', ['update-index', '--index-info'], { cwd: path, input: names.map((name) => `160000 ${base}\t${name}\n`).join('') });
    fx.git(path, 'commit', '--quiet', '-m', 'links');
    fx.write(path, { 'ignored/one/HEAD': 'ref: refs/heads/main\n' });
    fill(join(path, 'ignored/one'));
    fx.write(path, Object.fromEntries(names.map((name) => [`${name}/.git`, 'gitdir: ../ignored/one\n'])));
  }

  test('with large files: it is not read for each of them', async () => {
    await lead((folder) => {
      for (const name of ['objects', 'refs']) mkdirSync(join(folder, name));
      writeFileSync(join(folder, 'packed-refs'), '');
      truncateSync(join(folder, 'packed-refs'), 64 * 2 ** 20);
    });
    await expect(stage.repo.facts({ worktree: stage.path, base: stage.base })).rejects.toMatchObject({
      code: 'worktree-failed',
      message: expect.stringContaining('more references and logs'),
    });
    expect(existsSync(join(stage.path, 'left.txt'))).toBe(true);
  });

  test('with many files: they are not counted for each of them', async () => {
    await lead((folder) => {
      mkdirSync(join(folder, 'objects'));
      for (let n = 0; n < 25_001; n += 1) writeFileSync(join(folder, `objects/${n}`), '');
    });
    await expect(stage.repo.facts({ worktree: stage.path, base: stage.base })).rejects.toMatchObject({ code: 'worktree-failed' });
  });
});
