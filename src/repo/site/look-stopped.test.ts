import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { siteStage } from '../../../test/support/site-stage.ts';
import { readerOf } from './record.ts';

test('a look that was stopped after the index had moved leaves no wrong word of where it is', async () => {
  const { path, repo, fx, base } = await siteStage();
  onTestFinished(() => fx.dispose());
  // Git waits at the pipe until such pipes are searched for.
  mkdirSync(join(path, 'sub'));
  writeFileSync(join(path, 'sub', 'file'), '');
  execFileSync('mkfifo', [join(path, 'sub', '.gitignore')]);
  const abort = new AbortController();
  const look = repo.within(abort.signal).facts({ worktree: path, base });
  const held = (): string => execFileSync('git', ['ls-files'], { cwd: path, env: { GIT_DIR: readerOf(path) }, encoding: 'utf8' });
  await expect.poll(held, { interval: 5 }).toContain('done.txt');
  abort.abort();
  await expect(look).rejects.toMatchObject({ code: 'stopped' });
  rmSync(join(path, 'sub'), { recursive: true });
  fx.git(path, 'reset', '--quiet', '--hard', base);
  expect(await repo.facts({ worktree: path, base })).toMatchObject({ commits: 0, dirty: ['left.txt'] });
});
