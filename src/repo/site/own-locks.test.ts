import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { siteStage, type SiteStage } from '../../../test/support/site-stage.ts';
import { dropOwnLocks } from './own-locks.ts';
import { readerOf } from './record.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage()));
afterEach(() => stage.fx.dispose());

function lockOf(name: string): string {
  const lock = join(readerOf(stage.path), name);
  writeFileSync(lock, '');
  return lock;
}

test.each(['index.lock', 'HEAD.lock', 'packed-refs.lock', 'config.lock'])(
  '%s of a git of ours that was killed is in nobody’s way',
  async (name) => {
    const { path, repo, base } = stage;
    lockOf(name);
    expect(await repo.facts({ worktree: path, base })).toMatchObject({ commits: 1, dirty: ['left.txt'] });
    expect(await repo.commitAll({ worktree: path, message: 'the rest', sign: 'off' })).not.toBeNull();
    expect(await repo.facts({ worktree: path, base })).toMatchObject({ commits: 2, dirty: [] });
    const taken = await repo.take({ worktree: path });
    expect(taken).toMatchObject({ kept: null });
    lockOf(name);
    const given = { worktree: path, remote: 'origin', commit: taken?.commit ?? '', accept: false, sign: 'auto' } as const;
    expect(await repo.push(given)).toMatchObject({ pushed: true });
    const { fx } = stage;
    const about = { root: fx.root, path, branch: 'yard/t1', attempt: 'a1', remote: 'origin', keepBranch: true };
    lockOf(name);
    expect(await repo.removeSite(about)).toEqual({ preserved: null });
    expect([existsSync(path), existsSync(readerOf(path))]).toEqual([false, false]);
  },
);

test.each(['plain', 'jörg'])('below a folder %s, a git that is at work is seen', async (name) => {
  const reader = join(stage.fx.folder, name);
  mkdirSync(reader);
  const lock = join(reader, 'index.lock');
  writeFileSync(lock, '');
  const child = spawn('sleep', ['1000'], { env: { PATH: process.env['PATH'], GIT_DIR: reader }, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  dropOwnLocks(reader);
  expect(existsSync(lock)).toBe(true);
});

test('the lock of a git that is at work there stays', async () => {
  const { path, repo, base } = stage;
  const lock = lockOf('index.lock');
  const reader = readerOf(path);
  const child = spawn('sleep', ['1000'], { env: { PATH: process.env['PATH'], GIT_DIR: reader }, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  await expect(repo.facts({ worktree: path, base })).rejects.toMatchObject({ code: 'worktree-failed' });
  expect(existsSync(lock)).toBe(true);
});
