// The agent did its part and left it uncommitted, and committing it fails: whatever the reason is, and whoever asks for
// another try, no agent is started again for it.
// `npm test` has no other proof of this.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { atWork, becomes, eventsOf } from '../support/events-of.ts';
import { ended, openYard, type Told, type Yard } from '../support/yard.ts';

const one = '- [ ] t1 Work #auto-dispatch\n';
const quick = { supervisor: { pollMs: 50 }, worker: { backoffSeconds: 0.1 } };
const done = [{ say: 'Done.' }];
const only = async (yard: Yard): Promise<Told | undefined> => (await yard.json<Told[]>('ls'))[0];
const filesAt = (yard: Yard, branch: string | null | undefined): string[] =>
  yard.git('--git-dir', join(yard.root, 'origin.git'), 'ls-tree', '-r', '--name-only', `refs/heads/${branch}`).split('\n');

test('work that could not be committed on a full disk is committed and delivered once there is room', async ({ skip }) => {
  const yard = await openYard({
    todo: one,
    config: quick,
    actions: { t1: [[{ edit: { file: 'left.txt', content: 'left\n' } }, { say: 'at work' }, { waitFor: { file: 'go' } }], done] },
  });
  const folder = join(yard.home, 'worktrees');
  mkdirSync(folder, { recursive: true });
  skip(
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder]).status !== 0,
    'a file system of its own cannot be mounted here',
  );
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  const supervisor = yard.start('run', '--json');
  const all = ended(supervisor);
  const event = eventsOf(supervisor);
  await event(atWork('t1'));
  const ballast = join(folder, 'ballast');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  const queued = event(becomes('t1', 'queued'));
  yard.write(join(yard.root, 'agents', 'go'), '');
  expect((await queued)['reason']).toMatch(/^disk-full: /);
  rmSync(ballast);
  await all;
  const told = await only(yard);
  expect(told).toMatchObject({ state: 'done' });
  expect(filesAt(yard, told?.branch)).toContain('left.txt');
  expect(yard.attempts()).toHaveLength(1);
});

test('work that could not be committed without a filter is committed and delivered once a person configured it', async () => {
  const attributes = { edit: { file: '.gitattributes', content: '*.bin filter=git-crypt\n' } };
  const yard = await openYard({
    todo: one,
    config: quick,
    actions: { t1: [[attributes, { edit: { file: 'left.bin', content: 'left\n' } }], done] },
  });
  await yard.run('run');
  expect(await only(yard)).toMatchObject({ state: 'blocked', reason: expect.stringContaining('git-crypt') });
  await yard.run('retry', 't1');
  await yard.run('run');
  expect(await only(yard)).toMatchObject({ state: 'blocked', reason: expect.stringContaining('git-crypt') });
  yard.git('config', 'filter.git-crypt.clean', 'cat');
  await yard.run('retry', 't1');
  await yard.run('run');
  const told = await only(yard);
  expect(told).toMatchObject({ state: 'done' });
  expect(filesAt(yard, told?.branch)).toContain('left.bin');
  expect(yard.attempts()).toHaveLength(1);
});

test('work that could not be signed, not even after a person’s retry, is committed and delivered once signing works', async () => {
  const yard = await openYard({
    todo: one,
    config: quick,
    actions: { t1: [[{ edit: { file: 'left.txt', content: 'left\n' } }], done] },
  });
  const program = join(yard.root, 'sign');
  yard.write(program, '#!/bin/sh\necho no key >&2\nexit 1\n', 0o755);
  yard.git('config', 'gpg.program', program);
  yard.git('config', 'commit.gpgSign', 'true');
  await yard.run('run');
  // A person has to act: it is not tried in vain.
  const blocked = { state: 'blocked', reason: expect.stringMatching(/^repository: .*could not be signed: gpg failed/) };
  expect(await only(yard)).toMatchObject(blocked);
  await yard.run('retry', 't1');
  await yard.run('run');
  expect(await only(yard)).toMatchObject(blocked);
  yard.git('config', 'commit.gpgSign', 'false');
  await yard.run('retry', 't1');
  await yard.run('run');
  const told = await only(yard);
  expect(told).toMatchObject({ state: 'done' });
  expect(filesAt(yard, told?.branch)).toContain('left.txt');
  expect(yard.attempts()).toHaveLength(1);
});
