// An interrupted removal can be repeated, and leaves no reference of ours whose site is unknown.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { siteBranch, siteStage } from '../../../test/support/site-stage.ts';

test('our references go before the record that tells whose they are', async () => {
  const { fx, path, repo } = await siteStage();
  onTestFinished(() => fx.dispose());
  await repo.take({ worktree: path });
  const given = { root: fx.root, path, branch: siteBranch, attempt: 'a1', remote: 'origin', keepBranch: true };
  const inTheWay = join(fx.folder, 'trash');
  writeFileSync(inTheWay, 'nothing can be moved out of the way');
  await expect(repo.removeSite(given)).rejects.toMatchObject({ code: 'worktree-failed', message: expect.stringContaining(inTheWay) });
  const ours = (): string => fx.git(fx.root, 'for-each-ref', '--format=%(refname)', 'refs/yardmaster/base', 'refs/yardmaster/tip');
  expect([existsSync(path), ours()]).toEqual([true, '']);
  rmSync(inTheWay);
  expect(await repo.removeSite(given)).toEqual({ preserved: 'refs/yardmaster/preserved/a1' });
  expect([path, join(fx.folder, 'readers/t1')].filter((folder) => existsSync(folder))).toEqual([]);
  expect(fx.git(fx.root, 'show', 'refs/yardmaster/preserved/a1:left.txt')).toBe('left');
});
