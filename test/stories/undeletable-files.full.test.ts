// What the system refuses to delete: told in words, kept in sight of reap, and taken away once it can be.
// `npm test` has no other proof of this.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { until } from '../support/wait-until.ts';
import { ended, openYard, type Told } from '../support/yard.ts';

const pin = (path: string, sign: '+' | '-'): void => void execFileSync('chattr', [`${sign}i`, path], { stdio: 'pipe' });

test('an immutable file and an immutable checkout are removed by a later reap, and nobody is asked to report them', async ({ skip }) => {
  const work: Action[] = [{ commit: { file: 'work/file', content: 'x\n', message: 'the work' } }, { waitFor: { file: 'go' } }];
  const todo = '- [ ] t1 First #auto-dispatch\n- [ ] t2 Second #auto-dispatch\n';
  const yard = await openYard({ todo, actions: { t1: [work], t2: [work] } });
  const probe = join(yard.root, 'probe');
  mkdirSync(probe);
  try {
    pin(probe, '+');
    pin(probe, '-');
  } catch {
    skip('no file can be made immutable here');
  }
  const running = ended(yard.start('run'));
  const site = (name: string): string => join(yard.home, 'worktrees', name);
  await until(() => ['1-t1-1', '2-t2-1'].every((name) => existsSync(join(site(name), 'work', 'file'))));
  const file = join(site('1-t1-1'), 'work', 'file');
  const unpin: (() => void)[] = [];
  const loosen = (): void => unpin.splice(0).forEach((one) => one());
  onTestFinished(loosen);
  pin(file, '+');
  pin(site('2-t2-1'), '+');
  const trash = join(yard.home, 'trash');
  unpin.push(
    () => execFileSync('chattr', ['-R', '-i', trash], { stdio: 'pipe' }),
    () => pin(site('2-t2-1'), '-'),
  );
  yard.write(join(yard.root, 'agents', 'go'), '');
  const ran = await running;
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('2 done') });
  expect((await yard.json<Told[]>('ls')).map(({ state }) => state)).toEqual(['done', 'done']);
  for (const { stdout, stderr } of [ran, await yard.run('reap')]) {
    expect(stdout + stderr).toMatch(/could not be deleted\n {2}→ .*lsattr/);
    expect(stdout + stderr).toContain('2-t2-1');
    expect(stdout + stderr).not.toContain('please report');
  }
  const kinds = async (): Promise<string[]> =>
    (await yard.json<{ kind: string }[]>('reap', '--dry-run')).map(({ kind }) => kind).toSorted();
  expect(await kinds()).toEqual(['deleted folder', 'worktree']);
  loosen();
  await yard.run('reap');
  expect(await kinds()).toEqual([]);
  expect([readdirSync(trash), readdirSync(join(yard.home, 'worktrees')), readdirSync(join(yard.home, 'readers'))]).toEqual([[], [], []]);
});
