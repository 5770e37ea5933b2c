// A worker does to "its" repository what would hurt the person's and other tasks: deletes, rewrites, collects, resets.
// All of it is the worker's own affair: the person's repository is as before, byte for byte, and other tasks go on.
// `npm test` shows it for the state (hostile-state.test.ts) and for programs (hostile-programs.test.ts).
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Action } from '../agent/script.ts';
import { atWork, becomes, eventsOf } from '../support/events-of.ts';
import { gitFolders } from '../support/git-folders.ts';
import { changesSince, pictureOf } from '../support/repository-picture.ts';
import { ended, openYard, type Told, type Yard } from '../support/yard.ts';

const commit = (id: string): Action => ({ commit: { file: `${id}.txt`, content: `${id}\n`, message: `the work of ${id}` } });

/** All that a person's repository may hold and a commit does not: it is to be found again as it is. */
function furnish(yard: Yard): void {
  yard.git('config', 'user.name', 'The Person');
  yard.git('config', 'user.email', 'the.person@example.org');
  yard.git('config', 'alias.mine', 'log -1');
  yard.git('branch', 'mine');
  yard.git('tag', '-a', '-m', 'a tag', 'v1');
  yard.write(join(yard.repo, 'README.md'), 'stashed\n');
  yard.git('stash', 'push', '--quiet', '--message', 'of the person');
  yard.write(join(yard.repo, 'README.md'), 'stashed too\n');
  yard.git('stash', 'push', '--quiet', '--message', 'of the person, too');
  yard.write(join(yard.repo, 'staged.txt'), 'staged\n');
  yard.git('add', 'staged.txt');
  yard.write(join(yard.repo, 'README.md'), 'changed\n');
  yard.write(join(yard.repo, 'untracked.txt'), 'untracked\n');
  // A commit that only the log of HEAD still knows.
  yard.git('commit', '--quiet', '--message', 'let go');
  yard.git('reset', '--quiet', '--soft', 'HEAD~1');
  yard.write(join(yard.repo, '.git', 'hooks', 'pre-push'), '#!/bin/sh\nexit 0\n', 0o755);
}

const attacks: readonly string[] = [
  'git symbolic-ref HEAD >"$own/was"',
  'git stash drop; git stash clear',
  'echo x >>README.md; git stash push -m "of the worker"',
  'git reflog expire --expire=now --expire-unreachable=now --all; git gc --quiet --prune=now; git prune --expire=now; git repack -qad',
  'for ref in $(git for-each-ref --format="%(refname)" | grep -v "$(git symbolic-ref HEAD)"); do git update-ref -d "$ref"; done',
  'git branch -D mine main $(git branch --list "yard/*" --format="%(refname:short)"); git tag -d v1',
  'git worktree prune --expire=now; git worktree list --porcelain | sed -n "s/^worktree //p" | while read -r one; do [ "$one" = "$PWD" ] || git worktree remove --force --force "$one"; done',
  'git config --unset-all user.name; git config --remove-section alias; git config user.email worker@example.org',
  'git remote set-url origin /nowhere; git remote remove origin',
  'git pack-refs --all; git update-server-info; git commit-graph write --reachable; git multi-pack-index write',
  'git notes add -m "a note"; git sparse-checkout set nothing; git sparse-checkout disable',
  'rm -rf "$common/hooks" "$common/logs" "$common/info"',
  'git symbolic-ref refs/remotes/origin/HEAD refs/heads/mine; git update-ref refs/heads/main HEAD',
  'git --git-dir="$common" symbolic-ref HEAD refs/heads/of-the-worker',
  'git --git-dir="$common" read-tree --empty',
  // Its own are put right again: what it attacked was the person's.
  'git symbolic-ref HEAD "$(cat "$own/was")"; git read-tree HEAD',
  'git replace HEAD HEAD~1',
  'git config core.bare true',
];

test('a worker that deletes, collects, rewrites and resets all it can reach changes neither the person’s repository nor other tasks', async () => {
  const yard = await openYard({
    todo: ['t1 Earlier', 't2 Beside it', 't3 Attack'].map((line) => `- [ ] ${line} #auto-dispatch\n`).join(''),
    actions: {
      t1: [[commit('t1')]],
      t2: [[commit('t2'), { say: 'at work' }, { waitFor: { file: 'go' } }, { edit: { file: 'more.txt', content: 'more\n' } }]],
      t3: [[commit('t3'), ...attacks.map((run): Action => ({ run: `${gitFolders}\n${run}` }))]],
    },
    config: { worker: { backoffSeconds: 0.1 } },
  });
  furnish(yard);
  expect(await yard.run('run', '--task', 't1')).toMatchObject({ code: 0 });
  const branch = (await yard.json<Told[]>('ls'))[0]?.branch ?? '';
  const earlier = yard.git('rev-parse', `refs/heads/${branch}`);
  const before = pictureOf(yard);
  const supervisor = yard.start('run', '--json', '--concurrency', '1', '--task', 't2');
  const all = ended(supervisor);
  await eventsOf(supervisor)(atWork('t2'));
  const second = yard.start('run', '--json', '--task', 't3');
  const done = ended(second);
  await eventsOf(second)(becomes('t3', 'done')).catch(() => undefined);
  const meanwhile = changesSince(before, yard);
  yard.write(join(yard.root, 'agents', 'go'), '');

  expect.soft((await done).code).toBe(0);
  expect.soft((await all).code).toBe(0);
  expect.soft(meanwhile).toEqual([]);
  expect.soft(changesSince(before, yard)).toEqual([]);
  expect
    .soft(yard.git('--git-dir', join(yard.repo, '.git'), 'for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`))
    .toBe(earlier);
  const told = await yard.json<Told[]>('ls');
  expect.soft(told.map(({ id, state, attempts }) => `${id} ${state}, ${attempts}`)).toEqual(['t1 done, 1', 't2 done, 1', 't3 done, 1']);
  const arrived = ({ id, branch: name }: Told): string =>
    yard.git('--git-dir', join(yard.root, 'origin.git'), 'show', `refs/heads/${name}:${id}.txt`);
  expect.soft(told.map((task) => arrived(task))).toEqual(['t1', 't2', 't3']);
  // What the worker did was done: in a repository of its own.
  const runs = Object.values(yard.agents).flatMap((agent) => agent.runs());
  expect(runs.find(({ command }) => command.endsWith('git config core.bare true'))).toMatchObject({ code: 0 });
  expect(runs.find(({ command }) => command.includes('gc --quiet'))).toMatchObject({ code: 0 });
});
