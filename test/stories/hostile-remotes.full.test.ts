// A worker turns pushes elsewhere, or widens them. Done means: the remote that was configured when the task began has
// exactly the commit that is told, and nothing else has changed at either place.
// `npm test` shows the same for programs (hostile-programs.test.ts).
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { gitFolders } from '../support/git-folders.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { openYard, type Told, type Yard } from '../support/yard.ts';

const must = (run: string): Action => ({ run, must: true });
const commit = (id: string): Action => ({ commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } });

/** Shell words, with the two addresses in them. */
const attacks: Readonly<Record<string, string>> = {
  t1: 'git config remote.origin.pushurl "$DECOY"',
  t2: 'git config "url.$DECOY.insteadOf" "$ORIGIN"',
  t3: 'git config "url.$DECOY.pushInsteadOf" "$ORIGIN"',
  t4: 'git remote set-url origin "$DECOY"',
  t5: 'git remote rename origin elsewhere; git remote add origin "$DECOY"',
  t6: 'git config --add remote.origin.push "+refs/heads/*:refs/heads/stolen/*"; git config push.followTags true; git tag -a -m tag of-the-worker',
  t7: 'git config remote.origin.mirror true',
  t8: 'git config --file "$own/more" remote.origin.pushurl "$DECOY"; git config include.path "$own/more"',
  t9: 'git -C "$common" config remote.origin.pushurl "$DECOY"',
};
const ids = Object.keys(attacks);

const refsOf = (yard: Yard, repository: string): Record<string, string> =>
  Object.fromEntries(
    execFileSync('git', ['--git-dir', repository, 'for-each-ref', '--format=%(refname) %(objectname)'], { env: yard.env, encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string]),
  );

test('whatever a worker configures for remotes, its work arrives at the person’s remote only, and the settings go with its site', async () => {
  const yard = await openYard({
    todo: ids.map((id) => `- [ ] ${id} Work #auto-dispatch\n`).join(''),
    actions: {},
    config: { worker: { backoffSeconds: 0.1 } },
  });
  const [origin, decoy] = [join(yard.root, 'origin.git'), join(yard.root, 'decoy.git')];
  execFileSync('git', ['clone', '--quiet', '--bare', origin, decoy], { env: yard.env });
  yard.git('tag', 'v1');
  yard.git('push', '--quiet', 'origin', 'v1');
  const names = `ORIGIN=${origin} DECOY=${decoy}`;
  const actions = Object.fromEntries(ids.map((id) => [id, [[commit(id), must(`${gitFolders}\nexport ${names}\n${attacks[id]}`)]]]));
  for (const agent of Object.values(yard.agents)) agent.write(actions);
  const [person, theirs, others] = [pictureOf(yard), refsOf(yard, origin), refsOf(yard, decoy)];

  // One after the other, so that each meets what the earlier ones left.
  const { code, stderr } = await yard.run('run', '--concurrency', '1');

  expect.soft(code, stderr).toBe(0);
  const told = await yard.json<Told[]>('ls');
  expect.soft(told.map(({ id, state, attempts }) => `${id} ${state}, ${attempts}`)).toEqual(ids.map((id) => `${id} done, 1`));
  expect.soft(refsOf(yard, decoy)).toEqual(others);
  const delivered = Object.fromEntries(told.map(({ branch, deliveredCommit }) => [`refs/heads/${branch}`, deliveredCommit]));
  expect.soft(refsOf(yard, origin)).toEqual({ ...theirs, ...delivered });
  expect.soft(changesSince(person, yard)).toEqual([]);
  // A push by the person still goes where it went.
  yard.git('push', '--quiet', 'origin', 'main:by-the-person');
  expect(Object.keys(refsOf(yard, origin))).toContain('refs/heads/by-the-person');
});

test('an address that a worker writes into the person’s configuration right before the push does not become the remote', async () => {
  const yard = await openYard({
    todo: '- [ ] t1 Work #auto-dispatch\n',
    actions: { t1: [[commit('t1'), must('git config --global "url.$HOME/decoy.git.pushInsteadOf" "$(git config remote.origin.url)"')]] },
  });
  const [origin, decoy] = [join(yard.root, 'origin.git'), join(yard.root, 'person', 'decoy.git')];
  execFileSync('git', ['clone', '--quiet', '--bare', origin, decoy], { env: yard.env });
  await yard.run('run');
  expect(await yard.json<Told[]>('ls')).toMatchObject([{ state: 'blocked', reason: expect.stringMatching(/decoy\.git/) }]);
  expect(Object.keys(refsOf(yard, origin))).not.toContain('refs/heads/yard/t1-work');
});
