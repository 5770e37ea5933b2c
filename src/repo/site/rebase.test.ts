// Our work is rebased onto what somebody else pushed meanwhile, whatever the worker left in the checkout.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../../test/support/git-fixture.ts';
import { gitRepo } from '../git-repo.ts';
import { readerOf } from './record.ts';

const branch = 'yard/t1';

let fx: GitFixture;
beforeEach(() => {
  fx = createGitFixture();
});
afterEach(() => fx.dispose());

const repo = gitRepo({ lockMs: 500 });

async function site(): Promise<string> {
  const path = join(fx.worktrees, 't1');
  await repo.makeSite({ root: fx.root, path, branch: () => branch, remote: 'origin', defaultBranch: 'main' });
  return path;
}

async function push(path: string) {
  const taken = await repo.take({ worktree: path });
  return repo.push({ worktree: path, remote: 'origin', commit: taken?.commit ?? '', accept: false, sign: 'off' });
}

/** Somebody else's commit, on the branch that we pushed. */
function theirs(files: Readonly<Record<string, string>>): string {
  const other = fx.clone('other');
  fx.git(other, 'checkout', '--quiet', branch);
  const commit = fx.commit(other, files);
  fx.git(other, 'push', '--quiet', 'origin', branch);
  return commit;
}

const withoutLfs = (() => {
  try {
    execFileSync('git', ['lfs', 'version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 7\n`;

describe.skipIf(withoutLfs)('large files (LFS) that others pushed', () => {
  /** The requests to the address, and to the program that connects to hosts. */
  async function traps(): Promise<{ readonly http: string; readonly heard: () => readonly string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(500).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => new Promise((done) => server.close(() => done())));
    const [ssh, log] = [join(fx.folder, 'ssh'), join(fx.folder, 'ssh.log')];
    writeFileSync(ssh, `#!/bin/sh\necho "ssh $*" >>'${log}'\nexit 1\n`);
    chmodSync(ssh, 0o755);
    fx.git(fx.root, 'config', 'core.sshCommand', ssh);
    const heard = (): readonly string[] => [...asked, ...(existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])];
    return { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
  }

  test.each(['http', 'ssh'])('are not loaded from where the worker’s .lfsconfig says: %s', async (scheme) => {
    fx.git(fx.root, 'lfs', 'install', '--local');
    fx.write(fx.root, { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
    fx.commit(fx.root, {});
    fx.git(fx.root, 'push', '--quiet', 'origin', 'main');
    const { http, heard } = await traps();
    const path = await site();
    const url = scheme === 'http' ? `${http}/evil` : 'ssh://host.invalid/evil';
    fx.commit(path, { 'a.txt': 'a', '.lfsconfig': `[lfs]\n\turl = ${url}\n` });
    expect(await push(path)).toMatchObject({ pushed: true });
    const commit = theirs({ 'big.bin': pointer });
    fx.commit(path, { 'b.txt': 'b' });
    expect(await push(path)).toMatchObject({ pushed: true });
    expect(heard()).toEqual([]);
    expect(fx.git(fx.remote, 'rev-parse', `${branch}~1`)).toBe(commit);
    expect(readFileSync(join(path, 'big.bin'), 'utf8')).toBe(pointer);
    // A pointer in place of its file is no change.
    expect(await repo.facts({ worktree: path, base: commit })).toMatchObject({ commits: 1, dirty: [] });
  });
});

test('what stands untracked in the way of their files is kept, and all is as before', async () => {
  const path = await site();
  fx.commit(path, { 'a.txt': 'a' });
  expect(await push(path)).toMatchObject({ pushed: true });
  const tip = theirs({ 'theirs.txt': 'theirs', 'other.txt': 'other' });
  const ours = fx.commit(path, { 'b.txt': 'b' });
  fx.write(path, { 'theirs.txt': 'the worker’s own' });
  expect(await push(path)).toMatchObject({ pushed: false, why: 'refused', message: expect.stringContaining('theirs.txt') });
  expect(readFileSync(join(path, 'theirs.txt'), 'utf8')).toBe('the worker’s own');
  expect(existsSync(join(path, 'other.txt'))).toBe(false);
  expect(fx.git(path, 'rev-parse', 'HEAD')).toBe(ours);
  expect(fx.git(fx.remote, 'rev-parse', branch)).toBe(tip);
  expect(await repo.facts({ worktree: path, base: ours })).toMatchObject({ head: ours, dirty: ['theirs.txt'] });
  expect(readdirSync(readerOf(path)).filter((name) => name.startsWith('rebase'))).toEqual([]);
});

test('merges stay merges, and all files of the checkout are those of the commit', async () => {
  const path = await site();
  fx.commit(path, { 'a.txt': 'a' });
  expect(await push(path)).toMatchObject({ pushed: true });
  theirs({ 'theirs.txt': 'theirs', 'src/app.txt': 'by them\n' });
  fx.git(path, 'checkout', '--quiet', '-b', 'side');
  fx.commit(path, { 'side/s.txt': 's' }, 'beside');
  fx.git(path, 'checkout', '--quiet', branch);
  fx.commit(path, { 'b.txt': 'b' });
  fx.git(path, 'merge', '--quiet', '--no-edit', 'side');
  expect(await push(path)).toMatchObject({ pushed: true });
  expect(fx.git(fx.remote, 'log', '-1', '--format=%P', branch).split(' ')).toHaveLength(2);
  expect(fx.git(path, 'status', '--porcelain')).toBe('');
  expect(readFileSync(join(path, 'src/app.txt'), 'utf8')).toBe('by them\n');
  expect(existsSync(join(path, 'side/s.txt'))).toBe(true);
});

test('a file that both changed in different places has both changes', async () => {
  const path = await site();
  fx.commit(path, { 'list.txt': '1\n2\n3\n4\n5\n6\n7\n' });
  expect(await push(path)).toMatchObject({ pushed: true });
  theirs({ 'list.txt': '1\n2\n3\n4\n5\n6\ntheirs\n' });
  fx.commit(path, { 'list.txt': 'ours\n2\n3\n4\n5\n6\n7\n' });
  expect(await push(path)).toMatchObject({ pushed: true });
  expect(readFileSync(join(path, 'list.txt'), 'utf8')).toBe('ours\n2\n3\n4\n5\n6\ntheirs\n');
});
